//! How institutions' entries are written: one transaction each, with its entry in the log.
use chrono::NaiveDate;
use entity::{
    agency_client, agreement_party, appointment, institution, interest, membership, opportunity, opportunity_partner,
    role_grant,
    vocabulary::{ChangeOperation, SubjectKind},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, EntityTrait, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{
    Institutions,
    content::{Content, Patch},
    stored::{DEEPEST, audience, audience_of, content_of, filled, upwards, write_parts},
};
use crate::{
    access::{self, Office, Person, Reach, Reading},
    changes::{Audiences, Entry, FieldChange, append_for, differences},
    db::{Change, forget_searchable, has_slug, own_slug},
    domain::{
        accounts::not_over,
        contacts::{Holders, forget_kept, widest},
        duplicates::{self, look_again, tell_apart},
        policymakers::{known_anew, known_at, shown_anew},
    },
    error::{Checked, Error, Fault, FaultCode, Target, Written},
    validation::{Faults, slug_of},
};

pub(super) type Row = institution::Model;

/// Makes an institution's entry. For administrators.
pub(super) async fn create(reading: &Reading, patch: Patch) -> Result<Written<Row>, Error> {
    reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let mut faults = Faults::default();
    let named = patch.slug.is_some();
    let mut content = Content::default().with(patch, &mut faults);
    if named && has_slug::<institution::Entity>(&*change, institution::Column::Slug, &content.slug).await? {
        faults.add(&["slug"], FaultCode::Taken, "is taken");
    }
    let key = Uuid::now_v7();
    parent_is_there(&change, key, content.parent, &mut faults).await?;
    if !faults.is_empty() {
        return Ok(Written::refused(faults.into_inner()));
    }
    if !named {
        content.slug = free_slug(&change, &content).await?;
    }
    let row = made(reading, &change, (key, Origin::Listed), &content).await?;
    created(reading, &change, &row, changed(None, Some(&content))).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// What an institution's entry says that comes with an application for membership; all that is wrong with that is noted. What
/// only the secretariat would see is for the secretariat to write.
pub(crate) fn of_application(patch: Patch, faults: &mut Faults) -> Content {
    let content = Content::default().with(patch, faults);
    content.points.not_hidden(faults);
    content
}

/// Makes the entry of an institution that comes with an application for membership: hidden, until it is admitted.
pub(crate) async fn create_hidden(reading: &Reading, change: &Change, patch: Patch) -> Result<Checked<Uuid>, Error> {
    let mut faults = Faults::default();
    let mut content = of_application(patch, &mut faults);
    if !faults.is_empty() {
        return Ok(Err(faults.into_inner()));
    }
    content.slug = free_slug(change, &content).await?;
    let key = Uuid::now_v7();
    let row = made(reading, change, (key, Origin::Applying), &content).await?;
    let fields = changed(None, Some(&content));
    created(reading, change, &row, fields).await?;
    Ok(Ok(row.id))
}

/// A readable key that is made of the name, and that no other institution has.
pub(super) async fn free_slug(change: &Change, content: &Content) -> Result<String, Error> {
    let wanted = slug_of(&content.names, "institution");
    Ok(own_slug::<institution::Entity>(&**change, institution::Column::Slug, wanted).await?)
}

/// How an institution's entry comes into the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// An administrator makes it: everybody may know of it.
    Listed,
    /// It applies for membership: it is hidden until it is admitted.
    Applying,
    /// An agency's machine makes it: it is hidden from others until an administrator has it listed.
    Pushed(Uuid),
}

/// Makes the row of an entry, and what belongs to it.
pub(super) async fn made(
    reading: &Reading,
    change: &Change,
    (key, origin): (Uuid, Origin),
    content: &Content,
) -> Result<Row, Error> {
    let maker = match origin {
        Origin::Pushed(machine) => Some(machine),
        Origin::Listed | Origin::Applying => None,
    };
    let blank = institution::ActiveModel {
        id: Set(key),
        source: Set(None),
        source_url: Set(None),
        verified: Set(false),
        note: Set(None),
        version: Set(1),
        created_at: Set(reading.now()),
        updated_at: Set(reading.now()),
        listed: Set(origin == Origin::Listed),
        created_by_agency_id: Set(maker),
        ..Default::default()
    };
    let row = filled(blank, content)?.insert(&**change).await?;
    write_parts(reading, change, key, &Content::default(), content).await?;
    Ok(row)
}

/// Tells that an entry was made.
pub(super) async fn created(
    reading: &Reading,
    change: &Change,
    row: &Row,
    fields: Vec<FieldChange>,
) -> Result<(), Error> {
    look_again(change, SubjectKind::Institution, &[row.id], reading.now()).await?;
    let audiences = Audiences { before: None, after: Some(audience_of(change, row).await?) };
    log(reading, change, (row, audiences), ChangeOperation::Created, fields).await
}

/// Writes the row of an entry anew, with what has changed of what belongs to it, and tells so.
pub(super) async fn rewritten(
    reading: &Reading,
    change: &Change,
    row: Row,
    (old, new): (&Content, &Content),
    (listed, mut fields): (bool, Vec<FieldChange>),
) -> Result<Row, Error> {
    let seen_by = widest(change, Holders::Institutions, &[row.id]).await?;
    let before = audience(&row, seen_by);
    let (key, version) = (row.id, row.version + 1);
    if listed != row.listed {
        fields.push(FieldChange::of("listed", row.listed, listed));
    }
    let mut next = filled(row.into_active_model(), new)?;
    next.listed = Set(listed);
    next.version = Set(version);
    next.updated_at = Set(reading.now());
    // What the source says is what was read there, and not what is written now.
    let verified = next.verified.take().unwrap_or_default();
    next.verified = Set(false);
    let row = next.update(&**change).await?;
    write_parts(reading, change, key, old, new).await?;
    if tell_apart(fields.iter().map(|field| field.name.as_str())) {
        look_again(change, SubjectKind::Institution, &[row.id], reading.now()).await?;
    }
    if verified {
        fields.push(FieldChange::of("verified", true, false));
    }
    let after = if new.points == old.points { audience(&row, seen_by) } else { audience_of(change, &row).await? };
    let audiences = Audiences { before: Some(before), after: Some(after) };
    log(reading, change, (&row, audiences), ChangeOperation::Updated, fields).await?;
    if new.names != old.names {
        shown_anew(&**change, &[row.id], (reading.viewer.actor(), reading.now())).await?;
    }
    Ok(row)
}

/// Writes an institution's entry anew, where the patch says so.
pub(super) async fn update(reading: &Reading, target: Target, patch: Patch) -> Result<Written<Row>, Error> {
    let person = reading.viewer.person()?;
    let change = reading.db.change().await?;
    let Some((row, office)) = locked(reading, &change, person, target).await? else {
        return Ok(Written::not_there("institution"));
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let old = content_of(reading, &change, &row).await?;
    let mut faults = Faults::default();
    let listed = patch.listed.unwrap_or(row.listed);
    let new = old.clone().with(patch, &mut faults);
    let moved = new.slug != old.slug || new.country != old.country || new.parent != old.parent || listed != row.listed;
    if moved && office < Office::Admin {
        return Err(Error::Forbidden);
    }
    if reading.viewer.hidden_points_of_institutions() == Reach::Nothing {
        new.points.not_hidden(&mut faults);
    }
    if row.listed && !listed {
        faults.add(&["listed"], FaultCode::Invalid, "everybody knows of it: that is not taken back");
    } else if listed && !row.listed && row.created_by_agency_id.is_none() {
        faults.add(&["listed"], FaultCode::IllegalTransition, "it is admitted by approving its membership");
    }
    if new.slug != old.slug && has_slug::<institution::Entity>(&*change, institution::Column::Slug, &new.slug).await? {
        faults.add(&["slug"], FaultCode::Taken, "is taken");
    }
    if new.parent != old.parent {
        parent_is_there(&change, row.id, new.parent, &mut faults).await?;
    }
    if !faults.is_empty() {
        return Ok(Written { now: Some(row), faults: faults.into_inner() });
    }
    if new == old && listed == row.listed {
        change.commit_to(row.id).await?;
        return Ok(Written::done(row));
    }
    let fields = changed(Some(&old), Some(&new));
    let people = if listed == row.listed { vec![] } else { known_at(&change, at(row.id)).await? };
    let row = rewritten(reading, &change, row, (&old, &new), (listed, fields)).await?;
    known_anew(reading, &change, (people, None)).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Deletes an institution's entry, if nothing refers to it. For administrators.
pub(super) async fn delete(reading: &Reading, target: Target) -> Result<Written<Row>, Error> {
    let person = reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let Some((row, _)) = locked(reading, &change, person, target).await? else {
        return Ok(Written::not_there("institution"));
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let referring = referring(&change, row.id, reading.today()).await?;
    if !referring.is_empty() {
        let message = format!("it is referred to by {}", referring.join(", "));
        return Ok(Written { now: Some(row), faults: vec![Fault::of("id", FaultCode::InUse, message)] });
    }
    let old = content_of(reading, &change, &row).await?;
    let before = Some(audience_of(&change, &row).await?);
    forget_kept(&change, row.id).await?;
    duplicates::forget(&change, &[row.id]).await?;
    forget_searchable(&*change, row.id).await?;
    institution::Entity::delete_by_id(row.id).exec(&*change).await?;
    let fields = changed(Some(&old), None);
    log(reading, &change, (&row, Audiences { before, after: None }), ChangeOperation::Deleted, fields).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// The positions at an institution.
fn at(key: Uuid) -> Condition {
    Condition::all().add(appointment::Column::InstitutionId.eq(key))
}

/// Has everybody know of an institution that is admitted to the network.
pub(crate) async fn admit(reading: &Reading, change: &Change, key: Uuid) -> Result<(), Error> {
    let Some(row) = institution::Entity::find_by_id(key).lock_exclusive().one(&**change).await? else { return Ok(()) };
    if row.listed {
        return Ok(());
    }
    let before = audience_of(change, &row).await?;
    let people = known_at(change, at(key)).await?;
    let version = row.version + 1;
    let mut next = row.into_active_model();
    next.listed = Set(true);
    next.version = Set(version);
    next.updated_at = Set(reading.now());
    let row = next.update(&**change).await?;
    let audiences = Audiences { before: Some(before), after: Some(audience_of(change, &row).await?) };
    let fields = vec![FieldChange::of("listed", false, true)];
    log(reading, change, (&row, audiences), ChangeOperation::Updated, fields).await?;
    known_anew(reading, change, (people, None)).await
}

/// What refers to an institution, and how often.
async fn referring(change: &Change, key: Uuid, today: NaiveDate) -> Result<Vec<String>, Error> {
    async fn count<E>(change: &Change, column: E::Column, key: Uuid, more: Condition) -> Result<u64, Error>
    where
        E: EntityTrait<Model: Send + Sync>,
    {
        Ok(E::find().filter(column.eq(key)).filter(more).count(&**change).await?)
    }
    macro_rules! counts {
        ($($table:ident $column:ident $what:literal $(where $more:expr)?,)*) => {
            [$((count::<$table::Entity>(
                change,
                $table::Column::$column,
                key,
                Condition::all()$(.add($more))?,
            ).await?, $what)),*]
        };
    }
    let counts = counts! {
        institution ParentId "institutions that are parts of it",
        appointment InstitutionId "positions",
        opportunity LeadInstitutionId "opportunities that it offers",
        opportunity_partner InstitutionId "opportunities that it takes part in",
        agreement_party CompetentAuthorityId "parties to agreements",
        membership InstitutionId "memberships",
        role_grant InstitutionId "roles" where not_over(today),
        agency_client InstitutionId "agencies' machines",
        interest InstitutionId "interests",
    };
    Ok(counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{what} ({count})")).collect())
}

/// That the parent is there, and not a part of the institution itself.
pub(super) async fn parent_is_there(
    change: &Change,
    key: Uuid,
    parent: Option<Uuid>,
    faults: &mut Faults,
) -> Result<(), Error> {
    let line = upwards(change, parent).await?;
    if line.contains(&key) {
        faults.add(&["parent"], FaultCode::Invalid, "is a part of the institution itself");
    } else if parent.is_some() && line.is_empty() {
        faults.add(&["parent"], FaultCode::NotFound, "there is no such institution");
    } else if line.len() >= DEEPEST {
        faults.add(&["parent"], FaultCode::Invalid, "has too many institutions above it");
    }
    Ok(())
}

/// The fields that differ. Of addresses and numbers, which may be somebody's own, only that they do.
pub(super) fn changed(old: Option<&Content>, new: Option<&Content>) -> Vec<FieldChange> {
    let told = |content: Option<&Content>| content.map(Content::told);
    let mut fields = differences(told(old).as_ref(), told(new).as_ref());
    let blank = Content::default();
    let (old, new) = (old.unwrap_or(&blank), new.unwrap_or(&blank));
    for (name, same) in
        [("emails", old.points.emails == new.points.emails), ("phones", old.points.phones == new.points.phones)]
    {
        if !same {
            fields.push(FieldChange::personal(name));
        }
    }
    fields
}

/// The institution, if the person may see it, which nobody else changes meanwhile, and in which capacity they act on it.
async fn locked(
    reading: &Reading,
    change: &Change,
    person: &Person,
    target: Target,
) -> Result<Option<(Row, Office)>, Error> {
    let Some(row) = access::locked::<Institutions>(reading, change, target.key).await? else { return Ok(None) };
    let office = person.office_at(row.id, row.country_id).ok_or(Error::Forbidden)?;
    Ok(Some((row, office)))
}

async fn log(
    reading: &Reading,
    change: &Change,
    (row, audiences): (&Row, Audiences),
    operation: ChangeOperation,
    fields: Vec<FieldChange>,
) -> Result<(), Error> {
    let version = (operation != ChangeOperation::Deleted).then_some(row.version);
    let entry = Entry { subject: (SubjectKind::Institution, row.id), operation, version, fields, reason: None };
    append_for(&**change, reading.viewer.actor(), reading.now(), entry, audiences).await
}
