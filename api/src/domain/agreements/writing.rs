//! How agreements are written, and led through their life, by administrators: one transaction each, with its entry in
//! the log.
use entity::{
    agreement, opportunity_agreement,
    vocabulary::{AgreementStatus, ChangeOperation, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, Set,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Agreements,
    content::{Content, Patch},
    lifecycle::{Milestone, Standing, contradictions, leads, needs_reason},
    stored::{content_of, dated, dates_of, filled, references, write_parts},
};
use crate::{
    access::{Reading, locked},
    changes::{Entry, FieldChange, append, differences},
    db::{Change, forget_searchable, has_slug, own_slug},
    error::{Error, Fault, FaultCode, Target, Written},
    validation::{self, Faults, partial_date, slug_of},
};

type Row = agreement::Model;

/// Where an agreement is led.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// There.
    pub(super) to: AgreementStatus,
    /// When (a partial date).
    pub(super) on: Option<String>,
    /// Why.
    pub(super) reason: Option<String>,
}

/// Makes an agreement that stands somewhere already.
pub(super) async fn create(reading: &Reading, status: AgreementStatus, patch: Patch) -> Result<Written<Row>, Error> {
    reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let mut faults = Faults::default();
    let (has_key, told) = (patch.slug.is_some(), patch.parties.clone().unwrap_or_default());
    let mut content = Content::default().with(patch, &mut faults);
    if status == AgreementStatus::Unknown {
        let message = "is for reference data that does not tell: say where the agreement stands";
        faults.add(&["status"], FaultCode::Invalid, message);
    }
    contradictions(None, Standing { status, dates: &content.dates }, Milestone::field, &mut faults);
    references(reading, &change, &told, &mut faults).await?;
    if has_key && has_slug::<agreement::Entity>(&*change, agreement::Column::Slug, &content.slug).await? {
        faults.add(&["slug"], FaultCode::Taken, "is taken");
    }
    if !faults.is_empty() {
        return Ok(Written::refused(faults.into_inner()));
    }
    if !has_key {
        let wanted = slug_of(&content.titles, "agreement");
        content.slug = own_slug::<agreement::Entity>(&*change, agreement::Column::Slug, wanted).await?;
    }
    let key = Uuid::now_v7();
    let blank = agreement::ActiveModel {
        id: Set(key),
        status: Set(status),
        source: Set(None),
        source_url: Set(None),
        verified: Set(false),
        note: Set(None),
        version: Set(1),
        created_at: Set(reading.now()),
        updated_at: Set(reading.now()),
        ..Default::default()
    };
    let row = filled(blank, &content)?.insert(&*change).await?;
    write_parts(&change, key, &Content::default(), &content).await?;
    let mut fields = differences(None::<&()>, Some(&content.told()));
    fields.push(FieldChange::of("status", (), status.to_value()));
    log(reading, &change, (key, Some(row.version)), ChangeOperation::Created, fields, None).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Writes an agreement anew, where the patch says so.
pub(super) async fn update(reading: &Reading, target: Target, patch: Patch) -> Result<Written<Row>, Error> {
    reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let Some(row) = locked::<Agreements>(reading, &change, target.key).await? else {
        return Ok(Written::not_there("agreement"));
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let old = content_of(&change, &row).await?;
    let mut faults = Faults::default();
    let told = patch.parties.clone().unwrap_or_default();
    let new = old.clone().with(patch, &mut faults);
    let status = row.status;
    let stood = Standing { status, dates: &old.dates };
    contradictions(Some(stood), Standing { status, dates: &new.dates }, Milestone::field, &mut faults);
    references(reading, &change, &told, &mut faults).await?;
    if new.slug != old.slug && has_slug::<agreement::Entity>(&*change, agreement::Column::Slug, &new.slug).await? {
        faults.add(&["slug"], FaultCode::Taken, "is taken");
    }
    if !faults.is_empty() {
        return Ok(Written { now: Some(row), faults: faults.into_inner() });
    }
    if new == old {
        change.commit_to(row.id).await?;
        return Ok(Written::done(row));
    }
    let fields = differences(Some(&old.told()), Some(&new.told()));
    let next = filled(row.clone().into_active_model(), &new)?;
    write_parts(&change, row.id, &old, &new).await?;
    let row = written(reading, &change, &row, next, fields, None).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Leads an agreement on in its life.
pub(super) async fn lead_on(reading: &Reading, target: Target, step: Step) -> Result<Written<Row>, Error> {
    reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let Some(row) = locked::<Agreements>(reading, &change, target.key).await? else {
        return Ok(Written::not_there("agreement"));
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let Step { to, on, reason } = step;
    let mut faults = Faults::default();
    let reason = validation::reason(reason, needs_reason(to), &mut faults);
    let (old, milestone) = (dates_of(&row), Milestone::of(to));
    let mut new = old.clone();
    if let Some(on) = on.and_then(|on| faults.checked(&["on"], partial_date(&on))) {
        match milestone {
            // It entered into force when it did: that it was suspended meanwhile is in the log.
            Some(_) if row.status == AgreementStatus::Suspended && to == AgreementStatus::InForce => {
                let message = "it has been in force before: what it keeps is the day on which it entered into force";
                faults.add(&["on"], FaultCode::Invalid, message);
            }
            Some(milestone) => new.set(milestone, on),
            None => faults.add(&["on"], FaultCode::Invalid, format!("{} has no date of its own", to.to_value())),
        }
    }
    if leads(row.status, to) {
        let told = |date: Milestone| if milestone == Some(date) { "on" } else { "to" };
        let stood = Standing { status: row.status, dates: &old };
        contradictions(Some(stood), Standing { status: to, dates: &new }, told, &mut faults);
    } else {
        let message = format!("one that is {} cannot become {}", row.status.to_value(), to.to_value());
        faults.add(&["to"], FaultCode::IllegalTransition, message);
    }
    if !faults.is_empty() {
        return Ok(Written { now: Some(row), faults: faults.into_inner() });
    }
    let mut fields = vec![FieldChange::of("status", row.status.to_value(), to.to_value())];
    if let Some(milestone) = milestone.filter(|milestone| old.at(*milestone) != new.at(*milestone)) {
        let value = |date: Option<&String>| date.map_or(Value::Null, |date| Value::from(date.as_str()));
        fields.push(FieldChange::of(milestone.field(), value(old.at(milestone)), value(new.at(milestone))));
    }
    let mut next = dated(row.clone().into_active_model(), &new);
    next.status = Set(to);
    let row = written(reading, &change, &row, next, fields, reason.as_deref()).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Deletes an agreement, if no opportunity rests on it.
pub(super) async fn delete(reading: &Reading, target: Target) -> Result<Written<Row>, Error> {
    reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let Some(row) = locked::<Agreements>(reading, &change, target.key).await? else {
        return Ok(Written::not_there("agreement"));
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let resting = opportunity_agreement::Entity::find().filter(opportunity_agreement::Column::AgreementId.eq(row.id));
    let count = resting.count(&*change).await?;
    if count > 0 {
        let message = format!("it is referred to by opportunities that rest on it ({count})");
        return Ok(Written { now: Some(row), faults: vec![Fault::of("id", FaultCode::InUse, message)] });
    }
    let old = content_of(&change, &row).await?;
    forget_searchable(&*change, row.id).await?;
    agreement::Entity::delete_by_id(row.id).exec(&*change).await?;
    let mut fields = differences(Some(&old.told()), None::<&()>);
    fields.push(FieldChange::of("status", row.status.to_value(), ()));
    log(reading, &change, (row.id, None), ChangeOperation::Deleted, fields, None).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Writes a row that has changed, and writes that down.
async fn written(
    reading: &Reading,
    change: &Change,
    old: &Row,
    mut next: agreement::ActiveModel,
    mut fields: Vec<FieldChange>,
    reason: Option<&str>,
) -> Result<Row, Error> {
    next.version = Set(old.version + 1);
    next.updated_at = Set(reading.now());
    // What the source says is what was read there, and not what is written now.
    next.verified = Set(false);
    if old.verified {
        fields.push(FieldChange::of("verified", true, false));
    }
    let row = next.update(&**change).await?;
    log(reading, change, (row.id, Some(row.version)), ChangeOperation::Updated, fields, reason).await?;
    Ok(row)
}

async fn log(
    reading: &Reading,
    change: &Change,
    (key, version): (Uuid, Option<i32>),
    operation: ChangeOperation,
    fields: Vec<FieldChange>,
    reason: Option<&str>,
) -> Result<(), Error> {
    let entry = Entry { subject: (SubjectKind::Agreement, key), operation, version, fields, reason };
    append(&**change, reading.viewer.actor(), reading.now(), entry).await
}
