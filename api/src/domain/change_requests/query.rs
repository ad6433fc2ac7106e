//! The root field of requests.
use async_graphql::{Context, Object};

use super::{ChangeRequest, ChangeRequestFilter, ChangeRequests};
use crate::{
    access::Order,
    db::PageArgs,
    graphql::{Asked, Connection, Result, list, reading},
};

/// The root field of requests.
#[derive(Default)]
pub(crate) struct ChangeRequestQuery;

#[Object]
impl ChangeRequestQuery {
    /// What administrators have asked others to approve, the newest first. For administrators.
    async fn change_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<ChangeRequestFilter>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<ChangeRequest>>> {
        let page = async {
            reading(ctx)?.viewer.admin()?;
            let asked = Asked { filter: filter.unwrap_or_default(), order: Order { field: (), descending: true } };
            list::<ChangeRequests, _>(ctx, asked, PageArgs { first, after, last, before }).await
        };
        Some(page.await)
    }
}
