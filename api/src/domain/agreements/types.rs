//! Agreements as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use entity::{agreement, agreement_party, vocabulary::Flag as _};
use serde::Serialize;

use super::{Agreements, service::Parties};
use crate::{
    access::Seen as _,
    db::PageArgs,
    domain::{
        groups::Party,
        institutions::{Institution, Institutions},
        opportunities::{Opportunities, OpportunitiesUnder, Opportunity, OpportunityFilter, OpportunityOrder},
    },
    graphql::{
        Asked, Connection, DateTime, Decimal, LanguageTag, LocalizedText, Medium, PartialDate, Provenance, Result, Url,
        encode, in_language, list_under, parts, seen_if_any,
    },
};

/// A standing instrument between two or more countries or groups of countries.
#[derive(Description)]
pub(crate) struct Agreement(pub(crate) Arc<agreement::Model>);

impl From<Arc<agreement::Model>> for Agreement {
    fn from(row: Arc<agreement::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl Agreement {
    /// Unique in the network; for reference data, the same on every installation.
    pub(crate) async fn id(&self) -> ID {
        encode(Agreements::PREFIX, self.0.id)
    }

    /// Its readable key.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its title. Falls back from the asked language to its parents, English, the native title.
    async fn title(
        &self,
        #[graphql(desc = "In which language; English by default.")] language: Option<LanguageTag>,
    ) -> String {
        in_language(&self.0.titles, language.as_ref()).unwrap_or_default()
    }

    /// Its title in each language that is known.
    async fn titles(&self) -> Vec<LocalizedText> {
        LocalizedText::all(&self.0.titles)
    }

    /// What sort of agreement it is.
    async fn kind(&self) -> AgreementKind {
        self.0.kind.into()
    }

    /// Where it stands.
    async fn status(&self) -> AgreementStatus {
        self.0.status.into()
    }

    /// The media that it covers; none means any.
    async fn media(&self) -> Vec<Medium> {
        entity::vocabulary::Medium::members(self.0.media).into_iter().map(Into::into).collect()
    }

    /// What it provides for. Falls back like `title`.
    async fn summary(
        &self,
        #[graphql(desc = "In which language; English by default.")] language: Option<LanguageTag>,
    ) -> Option<String> {
        in_language(&self.0.summaries, language.as_ref())
    }

    /// Its summary in each language that is known.
    async fn summaries(&self) -> Vec<LocalizedText> {
        LocalizedText::all(&self.0.summaries)
    }

    /// When it was signed, as precisely as is known.
    async fn signed_on(&self) -> Option<PartialDate> {
        self.0.signed_on.as_ref().map(PartialDate::from)
    }

    /// When it entered into force, as precisely as is known.
    async fn in_force_on(&self) -> Option<PartialDate> {
        self.0.in_force_on.as_ref().map(PartialDate::from)
    }

    /// When it ended, as precisely as is known.
    async fn terminated_on(&self) -> Option<PartialDate> {
        self.0.terminated_on.as_ref().map(PartialDate::from)
    }

    /// Where its text can be read.
    async fn text_url(&self) -> Option<Url> {
        self.0.text_url.as_ref().map(Url::from)
    }

    /// Who is party to it.
    async fn parties(&self, ctx: &Context<'_>) -> Result<Vec<AgreementParty>> {
        let rows = parts(ctx, Parties, self.0.id).await?;
        Ok((0..rows.len()).map(|place| AgreementParty(Arc::clone(&rows), place)).collect())
    }

    /// The usual terms of a co-production, where the text gives them.
    async fn contribution(&self) -> Option<ContributionTerms> {
        let row = &self.0;
        let known =
            row.minimum_percent.is_some() || row.maximum_percent.is_some() || row.third_country_allowed.is_some();
        known.then(|| ContributionTerms {
            minimum_percent: row.minimum_percent.as_ref().map(Decimal::from),
            maximum_percent: row.maximum_percent.as_ref().map(Decimal::from),
            third_country_allowed: row.third_country_allowed,
        })
    }

    /// The opportunities that rest on it.
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<OpportunityFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<OpportunityOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<Opportunity>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: OpportunityOrder::asked(order_by) };
        let page = PageArgs { first, after, last, before };
        list_under::<Opportunities, _>(ctx, (OpportunitiesUnder::Agreement, self.0.id), asked, page).await
    }

    /// Where this comes from.
    async fn provenance(&self) -> Provenance {
        let row = &self.0;
        Provenance::new(row.source.as_ref(), row.source_url.as_ref(), row.verified, row.note.as_ref())
    }

    /// Counts its changes, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it came into the network.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

/// A party to an agreement.
#[derive(Description)]
pub(crate) struct AgreementParty(Arc<Vec<agreement_party::Model>>, usize);

impl AgreementParty {
    fn row(&self) -> &agreement_party::Model {
        &self.0[self.1]
    }

    /// The office to write to, if the viewer may know of it.
    async fn authority(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        Ok(seen_if_any(ctx, Institutions, self.row().competent_authority_id).await?.map(Institution))
    }
}

#[Object(use_type_description)]
impl AgreementParty {
    /// The country or group.
    async fn party(&self, ctx: &Context<'_>) -> Result<Party> {
        Party::load(ctx, self.row().country_id, self.row().group_id).await
    }

    /// The institution that carries out the agreement on this side: the office to write to.
    async fn competent_authority(&self, ctx: &Context<'_>) -> Option<Result<Institution>> {
        self.authority(ctx).await.transpose()
    }

    /// Where it comes from that this is the office to write to; null where none is known.
    async fn authority_provenance(&self, ctx: &Context<'_>) -> Option<Result<Provenance>> {
        let row = self.row();
        let provenance = |_| Provenance::new(row.authority_source.as_ref(), None, row.authority_verified, None);
        self.authority(ctx).await.map(|known| known.map(provenance)).transpose()
    }

    /// When this party ratified it, as precisely as is known.
    async fn ratified_on(&self) -> Option<PartialDate> {
        self.row().ratified_on.as_ref().map(PartialDate::from)
    }
}

/// The usual terms of a co-production.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ContributionTerms {
    /// The least contribution of a side, in per cent.
    minimum_percent: Option<Decimal>,
    /// The greatest contribution of a side, in per cent.
    maximum_percent: Option<Decimal>,
    /// Whether producers of a third country may take part.
    third_country_allowed: Option<bool>,
}

/// What sort of agreement.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::AgreementKind")]
pub(crate) enum AgreementKind {
    /// On making works together, which then count as national on each side.
    CoProduction,
    /// On distributing works together.
    CoDistribution,
    /// On cultural cooperation in general.
    CulturalCooperation,
    /// A protocol or chapter on culture of a trade agreement.
    TradeProtocol,
    /// On the mobility of artists and cultural professionals.
    Mobility,
    /// A memorandum of understanding.
    Memorandum,
}

/// Where an agreement stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::AgreementStatus")]
pub(crate) enum AgreementStatus {
    /// It is being negotiated.
    Negotiating,
    /// It is signed, and not yet in force.
    Signed,
    /// It binds its parties.
    InForce,
    /// It is suspended.
    Suspended,
    /// It has ended, or another one has taken its place.
    Terminated,
    /// What is known does not tell.
    Unknown,
}
