//! How opportunities are written, and led through their life: one transaction each, with its entry in the log.
use entity::{
    institution, opportunity,
    vocabulary::{ChangeOperation, OpportunityStatus, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, Set,
};
use uuid::Uuid;

use super::{
    Opportunities,
    content::{Content, Patch},
    lifecycle::{Command, office_to_write},
    service::open_to_country,
    stored::{content_of, filled, references, write_parts},
};
use crate::{
    access::{self, Office, Person, Reading, seen_rows},
    changes::{Entry, FieldChange, append, differences},
    db::{Change, forget_searchable, has_slug, own_slug},
    domain::{institutions::Institutions, interests::delete_interests},
    error::{Error, FaultCode, Target, Written},
    validation::{self, Faults, slug_of},
};

/// Drafts an opportunity of an institution.
pub(super) async fn create(reading: &Reading, lead: Uuid, patch: Patch) -> Result<Written<opportunity::Model>, Error> {
    let person = reading.viewer.person()?;
    let change = reading.db.change().await?;
    let mut faults = Faults::default();
    let lead = known_lead(reading, &change, lead).await?;
    match &lead {
        None => faults.add(&["leadInstitution"], FaultCode::NotFound, "there is no such institution"),
        Some(lead) if person.office_at(lead.id, lead.country_id).is_none() => return Err(Error::Forbidden),
        Some(_) => {}
    }
    let (has_key, named) = (patch.slug.is_some(), patch.named());
    let mut content = Content::default().with(patch, &mut faults);
    references(reading, &change, &Content::default(), &named, &mut faults).await?;
    if has_key && has_slug::<opportunity::Entity>(&*change, opportunity::Column::Slug, &content.slug).await? {
        faults.add(&["slug"], FaultCode::Taken, "is taken");
    }
    let Some(lead) = lead.filter(|_| faults.is_empty()) else { return Ok(Written::refused(faults.into_inner())) };
    if !has_key {
        let wanted = slug_of(&content.titles, "opportunity");
        content.slug = own_slug::<opportunity::Entity>(&*change, opportunity::Column::Slug, wanted).await?;
    }
    let key = Uuid::now_v7();
    let blank = opportunity::ActiveModel {
        id: Set(key),
        lead_institution_id: Set(lead.id),
        status: Set(OpportunityStatus::Draft),
        source: Set(None),
        source_url: Set(None),
        verified: Set(false),
        note: Set(None),
        version: Set(1),
        created_at: Set(reading.now()),
        updated_at: Set(reading.now()),
        published_at: Set(None),
        return_reason: Set(None),
        ..Default::default()
    };
    let row = filled(blank, &content)?.insert(&*change).await?;
    write_parts(&change, key, &Content::default(), &content).await?;
    let fields = [
        FieldChange::of("status", (), row.status.to_value()),
        FieldChange::of("leadInstitution", (), lead.id.to_string()),
    ];
    let fields = differences(None::<&()>, Some(&content.told())).into_iter().chain(fields).collect();
    log(reading, &change, &row, ChangeOperation::Created, fields, None).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Writes an opportunity anew, where the patch says so.
pub(super) async fn update(
    reading: &Reading,
    target: Target,
    patch: Patch,
) -> Result<Written<opportunity::Model>, Error> {
    let person = reading.viewer.person()?;
    let change = reading.db.change().await?;
    let Some((row, office)) = locked(reading, &change, person, target).await? else {
        return Ok(Written::not_there("opportunity"));
    };
    if office < office_to_write(&row) {
        return Err(Error::Forbidden);
    }
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let old = content_of(&change, &row).await?;
    let mut faults = Faults::default();
    let named = patch.named();
    let new = old.clone().with(patch, &mut faults);
    references(reading, &change, &old, &named, &mut faults).await?;
    if new.slug != old.slug && has_slug::<opportunity::Entity>(&*change, opportunity::Column::Slug, &new.slug).await? {
        faults.add(&["slug"], FaultCode::Taken, "is taken");
    }
    if matches!(row.status, OpportunityStatus::Closed | OpportunityStatus::Cancelled) {
        faults.add(&["id"], FaultCode::IllegalTransition, "it is over, and is written no more");
    }
    if !faults.is_empty() {
        return Ok(Written { now: Some(row), faults: faults.into_inner() });
    }
    if new == old {
        change.commit_to(row.id).await?;
        return Ok(Written::done(row));
    }
    let (key, version) = (row.id, row.version + 1);
    let mut next = filled(row.into_active_model(), &new)?;
    next.version = Set(version);
    next.updated_at = Set(reading.now());
    // What the source says is what was read there, and not what is written now.
    let verified = next.verified.take().unwrap_or_default();
    next.verified = Set(false);
    let row = next.update(&*change).await?;
    write_parts(&change, key, &old, &new).await?;
    let mut fields = differences(Some(&old.told()), Some(&new.told()));
    if verified {
        fields.push(FieldChange::of("verified", true, false));
    }
    log(reading, &change, &row, ChangeOperation::Updated, fields, None).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Leads an opportunity on in its life.
pub(super) async fn lead_on(
    reading: &Reading,
    target: Target,
    command: Command,
    reason: Option<String>,
) -> Result<Written<opportunity::Model>, Error> {
    let person = reading.viewer.person()?;
    let change = reading.db.change().await?;
    let Some((row, office)) = locked(reading, &change, person, target).await? else {
        return Ok(Written::not_there("opportunity"));
    };
    if office < command.office() {
        return Err(Error::Forbidden);
    }
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let mut faults = Faults::default();
    let reason = validation::reason(reason, command.needs_reason(), &mut faults);
    let next = command.from(row.status);
    if next.is_none() {
        let message = format!("this cannot be done to one that is {}", row.status.to_value());
        faults.add(&["id"], FaultCode::IllegalTransition, message);
    }
    if command == Command::Publish && !lead_is_listed(&change, &row).await? {
        faults.add(&["id"], FaultCode::IllegalTransition, "its institution has not been admitted to the network");
    }
    let Some(next) = next.filter(|_| faults.is_empty()) else {
        return Ok(Written { now: Some(row), faults: faults.into_inner() });
    };
    let mut fields = vec![FieldChange::of("status", row.status.to_value(), next.to_value())];
    let (version, first) = (row.version + 1, command == Command::Publish && row.published_at.is_none());
    let mut changed = row.into_active_model();
    changed.status = Set(next);
    changed.version = Set(version);
    changed.updated_at = Set(reading.now());
    changed.return_reason = Set(reason.clone().filter(|_| command == Command::Return));
    if first {
        changed.published_at = Set(Some(reading.now()));
        fields.push(FieldChange::of("publishedAt", (), reading.now().to_rfc3339()));
    }
    let row = changed.update(&*change).await?;
    log(reading, &change, &row, ChangeOperation::Updated, fields, reason.as_deref()).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Deletes an opportunity, with the interests in it. For administrators.
pub(super) async fn delete(reading: &Reading, target: Target) -> Result<Written<opportunity::Model>, Error> {
    let person = reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let Some((row, _)) = locked(reading, &change, person, target).await? else {
        return Ok(Written::not_there("opportunity"));
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let old = content_of(&change, &row).await?;
    delete_interests(reading, &change, row.id).await?;
    forget_searchable(&*change, row.id).await?;
    opportunity::Entity::delete_by_id(row.id).exec(&*change).await?;
    let standing = [
        FieldChange::of("status", row.status.to_value(), ()),
        FieldChange::of("leadInstitution", row.lead_institution_id.to_string(), ()),
    ];
    let entry = Entry {
        subject: (SubjectKind::Opportunity, row.id),
        operation: ChangeOperation::Deleted,
        version: None,
        fields: differences(Some(&old.told()), None::<&()>).into_iter().chain(standing).collect(),
        reason: None,
    };
    append(&*change, reading.viewer.actor(), reading.now(), entry).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Whether an opportunity is open to a country's institutions: to those of no country, if it is open to everyone.
pub(crate) async fn is_open_to(
    reading: &Reading,
    change: &Change,
    row: &opportunity::Model,
    country: Option<Uuid>,
) -> Result<bool, Error> {
    let Some(country) = country else { return Ok(row.eligible_everyone) };
    let open = Condition::all().add(open_to_country(reading, country));
    let open = opportunity::Entity::find_by_id(row.id).filter(open);
    Ok(open.count(&**change).await? > 0)
}

/// The opportunity, if the person may see it, which nobody else changes meanwhile, and in which capacity they act on it.
async fn locked(
    reading: &Reading,
    change: &Change,
    person: &Person,
    target: Target,
) -> Result<Option<(opportunity::Model, Office)>, Error> {
    let Some(row) = access::locked::<Opportunities>(reading, change, target.key).await? else { return Ok(None) };
    let lead = institution::Entity::find_by_id(row.lead_institution_id).one(&**change).await?;
    let country = lead.and_then(|lead| lead.country_id);
    let office = person.office_at(row.lead_institution_id, country).ok_or(Error::Forbidden)?;
    Ok(Some((row, office)))
}

async fn known_lead(reading: &Reading, change: &Change, key: Uuid) -> Result<Option<institution::Model>, Error> {
    Ok(seen_rows::<Institutions>(reading).filter(institution::Column::Id.eq(key)).one(&**change).await?)
}

async fn lead_is_listed(change: &Change, row: &opportunity::Model) -> Result<bool, Error> {
    let listed = institution::Entity::find_by_id(row.lead_institution_id).filter(institution::Column::Listed.eq(true));
    Ok(listed.count(&**change).await? > 0)
}

async fn log(
    reading: &Reading,
    change: &Change,
    row: &opportunity::Model,
    operation: ChangeOperation,
    fields: Vec<FieldChange>,
    reason: Option<&str>,
) -> Result<(), Error> {
    let subject = (SubjectKind::Opportunity, row.id);
    let entry = Entry { subject, operation, version: Some(row.version), fields, reason };
    append(&**change, reading.viewer.actor(), reading.now(), entry).await
}
