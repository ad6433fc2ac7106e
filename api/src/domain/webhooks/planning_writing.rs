//! How the log is followed for each address: what of it tells the agency something is noted, to be sent.
use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    agency_client,
    vocabulary::{AgencyScope, Flag as _, SubjectKind, WebhookDeliveryStatus as Status, WebhookEvent},
    webhook_delivery::{self, Column},
    webhook_endpoint, webhook_secret,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{
    deliveries_writing::blank,
    service::{known_now, place},
};
use crate::{
    access::{Machine, Reading, Viewer},
    changes::{Audience, Logged, Position},
    db::{Change, Turns},
    domain::{
        contacts::{ContactKind, Place, Tokens},
        opportunities::published,
    },
    error::Error,
};

/// For how long it is kept what was sent.
const KEPT: TimeDelta = TimeDelta::days(30);

/// What an entry of the log tells an agency.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    kind: WebhookEvent,
    subject: (SubjectKind, Uuid),
    at: DateTime<Utc>,
    /// The place before the entry.
    before: Position,
}

/// What an entry of the log tells an agency.
enum Told {
    Nothing,
    Event(WebhookEvent),
    /// That a contact has changed, if the agency may know of it: who may has not.
    IfKnown,
}

/// An agency's machine, as it asks with all that it may do.
pub(super) fn machine(client: &agency_client::Model) -> Viewer {
    let scopes = AgencyScope::members(client.scopes);
    Viewer::Agency(Arc::new(Machine {
        client: client.id,
        reads_contacts: scopes.contains(&AgencyScope::ContactsRead),
        writes_contacts: scopes.contains(&AgencyScope::ContactsWrite),
    }))
}

/// What entries of the log, which follow a place, tell an address: nothing that its agency, which this is the reading of,
/// could not know.
pub(super) async fn events(
    reading: &Reading,
    endpoint: &webhook_endpoint::Model,
    mut before: Position,
    entries: &[Logged],
) -> Result<Vec<Event>, Error> {
    let wanted = WebhookEvent::members(endpoint.events);
    let (mut found, mut unsure) = (vec![], vec![]);
    for entry in entries {
        let told = told(&reading.viewer, entry)?;
        let kind = match told {
            Told::Nothing => None,
            Told::Event(kind) => Some(kind),
            Told::IfKnown => Some(WebhookEvent::ContactChanged),
        };
        let subject = (entry.subject, entry.subject_id);
        if let Some(kind) = kind.filter(|kind| wanted.contains(kind)) {
            if matches!(told, Told::IfKnown) {
                unsure.push(subject);
            }
            found.push((matches!(told, Told::IfKnown), Event { kind, subject, at: entry.at, before }));
        }
        before = Position::behind(entry);
    }
    let known = if unsure.is_empty() { HashSet::new() } else { known_now(reading, &unsure).await? };
    let told = found.into_iter().filter(|(unsure, event)| !unsure || known.contains(&event.subject.1));
    Ok(told.map(|(_, event)| event).collect())
}

fn told(viewer: &Viewer, entry: &Logged) -> Result<Told, Error> {
    if published(entry).is_some() {
        return Ok(Told::Event(WebhookEvent::OpportunityPublished));
    }
    if ContactKind::of(entry.subject).is_none() || viewer.follows_contacts().is_err() {
        return Ok(Told::Nothing);
    }
    let audiences: Vec<_> = [&entry.audience_before, &entry.audience_after].into_iter().flatten().collect();
    if audiences.is_empty() {
        return Ok(Told::IfKnown);
    }
    for audience in audiences {
        let audience: Audience = serde_json::from_value(audience.clone())
            .map_err(|_| Error::internal("an audience in the log cannot be read"))?;
        if viewer.could_know(&audience) {
            return Ok(Told::Event(WebhookEvent::ContactChanged));
        }
    }
    Ok(Told::Nothing)
}

/// Notes what an address is to be told, and up to where the log was followed for it; not, if another replica was faster, or
/// the address has changed.
pub(super) async fn note(
    reading: &Reading,
    seen: &webhook_endpoint::Model,
    (events, behind): (&[Event], Position),
) -> Result<(), Error> {
    let tokens = Tokens::of_machine(reading, seen.agency_client_id).await?;
    let change = reading.db.change().await?;
    let row = webhook_endpoint::Entity::find_by_id(seen.id).lock_exclusive().one(&*change).await?;
    let same = |row: &webhook_endpoint::Model| place(row) == place(seen) && row.version == seen.version;
    let Some(row) = row.filter(same) else { return Ok(()) };
    let mut number = row.numbered;
    let mut noted: Vec<&Event> = vec![];
    for event in events {
        let known = noted.iter().any(|known| known.kind == event.kind && known.subject == event.subject);
        if known || waits(&change, row.id, event).await? {
            continue;
        }
        number += 1;
        let (subject, key) = event.subject;
        let delivery = webhook_delivery::ActiveModel {
            number: Set(number),
            event: Set(Some(event.kind)),
            subject: Set(Some(subject)),
            subject_id: Set(Some(key)),
            sync_token: Set(Some(tokens.token(Place::Log(event.before))?.0)),
            occurred_at: Set(event.at),
            ..blank(row.id, reading.now())
        };
        webhook_delivery::Entity::insert(delivery).exec_without_returning(&*change).await?;
        noted.push(event);
    }
    let mut next = row.into_active_model();
    next.numbered = Set(number);
    next.epoch = Set(behind.epoch);
    next.transaction_id = Set(behind.transaction);
    next.sequence = Set(behind.sequence);
    next.update(&*change).await?;
    change.commit().await
}

/// Whether the same is to be told already, and was never sent: whoever gets it asks for what is true then.
async fn waits(change: &Change, endpoint: Uuid, event: &Event) -> Result<bool, Error> {
    let waiting = webhook_delivery::Entity::find()
        .filter(Column::WebhookEndpointId.eq(endpoint))
        .filter(Column::SubjectId.eq(event.subject.1))
        .filter(Column::Event.eq(event.kind))
        .filter(Column::Status.eq(Status::Pending))
        .filter(Column::Attempts.eq(0))
        .filter(Column::ClaimedUntil.is_null());
    Ok(waiting.count(&**change).await? > 0)
}

/// Forgets what was sent long ago, and what signs nothing any more.
pub(super) async fn tidy(db: &Turns, now: DateTime<Utc>) -> Result<(), Error> {
    let old = Condition::all().add(Column::CreatedAt.lt(now - KEPT)).add(Column::Status.ne(Status::Pending));
    webhook_delivery::Entity::delete_many().filter(old).exec(db).await?;
    let over = webhook_secret::Column::ExpiresAt.lte(now);
    webhook_secret::Entity::delete_many().filter(over).exec(db).await?;
    Ok(())
}
