//! What is told of the ends of terms, each once: which memberships are due, who takes it upon them, and what was told.
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::{
    account, institution, membership,
    membership_notice::{self, Column},
    role_grant,
    vocabulary::{ChangeOperation, MembershipNotice, MembershipStatus, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use super::{
    lifecycle::{due, notice, status},
    service::representing,
};
use crate::{
    changes::{Actor, Entry, FieldChange, append},
    db::{Change, Turns, column},
    error::Error,
};

/// What could not be told is tried again after so long; so is what was begun and not ended, as by a replica that was killed.
const AGAIN: TimeDelta = TimeDelta::hours(1);

/// A reminder that is this replica's to send.
pub(super) struct Reminder {
    /// Of which membership, of which term, and which.
    pub(super) key: (Uuid, NaiveDate, MembershipNotice),
    /// How many days the term goes on.
    pub(super) days: i64,
    /// The institution.
    pub(super) institution: institution::Model,
    /// Whom it is for.
    pub(super) recipients: Vec<account::Model>,
}

/// The memberships of which something is to be told now: reminders where there is somebody to remind.
pub(super) async fn found(db: &Turns, now: DateTime<Utc>) -> Result<Vec<Uuid>, Error> {
    use membership::Column as Of;
    let due = || due(&column(Of::Until), now.date_naive());
    let done = Query::select()
        .expr(Expr::val(1))
        .from(membership_notice::Entity)
        .and_where(column(Column::MembershipId).eq(column(Of::Id)))
        .and_where(column(Column::Until).eq(column(Of::Until)))
        .and_where(column(Column::Notice).eq(due()))
        .cond_where(Condition::any().add(Column::ToldAt.is_not_null()).add(Column::BegunAt.gt(now - AGAIN)))
        .take();
    let represented = Query::select()
        .column(role_grant::Column::InstitutionId)
        .from(role_grant::Entity)
        .cond_where(representing(now.date_naive()))
        .and_where(role_grant::Column::InstitutionId.is_not_null())
        .take();
    let lapsed = due().eq(MembershipNotice::Lapsed.to_value());
    let found = membership::Entity::find()
        .select_only()
        .column(Of::Id)
        .filter(Of::Status.eq(MembershipStatus::Active))
        .filter(due().is_not_null())
        .filter(Condition::any().add(lapsed).add(Of::InstitutionId.in_subquery(represented)))
        .filter(Expr::exists(done).not())
        .order_by_asc(Of::Until)
        .order_by_asc(Of::Id);
    Ok(found.into_tuple().all(db).await?)
}

/// Takes it upon this replica to tell what is due of a membership, if no other one has. That a term has ended is told by the
/// log, and done with that; a reminder is yet to be sent.
pub(super) async fn take(db: &Turns, now: DateTime<Utc>, key: Uuid) -> Result<Option<Reminder>, Error> {
    let today = now.date_naive();
    let change = db.change().await?;
    // Replicas take turns here, and so does whoever leads the membership on.
    let row = membership::Entity::find_by_id(key).lock_exclusive().one(&*change).await?;
    let Some(row) = row.filter(|row| row.status == MembershipStatus::Active) else { return Ok(None) };
    let Some((until, notice)) = row.until.and_then(|until| Some((until, notice(until, today)?))) else {
        return Ok(None);
    };
    if notice == MembershipNotice::Lapsed {
        lapse(&change, now, &row).await?;
        change.commit().await?;
        return Ok(None);
    }
    let key = (row.id, until, notice);
    match membership_notice::Entity::find_by_id(key).one(&*change).await? {
        Some(begun) if begun.told_at.is_some() || begun.begun_at > now - AGAIN => return Ok(None),
        Some(begun) => {
            let mut again = begun.into_active_model();
            again.begun_at = Set(now);
            again.update(&*change).await?;
        }
        None => begin(&change, key, (now, None)).await?,
    }
    let theirs = Query::select()
        .column(role_grant::Column::AccountId)
        .from(role_grant::Entity)
        .cond_where(representing(today))
        .and_where(role_grant::Column::InstitutionId.eq(row.institution_id))
        .take();
    let recipients = account::Entity::find().filter(account::Column::Id.in_subquery(theirs)).all(&*change).await?;
    let institution = institution::Entity::find_by_id(row.institution_id).one(&*change).await?;
    // Where there is nobody to remind, whoever comes to represent the institution is.
    let Some(institution) = institution.filter(|_| !recipients.is_empty()) else { return Ok(None) };
    change.commit().await?;
    Ok(Some(Reminder { key, days: (until - today).num_days(), institution, recipients }))
}

/// Writes down in the log that a membership's term has ended, by itself, if it has and nobody has written it down.
pub(super) async fn lapse(change: &Change, now: DateTime<Utc>, row: &membership::Model) -> Result<(), Error> {
    let (decided, standing) = (row.status, status(row, now.date_naive()));
    let Some(until) = row.until.filter(|_| decided != standing) else { return Ok(()) };
    let key = (row.id, until, MembershipNotice::Lapsed);
    if membership_notice::Entity::find_by_id(key).one(&**change).await?.is_some() {
        return Ok(());
    }
    begin(change, key, (now, Some(now))).await?;
    let fields = vec![FieldChange::of("status", decided.to_value(), standing.to_value())];
    let subject = (SubjectKind::Membership, row.id);
    // The row is what it was, and so is its version.
    let version = Some(row.version);
    let entry = Entry { subject, operation: ChangeOperation::Updated, version, fields, reason: None };
    append(&**change, Actor::Nobody, now, entry).await
}

/// Writes down that a reminder was sent.
pub(super) async fn sent(db: &Turns, now: DateTime<Utc>, reminder: &Reminder) -> Result<(), Error> {
    let change = db.change().await?;
    let found = membership_notice::Entity::find_by_id(reminder.key).one(&*change).await?;
    let Some(row) = found else { return Ok(()) };
    let mut told = row.into_active_model();
    told.told_at = Set(Some(now));
    told.update(&*change).await?;
    change.commit().await
}

async fn begin(
    change: &Change,
    (membership_id, until, notice): (Uuid, NaiveDate, MembershipNotice),
    (begun_at, told_at): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> Result<(), Error> {
    let row = membership_notice::ActiveModel {
        membership_id: Set(membership_id),
        until: Set(until),
        notice: Set(notice),
        begun_at: Set(begun_at),
        told_at: Set(told_at),
    };
    membership_notice::Entity::insert(row).exec_without_returning(&**change).await?;
    Ok(())
}
