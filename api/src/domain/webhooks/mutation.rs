//! Registering, changing and testing agencies' addresses, and telling them again.
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use entity::{webhook_delivery, webhook_endpoint};

use super::{
    Deliveries, Sender, WebhookDelivery, WebhookEndpoint, Webhooks, deliveries_writing,
    input::{CreateWebhookInput, ReplayWebhookInput, TestWebhookInput, UpdateWebhookInput},
    writing::{self, New, Patch},
};
use crate::{
    access::Seen as _,
    domain::agencies::AgencyClients,
    error::{Error, Target, Written},
    graphql::{
        DeleteInput, DeletePayload, Result, TransitionInput, UserError, decode, deleted_once, once, reading,
        user_errors,
    },
};

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct WebhookPayload {
    /// The address, as it is now.
    webhook: Option<WebhookEndpoint>,
    /// Its new secret. It is shown this once.
    secret: Option<String>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<webhook_endpoint::Model>> for WebhookPayload {
    fn from(written: Written<webhook_endpoint::Model>) -> Self {
        written.map(|row| (row, None)).into()
    }
}

impl From<Written<(webhook_endpoint::Model, Option<String>)>> for WebhookPayload {
    fn from(written: Written<(webhook_endpoint::Model, Option<String>)>) -> Self {
        let (webhook, secret) = written.now.unzip();
        Self {
            webhook: webhook.map(|row| WebhookEndpoint(Arc::new(row))),
            secret: secret.flatten(),
            user_errors: user_errors(written.faults),
        }
    }
}

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct WebhookDeliveryPayload {
    /// The delivery, as it is now.
    delivery: Option<WebhookDelivery>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<webhook_delivery::Model>> for WebhookDeliveryPayload {
    fn from(written: Written<webhook_delivery::Model>) -> Self {
        let delivery = written.now.map(|row| WebhookDelivery(Arc::new(row)));
        Self { delivery, user_errors: user_errors(written.faults) }
    }
}

/// Registering, changing and testing agencies' addresses, and telling them again.
#[derive(Default)]
pub(crate) struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Registers an address at which an agency's machine is told at once what changes, from now on, and answers with the
    /// secret that signs it. For the machine, and for administrators.
    async fn create_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: CreateWebhookInput,
    ) -> Option<Result<WebhookPayload>> {
        let payload = async {
            let CreateWebhookInput { agency_client, url, events } = input;
            let client =
                agency_client.map(|id| decode("input.agencyClient", AgencyClients::PREFIX, &id)).transpose()?;
            let events = events.into_iter().map(Into::into).collect();
            Ok(writing::create(reading(ctx)?, sender(ctx)?, New { client, url: url.0, events }).await?.into())
        };
        Some(payload.await)
    }

    /// Changes an address, what it is told of, whether it is told anything, or what signs it. For the machine, and for
    /// administrators.
    async fn update_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be different.")] input: UpdateWebhookInput,
    ) -> Option<Result<WebhookPayload>> {
        let payload = async {
            let UpdateWebhookInput { id, expected_version, url, events, enabled, rotate_secret } = input;
            let target = Target { key: decode("input.id", Webhooks::PREFIX, &id)?, version: Some(expected_version) };
            let events = events.map(|events| events.into_iter().map(Into::into).collect());
            let patch = Patch { url: url.map(|url| url.0), events, enabled, rotate_secret };
            Ok(writing::update(reading(ctx)?, sender(ctx)?, target, patch).await?.into())
        };
        Some(payload.await)
    }

    /// Has an address be told nothing any longer, for good, and forgets what was sent there. For the machine, and for
    /// administrators.
    async fn delete_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteInput,
    ) -> Option<Result<DeletePayload>> {
        let written = async {
            let key = decode("input.id", Webhooks::PREFIX, &input.id)?;
            Ok(writing::delete(reading(ctx)?, Target { key, version: input.expected_version }).await?)
        };
        Some(deleted_once(ctx, Webhooks, written).await)
    }

    /// Sends a test event to an address at once, also to one that is disabled, and answers with what came of it, within five
    /// seconds. It is not tried again. For the machine, and for administrators.
    async fn test_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TestWebhookInput,
    ) -> Option<Result<WebhookDeliveryPayload>> {
        let written = async {
            let key = decode("input.id", Webhooks::PREFIX, &input.id)?;
            Ok(deliveries_writing::test(reading(ctx)?, sender(ctx)?, key).await?)
        };
        Some(once(ctx, Deliveries, written).await)
    }

    /// Has an event be sent once more, whatever became of it, and tried again as if it were new. For the machine, and for
    /// administrators.
    async fn redeliver_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which delivery.")] input: TransitionInput,
    ) -> Option<Result<WebhookDeliveryPayload>> {
        let written = async {
            let TransitionInput { id, expected_version, reason } = input;
            let target = Target { key: decode("input.id", Deliveries::PREFIX, &id)?, version: expected_version };
            Ok(deliveries_writing::redeliver(reading(ctx)?, target, reason).await?)
        };
        Some(once(ctx, Deliveries, written).await)
    }

    /// Has an address be told again of everything since a token, by new deliveries. For the machine, and for administrators.
    async fn replay_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and since when.")] input: ReplayWebhookInput,
    ) -> Option<Result<WebhookPayload>> {
        let written = async {
            let key = decode("input.id", Webhooks::PREFIX, &input.id)?;
            Ok(writing::replay(reading(ctx)?, key, &input.since).await?)
        };
        Some(once(ctx, Webhooks, written).await)
    }
}

/// What sends events.
fn sender<'c>(ctx: &Context<'c>) -> Result<&'c Arc<Sender>> {
    ctx.data::<Arc<Sender>>().map_err(|_| Error::internal("a request has nothing that sends events").into())
}
