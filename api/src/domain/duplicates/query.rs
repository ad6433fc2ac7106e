//! The root field of pairs that are likely the same.
use async_graphql::{Context, Object};

use super::{DuplicateContact, DuplicateContacts};
use crate::{
    access::Order,
    db::PageArgs,
    graphql::{Asked, Connection, Result, list, reading},
};

/// The root field of pairs that are likely the same.
#[derive(Default)]
pub(crate) struct DuplicateQuery;

#[Object]
impl DuplicateQuery {
    /// Contacts that are likely the same, the likeliest first. For administrators.
    async fn duplicate_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<DuplicateContact>>> {
        let page = async {
            reading(ctx)?.viewer.admin()?;
            let asked = Asked { filter: (), order: Order { field: (), descending: true } };
            list::<DuplicateContacts, _>(ctx, asked, PageArgs { first, after, last, before }).await
        };
        Some(page.await)
    }
}
