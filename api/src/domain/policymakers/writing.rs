//! How policymakers' entries are written: one transaction each, with its entry in the log, which has nothing of what they
//! say.
use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    consent, policymaker,
    vocabulary::{ChangeOperation, SubjectKind},
};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, Set};
use uuid::Uuid;

use super::{
    Policymakers,
    content::{Content, Patch, Position},
    stored::{addresses_of, audience_of, consent_of, content_of, countries_of, filled, write_parts},
};
use crate::{
    access::{Office, Person, Reading, locked},
    changes::{Audience, Audiences, Entry, FieldChange, append_for, forget_audiences, known_once},
    db::{Change, forget_searchable},
    domain::{
        accounts, applications,
        contacts::{forget_kept, forget_merged, merged_into},
        duplicates::{self, look_again, tell_apart},
        external_ids,
        interests::forget_address,
    },
    error::{Error, FaultCode, Target, Written},
    validation::{self, Faults, line},
};

pub(super) type Row = policymaker::Model;
pub(super) type Countries = HashMap<Uuid, Option<Uuid>>;

/// How long the basis of a consent may be, in characters.
const BASIS: usize = 300;

/// Makes a policymaker's entry.
pub(super) async fn create(reading: &Reading, patch: Patch) -> Result<Written<Row>, Error> {
    let person = reading.viewer.person()?;
    let change = reading.db.change().await?;
    let mut faults = Faults::default();
    let (named, nothing) = (patch.institutions(), Content::default());
    let content = nothing.clone().with(patch, &mut faults);
    let countries = countries_of(reading, &change, named.iter().copied()).await?;
    are_there(&named, &countries, &mut faults);
    may_appoint(person, &nothing, &content, &countries)?;
    let office = office_over(person, &content, &countries, reading.today());
    if office.is_none() {
        // Whoever may not appoint at all was refused: these positions begin later, or are over.
        if content.appointments.is_empty() {
            return Err(Error::Forbidden);
        }
        faults.add(&["appointments"], FaultCode::Invalid, "none of these positions is held today");
    }
    if office < Some(Office::Admin) {
        not_hidden(reading, &nothing, &content, &mut faults);
    }
    if !faults.is_empty() {
        return Ok(Written::refused(faults.into_inner()));
    }
    let row = made(reading, &change, &content, None).await?;
    look_again(&change, SubjectKind::Policymaker, &[row.id], reading.now()).await?;
    let audiences = Audiences { before: None, after: Some(audience_of(&change, &row).await?) };
    log(reading, &change, (&row, audiences), ChangeOperation::Created, &content.differing(&nothing), None).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Makes the row of an entry and what belongs to it; of somebody whom an agency's machine makes, it is kept which.
pub(super) async fn made(
    reading: &Reading,
    change: &Change,
    content: &Content,
    maker: Option<Uuid>,
) -> Result<Row, Error> {
    let blank = policymaker::ActiveModel {
        id: Set(Uuid::now_v7()),
        version: Set(1),
        created_at: Set(reading.now()),
        updated_at: Set(reading.now()),
        created_by_agency_id: Set(maker),
        ..Default::default()
    };
    let row = filled(blank, content).insert(&**change).await?;
    write_parts(reading, change, row.id, &Content::default(), content).await?;
    Ok(row)
}

/// Writes the row of an entry anew, and what has changed of what belongs to it.
pub(super) async fn rewritten(
    reading: &Reading,
    change: &Change,
    row: &Row,
    (old, new): (&Content, &Content),
) -> Result<Row, Error> {
    let next = touched(filled(row.clone().into_active_model(), new), row, reading).update(&**change).await?;
    write_parts(reading, change, row.id, old, new).await?;
    Ok(next)
}

/// Writes a policymaker's entry anew, where the patch says so.
pub(super) async fn update(reading: &Reading, target: Target, patch: Patch) -> Result<Written<Row>, Error> {
    let person = reading.viewer.person()?;
    let change = reading.db.change().await?;
    let Some(row) = locked::<Policymakers>(reading, &change, target.key).await? else {
        return Ok(Written::not_there("policymaker"));
    };
    let old = content_of(reading, &change, &row).await?;
    let named = patch.institutions();
    let held = old.appointments.iter().map(|held| held.institution);
    let countries = countries_of(reading, &change, held.chain(named.iter().copied())).await?;
    let office = office_over(person, &old, &countries, reading.today()).ok_or(Error::Forbidden)?;
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let mut faults = Faults::default();
    let new = old.clone().with(patch, &mut faults);
    are_there(&named, &countries, &mut faults);
    if office < Office::Admin {
        if new.country != old.country {
            return Err(Error::Forbidden);
        }
        may_appoint(person, &old, &new, &countries)?;
        not_hidden(reading, &old, &new, &mut faults);
    }
    if !faults.is_empty() {
        return Ok(Written { now: Some(row), faults: faults.into_inner() });
    }
    let differing = new.differing(&old);
    if differing.is_empty() {
        change.commit_to(row.id).await?;
        return Ok(Written::done(row));
    }
    let before = audience_of(&change, &row).await?;
    let row = rewritten(reading, &change, &row, (&old, &new)).await?;
    if tell_apart(differing.iter().copied()) {
        look_again(&change, SubjectKind::Policymaker, &[row.id], reading.now()).await?;
    }
    let after = if new.appointments == old.appointments {
        Audience { country: row.country_id, policy_areas: row.policy_areas, ..before.clone() }
    } else {
        audience_of(&change, &row).await?
    };
    let audiences = Audiences { before: Some(before), after: Some(after) };
    log(reading, &change, (&row, audiences), ChangeOperation::Updated, &differing, None).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// What somebody agreed to be shared with partner agencies, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) share_with_agencies: bool,
    pub(crate) basis: Option<String>,
}

impl Agreed {
    /// The same, if it rests on something where anything is shared; otherwise that is noted.
    pub(super) fn checked(self, faults: &mut Faults) -> Self {
        let basis = self.basis.and_then(|basis| faults.checked(&["basis"], line(&basis, BASIS)));
        if self.share_with_agencies && basis.is_none() && !faults.has(&["basis"]) {
            faults.add(&["basis"], FaultCode::Required, "say on what it rests, such as a form that was signed");
        }
        Self { basis, ..self }
    }

    /// Whether this is what was recorded.
    pub(super) fn is(&self, recorded: &consent::Model) -> bool {
        (self.share_with_agencies, &self.basis) == (recorded.share_with_agencies, &recorded.basis)
    }

    /// Records it, in place of what was recorded: confirmed by somebody in the network, or told by an agency's machine.
    pub(super) async fn record(
        self,
        reading: &Reading,
        change: &Change,
        (key, recorded): (Uuid, Option<&consent::Model>),
        (confirmed, machine): (bool, Option<Uuid>),
    ) -> Result<(), Error> {
        let next = consent::ActiveModel {
            policymaker_id: Set(key),
            agency_client_id: Set(machine),
            share_with_agencies: Set(self.share_with_agencies),
            basis: Set(self.basis),
            confirmed: Set(confirmed),
            recorded_at: Set(reading.now()),
            ..Default::default()
        };
        match recorded {
            Some(was) => consent::ActiveModel { id: Set(was.id), ..next }.update(&**change).await?,
            None => consent::ActiveModel { id: Set(Uuid::now_v7()), ..next }.insert(&**change).await?,
        };
        Ok(())
    }
}

/// Records what somebody agreed to. For administrators, and focal points of the person's country.
pub(super) async fn record_consent(reading: &Reading, target: Target, agreed: Agreed) -> Result<Written<Row>, Error> {
    let person = reading.viewer.person()?;
    let change = reading.db.change().await?;
    let Some(row) = locked::<Policymakers>(reading, &change, target.key).await? else {
        return Ok(Written::not_there("policymaker"));
    };
    let content = content_of(reading, &change, &row).await?;
    let held = content.appointments.iter().map(|held| held.institution);
    let countries = countries_of(reading, &change, held).await?;
    if office_over(person, &content, &countries, reading.today()) < Some(Office::FocalPoint) {
        return Err(Error::Forbidden);
    }
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let mut faults = Faults::default();
    let agreed = agreed.checked(&mut faults);
    if !faults.is_empty() {
        return Ok(Written { now: Some(row), faults: faults.into_inner() });
    }
    let recorded = consent_of(&change, row.id).await?;
    if recorded.as_ref().is_some_and(|was| was.confirmed && agreed.is(was)) {
        change.commit_to(row.id).await?;
        return Ok(Written::done(row));
    }
    let before = audience_of(&change, &row).await?;
    let machine = recorded.as_ref().and_then(|was| was.agency_client_id);
    agreed.record(reading, &change, (row.id, recorded.as_ref()), (true, machine)).await?;
    let row = touched(row.clone().into_active_model(), &row, reading).update(&*change).await?;
    let audiences = Audiences { before: Some(before), after: Some(audience_of(&change, &row).await?) };
    log(reading, &change, (&row, audiences), ChangeOperation::Updated, &["consent"], None).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Deletes a policymaker's entry. For administrators.
pub(super) async fn delete(reading: &Reading, target: Target) -> Result<Written<Row>, Error> {
    reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let Some(row) = locked::<Policymakers>(reading, &change, target.key).await? else {
        return Ok(Written::not_there("policymaker"));
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let audiences = Audiences { before: Some(audience_of(&change, &row).await?), after: None };
    accounts::part_from(reading, &change, row.id).await?;
    forget_kept(&change, row.id).await?;
    duplicates::forget(&change, &[row.id]).await?;
    forget_searchable(&*change, row.id).await?;
    policymaker::Entity::delete_by_id(row.id).exec(&*change).await?;
    log(reading, &change, (&row, audiences), ChangeOperation::Deleted, &[], None).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Erases all that is known of a person, an account of theirs included. For administrators.
pub(super) async fn erase(
    reading: &Reading,
    target: Target,
    (account, reason): (Option<Uuid>, String),
) -> Result<Written<Uuid>, Error> {
    reading.viewer.admin()?;
    let change = reading.db.change().await?;
    // Who was merged is whoever they were merged into.
    let key = merged_into(&change, target.key).await?.unwrap_or(target.key);
    let row = locked::<Policymakers>(reading, &change, key).await?;
    if let Some(stale) = row.as_ref().and_then(|row| target.stale(row, row.version)) {
        return Ok(stale.map(|row| row.id));
    }
    let mut faults = Faults::default();
    let reason = validation::reason(Some(reason), true, &mut faults);
    if let Some((field, fault)) = accounts::erase_of(reading, &change, (key, account)).await? {
        faults.add(&[field], fault.code, fault.message);
    }
    let mut known = forget_merged(&change, key).await?;
    known.push(key);
    external_ids::forget(&change, &known).await?;
    duplicates::forget(&change, &known).await?;
    let (mut entries, mut told) = (0, vec![]);
    for key in known {
        // Those who could have them are told, and nobody else.
        let mut once = known_once(&*change, key).await?;
        if let Some(row) = row.as_ref().filter(|row| row.id == key) {
            let now = audience_of(&change, row).await?.bare();
            once = Some(once.map_or_else(|| now.clone(), |once| once.or(&now)));
        }
        told.push((key, once));
        entries += forget_audiences(&*change, key).await?;
    }
    // What was deleted before may have left something in the log.
    if row.is_none() && entries == 0 {
        faults.add(&["id"], FaultCode::NotFound, "there is no such policymaker");
    }
    let Some(reason) = reason.filter(|_| faults.is_empty()) else { return Ok(Written::refused(faults.into_inner())) };
    if let Some(row) = &row {
        for address in addresses_of(&change, row.id).await? {
            forget_address(reading, &change, &address).await?;
            applications::forget_address(reading, &change, &address).await?;
        }
    }
    forget_searchable(&*change, key).await?;
    policymaker::Entity::delete_by_id(key).exec(&*change).await?;
    for (key, before) in told {
        let (subject, operation) = ((SubjectKind::Policymaker, key), ChangeOperation::Erased);
        let entry = Entry { subject, operation, version: None, fields: vec![], reason: Some(&reason) };
        append_for(&*change, reading.viewer.actor(), reading.now(), entry, Audiences { before, after: None }).await?;
    }
    change.commit_to(target.key).await?;
    reading.db.write_back();
    Ok(Written::done(target.key))
}

/// A row that has changed since.
pub(super) fn touched(next: policymaker::ActiveModel, row: &Row, reading: &Reading) -> policymaker::ActiveModel {
    policymaker::ActiveModel { version: Set(row.version + 1), updated_at: Set(reading.now()), ..next }
}

/// In which capacity somebody acts on an entry: that of an institution at which a position is held today, or of a country.
fn office_over(person: &Person, content: &Content, countries: &Countries, today: NaiveDate) -> Option<Office> {
    let held = content.appointments.iter().filter(|held| held.is_held(today));
    let places = held.map(|held| (held.institution, countries.get(&held.institution).copied().flatten()));
    person.office_over(content.country, places)
}

/// What is not theirs stays as it is, and whom they may not appoint they do not.
fn may_appoint(person: &Person, old: &Content, new: &Content, countries: &Countries) -> Result<(), Error> {
    let may = |position: &Position| {
        let Some(country) = countries.get(&position.institution).copied() else { return true };
        let there = (position.institution, country);
        if position.key.is_some() {
            person.office_at(there.0, there.1).is_some()
        } else {
            person.appoints(new.country, there)
        }
    };
    if new.touched(old).all(may) { Ok(()) } else { Err(Error::Forbidden) }
}

/// Notes what is for the secretariat alone, at positions of which whoever writes does not see that: those not held today.
fn not_hidden(reading: &Reading, old: &Content, new: &Content, faults: &mut Faults) {
    let (touched, today) = (new.touched(old).collect::<Vec<_>>(), reading.today());
    for (place, position) in new.appointments.iter().enumerate() {
        if touched.contains(&position) && !position.is_held(today) {
            faults.within(&["appointments", &place.to_string()], |faults| position.points.not_hidden(faults));
        }
    }
}

/// Notes the institutions that are not there.
pub(super) fn are_there(named: &[Uuid], countries: &Countries, faults: &mut Faults) {
    for (place, _) in named.iter().enumerate().filter(|(_, key)| !countries.contains_key(key)) {
        let path = ["appointments", &place.to_string(), "institution"];
        if !faults.has(&path) {
            faults.add(&path, FaultCode::NotFound, "there is no such institution");
        }
    }
}

/// Writes down that these fields have changed, and nothing of what they say: all of it is somebody's own.
pub(super) async fn log(
    reading: &Reading,
    change: &Change,
    (row, audiences): (&Row, Audiences),
    operation: ChangeOperation,
    fields: &[&str],
    reason: Option<&str>,
) -> Result<(), Error> {
    let version = audiences.after.as_ref().map(|_| row.version);
    let fields = fields.iter().map(|name| FieldChange::personal(name)).collect();
    let entry = Entry { subject: (SubjectKind::Policymaker, row.id), operation, version, fields, reason };
    append_for(&**change, reading.viewer.actor(), reading.now(), entry, audiences).await
}
