//! How the log is read.
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
pub(crate) use entity::change_log::{Entity as Log, Model as Logged};
use entity::{
    change_log::Column,
    vocabulary::{ChangeOperation, SubjectKind},
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Actor, Audience, FieldChange};
use crate::{
    db::{Key, KeyKind, Sort, among, column},
    error::Error,
};

/// Which entries are wanted: all that is given must hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Who did it.
    pub(crate) actor: Option<Actor>,
    /// What it was done to.
    pub(crate) subject: Option<(SubjectKind, Uuid)>,
    /// What was done.
    pub(crate) operations: Option<Vec<ChangeOperation>>,
    /// From when.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Before when.
    pub(crate) before: Option<DateTime<Utc>>,
}

impl Wanted {
    /// The entries that are wanted.
    pub(crate) fn condition(&self) -> Condition {
        let Self { actor, subject, operations, from, before } = self;
        let by = actor.map(|actor| match actor {
            Actor::Nobody => Condition::all().add(Column::AccountId.is_null()).add(Column::AgencyClientId.is_null()),
            Actor::Account(account) => Condition::all().add(Column::AccountId.eq(account)),
            Actor::Agency(client) => Condition::all().add(Column::AgencyClientId.eq(client)),
        });
        let of =
            subject.map(|(kind, key)| Condition::all().add(Column::SubjectId.eq(key)).add(Column::Subject.eq(kind)));
        Condition::all()
            .add_option(by)
            .add_option(of)
            .add_option(operations.as_ref().map(|operations| Column::Operation.is_in(operations.iter().copied())))
            .add_option(from.map(|from| Column::At.gte(from)))
            .add_option(before.map(|before| Column::At.lt(before)))
    }
}

/// The newest first.
pub(crate) fn newest_first() -> Sort<Log> {
    Sort::by(Column::At, KeyKind::Time, true, |row: &Logged| (Key::time(Some(row.at)), row.id))
}

/// What became of these subjects last, of those that were deleted, merged, parted again or erased: also by what cannot be
/// followed yet. Who changes a subject waits for the one before, so that what is written of one is numbered in its order.
pub(crate) async fn fates(
    db: &impl ConnectionTrait,
    subjects: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, ChangeOperation>, Error> {
    use ChangeOperation::{Deleted, Erased, Merged, Unmerged};
    let rows = Log::find()
        .select_only()
        .columns([Column::SubjectId, Column::Operation])
        .filter(among(db.get_database_backend(), column(Column::SubjectId), subjects))
        .filter(Column::Operation.is_in([Deleted, Erased, Merged, Unmerged]))
        .order_by_asc(Column::Sequence);
    Ok(rows.into_tuple::<(Uuid, ChangeOperation)>().all(db).await?.into_iter().collect())
}

/// Who could know of these subjects at the times that the log tells of.
pub(crate) async fn audiences_of(
    db: &impl ConnectionTrait,
    subjects: impl Iterator<Item = Uuid>,
) -> Result<Vec<(Uuid, Audience)>, Error> {
    let rows = Log::find()
        .select_only()
        .columns([Column::SubjectId, Column::AudienceBefore, Column::AudienceAfter])
        .filter(among(db.get_database_backend(), column(Column::SubjectId), subjects));
    let rows: Vec<(Uuid, Option<Value>, Option<Value>)> = rows.into_tuple().all(db).await?;
    let audiences = rows.into_iter().flat_map(|(key, before, after)| [(key, before), (key, after)]);
    Ok(audiences.filter_map(|(key, audience)| Some((key, serde_json::from_value(audience?).ok()?))).collect())
}

/// Who did what an entry tells.
pub(crate) fn actor_of(row: &Logged) -> Actor {
    match (row.account_id, row.agency_client_id) {
        (Some(account), _) => Actor::Account(account),
        (None, Some(client)) => Actor::Agency(client),
        (None, None) => Actor::Nobody,
    }
}

/// The fields that changed.
pub(crate) fn fields_of(row: &Logged) -> Vec<FieldChange> {
    fields_in(&row.fields)
}

/// The fields that are written down so.
pub(crate) fn fields_in(written: &Value) -> Vec<FieldChange> {
    #[derive(Deserialize)]
    struct Written {
        name: String,
        old: Value,
        new: Value,
    }
    let fields: Vec<Written> = serde_json::from_value(written.clone()).unwrap_or_default();
    fields.into_iter().map(|Written { name, old, new }| FieldChange { name, old, new }).collect()
}

/// Which fields of subjects others have changed since an agency's machine last did, by the subjects' keys.
pub(crate) async fn changed_by_others(
    db: &impl ConnectionTrait,
    machine: Uuid,
    subjects: &[Uuid],
) -> Result<HashMap<Uuid, HashSet<String>>, Error> {
    let told: Vec<(Uuid, Option<Uuid>, Value)> = Log::find()
        .select_only()
        .columns([Column::SubjectId, Column::AgencyClientId, Column::Fields])
        .filter(Column::SubjectId.is_in(subjects.iter().copied()))
        .order_by_desc(Column::Sequence)
        .into_tuple()
        .all(db)
        .await?;
    let (mut fields, mut own) = (HashMap::<Uuid, HashSet<String>>::new(), HashSet::new());
    for (subject, by, written) in told {
        if by == Some(machine) {
            own.insert(subject);
        } else if !own.contains(&subject) {
            fields.entry(subject).or_default().extend(fields_in(&written).into_iter().map(|field| field.name));
        }
    }
    Ok(fields)
}
