//! What has changed in the contacts that somebody follows, page by page: first all that there are, then what the log says.
//!
//! The log says of which contacts there is something to tell, and to whom; what is told is the contact as it is now.
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{contact_merge, institution, policymaker, vocabulary::ChangeOperation};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::{
    Carried,
    filter::{ContactFilter, ContactKind},
    sync_token::{Place, followed},
    writing::Row,
};
use crate::{
    access::Reading,
    changes::{Audience, Logged, Position, after, before, end, fates},
    db::{among, column},
    domain::policymakers::agreeing,
    error::Error,
};

/// How many entries of the log are read at once, and how often for one page.
const ENTRIES: u64 = 1_000;
const TURNS: usize = 20;

/// A contact, as the log knows it.
type Key = (ContactKind, Uuid);

/// What is told of a contact.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) what: What,
    /// When it last changed, as far as is told here.
    pub(super) at: DateTime<Utc>,
    /// Where the feed goes on behind it.
    pub(super) place: Place,
}

/// What became of a contact.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// It is there, and as it is now.
    Upserted(Box<Row>),
    /// It is not, or not for whoever asks.
    Removed { key: Key, reason: Reason, merged_into: Option<Uuid> },
}

/// Why a contact is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Deleted,
    Merged,
    ConsentWithdrawn,
    NoLongerVisible,
    Erased,
}

/// Some changes, and where it goes on.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    pub(super) told: Vec<Change>,
    pub(super) more: bool,
    pub(super) next: Place,
}

/// A page of the feed.
pub(super) async fn page(
    reading: &Reading,
    carried: &Carried,
    (from, first): (Option<Place>, u64),
) -> Result<Changes, Error> {
    match from {
        None => {
            let start = end(&reading.db).await?;
            snapshot(reading, carried, (start, None), first).await
        }
        Some(Place::Snapshot { start, last }) => snapshot(reading, carried, (start, last), first).await,
        Some(Place::Log(from)) => since(reading, carried, from, first).await,
    }
}

/// A page of all that there is: institutions, then people, each by key.
async fn snapshot(
    reading: &Reading,
    carried: &Carried,
    (start, last): (Position, Option<Key>),
    first: u64,
) -> Result<Changes, Error> {
    let mut rows = vec![];
    if let Some(condition) = carried.institutions(reading)
        && last.is_none_or(|(kind, _)| kind == ContactKind::Organization)
    {
        let behind = last.map(|(_, key)| institution::Column::Id.gt(key));
        let found = institution::Entity::find().filter(Condition::all().add(condition).add_option(behind));
        let found = found.order_by_asc(institution::Column::Id).limit(first + 1).all(&reading.db).await?;
        rows.extend(found.into_iter().map(Row::Institution));
    }
    let left = (first + 1).saturating_sub(rows.len() as u64);
    if let Some(condition) = carried.policymakers(reading).filter(|_| left > 0) {
        let last = last.filter(|(kind, _)| *kind == ContactKind::Person);
        let behind = last.map(|(_, key)| policymaker::Column::Id.gt(key));
        let found = policymaker::Entity::find().filter(Condition::all().add(condition).add_option(behind));
        let found = found.order_by_asc(policymaker::Column::Id).limit(left).all(&reading.db).await?;
        rows.extend(found.into_iter().map(Row::Policymaker));
    }
    let more = rows.len() as u64 > first;
    rows.truncate(usize::try_from(first).unwrap_or(usize::MAX));
    let changes: Vec<Change> = rows
        .into_iter()
        .map(|row| {
            let place = Place::Snapshot { start, last: Some(row.key()) };
            Change { at: row.updated_at(), what: What::Upserted(Box::new(row)), place }
        })
        .collect();
    if more {
        let next = changes.last().map_or(Place::Snapshot { start, last }, |change| change.place);
        return Ok(Changes { told: changes, more, next });
    }
    // What has changed since it began comes next.
    let more = end(&reading.db).await? > start;
    let next = Place::Log(start);
    followed(reading, next).await?;
    Ok(Changes { told: changes, more, next })
}

/// What the log says of one contact.
#[derive(Debug)]
struct Told {
    /// When it last changed.
    at: DateTime<Utc>,
    /// Behind its last entry.
    place: Position,
    /// Whether it was carried at some time.
    was_carried: bool,
}

/// A page of what has changed since a place.
async fn since(reading: &Reading, carried: &Carried, from: Position, first: u64) -> Result<Changes, Error> {
    let mut told: HashMap<Key, Told> = HashMap::new();
    let (mut place, mut more) = (from, true);
    'page: for _ in 0..TURNS {
        // Asked first: what is added meanwhile is behind it.
        let end = end(&reading.db).await?;
        let entries = after(&reading.db, place, ContactKind::SUBJECTS, ENTRIES).await?;
        let carried = carried.renewed(reading).await?;
        for entry in &entries {
            let Some(kind) = ContactKind::of(entry.subject) else { continue };
            let (concerns, was_carried) = concerns(reading, &carried, kind, entry)?;
            let key = (kind, entry.subject_id);
            if concerns {
                if told.len() as u64 >= first && !told.contains_key(&key) {
                    break 'page;
                }
                let known = told.entry(key).or_insert(Told { at: entry.at, place, was_carried: false });
                known.at = entry.at;
                known.place = Position::behind(entry);
                known.was_carried |= was_carried;
            }
            place = Position::behind(entry);
        }
        if (entries.len() as u64) < ENTRIES {
            (place, more) = (place.max(end), false);
            break;
        }
    }
    followed(reading, Place::Log(from)).await?;
    let mut changes = as_they_are(reading, carried, told).await?;
    changes.sort_by_key(|(place, _)| *place);
    let changes = changes.into_iter().map(|(_, change)| change).collect();
    Ok(Changes { told: changes, more, next: Place::Log(place) })
}

/// What the entry before a place tells whoever asks, if anything.
pub(super) async fn told_by(reading: &Reading, carried: &Carried, place: Position) -> Result<Option<Change>, Error> {
    let Some(entry) = before(&reading.db, place).await? else { return Ok(None) };
    let Some(kind) = ContactKind::of(entry.subject) else { return Ok(None) };
    let (concerns, was_carried) = concerns(reading, carried, kind, &entry)?;
    if !concerns {
        return Ok(None);
    }
    let told = HashMap::from([((kind, entry.subject_id), Told { at: entry.at, place, was_carried })]);
    Ok(as_they_are(reading, carried, told).await?.pop().map(|(_, change)| change))
}

/// Whether an entry may concern whoever asks, and whether the contact was carried before or after it. An entry without
/// audiences says that the contact has changed, and who may know of it has not.
fn concerns(reading: &Reading, carried: &Carried, kind: ContactKind, entry: &Logged) -> Result<(bool, bool), Error> {
    let audiences = [&entry.audience_before, &entry.audience_after];
    // Of somebody who was erased nothing is left by which a filter could tell.
    let was = |audience: &Audience| match entry.operation {
        ChangeOperation::Erased => reading.viewer.could_know(audience),
        _ => carried.was(reading, kind, audience),
    };
    let mut was_carried = false;
    for audience in audiences.into_iter().flatten() {
        let audience: Audience = serde_json::from_value(audience.clone())
            .map_err(|_| Error::internal("an audience in the log cannot be read"))?;
        was_carried |= was(&audience);
    }
    let unsaid = audiences.iter().all(|audience| audience.is_none());
    Ok((was_carried || unsaid, was_carried))
}

/// The contacts of which the log has something, as they are now.
async fn as_they_are(
    reading: &Reading,
    carried: &Carried,
    mut told: HashMap<Key, Told>,
) -> Result<Vec<(Position, Change)>, Error> {
    let mut changes = vec![];
    for row in there(reading, carried, told.keys()).await? {
        if let Some(Told { at, place, .. }) = told.remove(&row.key()) {
            changes.push((place, Change { what: What::Upserted(Box::new(row)), at, place: Place::Log(place) }));
        }
    }
    // What was never carried was not told of, and its absence is not either.
    told.retain(|_, told| told.was_carried);
    let why = why_not(reading, told.keys().copied().collect()).await?;
    for (key, Told { at, place, .. }) in told {
        let (reason, merged_into) = why.get(&key).copied().unwrap_or((Reason::NoLongerVisible, None));
        let what = What::Removed { key, reason, merged_into };
        changes.push((place, Change { what, at, place: Place::Log(place) }));
    }
    Ok(changes)
}

/// Those of these contacts that are carried now.
async fn there<'k>(
    reading: &Reading,
    carried: &Carried,
    keys: impl Iterator<Item = &'k Key>,
) -> Result<Vec<Row>, Error> {
    let (institutions, people): (Vec<&Key>, Vec<&Key>) = keys.partition(|(kind, _)| *kind == ContactKind::Organization);
    let of = |keys: Vec<&Key>, column| among(reading.backend(), column, keys.into_iter().map(|(_, key)| *key));
    let mut rows = vec![];
    if let Some(condition) = carried.institutions(reading).filter(|_| !institutions.is_empty()) {
        let asked = of(institutions, column(institution::Column::Id));
        let found = institution::Entity::find().filter(asked).filter(Condition::all().add(condition));
        rows.extend(found.all(&reading.db).await?.into_iter().map(Row::Institution));
    }
    if let Some(condition) = carried.policymakers(reading).filter(|_| !people.is_empty()) {
        let asked = of(people, column(policymaker::Column::Id));
        let found = policymaker::Entity::find().filter(asked).filter(Condition::all().add(condition));
        rows.extend(found.all(&reading.db).await?.into_iter().map(Row::Policymaker));
    }
    Ok(rows)
}

/// Why these contacts are not carried any more, and what they were merged into, if whoever asks may know of that.
async fn why_not(reading: &Reading, keys: HashSet<Key>) -> Result<HashMap<Key, (Reason, Option<Uuid>)>, Error> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let all = || keys.iter().map(|(_, key)| *key);
    let fates = fates(&reading.db, all()).await?;
    let merged = survivors(reading, &keys).await?;
    let sharing = sharing(reading, &keys).await?;
    let reason = |key: &Key| match fates.get(&key.1) {
        Some(ChangeOperation::Erased) => (Reason::Erased, None),
        Some(ChangeOperation::Deleted) => (Reason::Deleted, None),
        Some(ChangeOperation::Merged) => match merged.get(&key.1) {
            Some(survivor) => (Reason::Merged, Some(*survivor)),
            None => (Reason::NoLongerVisible, None),
        },
        _ if key.0 == ContactKind::Person && sharing.as_ref().is_some_and(|sharing| !sharing.contains(&key.1)) => {
            (Reason::ConsentWithdrawn, None)
        }
        _ => (Reason::NoLongerVisible, None),
    };
    Ok(keys.iter().map(|key| (*key, reason(key))).collect())
}

/// What these contacts were merged into, as far as it may be known.
async fn survivors(reading: &Reading, keys: &HashSet<Key>) -> Result<HashMap<Uuid, Uuid>, Error> {
    let of = among(reading.backend(), column(contact_merge::Column::Id), keys.iter().map(|(_, key)| *key));
    let merges = contact_merge::Entity::find().filter(of).all(&reading.db).await?;
    let all = Carried::of(reading, ContactFilter::default()).await?;
    let survivors: Vec<Key> =
        merges.iter().filter_map(|merge| Some((ContactKind::of(merge.kind)?, merge.survivor_id))).collect();
    let known: HashSet<Uuid> = there(reading, &all, survivors.iter()).await?.iter().map(|row| row.key().1).collect();
    let merges = merges.into_iter().filter(|merge| known.contains(&merge.survivor_id));
    Ok(merges.map(|merge| (merge.id, merge.survivor_id)).collect())
}

/// Those of these people who agree that the machine that asks knows of them; none, where no machine asks.
async fn sharing(reading: &Reading, keys: &HashSet<Key>) -> Result<Option<HashSet<Uuid>>, Error> {
    let Some(condition) = agreeing(reading) else { return Ok(None) };
    let of = among(reading.backend(), column(policymaker::Column::Id), keys.iter().map(|(_, key)| *key));
    let found = policymaker::Entity::find().select_only().column(policymaker::Column::Id);
    let found: Vec<Uuid> = found.filter(of).filter(condition).into_tuple().all(&reading.db).await?;
    Ok(Some(found.into_iter().collect()))
}
