//! Agencies' machines, as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object};
use entity::{
    agency_client,
    vocabulary::{self, Flag as _},
};

use super::AgencyClients;
use crate::{
    access::Seen as _,
    domain::{
        institutions::{Institution, Institutions},
        webhooks::{WebhookEndpoint, webhooks_of},
    },
    graphql::{DateTime, Result, encode, loaded},
};

/// A partner agency's machine.
#[derive(Clone, Description)]
pub(crate) struct AgencyClient(pub(crate) Arc<agency_client::Model>);

#[Object(use_type_description)]
impl AgencyClient {
    /// Unique in the network: what `node` takes.
    pub(crate) async fn id(&self) -> ID {
        encode(AgencyClients::PREFIX, self.0.id)
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The institution that answers for it.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Institution> {
        Ok(Institution(loaded(ctx, Institutions, self.0.institution_id).await?))
    }

    /// What it calls itself when it asks for a token.
    async fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// What it may do.
    async fn scopes(&self) -> Vec<AgencyScope> {
        vocabulary::AgencyScope::members(self.0.scopes).into_iter().map(AgencyScope::from).collect()
    }

    /// The addresses at which it is told what changes, the oldest first.
    async fn webhooks(&self, ctx: &Context<'_>) -> Result<Vec<WebhookEndpoint>> {
        webhooks_of(ctx, self.0.id).await
    }

    /// When it last asked, to the minute.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime)
    }

    /// Counts the changes, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// What an agency's machine may do.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "vocabulary::AgencyScope")]
pub(crate) enum AgencyScope {
    /// Read the contacts that consented.
    ContactsRead,
    /// Create contacts, and edit those that it created.
    ContactsWrite,
}
