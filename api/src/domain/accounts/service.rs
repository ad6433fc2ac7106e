//! How accounts and their roles are read and made.
use chrono::{DateTime, Utc};
use entity::{
    account, institution, role_grant,
    vocabulary::{AccountStatus, ChangeOperation, ChangeRequestAction, Role, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::{
    access::{Part, Reading, Seen},
    changes::{Actor, Entry, FieldChange, append, forget_audiences},
    db::Change,
    domain::{
        applications::forget_address,
        change_requests::{self, Approval, Decided, Leave, Wanted, leave},
        interests::forget_sender,
        sessions,
    },
    error::{Error, Fault, FaultCode, Target},
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Accounts;

impl Seen for Accounts {
    type Table = account::Entity;
    const PREFIX: &'static str = "acct";

    fn visible(reading: &Reading) -> Condition {
        reading.viewer.accounts().by(account::Column::Id)
    }

    fn id(row: &account::Model) -> Uuid {
        row.id
    }
}

/// The names of accounts, for histories: whoever may see the history may see who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Names;

impl Seen for Names {
    type Table = account::Entity;
    const PREFIX: &'static str = Accounts::PREFIX;

    fn visible(_: &Reading) -> Condition {
        Condition::all()
    }

    fn id(row: &account::Model) -> Uuid {
        row.id
    }
}

/// The roles of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Grants;

impl Part for Grants {
    type Table = role_grant::Entity;
    const OF: role_grant::Column = role_grant::Column::AccountId;

    fn order() -> Vec<role_grant::Column> {
        vec![role_grant::Column::GrantedAt, role_grant::Column::Id]
    }

    fn visible(&self, _: &Reading) -> Condition {
        Condition::all()
    }

    fn of(row: &role_grant::Model) -> Option<Uuid> {
        Some(row.account_id)
    }
}

/// What tells the account of an e-mail address: the address without regard to case.
pub(crate) fn key_of(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The account of an e-mail address.
pub(crate) async fn by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<account::Model>, Error> {
    Ok(account::Entity::find().filter(account::Column::EmailKey.eq(key_of(email))).one(db).await?)
}

/// A new account, of this address and name, with a password.
pub(crate) fn named(email: &str, name: &str, password_hash: String, now: DateTime<Utc>) -> account::ActiveModel {
    account::ActiveModel {
        id: Set(Uuid::now_v7()),
        email: Set(email.trim().to_owned()),
        email_key: Set(key_of(email)),
        name: Set(name.trim().to_owned()),
        password_hash: Set(Some(password_hash)),
        status: Set(AccountStatus::Active),
        policymaker_id: Set(None),
        last_sign_in_at: Set(None),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        connected_at: Set(None),
    }
}

/// A role, and whose and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Post {
    pub(super) account: Uuid,
    pub(super) role: Role,
    pub(super) country: Option<Uuid>,
    pub(super) institution: Option<Uuid>,
}

impl Post {
    /// What the log says of it.
    fn told(&self) -> serde_json::Value {
        let Self { account: _, role, country, institution } = self;
        serde_json::json!({ "role": role.to_value(), "country": country, "institution": institution })
    }

    /// What is wrong with the place, for this role.
    fn faults(self) -> Vec<Fault> {
        let place = |field: &str, given: bool, wanted: bool| match (given, wanted) {
            (false, true) => Some(Fault::of(field, FaultCode::Required, "this role is for one of them")),
            (true, false) => Some(Fault::of(field, FaultCode::Invalid, "this role is not for one of them")),
            _ => None,
        };
        let country = place("country", self.country.is_some(), self.role == Role::FocalPoint);
        let institution = place("institution", self.institution.is_some(), self.role == Role::Representative);
        [country, institution].into_iter().flatten().collect()
    }

    /// The rows that say it.
    fn rows(self) -> Condition {
        use role_grant::Column;
        let place = |column: Column, key: Option<Uuid>| key.map_or(column.is_null(), |key| column.eq(key));
        Condition::all()
            .add(Column::AccountId.eq(self.account))
            .add(Column::Role.eq(self.role))
            .add(place(Column::CountryId, self.country))
            .add(place(Column::InstitutionId, self.institution))
    }
}

/// Gives an account a role.
pub(super) async fn grant(
    reading: &Reading,
    change: &Change,
    (post, approval): (Post, Approval<'_>),
) -> Result<Decided<account::Model>, Error> {
    let mut faults = post.faults();
    if let Some(key) = post.institution
        && institution::Entity::find_by_id(key).count(&**change).await? == 0
    {
        faults.push(Fault::of("institution", FaultCode::NotFound, "there is no such institution"));
    }
    let account = match locked(change, "account", post.account).await? {
        Ok(account) => Some(account),
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    let Some(account) = account.filter(|_| faults.is_empty()) else { return Ok(Err(faults).into()) };
    if role_grant::Entity::find().filter(post.rows()).count(&**change).await? > 0 {
        return Ok(Err(vec![Fault::of("role", FaultCode::Duplicate, "the account has this role")]).into());
    }
    let mut fields = vec![FieldChange::of("grants", (), post.told())];
    if post.role == Role::Admin {
        let wanted = wanted(ChangeRequestAction::GrantAdmin, &account, &fields);
        match leave(reading, change, approval, wanted).await? {
            Leave::Granted(told) => fields.extend(told),
            Leave::Awaited(request) => return Ok(Decided::awaited(account, request)),
        }
    }
    let row = role_grant::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(post.account),
        role: Set(post.role),
        country_id: Set(post.country),
        institution_id: Set(post.institution),
        granted_at: Set(reading.now),
    };
    row.insert(&**change).await?;
    let account = touched(change, account, reading.now, |_| {}).await?;
    log(&**change, reading.viewer.actor(), &account, fields).await?;
    Ok(Ok(account).into())
}

/// Takes a role away from an account.
pub(super) async fn ungrant(
    reading: &Reading,
    change: &Change,
    (post, approval): (Post, Approval<'_>),
) -> Result<Decided<account::Model>, Error> {
    let account = match locked(change, "account", post.account).await? {
        Ok(account) => account,
        Err(fault) => return Ok(Err(vec![fault]).into()),
    };
    if post.role == Role::Admin && !others_administer(change, post.account).await? {
        return Ok(Err(vec![last_administrator("account")]).into());
    }
    if role_grant::Entity::find().filter(post.rows()).count(&**change).await? == 0 {
        return Ok(Err(vec![Fault::of("role", FaultCode::NotFound, "the account has no such role")]).into());
    }
    let mut fields = vec![FieldChange::of("grants", post.told(), ())];
    if post.role == Role::Admin {
        let wanted = wanted(ChangeRequestAction::RevokeAdmin, &account, &fields);
        match leave(reading, change, approval, wanted).await? {
            Leave::Granted(told) => fields.extend(told),
            Leave::Awaited(request) => return Ok(Decided::awaited(account, request)),
        }
    }
    role_grant::Entity::delete_many().filter(post.rows()).exec(&**change).await?;
    let account = touched(change, account, reading.now, |_| {}).await?;
    log(&**change, reading.viewer.actor(), &account, fields).await?;
    Ok(Ok(account).into())
}

/// Disables an account, and ends its sessions.
pub(super) async fn disable(
    reading: &Reading,
    change: &Change,
    (target, approval): (Target, Approval<'_>),
) -> Result<Decided<account::Model>, Error> {
    let account = match locked(change, "id", target.key).await? {
        Ok(account) => account,
        Err(fault) => return Ok(Err(vec![fault]).into()),
    };
    if target.version.is_some_and(|version| version != account.version) {
        let message = format!("the account has changed: it is at version {}", account.version);
        return Ok(Err(vec![Fault::of("expectedVersion", FaultCode::Conflict, message)]).into());
    }
    if !others_administer(change, target.key).await? {
        return Ok(Err(vec![last_administrator("id")]).into());
    }
    if account.status == AccountStatus::Disabled {
        return Ok(Ok(account).into());
    }
    let disabled = AccountStatus::Disabled;
    let mut fields = vec![FieldChange::of("status", account.status.to_value(), disabled.to_value())];
    let wanted = wanted(ChangeRequestAction::DisableAccount, &account, &fields);
    match leave(reading, change, approval, wanted).await? {
        Leave::Granted(told) => fields.extend(told),
        Leave::Awaited(request) => return Ok(Decided::awaited(account, request)),
    }
    sessions::end_all(&**change, target.key, reading.now).await?;
    let account = touched(change, account, reading.now, |row| row.status = Set(disabled)).await?;
    log(&**change, reading.viewer.actor(), &account, fields).await?;
    Ok(Ok(account).into())
}

/// What an administrator wants to do to an account.
fn wanted<'a>(action: ChangeRequestAction, account: &account::Model, fields: &'a [FieldChange]) -> Wanted<'a> {
    let subject = (SubjectKind::Account, account.id, account.version);
    Wanted { action, subject, input: serde_json::Value::Null, fields, reason: None }
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
        if !others_administer(change, account.id).await? {
            let field = if named == Some(account.id) { "account" } else { "id" };
            return Ok(Some((field, last_administrator(field))));
        }
        forget_sender(reading, change, account.id).await?;
        forget_address(reading, change, &account.email).await?;
        change_requests::forget(change, account.id).await?;
        forget_audiences(&**change, account.id).await?;
        account::Entity::delete_by_id(account.id).exec(&**change).await?;
        let subject = (SubjectKind::Account, account.id);
        let operation = ChangeOperation::Erased;
        let entry = Entry { subject, operation, version: None, fields: vec![], reason: None };
        append(&**change, reading.viewer.actor(), reading.now, entry).await?;
    }
    Ok(None)
}

/// Parts accounts from a policymaker's entry, which is deleted.
pub(crate) async fn part_from(reading: &Reading, change: &Change, policymaker: Uuid) -> Result<(), Error> {
    let theirs = account::Entity::find().filter(account::Column::PolicymakerId.eq(policymaker));
    for account in theirs.lock_exclusive().all(&**change).await? {
        let account = touched(change, account, reading.now, |row| row.policymaker_id = Set(None)).await?;
        log(&**change, reading.viewer.actor(), &account, vec![FieldChange::personal("policymaker")]).await?;
    }
    Ok(())
}

/// Writes down what changed of an account.
pub(crate) async fn log(
    change: &impl ConnectionTrait,
    actor: Actor,
    account: &account::Model,
    fields: Vec<FieldChange>,
) -> Result<(), Error> {
    let operation = if account.version == 1 { ChangeOperation::Created } else { ChangeOperation::Updated };
    let subject = (SubjectKind::Account, account.id);
    let entry = Entry { subject, operation, version: Some(account.version), fields, reason: None };
    append(change, actor, account.updated_at, entry).await
}

/// An account that nobody else changes meanwhile.
async fn locked(change: &Change, field: &str, key: Uuid) -> Result<Result<account::Model, Fault>, Error> {
    let found = account::Entity::find_by_id(key).lock_exclusive().one(&**change).await?;
    Ok(found.ok_or_else(|| Fault::of(field, FaultCode::NotFound, "there is no such account")))
}

async fn touched(
    change: &Change,
    account: account::Model,
    now: DateTime<Utc>,
    with: impl FnOnce(&mut account::ActiveModel),
) -> Result<account::Model, Error> {
    let version = account.version + 1;
    let mut row = account.into_active_model();
    row.version = Set(version);
    row.updated_at = Set(now);
    with(&mut row);
    Ok(row.update(&**change).await?)
}

/// Whether somebody besides this account can administer the network. Two who take the role from each other at once take
/// turns here.
async fn others_administer(change: &Change, key: Uuid) -> Result<bool, Error> {
    let administrators = role_grant::Entity::find()
        .filter(role_grant::Column::Role.eq(Role::Admin))
        .order_by_asc(role_grant::Column::Id)
        .lock_exclusive()
        .all(&**change)
        .await?;
    if administrators.iter().all(|grant| grant.account_id != key) {
        return Ok(true);
    }
    let others = administrators.iter().map(|grant| grant.account_id).filter(|account| *account != key);
    let active = account::Entity::find()
        .filter(account::Column::Id.is_in(others))
        .filter(account::Column::Status.eq(AccountStatus::Active));
    Ok(active.count(&**change).await? > 0)
}

fn last_administrator(field: &str) -> Fault {
    Fault::of(field, FaultCode::InUse, "the network would be left without an administrator")
}
