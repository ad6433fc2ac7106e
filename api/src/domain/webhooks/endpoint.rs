//! Agencies' addresses, as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object};
use entity::{
    vocabulary::{self, Flag as _},
    webhook_endpoint,
};
use uuid::Uuid;

use super::{
    Deliveries, Webhooks,
    delivery::{WebhookDelivery, WebhookDeliveryFilter},
    service::{DeliveriesUnder, OfClient, Signing},
    signature,
};
use crate::{
    access::{Order, Seen as _},
    db::PageArgs,
    domain::agencies::{AgencyClient, AgencyClients},
    graphql::{Asked, Connection, DateTime, Result, Url, encode, list_under, loaded, parts},
};

/// An address of an agency's own, at which its machine is told at once what changes, as Standard Webhooks has it. Seen by the
/// machine, and by administrators.
#[derive(Clone, Description)]
pub(crate) struct WebhookEndpoint(pub(crate) Arc<webhook_endpoint::Model>);

#[Object(use_type_description)]
impl WebhookEndpoint {
    /// Unique in the network: what `node` takes.
    pub(crate) async fn id(&self) -> ID {
        encode(Webhooks::PREFIX, self.0.id)
    }

    /// The agency's machine that is told.
    async fn agency_client(&self, ctx: &Context<'_>) -> Result<AgencyClient> {
        Ok(AgencyClient(loaded(ctx, AgencyClients, self.0.agency_client_id).await?))
    }

    /// The address.
    async fn url(&self) -> Url {
        (&self.0.url).into()
    }

    /// What it is told of.
    async fn events(&self) -> Vec<WebhookEvent> {
        vocabulary::WebhookEvent::members(self.0.events).into_iter().map(WebhookEvent::from).collect()
    }

    /// The public keys by which the signatures `v1a` can be verified, the newest first: one, and for a day after the secret
    /// was exchanged two.
    async fn public_keys(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let keys = parts(ctx, Signing, self.0.id).await?;
        Ok(keys.iter().rev().map(|key| signature::shown(&key.public_key)).collect())
    }

    /// Whether it is told anything.
    async fn enabled(&self) -> bool {
        self.0.disabled_at.is_none()
    }

    /// Since when it is told nothing.
    async fn disabled_at(&self) -> Option<DateTime> {
        self.0.disabled_at.map(DateTime)
    }

    /// Why it is told nothing.
    async fn disabled_reason(&self) -> Option<WebhookDisabledReason> {
        self.0.disabled_reason.map(Into::into)
    }

    /// What is, was or could not be sent there in the last 30 days, the newest first.
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<WebhookDeliveryFilter>,
        #[graphql(desc = "This many, from the start: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "This many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> Result<Connection<WebhookDelivery>> {
        let asked = Asked { filter: filter.unwrap_or_default(), order: Order { field: (), descending: true } };
        let page = PageArgs { first, after, last, before };
        list_under::<Deliveries, _>(ctx, (DeliveriesUnder::Webhook, self.0.id), asked, page).await
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Counts the changes, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// The addresses of an agency's machine, as far as the viewer may see them.
pub(crate) async fn webhooks_of(ctx: &Context<'_>, client: Uuid) -> Result<Vec<WebhookEndpoint>> {
    let rows = parts(ctx, OfClient, client).await?;
    Ok(rows.iter().cloned().map(|row| WebhookEndpoint(Arc::new(row))).collect())
}

/// What an agency's machine is told of.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "vocabulary::WebhookEvent")]
pub(crate) enum WebhookEvent {
    /// A contact that the machine may read, or could until then, has changed (`contact.changed`). It needs `CONTACTS_READ`.
    ContactChanged,
    /// An opportunity was published: for the first time, or again after it was postponed (`opportunity.published`).
    OpportunityPublished,
}

/// Why an address is told nothing.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "vocabulary::WebhookDisabledReason")]
pub(crate) enum WebhookDisabledReason {
    /// Somebody wants it so.
    Requested,
    /// It did not take an event, however often that was tried.
    Failing,
    /// It has answered that it is there no more (410).
    Gone,
}
