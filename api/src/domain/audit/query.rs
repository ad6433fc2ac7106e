//! The root field of the log.
use async_graphql::{Context, Object};

use super::{AuditFilter, service::AuditEntries, types::AuditEntry};
use crate::{
    access::Order,
    db::PageArgs,
    graphql::{Asked, Connection, Result, list, reading},
};

/// The root field of the log.
#[derive(Default)]
pub(crate) struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Every change in the network, the newest first. For administrators.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries.")] filter: Option<AuditFilter>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<AuditEntry>>> {
        let page = async {
            reading(ctx)?.viewer.admin()?;
            let asked = Asked { filter: filter.unwrap_or_default(), order: Order { field: (), descending: true } };
            list::<AuditEntries, _>(ctx, asked, PageArgs { first, after, last, before }).await
        };
        Some(page.await)
    }
}
