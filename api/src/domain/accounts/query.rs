//! Root fields about who is asking.
use async_graphql::{Context, Object};

use super::{Account, Accounts, Viewer};
use crate::{
    access,
    domain::agencies::{AgencyClient, AgencyClients},
    graphql::{Result, reading, seen},
};

/// Root fields about who is asking.
#[derive(Default)]
pub(crate) struct AccountQuery;

#[Object]
impl AccountQuery {
    /// Who is asking; null for an anonymous request.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Result<Viewer>> {
        viewer(ctx).await.transpose()
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
