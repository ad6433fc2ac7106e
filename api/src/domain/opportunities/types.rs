//! Opportunities as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use entity::{opportunity, opportunity_partner, vocabulary::Flag as _};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Opportunities,
    lifecycle::accepts_interest,
    service::{EligibleCountries, EligibleGroups, Hosts, LegalBasis, Partners},
};
use crate::{
    access::{Order, Seen as _},
    db::PageArgs,
    domain::{
        agreements::{Agreement, Agreements},
        countries::{Countries, Country},
        groups::{CountryGroup, group_nodes},
        institutions::{Institution, Institutions},
        interests::{Interest, Interests, InterestsUnder},
    },
    graphql::{
        Asked, Connection, CurrencyCode, Date, DateTime, Decimal, LanguageTag, LocalizedText, Medium, PolicyArea,
        Provenance, Result, Url, encode, in_language, list_under, loaded, parts, reading, seen_all,
    },
};

/// Something that somebody can take up: a call, a grant, a residency, a workshop, access to a market.
#[derive(Description)]
pub(crate) struct Opportunity(pub(crate) Arc<opportunity::Model>);

impl From<Arc<opportunity::Model>> for Opportunity {
    fn from(row: Arc<opportunity::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl Opportunity {
    /// Unique in the network; for reference data, the same on every installation.
    pub(crate) async fn id(&self) -> ID {
        encode(Opportunities::PREFIX, self.0.id)
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

    /// What it is, in a sentence or two. Falls back like `title`.
    async fn summary(
        &self,
        #[graphql(desc = "In which language; English by default.")] language: Option<LanguageTag>,
    ) -> String {
        in_language(&self.0.summaries, language.as_ref()).unwrap_or_default()
    }

    /// What it is, at length. Falls back like `title`.
    async fn description(
        &self,
        #[graphql(desc = "In which language; English by default.")] language: Option<LanguageTag>,
    ) -> Option<String> {
        in_language(&self.0.descriptions, language.as_ref())
    }

    /// Its title in each language that is known.
    async fn titles(&self) -> Vec<LocalizedText> {
        LocalizedText::all(&self.0.titles)
    }

    /// Its summary in each language that is known.
    async fn summaries(&self) -> Vec<LocalizedText> {
        LocalizedText::all(&self.0.summaries)
    }

    /// Its description in each language that is known.
    async fn descriptions(&self) -> Vec<LocalizedText> {
        LocalizedText::all(&self.0.descriptions)
    }

    /// Why it was sent back last, until something else is done to it.
    async fn return_reason(&self) -> Option<&str> {
        self.0.return_reason.as_deref()
    }

    /// What sort of opportunity it is.
    async fn kind(&self) -> OpportunityKind {
        self.0.kind.into()
    }

    /// Where it stands.
    async fn status(&self) -> OpportunityStatus {
        self.0.status.into()
    }

    /// Whether it is published, and now lies between `opensOn` and the deadline.
    async fn accepts_interest(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(accepts_interest(&self.0, reading(ctx)?.closing()))
    }

    /// The first day on which interest is accepted.
    async fn opens_on(&self) -> Option<Date> {
        self.0.opens_on.map(Date)
    }

    /// When interest is accepted no more; null: it is rolling, or not known.
    async fn deadline(&self) -> Option<DateTime> {
        self.0.deadline.map(DateTime)
    }

    /// The first day of what is offered.
    async fn starts_on(&self) -> Option<Date> {
        self.0.starts_on.map(Date)
    }

    /// The last day of what is offered.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// The areas that it is in; none means any.
    async fn policy_areas(&self) -> Vec<PolicyArea> {
        entity::vocabulary::PolicyArea::members(self.0.policy_areas).into_iter().map(Into::into).collect()
    }

    /// The media that it is for; none means any.
    async fn media(&self) -> Vec<Medium> {
        entity::vocabulary::Medium::members(self.0.media).into_iter().map(Into::into).collect()
    }

    /// The institution that offers it.
    async fn lead_institution(&self, ctx: &Context<'_>) -> Result<Institution> {
        Ok(Institution(loaded(ctx, Institutions, self.0.lead_institution_id).await?))
    }

    /// The other institutions that take part, by role and name.
    async fn partners(&self, ctx: &Context<'_>) -> Result<Vec<OpportunityPartner>> {
        let rows = parts(ctx, Partners, self.0.id).await?;
        // Looked for even if there are none: how long it takes is not to tell whether there is one that may not be seen.
        let keys = rows.iter().map(|row| row.institution_id).chain([Uuid::nil()]);
        let institutions = seen_all(ctx, Institutions, keys).await?;
        let name = |row: &opportunity_partner::Model| {
            institutions.iter().find(|found| found.id == row.institution_id).map(|found| found.sort_key.clone())
        };
        let mut partners: Vec<_> =
            rows.iter().filter_map(|row| Some((row.role.into(), name(row)?, row.institution_id))).collect();
        partners.sort();
        Ok(partners.into_iter().map(|(role, _, institution)| OpportunityPartner { institution, role }).collect())
    }

    /// Who may apply.
    async fn eligibility(&self) -> Eligibility {
        Eligibility(Arc::clone(&self.0))
    }

    /// Whether it is a standing programme, with or without a call open now.
    async fn recurring(&self) -> bool {
        self.0.recurring
    }

    /// The countries in which it takes place, by name.
    async fn host_countries(&self, ctx: &Context<'_>) -> Result<Vec<Country>> {
        let rows = parts(ctx, Hosts, self.0.id).await?;
        countries(ctx, rows.iter().map(|row| row.country_id)).await
    }

    /// The agreements that it rests on, by title.
    async fn legal_basis(&self, ctx: &Context<'_>) -> Result<Vec<Agreement>> {
        let rows = parts(ctx, LegalBasis, self.0.id).await?;
        let mut agreements = seen_all(ctx, Agreements, rows.iter().map(|row| row.agreement_id)).await?;
        agreements.sort_by(|a, b| a.sort_key.cmp(&b.sort_key));
        Ok(agreements.into_iter().map(Agreement).collect())
    }

    /// What it pays; null where nothing is known of that.
    async fn funding(&self) -> Option<Funding> {
        let row = &self.0;
        let amounts = row.funding_minimum.as_ref().or(row.funding_maximum.as_ref());
        (amounts.is_some() || row.covers != 0).then(|| Funding {
            minimum: row.funding_minimum.as_ref().map(Decimal::from),
            maximum: row.funding_maximum.as_ref().map(Decimal::from),
            currency: row.funding_currency.as_ref().map(CurrencyCode::from),
            covers: entity::vocabulary::CoveredCost::members(row.covers).into_iter().map(Into::into).collect(),
        })
    }

    /// The languages of the application.
    async fn languages(&self) -> Vec<LanguageTag> {
        self.0.languages.0.iter().cloned().map(LanguageTag).collect()
    }

    /// Where to read on and apply.
    async fn url(&self) -> Option<Url> {
        self.0.url.as_ref().map(Url::from)
    }

    /// Where this comes from.
    async fn provenance(&self) -> Provenance {
        let row = &self.0;
        Provenance::new(row.source.as_ref(), row.source_url.as_ref(), row.verified, row.note.as_ref())
    }

    /// The interests in it that whoever asks may see, the newest first: one's own, and those in what one's institution offers.
    async fn interests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<Interest>> {
        let asked = Asked { filter: (), order: Order { field: (), descending: true } };
        let page = PageArgs { first, after, last, before };
        list_under::<Interests, _>(ctx, (InterestsUnder::Opportunity, self.0.id), asked, page).await
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

    /// When it was first published in the network.
    async fn published_at(&self) -> Option<DateTime> {
        self.0.published_at.map(DateTime)
    }
}

/// Countries by name.
async fn countries(ctx: &Context<'_>, keys: impl Iterator<Item = Uuid>) -> Result<Vec<Country>> {
    let mut countries = seen_all(ctx, Countries, keys).await?;
    countries.sort_by(|a, b| a.sort_key.cmp(&b.sort_key));
    Ok(countries.into_iter().map(Country).collect())
}

/// Who may apply: everyone, or these countries and the members of these groups.
#[derive(Description)]
pub(crate) struct Eligibility(Arc<opportunity::Model>);

#[Object(use_type_description)]
impl Eligibility {
    /// Whether everyone may.
    async fn everyone(&self) -> bool {
        self.0.eligible_everyone
    }

    /// Countries whose people or institutions may, by name.
    async fn countries(&self, ctx: &Context<'_>) -> Result<Vec<Country>> {
        let rows = parts(ctx, EligibleCountries, self.0.id).await?;
        countries(ctx, rows.iter().map(|row| row.country_id)).await
    }

    /// Groups whose members' people or institutions may, by name.
    async fn groups(&self, ctx: &Context<'_>) -> Result<Vec<CountryGroup>> {
        let rows = parts(ctx, EligibleGroups, self.0.id).await?;
        group_nodes(ctx, rows.iter().map(|row| row.group_id)).await
    }

    /// What else decides.
    async fn note(&self) -> Option<&str> {
        self.0.eligibility_note.as_deref()
    }
}

/// An institution that takes part in an opportunity.
#[derive(Description)]
pub(crate) struct OpportunityPartner {
    institution: Uuid,
    role: PartnerRole,
}

#[Object(use_type_description)]
impl OpportunityPartner {
    /// The institution.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Institution> {
        Ok(Institution(loaded(ctx, Institutions, self.institution).await?))
    }

    /// In which capacity.
    async fn role(&self) -> PartnerRole {
        self.role
    }
}

/// What an opportunity pays.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Funding {
    /// The least amount.
    minimum: Option<Decimal>,
    /// The greatest amount.
    maximum: Option<Decimal>,
    /// The currency of the amounts.
    currency: Option<CurrencyCode>,
    /// The costs that are covered.
    covers: Vec<CoveredCost>,
}

/// What sort of opportunity.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::OpportunityKind")]
pub(crate) enum OpportunityKind {
    /// A call for works to be made together.
    CoProduction,
    /// A call for works to be distributed together.
    CoDistribution,
    /// A grant for the travel of artists and cultural professionals.
    ArtistMobility,
    /// A residency.
    Residency,
    /// A fund, an incentive.
    Funding,
    /// Training.
    Training,
    /// Access to a market.
    MarketAccess,
    /// A conference, a forum, an exchange.
    Exchange,
}

/// Where an opportunity stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::OpportunityStatus")]
pub(crate) enum OpportunityStatus {
    /// It is being written.
    Draft,
    /// It waits to be published.
    Submitted,
    /// It is public.
    Published,
    /// It is put off.
    Postponed,
    /// It is over.
    Closed,
    /// It will not take place.
    Cancelled,
}

/// In which capacity an institution takes part.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, PartialOrd, Ord)]
#[graphql(remote = "entity::vocabulary::PartnerRole")]
pub(crate) enum PartnerRole {
    /// A partner.
    Partner,
    /// The partner in the country where it takes place.
    LocalPartner,
    /// It pays.
    Donor,
    /// It takes place there.
    Host,
}

/// A cost that is paid for.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::CoveredCost")]
pub(crate) enum CoveredCost {
    /// Travel.
    Travel,
    /// Accommodation.
    Accommodation,
    /// Daily allowances, stipends.
    PerDiem,
    /// Visas.
    Visa,
    /// Insurance.
    Insurance,
    /// Fees for the artist.
    Fee,
    /// Production, development and post-production.
    Production,
    /// Promotion and distribution.
    Promotion,
    /// Something else, such as training or a place to work.
    Other,
}
