//! How agencies' addresses are written: one transaction each, with its entry in the log.
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    agency_client,
    vocabulary::{ChangeOperation, Flag as _, SubjectKind, WebhookDeliveryStatus, WebhookDisabledReason, WebhookEvent},
    webhook_delivery, webhook_endpoint, webhook_secret,
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, Set,
};
use uuid::Uuid;

use super::{Sender, Webhooks, service::place, signature::Keys, token};
use crate::{
    access::{Reading, locked, one},
    changes::{Actor, Entry, FieldChange, append, end},
    db::Change,
    domain::agencies::AgencyClients,
    error::{Error, FaultCode, Target, Written},
    graphql::SyncToken,
    validation::Faults,
};

type Row = webhook_endpoint::Model;

/// How long what signed until now does so beside what is new.
const OVERLAP: TimeDelta = TimeDelta::days(1);
/// How many addresses a machine may have.
const MOST: u64 = 10;
/// How long an address may be.
const LONGEST: usize = 2_000;

/// An address that is to be registered.
pub(super) struct New {
    /// The agency's machine, if it was named.
    pub(super) client: Option<Uuid>,
    /// The address.
    pub(super) url: String,
    /// What it is told of.
    pub(super) events: Vec<WebhookEvent>,
}

/// What is to be different.
pub(super) struct Patch {
    /// The address.
    pub(super) url: Option<String>,
    /// What it is told of.
    pub(super) events: Option<Vec<WebhookEvent>>,
    /// Whether it is told anything.
    pub(super) enabled: Option<bool>,
    /// Whether it gets a new secret and a new key.
    pub(super) rotate_secret: bool,
}

/// Registers an address, which is told what changes from now on: with its secret, which is not told again.
pub(super) async fn create(
    reading: &Reading,
    sender: &Sender,
    new: New,
) -> Result<Written<(Row, Option<String>)>, Error> {
    let New { client, url, events } = new;
    let client = reading.viewer.manages_webhooks_of(client)?;
    let mut faults = Faults::default();
    let change = reading.db.change().await?;
    // Those that are registered at once take turns here.
    let found = match client {
        Some(key) => locked::<AgencyClients>(reading, &change, key).await?.filter(|row| row.revoked_at.is_none()),
        None => None,
    };
    if client.is_none() {
        faults.add(&["agencyClient"], FaultCode::Required, "say which agency's machine is told");
    } else if found.is_none() {
        faults.add(&["agencyClient"], FaultCode::NotFound, "there is no such agency client, or it was revoked");
    }
    let url = checked_url(sender, &url, &mut faults);
    if let Some(client) = &found {
        check_events(reading, client, &events, &mut faults)?;
        let own = webhook_endpoint::Column::AgencyClientId.eq(client.id);
        if webhook_endpoint::Entity::find().filter(own).count(&*change).await? >= MOST {
            let message = format!("it has {MOST} addresses already: delete one first");
            faults.add(&["agencyClient"], FaultCode::InUse, message);
        }
    }
    let (Some(client), Some(url), true) = (found, url, faults.is_empty()) else {
        return Ok(Written::refused(faults.into_inner()));
    };
    let from = end(&*change).await?;
    let row = webhook_endpoint::ActiveModel {
        id: Set(Uuid::now_v7()),
        agency_client_id: Set(client.id),
        url: Set(url),
        events: Set(WebhookEvent::set(&events)),
        epoch: Set(from.epoch),
        transaction_id: Set(from.transaction),
        sequence: Set(from.sequence),
        numbered: Set(0),
        disabled_reason: Set(None),
        disabled_at: Set(None),
        notice_begun_at: Set(None),
        noticed_at: Set(None),
        version: Set(1),
        created_at: Set(reading.now()),
        updated_at: Set(reading.now()),
    };
    let row = row.insert(&*change).await?;
    let secret = add_keys(&change, row.id, reading.now()).await?;
    let fields = vec![FieldChange::personal("url"), FieldChange::of("events", (), named(row.events))];
    log(&change, reading.viewer.actor(), &row, (ChangeOperation::Created, reading.now()), fields).await?;
    change.commit().await?;
    Ok(Written::done((row, Some(secret))))
}

/// Changes an address, where the input says so: with its new secret, if it gets one.
pub(super) async fn update(
    reading: &Reading,
    sender: &Sender,
    target: Target,
    patch: Patch,
) -> Result<Written<(Row, Option<String>)>, Error> {
    let Patch { url, events, enabled, rotate_secret } = patch;
    let change = reading.db.change().await?;
    let (row, client) = match owned(reading, &change, target.key).await? {
        Ok(found) => found,
        Err(refused) => return Ok(refused.map(|row| (row, None))),
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale.map(|row| (row, None)));
    }
    let mut faults = Faults::default();
    let url = url.map(|url| checked_url(sender, &url, &mut faults));
    if let Some(events) = &events {
        check_events(reading, &client, events, &mut faults)?;
    }
    if !faults.is_empty() {
        return Ok(Written::refused(faults.into_inner()));
    }
    let mut fields = vec![];
    let mut next = row.clone().into_active_model();
    if let Some(url) = url.flatten().filter(|url| *url != row.url) {
        fields.push(FieldChange::personal("url"));
        next.url = Set(url);
    }
    if let Some(set) = events.map(|events| WebhookEvent::set(&events)).filter(|set| *set != row.events) {
        fields.push(FieldChange::of("events", named(row.events), named(set)));
        next.events = Set(set);
    }
    if let Some(enabled) = enabled.filter(|enabled| *enabled != row.disabled_at.is_none()) {
        fields.push(FieldChange::of("enabled", !enabled, enabled));
        let disabled = (!enabled).then_some(WebhookDisabledReason::Requested);
        disable(&mut next, disabled, reading.now());
        if enabled {
            send_what_waits(&change, row.id, reading.now()).await?;
        }
    }
    let mut secret = None;
    if rotate_secret {
        retire_keys(&change, row.id, reading.now()).await?;
        secret = Some(add_keys(&change, row.id, reading.now()).await?);
        fields.push(FieldChange::personal("secret"));
    }
    if fields.is_empty() {
        return Ok(Written::done((row, None)));
    }
    let row = touched(next, &row, reading.now()).update(&*change).await?;
    log(&change, reading.viewer.actor(), &row, (ChangeOperation::Updated, reading.now()), fields).await?;
    change.commit().await?;
    Ok(Written::done((row, secret)))
}

/// Deletes an address, with what was sent there.
pub(super) async fn delete(reading: &Reading, target: Target) -> Result<Written<Uuid>, Error> {
    let change = reading.db.change().await?;
    let (row, _) = match owned(reading, &change, target.key).await? {
        Ok(found) => found,
        Err(refused) => return Ok(refused.map(|row| row.id)),
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale.map(|row| row.id));
    }
    webhook_endpoint::Entity::delete_by_id(row.id).exec(&*change).await?;
    log(&change, reading.viewer.actor(), &row, (ChangeOperation::Deleted, reading.now()), vec![]).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row.id))
}

/// Has an address be told again of everything since a token.
pub(super) async fn replay(reading: &Reading, key: Uuid, since: &SyncToken) -> Result<Written<Row>, Error> {
    reading.viewer.manages_webhooks_of(None)?;
    let seen = one::<Webhooks>(reading, webhook_endpoint::Column::Id.eq(key)).await?;
    let Some(seen) = seen else { return Ok(Written::not_there("webhook")) };
    let since = token::read(reading, seen.agency_client_id, since).await?;
    let change = reading.db.change().await?;
    let (row, _) = match owned(reading, &change, key).await? {
        Ok(found) => found,
        Err(refused) => return Ok(refused),
    };
    // Nothing is left out that was not told yet.
    let from = since.min(place(&row));
    let mut next = row.clone().into_active_model();
    next.epoch = Set(from.epoch);
    next.transaction_id = Set(from.transaction);
    next.sequence = Set(from.sequence);
    let row = touched(next, &row, reading.now()).update(&*change).await?;
    let fields = vec![FieldChange::of("deliveries", (), "replayed")];
    log(&change, reading.viewer.actor(), &row, (ChangeOperation::Updated, reading.now()), fields).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// An address that the viewer manages, and its agency's machine; nobody else changes the address until the change is done.
pub(super) async fn owned(
    reading: &Reading,
    change: &Change,
    key: Uuid,
) -> Result<Result<(Row, agency_client::Model), Written<Row>>, Error> {
    reading.viewer.manages_webhooks_of(None)?;
    let Some(row) = locked::<Webhooks>(reading, change, key).await? else {
        return Ok(Err(Written::not_there("webhook")));
    };
    let client = agency_client::Entity::find_by_id(row.agency_client_id).one(&**change).await?;
    let client = client.ok_or(Error::internal("an address is of no agency's machine"))?;
    Ok(Ok((row, client)))
}

/// Has an address be disabled for a reason, or enabled.
pub(super) fn disable(
    next: &mut webhook_endpoint::ActiveModel,
    reason: Option<WebhookDisabledReason>,
    now: DateTime<Utc>,
) {
    next.disabled_at = Set(reason.map(|_| now));
    next.disabled_reason = Set(reason);
    next.notice_begun_at = Set(None);
    next.noticed_at = Set(None);
}

/// A row that has changed.
pub(super) fn touched(
    next: webhook_endpoint::ActiveModel,
    row: &Row,
    now: DateTime<Utc>,
) -> webhook_endpoint::ActiveModel {
    webhook_endpoint::ActiveModel { version: Set(row.version + 1), updated_at: Set(now), ..next }
}

/// Writes down what was done to an address. Where it is, may be as good as a secret.
pub(super) async fn log(
    change: &Change,
    actor: Actor,
    row: &Row,
    (operation, now): (ChangeOperation, DateTime<Utc>),
    fields: Vec<FieldChange>,
) -> Result<(), Error> {
    let version = (operation != ChangeOperation::Deleted).then_some(row.version);
    let subject = (SubjectKind::WebhookEndpoint, row.id);
    append(&**change, actor, now, Entry { subject, operation, version, fields, reason: None }).await
}

fn named(events: i32) -> Vec<String> {
    WebhookEvent::members(events).iter().map(sea_orm::ActiveEnum::to_value).collect()
}

/// The address, as it is kept, if events can be sent there.
fn checked_url(sender: &Sender, url: &str, faults: &mut Faults) -> Option<String> {
    let url = url.trim();
    let target = sender.target(url).filter(|target| target.as_str().len() <= LONGEST);
    if target.is_none() {
        let message = "must be an address with https that anybody can reach, such as https://hooks.example.org/balai, \
            without a name, a password or a fragment";
        faults.add(&["url"], FaultCode::Invalid, message);
    }
    target.map(String::from)
}

fn check_events(
    reading: &Reading,
    client: &agency_client::Model,
    events: &[WebhookEvent],
    faults: &mut Faults,
) -> Result<(), Error> {
    if events.is_empty() {
        faults.add(&["events"], FaultCode::Required, "say what it is told of");
    }
    if !reading.viewer.has_told(client.scopes, events)? {
        let message =
            format!("{} needs CONTACTS_READ, which the machine lacks", WebhookEvent::ContactChanged.to_value());
        faults.add(&["events"], FaultCode::Invalid, message);
    }
    Ok(())
}

/// Makes a secret and a key: the secret, as it is shown.
async fn add_keys(change: &Change, endpoint: Uuid, now: DateTime<Utc>) -> Result<String, Error> {
    let keys = Keys::generate()?;
    let shown = keys.shown();
    let Keys { secret, private, public } = keys;
    let row = webhook_secret::ActiveModel {
        id: Set(Uuid::now_v7()),
        webhook_endpoint_id: Set(endpoint),
        secret: Set(secret),
        private_key: Set(private),
        public_key: Set(public),
        created_at: Set(now),
        expires_at: Set(None),
    };
    webhook_secret::Entity::insert(row).exec_without_returning(&**change).await?;
    Ok(shown)
}

/// Has what signs until now end in a day, and what was to end, at once.
async fn retire_keys(change: &Change, endpoint: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    use webhook_secret::Column;
    let own = Column::WebhookEndpointId.eq(endpoint);
    let ending = webhook_secret::Entity::delete_many().filter(own.clone()).filter(Column::ExpiresAt.is_not_null());
    ending.exec(&**change).await?;
    let until = webhook_secret::ActiveModel { expires_at: Set(Some(now + OVERLAP)), ..Default::default() };
    webhook_secret::Entity::update_many().set(until).filter(own).exec(&**change).await?;
    Ok(())
}

/// Has all that waits be sent now, as if it were new.
async fn send_what_waits(change: &Change, endpoint: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    use webhook_delivery::Column;
    let anew = webhook_delivery::ActiveModel { tries: Set(0), next_attempt_at: Set(Some(now)), ..Default::default() };
    webhook_delivery::Entity::update_many()
        .set(anew)
        .filter(Column::WebhookEndpointId.eq(endpoint))
        .filter(Column::Status.eq(WebhookDeliveryStatus::Pending))
        .exec(&**change)
        .await?;
    Ok(())
}
