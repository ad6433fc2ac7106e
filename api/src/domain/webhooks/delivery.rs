//! What is, was or could not be sent to an agency's address, as clients see it.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::{vocabulary, webhook_delivery};
use serde::Serialize;

use super::{
    Deliveries, Webhooks,
    endpoint::{WebhookEndpoint, WebhookEvent},
};
use crate::{
    access::Seen as _,
    domain::nodes::prefix,
    graphql::{DateTime, Result, encode, loaded},
};

/// Which deliveries. All fields that are given must hold; a list holds for any of its values.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct WebhookDeliveryFilter {
    /// That stand at one of these.
    pub(super) status: Option<Vec<WebhookDeliveryStatus>>,
}

/// An event that is, was or could not be sent to an agency's address. What was answered is not kept.
#[derive(Clone, Description)]
pub(crate) struct WebhookDelivery(pub(crate) Arc<webhook_delivery::Model>);

impl From<Arc<webhook_delivery::Model>> for WebhookDelivery {
    fn from(row: Arc<webhook_delivery::Model>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl WebhookDelivery {
    /// Unique in the network: what `node` takes, and what is sent as `webhook-id`.
    pub(crate) async fn id(&self) -> ID {
        encode(Deliveries::PREFIX, self.0.id)
    }

    /// Where it is sent.
    async fn webhook(&self, ctx: &Context<'_>) -> Result<WebhookEndpoint> {
        Ok(WebhookEndpoint(loaded(ctx, Webhooks, self.0.webhook_endpoint_id).await?))
    }

    /// What it tells; null: it is a test.
    async fn event(&self) -> Option<WebhookEvent> {
        self.0.event.map(Into::into)
    }

    /// The ID of the contact or the opportunity that it tells of; null for a test.
    async fn subject_id(&self) -> Option<ID> {
        let (kind, key) = self.0.subject.zip(self.0.subject_id)?;
        Some(encode(prefix(kind), key))
    }

    /// Where it stands.
    async fn status(&self) -> WebhookDeliveryStatus {
        self.0.status.into()
    }

    /// Why the last attempt came to nothing; null, if none did.
    async fn failure(&self) -> Option<WebhookFailure> {
        self.0.failure.map(Into::into)
    }

    /// The HTTP status of the last answer; null, if there was none.
    async fn http_status(&self) -> Option<i32> {
        self.0.http_status
    }

    /// How long the last attempt took, in milliseconds.
    async fn duration_ms(&self) -> Option<i32> {
        self.0.duration_ms
    }

    /// How many attempts there were.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// When the last attempt began.
    async fn last_attempt_at(&self) -> Option<DateTime> {
        self.0.last_attempt_at.map(DateTime)
    }

    /// When the next attempt is due, or was: it waits for the end of one that is under way, for earlier events about the same,
    /// and while the address is disabled. Null, if there is no other.
    async fn next_attempt_at(&self) -> Option<DateTime> {
        self.0.next_attempt_at.map(DateTime)
    }

    /// When it was noted.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Counts the changes, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "vocabulary::WebhookDeliveryStatus")]
pub(crate) enum WebhookDeliveryStatus {
    /// It is to be sent, or to be sent again.
    Pending,
    /// It was taken: the answer's status was one of 200 to 299.
    Delivered,
    /// It was given up.
    Failed,
}

/// Why an attempt came to nothing.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "vocabulary::WebhookFailure")]
pub(crate) enum WebhookFailure {
    /// Nothing is sent there: the address is not public, or not encrypted.
    Refused,
    /// Nobody answers there, or not by HTTP, or the certificate is no good.
    Unreachable,
    /// There was no answer in time.
    TimedOut,
    /// The answer's status was not one of 200 to 299. Where it leads elsewhere, it is not followed.
    Answered,
}
