//! How accounts and their roles are read and made.
use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::{
    account, institution, role_grant,
    vocabulary::{AccountStatus, ChangeOperation, ChangeRequestAction, Role, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Set,
    sea_query::{Expr, Query, SelectStatement},
};
use uuid::Uuid;

use super::{
    administrators_service::is_last,
    lifecycle::{Period, in_force, not_over},
};
use crate::{
    access::{Part, Person, Reading, Seen},
    changes::{Actor, Entry, FieldChange, append},
    db::{Change, fold},
    domain::change_requests::{Approval, Decided, Leave, Wanted, leave},
    error::{Error, Fault, FaultCode},
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

/// The roles of an account: those that are not over or, for the record, all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Grants {
    /// Whether those are told, too, that are over.
    pub(super) all: bool,
}

impl Part for Grants {
    type Table = role_grant::Entity;
    const OF: role_grant::Column = role_grant::Column::AccountId;

    fn order() -> Vec<role_grant::Column> {
        vec![role_grant::Column::GrantedAt, role_grant::Column::Id]
    }

    fn visible(&self, reading: &Reading) -> Condition {
        if self.all { Condition::all() } else { not_over(reading.today()) }
    }

    fn of(row: &role_grant::Model) -> Option<Uuid> {
        Some(row.account_id)
    }
}

/// The roles of the focal points that a country has today, for those who may know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FocalPoints;

impl Part for FocalPoints {
    type Table = role_grant::Entity;
    const OF: role_grant::Column = role_grant::Column::CountryId;

    fn order() -> Vec<role_grant::Column> {
        vec![role_grant::Column::Since, role_grant::Column::Id]
    }

    fn visible(&self, reading: &Reading) -> Condition {
        Condition::all()
            .add(Expr::val(reading.viewer.sees_focal_points()))
            .add(role_grant::Column::Role.eq(Role::FocalPoint))
            .add(in_force(reading.today()))
            .add(role_grant::Column::AccountId.in_subquery(usable()))
    }

    fn of(row: &role_grant::Model) -> Option<Uuid> {
        row.country_id
    }
}

/// The keys of the accounts that may be used.
pub(crate) fn usable() -> SelectStatement {
    Query::select()
        .column(account::Column::Id)
        .from(account::Entity)
        .and_where(account::Column::Status.eq(AccountStatus::Active))
        .take()
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
        sort_key: Set(fold(&format!("{name} {email}"))),
    }
}

/// A role, and whose and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Post {
    pub(crate) account: Uuid,
    pub(crate) role: Role,
    pub(crate) country: Option<Uuid>,
    pub(crate) institution: Option<Uuid>,
}

impl Post {
    /// What the log says of it.
    pub(super) fn told(&self, Period { since, until }: Period) -> serde_json::Value {
        let Self { account: _, role, country, institution } = self;
        serde_json::json!({
            "role": role.to_value(),
            "country": country,
            "institution": institution,
            "since": since.to_string(),
            "until": until.map(|until| until.to_string()),
        })
    }

    /// What is wrong with the place, for this role.
    pub(crate) fn faults(self) -> Vec<Fault> {
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
    pub(super) fn rows(self) -> Condition {
        use role_grant::Column;
        let place = |column: Column, key: Option<Uuid>| key.map_or(column.is_null(), |key| column.eq(key));
        Condition::all()
            .add(Column::AccountId.eq(self.account))
            .add(Column::Role.eq(self.role))
            .add(place(Column::CountryId, self.country))
            .add(place(Column::InstitutionId, self.institution))
    }
}

/// What is wrong with the days on which a role is to count.
fn misdated(role: Role, Period { since, until }: Period, today: NaiveDate) -> Option<Fault> {
    let until = until?;
    if role == Role::Admin {
        let message = "an administrator's role has no end: take it away when it ends";
        return Some(Fault::of("until", FaultCode::Invalid, message));
    }
    let late = until >= since && until >= today;
    (!late).then(|| Fault::of("until", FaultCode::Invalid, "must not be before `since`, and not before today"))
}

/// Gives an account a role.
pub(super) async fn grant(
    reading: &Reading,
    change: &Change,
    ((post, period), approval): ((Post, Period), Approval<'_>),
) -> Result<Decided<account::Model>, Error> {
    let mut faults = post.faults();
    faults.extend(misdated(post.role, period, reading.today()));
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
    let by = reading.viewer.person()?.account;
    give(reading, change, account, (post, period), (by, approval)).await
}

/// Gives a role that somebody has decided on to an account that nobody else changes meanwhile, unless it has the role on one of
/// these days, or another administrator has to approve it.
pub(crate) async fn give(
    reading: &Reading,
    change: &Change,
    account: account::Model,
    (post, period): (Post, Period),
    (by, approval): (Uuid, Approval<'_>),
) -> Result<Decided<account::Model>, Error> {
    if !Person::gives(by, (post.role, post.account)) {
        let message = "nobody has themselves represent an institution: somebody else gives this role";
        return Ok(Err(vec![Fault::of("account", FaultCode::Invalid, message)]).into());
    }
    let known = role_grant::Entity::find().filter(post.rows()).all(&**change).await?;
    if known.iter().any(|known| Period::of(known).meets(period)) {
        return Ok(Err(vec![Fault::of("role", FaultCode::Duplicate, "the account has this role")]).into());
    }
    let mut fields = vec![FieldChange::of("grants", (), post.told(period))];
    if post.role == Role::Admin {
        let input = serde_json::json!({ "since": period.since.to_string() });
        let wanted = Wanted { input, ..wanted(ChangeRequestAction::GrantAdmin, &account, (&fields, by)) };
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
        granted_at: Set(reading.now()),
        since: Set(period.since),
        until: Set(period.until),
    };
    row.insert(&**change).await?;
    let account = touched(change, account, reading.now(), |_| {}).await?;
    log(&**change, reading.viewer.actor(), &account, fields).await?;
    Ok(Ok(account).into())
}

/// Has roles end with a day, so that it can be traced who had them when. What would not have begun by then is gone.
pub(super) async fn end(
    change: &Change,
    post: Post,
    grants: Vec<role_grant::Model>,
    last: NaiveDate,
) -> Result<Vec<FieldChange>, Error> {
    let mut fields = vec![];
    for grant in grants {
        let before = Period::of(&grant);
        let after = before.ended(last);
        if let Some(after) = after {
            let mut row = grant.into_active_model();
            row.until = Set(after.until);
            row.update(&**change).await?;
        } else {
            role_grant::Entity::delete_by_id(grant.id).exec(&**change).await?;
        }
        fields.push(FieldChange::of("grants", post.told(before), after.map(|after| post.told(after))));
    }
    Ok(fields)
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
    let today = reading.today();
    if post.role == Role::Admin
        && let Some(fault) = is_last(change, post.account, ("account", today)).await?
    {
        return Ok(Err(vec![fault]).into());
    }
    let grants = role_grant::Entity::find().filter(post.rows()).filter(not_over(today)).all(&**change).await?;
    if grants.is_empty() {
        return Ok(Err(vec![Fault::of("role", FaultCode::NotFound, "the account has no such role")]).into());
    }
    let mut told = vec![];
    if post.role == Role::Admin {
        let fields: Vec<FieldChange> =
            grants.iter().map(|grant| FieldChange::of("grants", post.told(Period::of(grant)), ())).collect();
        let by = reading.viewer.person()?.account;
        let wanted = wanted(ChangeRequestAction::RevokeAdmin, &account, (&fields, by));
        match leave(reading, change, approval, wanted).await? {
            Leave::Granted(besides) => told = besides,
            Leave::Awaited(request) => return Ok(Decided::awaited(account, request)),
        }
    }
    // It counts no more at once, so that yesterday was its last day.
    let mut fields = end(change, post, grants, today - Days::new(1)).await?;
    fields.extend(told);
    let account = touched(change, account, reading.now(), |_| {}).await?;
    log(&**change, reading.viewer.actor(), &account, fields).await?;
    Ok(Ok(account).into())
}

/// What an administrator wants to do to an account.
pub(super) fn wanted<'a>(
    action: ChangeRequestAction,
    account: &account::Model,
    (fields, by): (&'a [FieldChange], Uuid),
) -> Wanted<'a> {
    let subject = (SubjectKind::Account, account.id, account.version);
    Wanted { action, subject, input: serde_json::Value::Null, fields, reason: None, by }
}

/// Writes down what changed of an account.
pub(crate) async fn log(
    change: &impl ConnectionTrait,
    actor: Actor,
    account: &account::Model,
    fields: Vec<FieldChange>,
) -> Result<(), Error> {
    log_why(change, actor, account, (fields, None)).await
}

/// The same, with why.
pub(super) async fn log_why(
    change: &impl ConnectionTrait,
    actor: Actor,
    account: &account::Model,
    (fields, reason): (Vec<FieldChange>, Option<&str>),
) -> Result<(), Error> {
    let operation = if account.version == 1 { ChangeOperation::Created } else { ChangeOperation::Updated };
    let subject = (SubjectKind::Account, account.id);
    let entry = Entry { subject, operation, version: Some(account.version), fields, reason };
    append(change, actor, account.updated_at, entry).await
}

/// An account that nobody else changes meanwhile.
pub(super) async fn locked(change: &Change, field: &str, key: Uuid) -> Result<Result<account::Model, Fault>, Error> {
    let found = account::Entity::find_by_id(key).lock_exclusive().one(&**change).await?;
    Ok(found.ok_or_else(|| Fault::of(field, FaultCode::NotFound, "there is no such account")))
}

pub(super) async fn touched(
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
