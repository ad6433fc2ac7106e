//! How it is written down that two contacts are two.
use entity::{
    duplicate_contact,
    vocabulary::{ChangeOperation, SubjectKind},
};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::DuplicateContacts;
use crate::{
    access::{Reading, locked},
    changes::{Entry, FieldChange, append},
    error::{Error, Target, Written},
    validation::{self, Faults},
};

/// Says that two contacts are two. For administrators.
pub(super) async fn dismiss(
    reading: &Reading,
    target: Target,
    reason: Option<String>,
) -> Result<Written<duplicate_contact::Model>, Error> {
    reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let Some(row) = locked::<DuplicateContacts>(reading, &change, target.key).await? else {
        return Ok(Written::not_there("pair of contacts"));
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let mut faults = Faults::default();
    let reason = validation::reason(reason, false, &mut faults);
    if !faults.is_empty() {
        return Ok(Written { now: Some(row), faults: faults.into_inner() });
    }
    if row.dismissed_at.is_some() {
        change.commit_to(row.id).await?;
        return Ok(Written::done(row));
    }
    let version = row.version + 1;
    let mut next = row.into_active_model();
    next.dismissed_at = Set(Some(reading.now()));
    next.version = Set(version);
    let row = next.update(&*change).await?;
    let entry = Entry {
        subject: (SubjectKind::DuplicateContact, row.id),
        operation: ChangeOperation::Updated,
        version: Some(version),
        fields: vec![FieldChange::of("dismissedAt", (), reading.now().to_rfc3339())],
        reason: reason.as_deref(),
    };
    append(&*change, reading.viewer.actor(), reading.now(), entry).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}
