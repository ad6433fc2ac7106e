//! What somebody asks to be sent: a test, at once, and an event once more.
use chrono::{DateTime, Utc};
use entity::{
    vocabulary::{ChangeOperation, SubjectKind, WebhookDeliveryStatus as Status},
    webhook_delivery, webhook_endpoint,
};
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, Set};
use uuid::Uuid;

use super::{
    Deliveries, Sender,
    claims_writing::{Claimed, keys_of, lease, record},
    writing::owned,
};
use crate::{
    access::{Reading, Seen as _, locked, seen_rows},
    changes::{Entry, FieldChange, append},
    db::Change,
    error::{Error, Fault, FaultCode, Target, Written},
    graphql::encode,
    validation::{self, Faults},
};

type Row = webhook_delivery::Model;

/// Sends a test to an address: what came of it.
pub(super) async fn test(reading: &Reading, sender: &Sender, key: Uuid) -> Result<Written<Row>, Error> {
    let change = reading.db.change().await?;
    let (endpoint, _) = match owned(reading, &change, key).await? {
        Ok(found) => found,
        Err(refused) => return Ok(Written::refused(refused.faults)),
    };
    let endpoint = numbered(&change, endpoint, 1).await?;
    let within = sender.brief();
    let row = webhook_delivery::ActiveModel {
        number: Set(endpoint.numbered),
        occurred_at: Set(reading.now()),
        // Until it has ended it is ours.
        claimed_until: Set(Some(reading.now() + lease(within))),
        ..blank(endpoint.id, reading.now())
    };
    let row = row.insert(&*change).await?;
    log(reading, &change, (&endpoint, &row), None).await?;
    let claimed =
        Claimed { url: endpoint.url.clone(), keys: keys_of(&*change, endpoint.id, reading.now()).await?, row };
    let key = claimed.row.id;
    change.commit_to(key).await?;
    let outcome = claimed.send(sender, within, reading.now()).await?;
    // The clock is not asked anew: it is the time of the request that counts.
    record(&reading.db.plain(), sender, (claimed.row, outcome), reading.now()).await?;
    let now = webhook_delivery::Entity::find_by_id(key).one(&reading.db).await?;
    Ok(Written { now, faults: vec![] })
}

/// Has an event be sent once more.
pub(super) async fn redeliver(
    reading: &Reading,
    target: Target,
    reason: Option<String>,
) -> Result<Written<Row>, Error> {
    reading.viewer.manages_webhooks_of(None)?;
    let mut faults = Faults::default();
    let reason = validation::reason(reason, false, &mut faults);
    let change = reading.db.change().await?;
    // Whoever writes both takes the address first.
    let seen = seen_rows::<Deliveries>(reading).filter(webhook_delivery::Column::Id.eq(target.key));
    let Some(seen) = seen.one(&*change).await? else { return Ok(Written::not_there("delivery")) };
    let Ok((endpoint, _)) = owned(reading, &change, seen.webhook_endpoint_id).await? else {
        return Ok(Written::not_there("delivery"));
    };
    let Some(row) = locked::<Deliveries>(reading, &change, target.key).await? else {
        return Ok(Written::not_there("delivery"));
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    if endpoint.disabled_at.is_some() {
        let message = "its address is disabled: enable it first, and what waits is sent";
        return Ok(Written::refused(vec![Fault::of("id", FaultCode::IllegalTransition, message)]));
    }
    if !faults.is_empty() {
        return Ok(Written::refused(faults.into_inner()));
    }
    // What is being sent is not sent beside that.
    let under_way = row.status == Status::Pending && row.claimed_until.is_some_and(|until| until > reading.now());
    let row = if under_way {
        row
    } else {
        let version = row.version + 1;
        let mut next = row.into_active_model();
        next.status = Set(Status::Pending);
        next.tries = Set(0);
        next.next_attempt_at = Set(Some(reading.now()));
        next.claimed_until = Set(None);
        next.version = Set(version);
        next.update(&*change).await?
    };
    log(reading, &change, (&endpoint, &row), reason.as_deref()).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// A delivery of which nothing is known yet but where it goes.
pub(super) fn blank(endpoint: Uuid, now: DateTime<Utc>) -> webhook_delivery::ActiveModel {
    webhook_delivery::ActiveModel {
        id: Set(Uuid::now_v7()),
        webhook_endpoint_id: Set(endpoint),
        number: Set(0),
        event: Set(None),
        subject: Set(None),
        subject_id: Set(None),
        sync_token: Set(None),
        occurred_at: Set(now),
        status: Set(Status::Pending),
        failure: Set(None),
        http_status: Set(None),
        duration_ms: Set(None),
        attempts: Set(0),
        tries: Set(0),
        last_attempt_at: Set(None),
        next_attempt_at: Set(Some(now)),
        claimed_until: Set(None),
        version: Set(1),
        created_at: Set(now),
    }
}

/// Takes the next numbers of an address that is locked: the address, with the last of them.
pub(super) async fn numbered(
    change: &Change,
    endpoint: webhook_endpoint::Model,
    more: i64,
) -> Result<webhook_endpoint::Model, Error> {
    let last = endpoint.numbered + more;
    let mut next = endpoint.into_active_model();
    next.numbered = Set(last);
    Ok(next.update(&**change).await?)
}

/// Writes down that somebody had something be sent.
async fn log(
    reading: &Reading,
    change: &Change,
    (endpoint, row): (&webhook_endpoint::Model, &Row),
    reason: Option<&str>,
) -> Result<(), Error> {
    let sent = encode(Deliveries::PREFIX, row.id).to_string();
    let entry = Entry {
        subject: (SubjectKind::WebhookEndpoint, endpoint.id),
        operation: ChangeOperation::Updated,
        // The address is what it was, and so is its version.
        version: Some(endpoint.version),
        fields: vec![FieldChange::of("deliveries", (), sent)],
        reason,
    };
    append(&**change, reading.viewer.actor(), reading.now(), entry).await
}
