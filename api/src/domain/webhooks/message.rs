//! What an event says: IDs, and from where to ask what has changed. Nothing in it is personal.
use chrono::SecondsFormat;
use entity::{vocabulary::WebhookEvent, webhook_delivery};
use serde::Serialize;

use super::{Deliveries, Webhooks};
use crate::{access::Seen as _, domain::nodes::prefix, error::Error, graphql::encode};

/// The body, as Standard Webhooks recommends it.
#[derive(Serialize)]
struct Body {
    r#type: &'static str,
    timestamp: String,
    data: Data,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opportunity_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_token: Option<String>,
}

/// What tells an event from others, however often it is sent: the ID of its delivery.
pub(super) fn id(delivery: &webhook_delivery::Model) -> String {
    encode(Deliveries::PREFIX, delivery.id).to_string()
}

/// What is sent.
///
/// # Errors
///
/// If it cannot be written.
pub(super) fn body(delivery: &webhook_delivery::Model) -> Result<String, Error> {
    let of = |event| delivery.event == Some(event);
    let about = delivery.subject.zip(delivery.subject_id).map(|(kind, key)| encode(prefix(kind), key).to_string());
    let test = delivery.event.is_none().then(|| encode(Webhooks::PREFIX, delivery.webhook_endpoint_id).to_string());
    let body = Body {
        r#type: match delivery.event {
            Some(WebhookEvent::ContactChanged) => "contact.changed",
            Some(WebhookEvent::OpportunityPublished) => "opportunity.published",
            None => "test",
        },
        timestamp: delivery.occurred_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        data: Data {
            contact_id: about.clone().filter(|_| of(WebhookEvent::ContactChanged)),
            opportunity_id: about.filter(|_| of(WebhookEvent::OpportunityPublished)),
            webhook_id: test,
            sync_token: delivery.sync_token.clone(),
        },
    };
    serde_json::to_string(&body).map_err(|_| Error::internal("an event cannot be written"))
}
