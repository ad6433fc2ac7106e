//! Root fields about who is asking, and about accounts.
use async_graphql::{Context, Object};

use super::{Account, AccountFilter, Accounts, Viewer};
use crate::{
    access::{self, Order},
    db::PageArgs,
    domain::agencies::{AgencyClient, AgencyClients},
    graphql::{Asked, Connection, Result, list, reading, seen},
};

/// Root fields about who is asking, and about accounts.
#[derive(Default)]
pub(crate) struct AccountQuery;

#[Object]
impl AccountQuery {
    /// Who is asking; null for an anonymous request.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Result<Viewer>> {
        viewer(ctx).await.transpose()
    }

    /// The accounts that whoever asks may see, by their names: administrators all, others their own.
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<AccountFilter>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Account>>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: Order { field: (), descending: false } };
        Some(list::<Accounts, _>(ctx, asked, PageArgs { first, after, last, before }).await)
    }
}

async fn viewer(ctx: &Context<'_>) -> Result<Option<Viewer>> {
    Ok(match &reading(ctx)?.viewer {
        access::Viewer::Anonymous => None,
        access::Viewer::Account(person) => {
            seen(ctx, Accounts, person.account).await?.map(|row| Viewer::Account(Account(row)))
        }
        access::Viewer::Agency(machine) => {
            seen(ctx, AgencyClients, machine.client).await?.map(|row| Viewer::AgencyClient(AgencyClient(row)))
        }
    })
}
