//! Root fields about opportunities.
use std::sync::Arc;

use async_graphql::{Context, ID, Object, OneofObject};

use super::{Opportunities, Opportunity, OpportunityFilter, OpportunityOrder, service};
use crate::{
    access::Seen as _,
    db::PageArgs,
    graphql::{Asked, Connection, Result, decode, list, reading, seen, typed},
};

/// By what to find an opportunity.
#[derive(Debug, OneofObject)]
pub(crate) enum OpportunityBy {
    /// Its ID.
    Id(ID),
    /// Its readable key.
    Slug(String),
}

/// Root fields about opportunities.
#[derive(Default)]
pub(crate) struct OpportunityQuery;

#[Object]
impl OpportunityQuery {
    /// One opportunity.
    async fn opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By what to find it.")] by: OpportunityBy,
    ) -> Option<Result<Opportunity>> {
        let opportunity = async {
            Ok(match by {
                OpportunityBy::Id(id) => seen(ctx, Opportunities, decode("by.id", Opportunities::PREFIX, &id)?).await?,
                OpportunityBy::Slug(slug) => {
                    service::by_slug(reading(ctx)?, typed("by.slug", &slug)?).await?.map(Arc::new)
                }
            })
        };
        opportunity.await.map(|row| row.map(Opportunity)).transpose()
    }

    /// Opportunities.
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<OpportunityFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<OpportunityOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Opportunity>>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: OpportunityOrder::asked(order_by) };
        Some(list::<Opportunities, _>(ctx, asked, PageArgs { first, after, last, before }).await)
    }
}
