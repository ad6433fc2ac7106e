//! The answer.
use std::sync::Arc;

use async_graphql::{Context, Description, Object};
use entity::country;
use uuid::Uuid;

use crate::{
    db::PageArgs,
    domain::{
        agreements::{Agreement, AgreementFilter, AgreementOrder, Agreements, Binding, authorities, bound_countries},
        conventions::parties_to_principal,
        countries::Country,
        institutions::{Institution, Institutions},
        opportunities::{OpenToAll, Opportunities, Opportunity, OpportunityFilter, OpportunityOrder, counts_open_to},
    },
    graphql::{Asked, Connection, Medium, Result, list, reading, seen_all},
};

/// What lets some countries work together.
#[derive(Description)]
pub(crate) struct Cooperation {
    pub(super) countries: Vec<Arc<country::Model>>,
    pub(super) medium: Option<Medium>,
}

impl Cooperation {
    fn keys(&self) -> Vec<Uuid> {
        self.countries.iter().map(|country| country.id).collect()
    }

    fn binding(&self) -> Binding {
        Binding { countries: self.keys(), medium: self.medium }
    }

    /// Every pair of the countries.
    fn couples(&self) -> impl Iterator<Item = [&Arc<country::Model>; 2]> {
        let others = |place| self.countries.iter().skip(place + 1);
        self.countries.iter().enumerate().flat_map(move |(place, one)| others(place).map(move |other| [one, other]))
    }
}

#[Object(use_type_description)]
impl Cooperation {
    /// The countries that were asked about.
    async fn countries(&self) -> Vec<Country> {
        self.countries.iter().cloned().map(Country).collect()
    }

    /// The agreements in force that bind at least two of them, directly or through a group, and that cover the medium or
    /// name none.
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
        let filter = AgreementFilter { binding: Some(self.binding()), ..filter.unwrap_or_default() };
        let asked = Asked { filter, order: AgreementOrder::asked(order_by) };
        list::<Agreements, _>(ctx, asked, PageArgs { first, after, last, before }).await
    }

    /// Every pair of them, also one that nothing binds.
    async fn pairs(&self, ctx: &Context<'_>) -> Result<Vec<CooperationPair>> {
        let reading = reading(ctx)?;
        let parties = parties_to_principal(reading, &self.keys()).await?;
        let bound = bound_countries(reading, &self.binding()).await?;
        let open = counts_open_to(reading, &self.keys(), self.medium).await?;
        let pair = |couple: [&Arc<country::Model>; 2]| {
            let [one, other] = couple.map(|country| country.id);
            let binds = |agreement, country| bound.contains(&(agreement, country));
            let agreements = bound.iter().filter(|(_, country)| *country == one).map(|(agreement, _)| *agreement);
            let open_to_both = open.iter().filter(|(open, _)| open.contains(&one) && open.contains(&other));
            CooperationPair {
                countries: couple.map(Arc::clone),
                agreements: agreements.filter(|agreement| binds(*agreement, other)).collect(),
                both_party_to_convention: parties.contains(&one) && parties.contains(&other),
                open_opportunities: open_to_both.map(|(_, count)| count).sum(),
            }
        };
        Ok(self.couples().map(pair).collect())
    }

    /// The opportunities that accept interest now, are open to all of them, and are for the medium or for any.
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
        let open_to_all = Some(OpenToAll { countries: self.keys(), medium: self.medium });
        let filter = OpportunityFilter { open_to_all, ..filter.unwrap_or_default() };
        let asked = Asked { filter, order: OpportunityOrder::asked(order_by) };
        list::<Opportunities, _>(ctx, asked, PageArgs { first, after, last, before }).await
    }

    /// The institutions that carry out, on the side of these countries, the agreements that bind them: the offices to
    /// write to. In the order of the countries; those of a group come last.
    async fn competent_authorities(&self, ctx: &Context<'_>) -> Result<Vec<Institution>> {
        let found = authorities(reading(ctx)?, &self.binding()).await?;
        let mut institutions = seen_all(ctx, Institutions, found).await?;
        let place = |country: Option<Uuid>| {
            let found = self.countries.iter().position(|known| Some(known.id) == country);
            found.unwrap_or(self.countries.len())
        };
        institutions
            .sort_by(|a, b| (place(a.country_id), &a.sort_key, a.id).cmp(&(place(b.country_id), &b.sort_key, b.id)));
        Ok(institutions.into_iter().map(Institution).collect())
    }
}

/// Two countries, and what lets them work together.
#[derive(Description)]
pub(crate) struct CooperationPair {
    countries: [Arc<country::Model>; 2],
    agreements: Vec<Uuid>,
    both_party_to_convention: bool,
    open_opportunities: i64,
}

#[Object(use_type_description)]
impl CooperationPair {
    /// The two countries.
    async fn countries(&self) -> Vec<Country> {
        self.countries.iter().cloned().map(Country).collect()
    }

    /// The agreements in force that bind both, directly or through a group, and that cover the medium or name none, by
    /// title.
    async fn agreements(&self, ctx: &Context<'_>) -> Result<Vec<Agreement>> {
        let agreements = seen_all(ctx, Agreements, self.agreements.iter().copied()).await?;
        Ok(agreements.into_iter().map(Agreement).collect())
    }

    /// Whether both are party today to the UNESCO Convention of 2005.
    async fn both_party_to_convention(&self) -> bool {
        self.both_party_to_convention
    }

    /// How many opportunities that accept interest now are open to both, for the medium or for any.
    async fn open_opportunities(&self) -> i64 {
        self.open_opportunities
    }
}
