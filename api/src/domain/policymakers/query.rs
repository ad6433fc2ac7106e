//! Root fields about policymakers.
use async_graphql::{Context, ID, Object, OneofObject};
use entity::vocabulary::SubjectKind;

use super::{Policymaker, PolicymakerFilter, PolicymakerOrder, Policymakers};
use crate::{
    access::Seen as _,
    db::PageArgs,
    domain::external_ids::called,
    graphql::{Asked, Connection, Result, decode, list, named_one, reading, seen_if_any, typed},
};

/// By what to find a policymaker.
#[derive(Debug, OneofObject)]
pub(crate) enum PolicymakerBy {
    /// Their ID.
    Id(ID),
    /// What the agency calls them whose machine asks.
    ExternalId(String),
}

/// Root fields about policymakers.
#[derive(Default)]
pub(crate) struct PolicymakerQuery;

#[Object]
impl PolicymakerQuery {
    /// One policymaker.
    async fn policymaker(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By what to find them.")] by: PolicymakerBy,
    ) -> Option<Result<Policymaker>> {
        let policymaker = async {
            match by {
                PolicymakerBy::Id(id) => {
                    named_one(ctx, Policymakers, decode("by.id", Policymakers::PREFIX, &id)?).await
                }
                PolicymakerBy::ExternalId(value) => {
                    let value = typed("by.externalId", &value)?;
                    seen_if_any(ctx, Policymakers, called(reading(ctx)?, SubjectKind::Policymaker, value).await?).await
                }
            }
        };
        policymaker.await.map(|row| row.map(Policymaker)).transpose()
    }

    /// Policymakers.
    async fn policymakers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<PolicymakerFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<PolicymakerOrder>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Policymaker>>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: PolicymakerOrder::asked(order_by) };
        Some(list::<Policymakers, _>(ctx, asked, PageArgs { first, after, last, before }).await)
    }
}
