//! How interests are expressed and decided: one transaction each, with its entry in the log.
use entity::{
    institution, interest, opportunity,
    vocabulary::{ChangeOperation, InterestStatus, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{
    Interests,
    lifecycle::{Command, Side},
};
use crate::{
    access::{Reading, locked, seen_rows},
    changes::{Entry, FieldChange, append},
    db::Change,
    domain::opportunities::{Opportunities, accepts_interest, is_open_to},
    error::{Error, FaultCode, Target, Written},
    validation::{self, Faults, email, paragraphs},
};

/// How long a message may be, in characters.
const MESSAGE: usize = 5_000;

/// What somebody writes to express an interest.
pub(super) struct Expressed {
    pub(super) opportunity: Uuid,
    pub(super) institution: Uuid,
    pub(super) reply_to: String,
    pub(super) message: String,
}

/// Expresses an interest.
pub(super) async fn express(reading: &Reading, expressed: Expressed) -> Result<Written<interest::Model>, Error> {
    let person = reading.viewer.person()?;
    let Expressed { opportunity: wanted, institution, reply_to, message } = expressed;
    if !person.speaks_for(institution) {
        return Err(Error::Forbidden);
    }
    let change = reading.db.change().await?;
    let mut faults = Faults::default();
    // One that is not admitted would be hidden from those who are to read the interest.
    let sender = institution::Entity::find_by_id(institution).filter(institution::Column::Listed.eq(true));
    let sender = sender.one(&*change).await?;
    // Whoever else expresses an interest of the same institution meanwhile takes turns here.
    let found = seen_rows::<Opportunities>(reading).filter(opportunity::Column::Id.eq(wanted));
    let found = found.lock_exclusive().one(&*change).await?;
    match (&found, &sender) {
        (None, _) => faults.add(&["opportunity"], FaultCode::NotFound, "there is no such opportunity"),
        (Some(_), None) => faults.add(&["institution"], FaultCode::NotFound, "there is no such institution"),
        (Some(row), Some(sender)) => {
            if !accepts_interest(row, reading.now()) {
                faults.add(&["opportunity"], FaultCode::IllegalTransition, "it does not accept interest now");
            }
            if row.lead_institution_id == sender.id {
                faults.add(&["institution"], FaultCode::Invalid, "it offers the opportunity itself");
            } else if !is_open_to(reading, &change, row, sender.country_id).await? {
                faults.add(&["institution"], FaultCode::Invalid, "the opportunity is not open to its country");
            }
            if goes_on(&change, row.id, sender.id).await? {
                faults.add(&["institution"], FaultCode::Duplicate, "it has expressed its interest already");
            }
        }
    }
    let reply_to = faults.checked(&["replyTo"], email(&reply_to));
    let message = faults.checked(&["message"], paragraphs(&message, MESSAGE));
    let (Some(reply_to), Some(message), true) = (reply_to, message, faults.is_empty()) else {
        return Ok(Written::refused(faults.into_inner()));
    };
    let row = interest::ActiveModel {
        id: Set(Uuid::now_v7()),
        opportunity_id: Set(wanted),
        institution_id: Set(institution),
        account_id: Set(Some(person.account)),
        reply_to: Set(reply_to),
        message: Set(message),
        reason: Set(None),
        status: Set(InterestStatus::Submitted),
        version: Set(1),
        created_at: Set(reading.now()),
        updated_at: Set(reading.now()),
    };
    let row = row.insert(&*change).await?;
    let fields = vec![
        FieldChange::of("opportunity", (), wanted.to_string()),
        FieldChange::of("institution", (), institution.to_string()),
        FieldChange::of("status", (), row.status.to_value()),
        FieldChange::personal("replyTo"),
        FieldChange::personal("message"),
    ];
    log(reading, &change, &row, ChangeOperation::Created, fields).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Leads an interest on in its life.
pub(super) async fn lead_on(
    reading: &Reading,
    target: Target,
    command: Command,
    reason: Option<String>,
) -> Result<Written<interest::Model>, Error> {
    let person = reading.viewer.person()?;
    let change = reading.db.change().await?;
    let Some(row) = locked::<Interests>(reading, &change, target.key).await? else {
        return Ok(Written::not_there("interest"));
    };
    let lead = opportunity::Entity::find_by_id(row.opportunity_id).one(&*change).await?;
    let whose = match command.side() {
        Side::Lead => lead.map(|lead| lead.lead_institution_id),
        Side::Sender => Some(row.institution_id),
    };
    if !whose.is_some_and(|institution| person.speaks_for(institution)) {
        return Err(Error::Forbidden);
    }
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let mut faults = Faults::default();
    let reason = validation::reason(reason, false, &mut faults);
    let next = command.from(row.status);
    if next.is_none() {
        let message = format!("this cannot be done to one that is {}", row.status.to_value());
        faults.add(&["id"], FaultCode::IllegalTransition, message);
    }
    let Some(next) = next.filter(|_| faults.is_empty()) else {
        return Ok(Written { now: Some(row), faults: faults.into_inner() });
    };
    let mut fields = vec![FieldChange::of("status", row.status.to_value(), next.to_value())];
    if row.reason != reason {
        fields.push(FieldChange::personal("reason"));
    }
    let version = row.version + 1;
    let mut changed = row.into_active_model();
    changed.status = Set(next);
    changed.reason = Set(reason);
    changed.version = Set(version);
    changed.updated_at = Set(reading.now());
    let row = changed.update(&*change).await?;
    log(reading, &change, &row, ChangeOperation::Updated, fields).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Deletes the interests in an opportunity that is deleted.
pub(crate) async fn delete_interests(reading: &Reading, change: &Change, opportunity: Uuid) -> Result<(), Error> {
    let found = interest::Entity::find().filter(interest::Column::OpportunityId.eq(opportunity));
    let gone = found.all(&**change).await?;
    let them = interest::Entity::delete_many().filter(interest::Column::OpportunityId.eq(opportunity));
    them.exec(&**change).await?;
    for row in gone {
        let fields = vec![FieldChange::of("status", row.status.to_value(), ())];
        log(reading, change, &row, ChangeOperation::Deleted, fields).await?;
    }
    Ok(())
}

/// Whether an institution's interest in an opportunity goes on, or was accepted.
async fn goes_on(change: &Change, opportunity: Uuid, institution: Uuid) -> Result<bool, Error> {
    use interest::Column;
    let found = interest::Entity::find()
        .filter(Column::OpportunityId.eq(opportunity))
        .filter(Column::InstitutionId.eq(institution))
        .filter(Column::Status.is_not_in([InterestStatus::Declined, InterestStatus::Withdrawn]));
    Ok(found.count(&**change).await? > 0)
}

async fn log(
    reading: &Reading,
    change: &Change,
    row: &interest::Model,
    operation: ChangeOperation,
    fields: Vec<FieldChange>,
) -> Result<(), Error> {
    let subject = (SubjectKind::Interest, row.id);
    let version = (operation != ChangeOperation::Deleted).then_some(row.version);
    let entry = Entry { subject, operation, version, fields, reason: None };
    append(&**change, reading.viewer.actor(), reading.now(), entry).await
}

/// Forgets what interests say of the account that sent them: where the answer goes, and what was written.
pub(crate) async fn forget_sender(reading: &Reading, change: &Change, account: Uuid) -> Result<(), Error> {
    let theirs = interest::Entity::find().filter(interest::Column::AccountId.eq(account));
    for row in theirs.all(&**change).await? {
        let blank = interest::ActiveModel {
            reply_to: Set(String::new()),
            message: Set(String::new()),
            reason: Set(None),
            ..Default::default()
        };
        blanked(reading, change, (row, blank), &["replyTo", "message", "reason"]).await?;
    }
    Ok(())
}

/// Forgets an address that answers to interests go to, whoever sent them.
pub(crate) async fn forget_address(reading: &Reading, change: &Change, address: &str) -> Result<(), Error> {
    let theirs = interest::Entity::find().filter(interest::Column::ReplyTo.eq(address));
    for row in theirs.all(&**change).await? {
        let blank = interest::ActiveModel { reply_to: Set(String::new()), ..Default::default() };
        blanked(reading, change, (row, blank), &["replyTo"]).await?;
    }
    Ok(())
}

async fn blanked(
    reading: &Reading,
    change: &Change,
    (row, blank): (interest::Model, interest::ActiveModel),
    fields: &[&str],
) -> Result<(), Error> {
    let (id, version) = (Set(row.id), Set(row.version + 1));
    let row = interest::ActiveModel { id, version, updated_at: Set(reading.now()), ..blank }.update(&**change).await?;
    let fields = fields.iter().map(|name| FieldChange::personal(name)).collect();
    log(reading, change, &row, ChangeOperation::Updated, fields).await
}
