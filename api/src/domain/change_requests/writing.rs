//! How something is asked for, and approved: one transaction each, with its entry in the log.
use chrono::NaiveDate;
use entity::{
    account, change_request, membership, role_grant,
    vocabulary::{ChangeOperation, ChangeRequestAction, ChangeRequestStatus, Role, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    ChangeRequests, Leave,
    lifecycle::{GOOD_FOR, outlived, status},
};
use crate::{
    access::{Hand, Person, Reading, locked, seen_rows},
    changes::{Entry, FieldChange, append},
    db::Change,
    domain::{accounts, memberships},
    error::{Error, Fault, FaultCode, Target, Written},
    validation::{self, Faults},
};

/// What the log says of what is done without a second administrator, though one would be needed, since there is none.
const ONLY_ADMINISTRATOR: &str = "ONLY_ADMINISTRATOR";

/// What an administrator wants to do, and could if nobody had to approve it.
pub(crate) struct Wanted<'a> {
    /// What.
    pub(crate) action: ChangeRequestAction,
    /// To what, and at which version that is.
    pub(crate) subject: (SubjectKind, Uuid, i32),
    /// What else is needed to do it later; nothing personal.
    pub(crate) input: Value,
    /// The fields that it would change.
    pub(crate) fields: &'a [FieldChange],
    /// Why.
    pub(crate) reason: Option<&'a str>,
    /// The account of whoever wants it.
    pub(crate) by: Uuid,
}

/// Whether a second administrator has approved what is done.
#[derive(Clone, Copy)]
pub(crate) enum Approval<'a> {
    /// Nobody was asked.
    Unasked,
    /// This request was approved.
    Given(&'a change_request::Model),
}

/// What an action waits for.
enum Asks {
    /// For nobody.
    Nobody,
    /// For a second administrator, if there were one.
    NobodyYet,
    /// For another one of these administrators.
    Another(Vec<Uuid>),
}

/// Whether an administrator's action waits for another one to approve it.
///
/// # Errors
///
/// If whoever wants it is no administrator any more.
async fn asks_for_approval(reading: &Reading, change: &Change, wanted: &Wanted<'_>) -> Result<Asks, Error> {
    if !reading.rules.four_eyes.names(wanted.action) {
        return Ok(Asks::Nobody);
    }
    let administrators = accounts::administrators(change, reading.today()).await?;
    if !administrators.contains(&wanted.by) {
        return Err(Error::Forbidden);
    }
    Ok(if administrators.len() < 2 { Asks::NobodyYet } else { Asks::Another(administrators) })
}

/// Whether something may be done now, which the caller has found to be right in all else. If it waits for another
/// administrator, it is asked for; asked for already, that is what it leads to.
pub(crate) async fn leave(
    reading: &Reading,
    change: &Change,
    approval: Approval<'_>,
    wanted: Wanted<'_>,
) -> Result<Leave, Error> {
    if let Approval::Given(request) = approval {
        let asked = request.requested_by.map(|account| account.to_string());
        return Ok(Leave::Granted(vec![
            FieldChange::of("changeRequest", (), request.id.to_string()),
            FieldChange::of("requestedBy", (), asked),
        ]));
    }
    match asks_for_approval(reading, change, &wanted).await? {
        Asks::Nobody => Ok(Leave::Granted(vec![])),
        Asks::NobodyYet => Ok(Leave::Granted(vec![FieldChange::of("approval", (), ONLY_ADMINISTRATOR)])),
        Asks::Another(administrators) => {
            let request = asked(reading, change, wanted, &administrators).await?;
            Ok(Leave::Awaited(Box::new(request)))
        }
    }
}

/// The request to do something: the one that is pending, or a new one. Whoever else asks meanwhile waits for the subject, which
/// is locked.
async fn asked(
    reading: &Reading,
    change: &Change,
    wanted: Wanted<'_>,
    administrators: &[Uuid],
) -> Result<change_request::Model, Error> {
    use change_request::Column;
    let Wanted { action, subject: (subject, key, version), input, fields, reason, by } = wanted;
    let pending = change_request::Entity::find()
        .filter(Column::Action.eq(action))
        .filter(Column::SubjectId.eq(key))
        .filter(Column::Status.eq(ChangeRequestStatus::Pending));
    if let Some(row) = pending.one(&**change).await? {
        match outlived(&row, Some(version), administrators, reading.now()) {
            None => return Ok(row),
            Some((status, _)) => {
                closed(reading, change, row, Closing::of(status)).await?;
            }
        }
    }
    let unwritable = |_| Error::internal("a difference cannot be written down");
    let row = change_request::ActiveModel {
        id: Set(Uuid::now_v7()),
        action: Set(action),
        subject: Set(subject),
        subject_id: Set(key),
        subject_version: Set(version),
        input: Set(input),
        changes: Set(serde_json::to_value(fields).map_err(unwritable)?),
        reason: Set(reason.map(ToOwned::to_owned)),
        requested_by: Set(Some(by)),
        requested_at: Set(reading.now()),
        expires_at: Set(reading.now() + GOOD_FOR),
        status: Set(ChangeRequestStatus::Pending),
        decided_by: Set(None),
        decided_at: Set(None),
        decision_reason: Set(None),
        version: Set(1),
    };
    let row = row.insert(&**change).await?;
    let fields = vec![
        FieldChange::of("action", (), row.action.to_value()),
        FieldChange::of("subject", (), row.subject_id.to_string()),
        FieldChange::of("status", (), row.status.to_value()),
    ];
    log(reading, change, &row, ChangeOperation::Created, fields).await?;
    Ok(row)
}

/// Approves what somebody else has asked for, and does it.
pub(super) async fn approve(
    reading: &Reading,
    target: Target,
    reason: Option<String>,
) -> Result<Written<change_request::Model>, Error> {
    let person = reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let may = |row: &change_request::Model, held| row.requested_by != Some(person.account) && is_theirs(person, held);
    let Open { row, held, reason } = match open(reading, &change, (target, reason), may).await? {
        Ok(open) => open,
        Err(refused) => return Ok(refused),
    };
    let administrators = accounts::administrators(&change, reading.today()).await?;
    if !administrators.contains(&person.account) {
        return Err(Error::Forbidden);
    }
    let why = match outlived(&row, held.map(|held| held.version), &administrators, reading.now()) {
        Some((_, why)) => Some(why.to_owned()),
        None if represents(&change, &row, held, reading.today()).await? => {
            Some("whoever asked for it represents the institution".into())
        }
        None => performed(reading, &change, &row).await?.into_iter().next().map(|fault| fault.message),
    };
    let closing = match why {
        None => Closing { status: ChangeRequestStatus::Approved, by: Some(person.account), reason },
        Some(_) => Closing::of(ChangeRequestStatus::Stale),
    };
    let row = closed(reading, &change, row, closing).await?;
    change.commit_to(row.id).await?;
    Ok(Written { now: Some(row), faults: why.map(|why| stale(&why)).into_iter().collect() })
}

/// Has what was asked for not be done.
pub(super) async fn reject(
    reading: &Reading,
    target: Target,
    reason: Option<String>,
) -> Result<Written<change_request::Model>, Error> {
    let person = reading.viewer.admin()?;
    let change = reading.db.change().await?;
    // Whoever is to lose a role or the account has no say against it.
    let about_them = |row: &change_request::Model| row.subject_id == person.account;
    let may = |row: &change_request::Model, held| {
        row.requested_by == Some(person.account) || (is_theirs(person, held) && !about_them(row))
    };
    let Open { row, held: _, reason } = match open(reading, &change, (target, reason), may).await? {
        Ok(open) => open,
        Err(refused) => return Ok(refused),
    };
    let closing = Closing { status: ChangeRequestStatus::Rejected, by: Some(person.account), reason };
    let row = closed(reading, &change, row, closing).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// A request that is pending; nobody else changes it, or what it is about, meanwhile.
struct Open {
    row: change_request::Model,
    held: Option<Held>,
    /// What is told with the decision.
    reason: Option<String>,
}

/// The request that somebody who may decides about, or what to answer where it is decided already.
async fn open(
    reading: &Reading,
    change: &Change,
    (target, reason): (Target, Option<String>),
    may: impl Fn(&change_request::Model, Option<Held>) -> bool,
) -> Result<Result<Open, Written<change_request::Model>>, Error> {
    let not_there = || Ok(Err(Written::not_there("change request")));
    let asked = seen_rows::<ChangeRequests>(reading).filter(change_request::Column::Id.eq(target.key));
    let Some(row) = asked.one(&**change).await? else { return not_there() };
    // What it is about comes first, as for whoever asks for something: neither waits for the other.
    let held = held(change, &row).await?;
    let Some(row) = locked::<ChangeRequests>(reading, change, target.key).await? else { return not_there() };
    if !may(&row, held) {
        return Err(Error::Forbidden);
    }
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(Err(stale));
    }
    let mut faults = Faults::default();
    let reason = validation::reason(reason, false, &mut faults);
    match status(&row, reading.now()) {
        ChangeRequestStatus::Pending => {}
        ChangeRequestStatus::Expired => faults.add(&["id"], FaultCode::Expired, "nobody has approved it in time"),
        ChangeRequestStatus::Stale => faults.add(&["id"], FaultCode::Stale, "it was found that it can be done no more"),
        over @ (ChangeRequestStatus::Approved | ChangeRequestStatus::Rejected) => {
            let message = format!("it is {} already", over.to_value());
            faults.add(&["id"], FaultCode::IllegalTransition, message);
        }
    }
    if faults.is_empty() {
        return Ok(Ok(Open { row, held, reason }));
    }
    Ok(Err(Written { now: Some(row), faults: faults.into_inner() }))
}

/// What a request is about, as it is now.
#[derive(Clone, Copy)]
struct Held {
    version: i32,
    /// The institution, of a membership.
    institution: Option<Uuid>,
}

/// What a request is about, if it is still there, which nobody else changes meanwhile.
async fn held(change: &Change, row: &change_request::Model) -> Result<Option<Held>, Error> {
    if row.subject == SubjectKind::Membership {
        let found = membership::Entity::find_by_id(row.subject_id).lock_exclusive().one(&**change).await?;
        return Ok(found.map(|row| Held { version: row.version, institution: Some(row.institution_id) }));
    }
    let found = account::Entity::find_by_id(row.subject_id).lock_exclusive().one(&**change).await?;
    Ok(found.map(|row| Held { version: row.version, institution: None }))
}

/// Whether an administrator may decide about it: nobody decides about an institution that they represent.
fn is_theirs(person: &Person, held: Option<Held>) -> bool {
    let institution = held.and_then(|held| held.institution);
    institution.is_none_or(|institution| person.has(Hand::Secretariat, institution, None))
}

/// Whether whoever asked represents the institution that it is about.
async fn represents(
    change: &Change,
    row: &change_request::Model,
    held: Option<Held>,
    today: NaiveDate,
) -> Result<bool, Error> {
    use role_grant::Column;
    let Some((institution, account)) = held.and_then(|held| held.institution).zip(row.requested_by) else {
        return Ok(false);
    };
    let own = role_grant::Entity::find()
        .filter(Column::AccountId.eq(account))
        .filter(Column::Role.eq(Role::Representative))
        .filter(Column::InstitutionId.eq(institution))
        .filter(accounts::in_force(today));
    Ok(own.count(&**change).await? > 0)
}

/// Does what was asked for, as its mutation would: what is wrong with that now.
async fn performed(reading: &Reading, change: &Change, row: &change_request::Model) -> Result<Vec<Fault>, Error> {
    match row.subject {
        SubjectKind::Membership => memberships::carry_out(reading, change, row).await,
        _ => accounts::carry_out(reading, change, row).await,
    }
}

/// How a request ends.
struct Closing {
    status: ChangeRequestStatus,
    by: Option<Uuid>,
    reason: Option<String>,
}

impl Closing {
    /// Without anybody's decision.
    fn of(status: ChangeRequestStatus) -> Self {
        Self { status, by: None, reason: None }
    }
}

async fn closed(
    reading: &Reading,
    change: &Change,
    row: change_request::Model,
    closing: Closing,
) -> Result<change_request::Model, Error> {
    let Closing { status, by, reason } = closing;
    let (before, version) = (row.status, row.version + 1);
    let mut closed = row.into_active_model();
    closed.status = Set(status);
    closed.decided_by = Set(by);
    closed.decided_at = Set(Some(reading.now()));
    closed.decision_reason = Set(reason);
    closed.version = Set(version);
    let row = closed.update(&**change).await?;
    let fields = vec![FieldChange::of("status", before.to_value(), row.status.to_value())];
    log(reading, change, &row, ChangeOperation::Updated, fields).await?;
    Ok(row)
}

/// Forgets what was said of an account that is erased.
pub(crate) async fn forget(change: &Change, account: Uuid) -> Result<(), Error> {
    let blank = change_request::ActiveModel { reason: Set(None), decision_reason: Set(None), ..Default::default() };
    let theirs = change_request::Column::SubjectId.eq(account);
    change_request::Entity::update_many().set(blank).filter(theirs).exec(&**change).await?;
    Ok(())
}

/// What was asked for can be done no more.
pub(super) fn stale(why: &str) -> Fault {
    Fault::of("id", FaultCode::Stale, format!("it can be done no more as it was asked for: {why}"))
}

/// Reasons are kept with the request alone, where they can be forgotten.
async fn log(
    reading: &Reading,
    change: &Change,
    row: &change_request::Model,
    operation: ChangeOperation,
    fields: Vec<FieldChange>,
) -> Result<(), Error> {
    let subject = (SubjectKind::ChangeRequest, row.id);
    let entry = Entry { subject, operation, version: Some(row.version), fields, reason: None };
    append(&**change, reading.viewer.actor(), reading.now(), entry).await
}
