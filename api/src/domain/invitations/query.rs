//! The root field of invitations.
use async_graphql::{Context, Object};

use super::{Invitation, InvitationFilter, Invitations};
use crate::{
    access::Order,
    db::PageArgs,
    graphql::{Asked, Connection, Result, list},
};

/// The root field of invitations.
#[derive(Default)]
pub(crate) struct InvitationQuery;

#[Object]
impl InvitationQuery {
    /// The invitations that whoever asks may see, the newest first: administrators all, others those that they made.
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<InvitationFilter>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Invitation>>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: Order { field: (), descending: true } };
        Some(list::<Invitations, _>(ctx, asked, PageArgs { first, after, last, before }).await)
    }
}
