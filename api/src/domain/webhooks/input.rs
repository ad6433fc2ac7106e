//! What mutations of webhooks take.
use async_graphql::{ID, InputObject};

use super::endpoint::WebhookEvent;
use crate::graphql::{SyncToken, Url};

/// An address that is to be told what changes.
#[derive(InputObject)]
pub(crate) struct CreateWebhookInput {
    /// The agency's machine that is told: for administrators. A machine registers its own.
    pub(super) agency_client: Option<ID>,
    /// The address: https, and one that anybody can reach.
    pub(super) url: Url,
    /// What it is told of.
    pub(super) events: Vec<WebhookEvent>,
}

/// What is to be different. What is left out stays as it is.
#[derive(InputObject)]
pub(crate) struct UpdateWebhookInput {
    /// Which one.
    pub(super) id: ID,
    /// The version that was seen: if it has changed since, nothing is done.
    pub(super) expected_version: i32,
    /// The address.
    pub(super) url: Option<Url>,
    /// What it is told of.
    pub(super) events: Option<Vec<WebhookEvent>>,
    /// Whether it is told anything. Where it is so again, what was missed meanwhile follows, and what waits is sent at once.
    pub(super) enabled: Option<bool>,
    /// Whether it gets a new secret and a new key. Those until now sign beside them for another day.
    #[graphql(default)]
    pub(super) rotate_secret: bool,
}

/// Which address is to be tested.
#[derive(InputObject)]
pub(crate) struct TestWebhookInput {
    /// Its ID.
    pub(super) id: ID,
}

/// What is to be told again.
#[derive(InputObject)]
pub(crate) struct ReplayWebhookInput {
    /// To which address.
    pub(super) id: ID,
    /// Since when, such as the `syncToken` of an event: that one is told again, too.
    pub(super) since: SyncToken,
}
