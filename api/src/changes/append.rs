//! How a change is written down: in the transaction that makes it, without anything personal.
use chrono::{DateTime, Utc};
use entity::{
    change_log,
    vocabulary::{ChangeOperation, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ConnectionTrait, DbBackend, Statement,
    sea_query::{Expr, ExprTrait as _, Query, SimpleExpr},
};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Audience, Audiences, audiences_of};
use crate::error::Error;

/// How many entries one statement writes.
const AT_ONCE: usize = 500;

/// Who changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    /// The service itself, or whoever applies for membership without an account.
    Nobody,
    /// The person of an account.
    Account(Uuid),
    /// An agency's machine.
    Agency(Uuid),
}

/// What was done to a subject.
pub(crate) struct Entry<'a> {
    /// What it was done to.
    pub(crate) subject: (SubjectKind, Uuid),
    /// What was done.
    pub(crate) operation: ChangeOperation,
    /// The subject's version since; none, if it is gone.
    pub(crate) version: Option<i32>,
    /// The fields that changed.
    pub(crate) fields: Vec<FieldChange>,
    /// Why.
    pub(crate) reason: Option<&'a str>,
}

/// A field that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct FieldChange {
    /// As the contract calls it.
    pub(crate) name: String,
    /// What it was; null also where it is personal.
    pub(crate) old: Value,
    /// What it is; null also where it is personal.
    pub(crate) new: Value,
}

impl FieldChange {
    /// Of a field that is not personal.
    pub(crate) fn of(name: &str, old: impl Into<Value>, new: impl Into<Value>) -> Self {
        Self { name: name.to_owned(), old: old.into(), new: new.into() }
    }

    /// Of a field whose values are personal: that it changed is all that is kept.
    pub(crate) fn personal(name: &str) -> Self {
        Self::of(name, Value::Null, Value::Null)
    }
}

/// The fields in which two states of a subject differ, of which nothing is personal.
pub(crate) fn differences(old: Option<&impl Serialize>, new: Option<&impl Serialize>) -> Vec<FieldChange> {
    let (old, new) = (fields(old), fields(new));
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    let changes = names.map(|name| {
        let value = |state: &Map<String, Value>| state.get(name).cloned().unwrap_or_default();
        FieldChange::of(name, value(&old), value(&new))
    });
    changes.filter(|change| change.old != change.new).collect()
}

fn fields(state: Option<&impl Serialize>) -> Map<String, Value> {
    match state.map(serde_json::to_value) {
        Some(Ok(Value::Object(fields))) => fields,
        _ => Map::new(),
    }
}

/// Writes a change down, in the transaction that makes it.
pub(crate) async fn append(
    change: &impl ConnectionTrait,
    actor: Actor,
    now: DateTime<Utc>,
    entry: Entry<'_>,
) -> Result<(), Error> {
    append_for(change, actor, now, entry, Audiences::default()).await
}

/// Writes a change of a contact down, with who could know of it and who can since.
pub(crate) async fn append_for(
    change: &impl ConnectionTrait,
    actor: Actor,
    now: DateTime<Utc>,
    entry: Entry<'_>,
    audiences: Audiences,
) -> Result<(), Error> {
    append_all(change, actor, now, vec![(entry, audiences)]).await
}

/// Writes many changes down, in their order.
pub(crate) async fn append_all(
    change: &impl ConnectionTrait,
    actor: Actor,
    now: DateTime<Utc>,
    entries: Vec<(Entry<'_>, Audiences)>,
) -> Result<(), Error> {
    use change_log::Column;
    let (account, agency) = match actor {
        Actor::Nobody => (None, None),
        Actor::Account(account) => (Some(account), None),
        Actor::Agency(client) => (None, Some(client)),
    };
    let transaction: SimpleExpr = match change.get_database_backend() {
        DbBackend::Postgres => Expr::cust("pg_current_xact_id()::text::bigint"),
        // One writer at a time: the sequence is enough.
        _ => Expr::val(0_i64),
    };
    let epoch = Query::select().expr(Expr::col("epoch")).from("change_epoch").take();
    let unwritable = |_| Error::internal("a change cannot be written down");
    let audience = |audience: Option<Audience>| audience.map(serde_json::to_value).transpose().map_err(unwritable);
    for entries in entries.chunks(AT_ONCE) {
        let mut statement = Query::insert();
        statement.into_table(change_log::Entity).columns([
            Column::Id,
            Column::Epoch,
            Column::TransactionId,
            Column::At,
            Column::AccountId,
            Column::AgencyClientId,
            Column::Subject,
            Column::SubjectId,
            Column::Operation,
            Column::Version,
            Column::Fields,
            Column::AudienceBefore,
            Column::AudienceAfter,
            Column::Reason,
        ]);
        for (entry, audiences) in entries {
            let Entry { subject: (kind, key), operation, version, fields, reason } = entry;
            statement.values_panic([
                Expr::val(Uuid::now_v7()),
                SimpleExpr::SubQuery(None, Box::new(epoch.clone().into())),
                transaction.clone(),
                Expr::val(now),
                Expr::val(account),
                Expr::val(agency),
                Expr::val(kind.to_value()),
                Expr::val(*key),
                Expr::val(operation.to_value()),
                Expr::val(*version),
                Expr::val(serde_json::to_value(fields).map_err(unwritable)?),
                Expr::val(audience(audiences.before.clone())?),
                Expr::val(audience(audiences.after.clone())?),
                Expr::val(reason.map(ToOwned::to_owned)),
            ]);
        }
        change.execute(&statement).await?;
    }
    Ok(())
}

/// What an agency could have known of a policymaker at some time that the log tells of: whether those could that read contacts,
/// and which machine alone. Nothing else of them is in it.
pub(crate) async fn known_once(change: &impl ConnectionTrait, person: Uuid) -> Result<Option<Audience>, Error> {
    let audiences = audiences_of(change, std::iter::once(person)).await?.into_iter().map(|(_, audience)| audience);
    Ok(audiences.map(|audience| audience.bare()).reduce(|one, other| one.or(&other)).filter(Audience::is_known))
}

/// Forgets who could know of a policymaker or an account, and why it was changed: nothing else of an entry says anything about
/// a person. How many entries there are.
pub(crate) async fn forget_audiences(change: &impl ConnectionTrait, person: Uuid) -> Result<u64, Error> {
    use change_log::Column;
    if change.get_database_backend() == DbBackend::Postgres {
        // The service's role may not change the log by itself.
        let statement = "SELECT change_log_forget($1) AS entries";
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, statement, [person.into()]);
        let told = change.query_one_raw(statement).await?;
        let entries: i64 = told.map(|row| row.try_get("", "entries")).transpose()?.unwrap_or_default();
        return Ok(entries.unsigned_abs());
    }
    let people = [SubjectKind::Policymaker, SubjectKind::Account].map(|kind| kind.to_value());
    let statement = Query::update()
        .table(change_log::Entity)
        .values([
            (Column::AudienceBefore, Expr::val(None::<Value>)),
            (Column::AudienceAfter, Expr::val(None::<Value>)),
            (Column::Reason, Expr::val(None::<String>)),
        ])
        .and_where(Expr::col(Column::SubjectId).eq(person))
        .and_where(Expr::col(Column::Subject).is_in(people))
        .take();
    Ok(change.execute(&statement).await?.rows_affected())
}
