//! Institutions as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object};
use entity::{institution, vocabulary::Flag as _};
use serde::Serialize;

use super::{InstitutionFilter, InstitutionOrder, Institutions, InstitutionsUnder};
use crate::{
    access::Seen as _,
    db::PageArgs,
    domain::{
        agreements::{Agreement, AgreementFilter, AgreementOrder, Agreements, AgreementsUnder},
        cards::{CardFormat, InstitutionCards, card_of},
        contacts::{ContactEmail, ContactPhone, emails_of_institution, phones_of_institution},
        countries::{Countries, Country},
        external_ids::{ExternalId, external_ids_of},
        memberships::{Membership, MembershipStatus, membership_of, standing_of},
        opportunities::{Opportunities, OpportunitiesUnder, Opportunity, OpportunityFilter, OpportunityOrder},
        policymakers::{Policymaker, PolicymakerFilter, PolicymakerOrder, Policymakers, PolicymakersUnder},
    },
    graphql::{
        Asked, Connection, DateTime, LanguageTag, LocalizedText, PolicyArea, Provenance, Result, Url, encode,
        in_english, in_language, list_under, loaded, seen_if_any,
    },
};

/// A body of cultural policy: a ministry, agency, council, film body, fund.
#[derive(Description)]
pub(crate) struct Institution(pub(crate) Arc<institution::Model>);

impl From<Arc<institution::Model>> for Institution {
    fn from(row: Arc<institution::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl Institution {
    /// Unique in the network; for reference data, the same on every installation.
    pub(crate) async fn id(&self) -> ID {
        encode(Institutions::PREFIX, self.0.id)
    }

    /// Its readable key.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its name. Falls back from the asked language to its parents, English, the native name.
    async fn name(
        &self,
        #[graphql(desc = "In which language; English by default.")] language: Option<LanguageTag>,
    ) -> String {
        in_language(&self.0.names, language.as_ref()).unwrap_or_default()
    }

    /// Its name in each language that is known.
    async fn names(&self) -> Vec<LocalizedText> {
        LocalizedText::all(&self.0.names)
    }

    /// What sort of institution it is.
    async fn kind(&self) -> InstitutionKind {
        self.0.kind.into()
    }

    /// What it does. Falls back like `name`.
    async fn description(
        &self,
        #[graphql(desc = "In which language; English by default.")] language: Option<LanguageTag>,
    ) -> Option<String> {
        in_language(&self.0.descriptions, language.as_ref())
    }

    /// The country that it is in; null if it is regional or international.
    pub(crate) async fn country(&self, ctx: &Context<'_>) -> Option<Result<Country>> {
        Some(loaded(ctx, Countries, self.0.country_id?).await.map(Country))
    }

    /// Where this comes from.
    async fn provenance(&self) -> Provenance {
        let row = &self.0;
        Provenance::new(row.source.as_ref(), row.source_url.as_ref(), row.verified, row.note.as_ref())
    }

    /// The city of its seat.
    async fn city(&self) -> Option<&str> {
        self.0.city.as_deref()
    }

    /// Its website.
    async fn website(&self) -> Option<Url> {
        self.0.website.as_ref().map(Url::from)
    }

    /// The areas that it is active in.
    async fn policy_areas(&self) -> Vec<PolicyArea> {
        entity::vocabulary::PolicyArea::members(self.0.policy_areas).into_iter().map(Into::into).collect()
    }

    /// The institution that it is a part of.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        seen_if_any(ctx, Institutions, self.0.parent_id).await.map(|row| row.map(Self)).transpose()
    }

    /// The institutions that are parts of it.
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<InstitutionFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<InstitutionOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<Institution>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: InstitutionOrder::asked(order_by) };
        let page = PageArgs { first, after, last, before };
        list_under::<Institutions, _>(ctx, (InstitutionsUnder::Parent, self.0.id), asked, page).await
    }

    /// The policymakers who hold a position there today.
    async fn policymakers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<PolicymakerFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<PolicymakerOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<Policymaker>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: PolicymakerOrder::asked(order_by) };
        let page = PageArgs { first, after, last, before };
        list_under::<Policymakers, _>(ctx, (PolicymakersUnder::Institution, self.0.id), asked, page).await
    }

    /// The opportunities that it leads or takes part in.
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
        list_under::<Opportunities, _>(ctx, (OpportunitiesUnder::Institution, self.0.id), asked, page).await
    }

    /// The agreements for which it is a competent authority.
    async fn agreements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<AgreementFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<AgreementOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<Agreement>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: AgreementOrder::asked(order_by) };
        let page = PageArgs { first, after, last, before };
        list_under::<Agreements, _>(ctx, (AgreementsUnder::Authority, self.0.id), asked, page).await
    }

    /// Where it stands in the network: everybody may know while it is active, suspended or lapsed, and otherwise those who
    /// see the membership whole.
    async fn membership_status(&self, ctx: &Context<'_>) -> Option<Result<MembershipStatus>> {
        standing_of(ctx, self.0.id).await.transpose()
    }

    /// Its membership: the one that goes on, or else the last. Null for those who do not see it whole, who are others than
    /// its representatives, focal points of its country, and administrators.
    async fn membership(&self, ctx: &Context<'_>) -> Option<Result<Membership>> {
        membership_of(ctx, self.0.id).await.transpose()
    }

    /// Its name in English, or else the native one.
    pub(crate) async fn display_name(&self) -> String {
        in_english(&self.0.names)
    }

    /// Its e-mail addresses that the viewer may see.
    pub(crate) async fn emails(&self, ctx: &Context<'_>) -> Result<Vec<ContactEmail>> {
        emails_of_institution(ctx, self.0.id).await
    }

    /// Its telephone numbers that the viewer may see.
    pub(crate) async fn phones(&self, ctx: &Context<'_>) -> Result<Vec<ContactPhone>> {
        phones_of_institution(ctx, self.0.id).await
    }

    /// What the viewer sees of it, as address books take it: the name in each language that is known, e-mail addresses and
    /// telephone numbers. For members of the network, and agencies' machines with `CONTACTS_READ`.
    pub(crate) async fn card(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which form.", default_with = "CardFormat::JsContact")] format: CardFormat,
    ) -> Result<String> {
        card_of(ctx, InstitutionCards, self.0.id, format).await
    }

    /// What agencies call it, contacts that were merged into it included: an agency sees its own IDs, administrators see all.
    pub(crate) async fn external_ids(&self, ctx: &Context<'_>) -> Result<Vec<ExternalId>> {
        external_ids_of(ctx, self.0.id).await
    }

    /// Counts its changes, from 1.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it came into the network.
    pub(crate) async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it last changed.
    pub(crate) async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

/// What sort of institution.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::InstitutionKind")]
pub(crate) enum InstitutionKind {
    /// A ministry or department of government.
    Ministry,
    /// A public agency.
    Agency,
    /// An arts council.
    ArtsCouncil,
    /// A film council, commission or fund.
    FilmBody,
    /// A national commission for UNESCO.
    NationalCommission,
    /// A body of several governments.
    Intergovernmental,
    /// A fund.
    Fund,
    /// A university or research body.
    Academic,
    /// A body of civil society.
    CivilSociety,
    /// A network of institutions.
    Network,
}
