//! Which replica sends what: each delivery is one's alone for as long as sending may take, and then whoever's comes first.
use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use entity::{
    vocabulary::{ChangeOperation, WebhookDeliveryStatus as Status, WebhookDisabledReason, WebhookFailure},
    webhook_delivery::{self, Column},
    webhook_endpoint, webhook_secret,
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
    sea_query::{Alias, Expr, ExprTrait as _, LockBehavior, LockType, Query},
};
use uuid::Uuid;

use super::{
    Sender, message,
    schedule::wait,
    sending::{Outcome, Ready},
    service::{listening, signs},
    signature::signatures,
    writing::{disable, log, touched},
};
use crate::{
    access::random,
    changes::{Actor, FieldChange},
    db::{Change, Turns, column},
    error::Error,
};

/// How long a claim is good beyond the time that sending may take.
const LEEWAY: Duration = Duration::from_secs(20);
/// How many deliveries are looked at together.
const LOOKED_AT: u64 = 100;
/// What answers that there is nothing there any more (RFC 9110, section 15.5.11).
const GONE: u16 = 410;

/// A delivery that is this replica's to send.
pub(super) struct Claimed {
    /// The delivery.
    pub(super) row: webhook_delivery::Model,
    /// Where to.
    pub(super) url: String,
    /// What signs it.
    pub(super) keys: Vec<webhook_secret::Model>,
}

impl Claimed {
    /// Sends it, within some time.
    pub(super) async fn send(&self, sender: &Sender, within: Duration, now: DateTime<Utc>) -> Result<Outcome, Error> {
        let (id, timestamp, body) = (message::id(&self.row), now.timestamp(), message::body(&self.row)?);
        let signatures = signatures(&self.keys, (&id, timestamp), &body)?;
        let ready = Ready { url: self.url.clone(), id, timestamp, body, signatures };
        Ok(sender.send(ready, within, now).await)
    }
}

/// How long a delivery is a replica's to send, where sending may take so long.
pub(super) fn lease(within: Duration) -> Duration {
    within + LEEWAY
}

/// What is due now, and nobody's. Of events about the same to the same address, the earlier comes first.
fn due(now: DateTime<Utc>) -> Condition {
    let earlier = Alias::new("earlier");
    let of = |column: Column| Expr::col((earlier.clone(), column));
    let first = Query::select()
        .expr(Expr::val(1))
        .from_as(webhook_delivery::Entity, earlier.clone())
        .and_where(of(Column::WebhookEndpointId).eq(column(Column::WebhookEndpointId)))
        .and_where(of(Column::SubjectId).eq(column(Column::SubjectId)))
        .and_where(of(Column::Status).eq(Status::Pending.to_value()))
        .and_where(of(Column::Number).lt(column(Column::Number)))
        .take();
    let listening = Query::select()
        .column(webhook_endpoint::Column::Id)
        .from(webhook_endpoint::Entity)
        .cond_where(listening())
        .take();
    let free = Condition::any().add(Column::ClaimedUntil.is_null()).add(Column::ClaimedUntil.lte(now));
    Condition::all()
        .add(Column::Status.eq(Status::Pending))
        .add(Column::NextAttemptAt.lte(now))
        .add(free)
        .add(column(Column::WebhookEndpointId).in_subquery(listening))
        .add(Expr::exists(first).not())
}

/// Takes it upon this replica to send some of what is due: no more to any address than it still may, where `busy` says how
/// much is on its way to each.
pub(super) async fn claim(
    db: &Turns,
    now: DateTime<Utc>,
    within: Duration,
    (busy, each, most): (&HashMap<Uuid, usize>, usize, usize),
) -> Result<Vec<Claimed>, Error> {
    let full = busy.iter().filter(|(_, busy)| **busy >= each).map(|(endpoint, _)| *endpoint);
    let found = webhook_delivery::Entity::find()
        .filter(due(now))
        .filter(Column::WebhookEndpointId.is_not_in(full))
        .order_by_asc(Column::NextAttemptAt)
        .order_by_asc(Column::Number)
        .order_by_asc(Column::Id)
        .limit(LOOKED_AT);
    let mut taken: HashMap<Uuid, usize> = HashMap::new();
    let mut wanted = vec![];
    for row in found.all(db).await? {
        let endpoint = row.webhook_endpoint_id;
        let on_its_way = busy.get(&endpoint).copied().unwrap_or_default();
        let taken = taken.entry(endpoint).or_default();
        if wanted.len() < most && on_its_way + *taken < each {
            *taken += 1;
            wanted.push(row.id);
        }
    }
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let change = db.change().await?;
    // Another replica may have been faster; what it takes just now is left to it.
    let free = webhook_delivery::Entity::find()
        .filter(Column::Id.is_in(wanted))
        .filter(due(now))
        .order_by_asc(Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let mut claimed = vec![];
    for row in free.all(&*change).await? {
        let endpoint = webhook_endpoint::Entity::find_by_id(row.webhook_endpoint_id).one(&*change).await?;
        let Some(endpoint) = endpoint else { continue };
        let version = row.version + 1;
        let mut next = row.into_active_model();
        next.claimed_until = Set(Some(now + lease(within)));
        next.version = Set(version);
        let row = next.update(&*change).await?;
        claimed.push(Claimed { url: endpoint.url, keys: keys_of(&*change, endpoint.id, now).await?, row });
    }
    change.commit().await?;
    Ok(claimed)
}

/// What signs the events of an address now, the newest first.
pub(super) async fn keys_of(
    db: &impl ConnectionTrait,
    endpoint: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<webhook_secret::Model>, Error> {
    let keys = webhook_secret::Entity::find()
        .filter(webhook_secret::Column::WebhookEndpointId.eq(endpoint))
        .filter(signs(now))
        .order_by_desc(webhook_secret::Column::CreatedAt)
        .order_by_desc(webhook_secret::Column::Id);
    Ok(keys.all(db).await?)
}

/// Writes down what came of an attempt that began at a time, if the delivery is still this replica's: when it is tried again
/// or, if it is not, that its address is disabled. A test is not tried again, and disables nothing.
pub(super) async fn record(
    db: &Turns,
    sender: &Sender,
    (row, outcome): (webhook_delivery::Model, Outcome),
    began: DateTime<Utc>,
) -> Result<(), Error> {
    let Outcome { http_status, failure, asked, took } = outcome;
    let (key, version, test) = (row.id, row.version, row.event.is_none());
    let tries = row.tries + 1;
    let gone = http_status == Some(GONE);
    let [luck] = random::<1>()?;
    let again = wait(&sender.retries, tries, asked, luck).filter(|_| !test && !gone);
    let (status, next) = match (failure, again) {
        (None, _) => (Status::Delivered, None),
        (Some(_), Some(again)) => (Status::Pending, Some(began + took + again)),
        (Some(_), None) => (Status::Failed, None),
    };
    let told = webhook_delivery::ActiveModel {
        status: Set(status),
        failure: Set(failure),
        http_status: Set(http_status.map(i32::from)),
        duration_ms: Set(Some(i32::try_from(took.as_millis()).unwrap_or(i32::MAX))),
        attempts: Set(row.attempts + 1),
        tries: Set(tries),
        last_attempt_at: Set(Some(began)),
        next_attempt_at: Set(next),
        claimed_until: Set(None),
        version: Set(version + 1),
        ..Default::default()
    };
    let change = db.change().await?;
    // Whoever writes both takes the address first.
    let given_up = status == Status::Failed && !test;
    let endpoint = if given_up {
        webhook_endpoint::Entity::find_by_id(row.webhook_endpoint_id).lock_exclusive().one(&*change).await?
    } else {
        None
    };
    let own = webhook_delivery::Entity::update_many()
        .set(told)
        .filter(Column::Id.eq(key))
        .filter(Column::Version.eq(version))
        .exec(&*change)
        .await?;
    if let Some(endpoint) = endpoint.filter(|endpoint| own.rows_affected > 0 && endpoint.disabled_at.is_none()) {
        let reason = if gone { WebhookDisabledReason::Gone } else { WebhookDisabledReason::Failing };
        give_up(&change, (&endpoint, reason), failure, began).await?;
    }
    change.commit().await
}

/// Has an address be told nothing any longer.
async fn give_up(
    change: &Change,
    (row, reason): (&webhook_endpoint::Model, WebhookDisabledReason),
    failure: Option<WebhookFailure>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut next = row.clone().into_active_model();
    disable(&mut next, Some(reason), now);
    let row = touched(next, row, now).update(&**change).await?;
    let why = failure.map(|failure| failure.to_value());
    let fields = vec![
        FieldChange::of("enabled", true, false),
        FieldChange::of("disabledReason", (), reason.to_value()),
        FieldChange::of("failure", (), why),
    ];
    log(change, Actor::Nobody, &row, (ChangeOperation::Updated, now), fields).await
}
