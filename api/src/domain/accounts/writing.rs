//! What is done to accounts besides giving and taking roles: a country's focal point hands over, an account is disabled or
//! enabled again, parted from its person's entry, or erased.
use chrono::{Days, NaiveDate};
use entity::{
    account, role_grant,
    vocabulary::{AccountStatus, ChangeOperation, ChangeRequestAction, Role, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{
    administrators_service::{administers, administrator, is_last},
    lifecycle::{Period, not_over},
    service::{Post, end, give, locked, log, log_why, touched, wanted},
};
use crate::{
    access::Reading,
    changes::{Entry, FieldChange, append, forget_audiences},
    db::Change,
    domain::{
        applications::forget_address,
        change_requests::{self, Approval, Decided, Leave, Wanted, leave},
        interests::forget_sender,
        invitations, sessions,
    },
    error::{Error, Fault, FaultCode, Target, Written},
    validation::{self, Faults},
};

/// Who hands a country over to whom, and since when it is theirs.
#[derive(Clone, Copy, Debug)]
pub(super) struct HandOver {
    pub(super) country: Uuid,
    pub(super) from: Uuid,
    pub(super) to: Uuid,
    pub(super) on: Option<NaiveDate>,
}

/// Has one account be focal point of a country in another one's place, from a day on: the one ceases the day before. The
/// account that begins.
pub(super) async fn hand_over(reading: &Reading, step: HandOver) -> Result<Written<account::Model>, Error> {
    let HandOver { country, from, to, on } = step;
    let on = on.unwrap_or(reading.today());
    let mut faults = vec![];
    if on < reading.today() {
        faults.push(Fault::of("on", FaultCode::Invalid, "must not be before today"));
    }
    if from == to {
        faults.push(Fault::of("to", FaultCode::Invalid, "is the one who hands over"));
        return Ok(Written::refused(faults));
    }
    let change = reading.db.change().await?;
    let (leaves, begins) = both(&change, from, to).await?;
    let of = |account| Post { account, role: Role::FocalPoint, country: Some(country), institution: None };
    let theirs = role_grant::Entity::find().filter(of(from).rows()).filter(not_over(on));
    let theirs = theirs.all(&*change).await?;
    if leaves.is_ok() && theirs.is_empty() {
        faults.push(Fault::of("from", FaultCode::NotFound, "is no focal point of this country then"));
    }
    if begins.as_ref().is_ok_and(|account| account.status != AccountStatus::Active) {
        faults.push(Fault::of("to", FaultCode::Invalid, "is an account that may not be used"));
    }
    let (leaves, begins) = match (leaves, begins) {
        (Ok(leaves), Ok(begins)) if faults.is_empty() => (leaves, begins),
        (leaves, begins) => {
            faults.extend([leaves.err(), begins.err()].into_iter().flatten());
            return Ok(Written::refused(faults));
        }
    };
    let fields = end(&change, of(from), theirs, on - Days::new(1)).await?;
    let leaves = touched(&change, leaves, reading.now(), |_| {}).await?;
    log(&*change, reading.viewer.actor(), &leaves, fields).await?;
    let by = (reading.viewer.person()?.account, Approval::Unasked);
    let Written { now, faults } = give(reading, &change, begins, (of(to), Period::from(on)), by).await?.written;
    let Some(begins) = now.filter(|_| faults.is_empty()) else {
        let to = |fault| Fault { path: vec!["to".to_owned()], ..fault };
        return Ok(Written::refused(faults.into_iter().map(to).collect()));
    };
    change.commit_to(begins.id).await?;
    Ok(Written::done(begins))
}

/// Two accounts that nobody else changes meanwhile. Whoever wants both takes them in the same order.
async fn both(
    change: &Change,
    from: Uuid,
    to: Uuid,
) -> Result<(Result<account::Model, Fault>, Result<account::Model, Fault>), Error> {
    if from <= to {
        let first = locked(change, "from", from).await?;
        Ok((first, locked(change, "to", to).await?))
    } else {
        let first = locked(change, "to", to).await?;
        Ok((locked(change, "from", from).await?, first))
    }
}

/// Disables an account: its sessions end, the invitations are void that it made, and it administers the network no more.
pub(super) async fn disable(
    reading: &Reading,
    change: &Change,
    (target, reason): (Target, Option<String>),
    approval: Approval<'_>,
) -> Result<Decided<account::Model>, Error> {
    let mut faults = Faults::default();
    let reason = validation::reason(reason, false, &mut faults);
    let account = match locked(change, "id", target.key).await? {
        Ok(account) => account,
        Err(fault) => return Ok(Written::refused(vec![fault]).into()),
    };
    if let Some(stale) = target.stale(&account, account.version) {
        return Ok(stale.into());
    }
    if !faults.is_empty() {
        return Ok(Written { now: Some(account), faults: faults.into_inner() }.into());
    }
    if let Some(fault) = is_last(change, account.id, ("id", reading.today())).await? {
        return Ok(Written { now: Some(account), faults: vec![fault] }.into());
    }
    if account.status == AccountStatus::Disabled {
        return Ok(Written::done(account).into());
    }
    let disabled = AccountStatus::Disabled;
    let mut fields = vec![FieldChange::of("status", account.status.to_value(), disabled.to_value())];
    let by = reading.viewer.person()?.account;
    let wanted = wanted(ChangeRequestAction::DisableAccount, &account, (&fields, by));
    match leave(reading, change, approval, Wanted { reason: reason.as_deref(), ..wanted }).await? {
        Leave::Granted(told) => fields.extend(told),
        Leave::Awaited(request) => return Ok(Decided::awaited(account, request)),
    }
    sessions::end_all(&**change, account.id, reading.now()).await?;
    invitations::void_of(reading, change, account.id).await?;
    // Whoever enables the account again does not make an administrator by that.
    let theirs = administers(change, account.id, reading.today()).await?;
    fields.extend(end(change, administrator(account.id), theirs, reading.today() - Days::new(1)).await?);
    let account = touched(change, account, reading.now(), |row| row.status = Set(disabled)).await?;
    log_why(&**change, reading.viewer.actor(), &account, (fields, reason.as_deref())).await?;
    Ok(Written::done(account).into())
}

/// Has an account be used again that was disabled. What it had invited for stays void, and its sessions are over.
pub(super) async fn enable(
    reading: &Reading,
    target: Target,
    reason: Option<String>,
) -> Result<Written<account::Model>, Error> {
    let mut faults = Faults::default();
    let reason = validation::reason(reason, false, &mut faults);
    let change = reading.db.change().await?;
    let account = match locked(&change, "id", target.key).await? {
        Ok(account) => account,
        Err(fault) => return Ok(Written::refused(vec![fault])),
    };
    if let Some(stale) = target.stale(&account, account.version) {
        return Ok(stale);
    }
    if !faults.is_empty() {
        return Ok(Written { now: Some(account), faults: faults.into_inner() });
    }
    if account.status != AccountStatus::Disabled {
        change.commit_to(account.id).await?;
        return Ok(Written::done(account));
    }
    let status = FieldChange::of("status", account.status.to_value(), AccountStatus::Active.to_value());
    let account = touched(&change, account, reading.now(), |row| row.status = Set(AccountStatus::Active)).await?;
    log_why(&*change, reading.viewer.actor(), &account, (vec![status], reason.as_deref())).await?;
    change.commit_to(account.id).await?;
    Ok(Written::done(account))
}

/// Erases the accounts of a policymaker: those that are connected with the entry, and the one that is named, with all that
/// they signed in with. What they sent in the name of an institution stays, without what it says of the person. What is wrong
/// with that, by the field that it is told at.
pub(crate) async fn erase_of(
    reading: &Reading,
    change: &Change,
    (policymaker, named): (Uuid, Option<Uuid>),
) -> Result<Option<(&'static str, Fault)>, Error> {
    let connected = account::Column::PolicymakerId.eq(policymaker);
    let theirs = Condition::any().add(connected).add_option(named.map(|key| account::Column::Id.eq(key)));
    let theirs = account::Entity::find().filter(theirs).lock_exclusive().all(&**change).await?;
    if named.is_some_and(|key| theirs.iter().all(|account| account.id != key)) {
        return Ok(Some(("account", Fault::of("account", FaultCode::NotFound, "there is no such account"))));
    }
    for account in theirs {
        if !administers(change, account.id, reading.today()).await?.is_empty() {
            let field = if named == Some(account.id) { "account" } else { "id" };
            let message = "the account administers the network: take that role away first";
            return Ok(Some((field, Fault::of(field, FaultCode::InUse, message))));
        }
        forget_sender(reading, change, account.id).await?;
        invitations::forget_of(reading, change, &account.email_key).await?;
        forget_address(reading, change, &account.email).await?;
        change_requests::forget(change, account.id).await?;
        forget_audiences(&**change, account.id).await?;
        account::Entity::delete_by_id(account.id).exec(&**change).await?;
        let subject = (SubjectKind::Account, account.id);
        let operation = ChangeOperation::Erased;
        let entry = Entry { subject, operation, version: None, fields: vec![], reason: None };
        append(&**change, reading.viewer.actor(), reading.now(), entry).await?;
    }
    Ok(None)
}

/// Parts accounts from a policymaker's entry, which is deleted.
pub(crate) async fn part_from(reading: &Reading, change: &Change, policymaker: Uuid) -> Result<(), Error> {
    let theirs = account::Entity::find().filter(account::Column::PolicymakerId.eq(policymaker));
    for account in theirs.lock_exclusive().all(&**change).await? {
        let account = touched(change, account, reading.now(), |row| row.policymaker_id = Set(None)).await?;
        log(&**change, reading.viewer.actor(), &account, vec![FieldChange::personal("policymaker")]).await?;
    }
    Ok(())
}
