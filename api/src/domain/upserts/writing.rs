//! How pushed contacts are written: some at a time, so that others who write get their turn.
use std::collections::{HashMap, HashSet};

use entity::vocabulary::SubjectKind;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use uuid::Uuid;

use super::{
    known_service::Known,
    lifecycle::{Met, OnConflict, Outcome, Standing},
};
use crate::{
    access::Reading,
    changes::changed_by_others,
    db::Change,
    domain::{
        contacts::Row,
        duplicates::{look_again, tell_apart},
        external_ids::{self, give},
        institutions::{Patch as InstitutionPatch, PushedInstitution},
        policymakers::{Agreed, PolicymakerPatch, PushedPerson},
    },
    error::{Checked, Error, Fault, FaultCode},
    validation::{Faults, line},
};

/// How many contacts may be pushed at once.
const MOST: usize = 1_000;
/// How many are written in one transaction, where nothing wants all of them to be in one.
const TOGETHER: usize = 100;
/// What of a contact is no conflict: what is known of consent has rules of its own.
const CONSENT: &str = "consent";

/// What is asked for.
pub(super) struct Asked {
    pub(super) items: Vec<Item>,
    pub(super) on_conflict: OnConflict,
    pub(super) match_by_email: bool,
    pub(super) all_or_nothing: bool,
    pub(super) dry_run: bool,
}

/// A contact that is pushed.
pub(super) struct Item {
    pub(super) external_id: String,
    pub(super) expected_version: Option<i32>,
    pub(super) told: Told,
    /// What was found wrong with it already.
    pub(super) faults: Faults,
}

/// What is told of it.
pub(super) enum Told {
    Policymaker(Box<PolicymakerPatch>, Option<Agreed>),
    Institution(Box<InstitutionPatch>),
}

/// What came of a contact.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    pub(super) contact: Option<Row>,
    pub(super) faults: Vec<Fault>,
}

/// What came of all of them; or what was wrong with the input as a whole.
pub(super) type Upserted = Checked<Vec<Done>>;

/// Pushes contacts of an agency's address book.
pub(super) async fn upsert(reading: &Reading, asked: Asked) -> Result<Upserted, Error> {
    let machine = reading.viewer.writes_contacts()?;
    let Asked { items, on_conflict, match_by_email, all_or_nothing, dry_run } = asked;
    if items.len() > MOST {
        let message = format!("has {} contacts, and may have {MOST}", items.len());
        return Ok(Err(vec![Fault::of("contacts", FaultCode::LimitExceeded, message)]));
    }
    // What was done before under the same key is told as it would be done again.
    let rehearsed = dry_run || reading.db.done().is_some();
    let at_once = rehearsed || all_or_nothing || reading.db.is_repeatable();
    let mut items = identified(items);
    let ids = items.iter().map(|(_, item)| item.external_id.clone()).collect();
    let mut upserting = Upserting { reading, machine, on_conflict, match_by_email, ids, taken: HashSet::new() };
    let mut told = vec![];
    while !items.is_empty() {
        let rest = items.split_off(items.len().min(if at_once { MOST } else { TOGETHER }));
        let change = if rehearsed { reading.db.rehearsal().await? } else { reading.db.change().await? };
        let done = upserting.write(&change, std::mem::replace(&mut items, rest)).await?;
        let failed = all_or_nothing && done.iter().any(|done| done.outcome == Outcome::Failed);
        let kept = !rehearsed && !failed;
        if kept {
            change.commit_to(machine).await?;
        }
        told.extend(done.into_iter().map(|done| done.told(kept, failed)));
    }
    Ok(Ok(told))
}

/// The items with their places; what is wrong with their IDs is noted.
fn identified(items: Vec<Item>) -> Vec<(usize, Item)> {
    let mut seen = HashSet::new();
    let each = items.into_iter().enumerate().map(|(place, mut item)| {
        let path = ["externalId"];
        if let Some(id) = item.faults.checked(&path, line(&item.external_id, external_ids::LONGEST)) {
            if !seen.insert(id.clone()) {
                item.faults.add(&path, FaultCode::Duplicate, "another contact of the input has it");
            }
            item.external_id = id;
        }
        (place, item)
    });
    each.collect()
}

/// What came of a contact in a change that may not be kept.
struct Attempt {
    path: [String; 3],
    outcome: Outcome,
    /// The contact as it was, if it is the agency's.
    stored: Option<Row>,
    /// The contact as it was written.
    written: Option<Row>,
    /// Whether something has changed that tells it from others.
    stands_out: bool,
    faults: Vec<Fault>,
}

impl Attempt {
    fn told(self, kept: bool, failed: bool) -> Done {
        let Self { path, outcome, stored, written, stands_out: _, mut faults } = self;
        let undone = failed && matches!(outcome, Outcome::Created | Outcome::Updated);
        if undone {
            let message = "was not written, since another contact of the input failed";
            faults.push(Fault { path: vec![], code: FaultCode::IllegalTransition, message: message.to_owned() });
        }
        let outcome = if undone { Outcome::Skipped } else { outcome };
        let contact = if kept { written.or(stored) } else { stored };
        for fault in &mut faults {
            fault.path.splice(..0, path.clone());
        }
        Done { outcome, contact, faults }
    }
}

/// A push that is under way.
struct Upserting<'a> {
    reading: &'a Reading,
    machine: Uuid,
    on_conflict: OnConflict,
    match_by_email: bool,
    /// The IDs of all contacts that are pushed.
    ids: Vec<String>,
    /// The contacts that were pushed so far.
    taken: HashSet<Uuid>,
}

/// What is to be written.
enum Push {
    Policymaker(PushedPerson),
    Institution(PushedInstitution),
}

impl Push {
    fn fields(&self) -> Vec<&str> {
        match self {
            Self::Policymaker(push) => push.fields.clone(),
            Self::Institution(push) => push.fields().collect(),
        }
    }
}

/// An item that was read.
struct Read {
    path: [String; 3],
    external_id: String,
    expected: Option<i32>,
    kind: SubjectKind,
    /// The contact that it is, and whether that has no such ID yet.
    found: Option<(Row, bool)>,
    push: Push,
    faults: Vec<Fault>,
}

impl Upserting<'_> {
    async fn write(&mut self, change: &Change, items: Vec<(usize, Item)>) -> Result<Vec<Attempt>, Error> {
        alone(change, self.machine).await?;
        let known = Known::of(self.reading, change, (self.machine, self.match_by_email), (&self.ids, &items)).await?;
        let mut read = vec![];
        for (place, item) in items {
            read.push(self.read(change, &known, place, item).await?);
        }
        let keys: Vec<Uuid> = read.iter().filter_map(|read| Some(read.found.as_ref()?.0.id())).collect();
        let others = changed_by_others(&**change, self.machine, &keys).await?;
        let mut attempts = vec![];
        for read in read {
            attempts.push(self.attempt(change, &known, &others, read).await?);
        }
        // Institutions' entries look for themselves.
        let people =
            attempts.iter().filter(|attempt| attempt.stands_out).filter_map(|attempt| match &attempt.written {
                Some(Row::Policymaker(row)) => Some(row.id),
                _ => None,
            });
        look_again(change, SubjectKind::Policymaker, &people.collect::<Vec<_>>(), self.reading.now()).await?;
        Ok(attempts)
    }

    /// Reads an item: which contact it is, and what of that would be other than it is.
    async fn read(&mut self, change: &Change, known: &Known, place: usize, item: Item) -> Result<Read, Error> {
        let Item { external_id, expected_version, told, mut faults } = item;
        let kind = told.kind();
        let found = if faults.has(&["externalId"]) {
            None
        } else {
            self.found(known, (kind, &external_id), &told.addresses(), &mut faults)
        };
        let key = found.as_ref().map(|(row, _)| row.id());
        let push = match told {
            Told::Policymaker(patch, agreed) => {
                Push::Policymaker(known.people.read(key, (*patch, agreed), &mut faults))
            }
            Told::Institution(patch) => {
                Push::Institution(known.institutions.read(change, key, *patch, &mut faults).await?)
            }
        };
        let sort = if kind == SubjectKind::Policymaker { "policymaker" } else { "institution" };
        let path = ["contacts".to_owned(), place.to_string(), sort.to_owned()];
        Ok(Read { path, external_id, expected: expected_version, kind, found, push, faults: faults.into_inner() })
    }

    /// The contact that an item is, and whether that has no such ID yet.
    fn found(
        &mut self,
        known: &Known,
        (kind, external_id): (SubjectKind, &str),
        addresses: &[String],
        faults: &mut Faults,
    ) -> Option<(Row, bool)> {
        let path = ["externalId"];
        let found = if let Some(named) = known.ids.get(external_id) {
            let fault = match known.standing(named.kind, named.contact_id) {
                Standing::Absent => return None,
                Standing::Own(row) if named.kind == kind => Ok((row, false)),
                Standing::Own(_) => Err((FaultCode::Taken, "it is the ID of a contact of the other sort")),
                Standing::Another => {
                    Err((FaultCode::Taken, "its contact was merged into one that your machine has not made"))
                }
                Standing::Withdrawn => {
                    let message = "the person does not agree to be known to agencies any more: remove the contact";
                    Err((FaultCode::IllegalTransition, message))
                }
            };
            faults.checked(&path, fault.map_err(|(code, message)| (code, message.to_owned())))?
        } else {
            let named: HashSet<Uuid> = known.ids.values().map(|row| row.contact_id).collect();
            let holders = addresses.iter().filter_map(|address| known.holders.get(&(kind, address.clone()))).flatten();
            let free: HashSet<Uuid> =
                holders.copied().filter(|key| !named.contains(key) && !self.taken.contains(key)).collect();
            let mut own = free.into_iter().filter_map(|key| match known.standing(kind, key) {
                Standing::Own(row) => Some(row),
                Standing::Absent | Standing::Another | Standing::Withdrawn => None,
            });
            let first = own.next()?;
            if own.next().is_some() {
                let message = "several of your contacts have one of its e-mail addresses: say which one it is";
                faults.add(&path, FaultCode::Duplicate, message);
                return None;
            }
            (first, true)
        };
        if !self.taken.insert(found.0.id()) {
            faults.add(&path, FaultCode::Duplicate, "another contact of the input is the same one");
        }
        Some(found)
    }

    /// Writes an item, if it is to be written.
    async fn attempt(
        &mut self,
        change: &Change,
        known: &Known,
        others: &HashMap<Uuid, HashSet<String>>,
        read: Read,
    ) -> Result<Attempt, Error> {
        let Read { path, external_id, expected, kind, found, push, mut faults } = read;
        let (stored, identified) = found.map_or((None, true), |(row, identified)| (Some(row), identified));
        let fields = push.fields();
        let theirs = stored.as_ref().and_then(|row| others.get(&row.id()));
        let crossing = |field: &&&str| **field != CONSENT && theirs.is_some_and(|theirs| theirs.contains(**field));
        let crossed: Vec<&str> = fields.iter().filter(crossing).copied().collect();
        let met = Met {
            version: stored.as_ref().map(Row::version),
            expected,
            differs: identified || !fields.is_empty(),
            crossed: !crossed.is_empty(),
        };
        let outcome = if faults.is_empty() { met.outcome(self.on_conflict) } else { Outcome::Failed };
        if outcome == Outcome::Failed && faults.is_empty() {
            faults.push(match met.version {
                None => Fault::of("expectedVersion", FaultCode::NotFound, "there is no such contact, or no more"),
                Some(version) if met.is_stale() => {
                    let message = format!("it has changed since you saw it, and is at version {version}");
                    Fault::of("expectedVersion", FaultCode::Conflict, message)
                }
                Some(_) => {
                    let message = format!("somebody else has changed {} since you last wrote it", crossed.join(", "));
                    Fault { path: vec![], code: FaultCode::Conflict, message }
                }
            });
        }
        let stands_out = tell_apart(fields.into_iter());
        let mut written = None;
        if matches!(outcome, Outcome::Created | Outcome::Updated) {
            let row = match push {
                Push::Policymaker(push) => {
                    Row::Policymaker(known.people.write(self.reading, change, push, identified).await?)
                }
                Push::Institution(push) => {
                    Row::Institution(known.institutions.write(self.reading, change, push, identified).await?)
                }
            };
            if identified {
                let own = (self.machine, external_id.as_str());
                give(self.reading, change, own, (kind, row.id()), known.ids.get(&external_id)).await?;
            }
            self.taken.insert(row.id());
            written = Some(row);
        }
        Ok(Attempt { path, outcome, stored, written, stands_out, faults })
    }
}

/// Has a machine push in one change at a time. `SQLite` has one writer anyway.
async fn alone(change: &Change, machine: Uuid) -> Result<(), Error> {
    if change.get_database_backend() == DbBackend::Postgres {
        let take = "SELECT pg_advisory_xact_lock(hashtextextended($1, 1))";
        let take = Statement::from_sql_and_values(DbBackend::Postgres, take, [machine.to_string().into()]);
        change.execute_raw(take).await?;
    }
    Ok(())
}
