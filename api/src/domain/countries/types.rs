//! Countries as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object};
use entity::country;

use super::Countries;
use crate::{
    access::Seen as _,
    db::PageArgs,
    domain::{
        accounts::{Actor, focal_points_of},
        agreements::{Agreement, AgreementFilter, AgreementOrder, Agreements, AgreementsUnder},
        conventions::{Accession, accessions_of_country},
        groups::{GroupMembership, memberships_of_country},
        institutions::{Institution, InstitutionFilter, InstitutionOrder, Institutions, InstitutionsUnder},
        opportunities::{Opportunities, OpportunitiesUnder, Opportunity, OpportunityFilter, OpportunityOrder},
        policymakers::{Policymaker, PolicymakerFilter, PolicymakerOrder, Policymakers, PolicymakersUnder},
    },
    graphql::{Asked, Connection, CountryCode, Date, LanguageTag, Result, encode, in_language, list_under},
};

/// A country of ISO 3166-1.
#[derive(Description)]
pub(crate) struct Country(pub(crate) Arc<country::Model>);

impl From<Arc<country::Model>> for Country {
    fn from(row: Arc<country::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl Country {
    /// Unique in the network, and the same on every installation.
    pub(crate) async fn id(&self) -> ID {
        encode(Countries::PREFIX, self.0.id)
    }

    /// Its two-letter code.
    async fn code(&self) -> CountryCode {
        CountryCode(self.0.code.clone())
    }

    /// Its three-letter code of ISO 3166-1.
    async fn alpha3(&self) -> &str {
        &self.0.alpha3
    }

    /// Its short name. Falls back from the asked language to its parents, English, the native name.
    async fn name(
        &self,
        #[graphql(desc = "In which language; English by default.")] language: Option<LanguageTag>,
    ) -> String {
        in_language(&self.0.names, language.as_ref()).unwrap_or_default()
    }

    /// Its official name. Falls back like `name`.
    async fn official_name(
        &self,
        #[graphql(desc = "In which language; English by default.")] language: Option<LanguageTag>,
    ) -> String {
        in_language(&self.0.official_names, language.as_ref()).unwrap_or_default()
    }

    /// Its region of the UN M49 standard.
    async fn region(&self) -> Option<&str> {
        self.0.region.as_deref()
    }

    /// Its subregion of the UN M49 standard.
    async fn subregion(&self) -> Option<&str> {
        self.0.subregion.as_deref()
    }

    /// Who speaks for it in the network, the focal points that it has today, whoever has been one longest first. Members know
    /// them; for others the list is empty.
    async fn focal_points(&self, ctx: &Context<'_>) -> Result<Vec<Actor>> {
        focal_points_of(ctx, self.0.id).await
    }

    /// The groups that it belongs to, in any role, by the group's name.
    async fn groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this day; today by default.")] on: Option<Date>,
    ) -> Result<Vec<GroupMembership>> {
        memberships_of_country(ctx, self.0.id, on).await
    }

    /// The conventions that it is party to.
    async fn accessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this day; today by default.")] on: Option<Date>,
    ) -> Result<Vec<Accession>> {
        accessions_of_country(ctx, self.0.id, on).await
    }

    /// The institutions in it.
    async fn institutions(
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
        list_under::<Institutions, _>(ctx, (InstitutionsUnder::Country, self.0.id), asked, page).await
    }

    /// The policymakers of it.
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
        list_under::<Policymakers, _>(ctx, (PolicymakersUnder::Country, self.0.id), asked, page).await
    }

    /// The agreements to which it is a party, directly or through a group that it is a member of today.
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
        list_under::<Agreements, _>(ctx, (AgreementsUnder::Country, self.0.id), asked, page).await
    }

    /// The opportunities that are open to it: by name, through a group that it is a member of today, or to everyone.
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
        list_under::<Opportunities, _>(ctx, (OpportunitiesUnder::OpenTo, self.0.id), asked, page).await
    }
}
