//! How records are stored: new ones are added, untouched ones renewed.
use std::{
    collections::{HashMap, HashSet},
    str::FromStr as _,
};

use chrono::{DateTime, Utc};
use entity::{
    institution, name_key, reference_record, search_entry,
    vocabulary::{ChangeOperation, SubjectKind},
};
use indicatif::ProgressBar;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, PrimaryKeyTrait, QueryFilter as _, QuerySelect as _, SqlErr, TransactionTrait as _,
};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    changes::{Actor, Audience, Audiences, Entry, append_all},
    db::{Searchable, forget_names, has_slug, name_keys_of, reference_id, search_entry_of},
    domain::{institutions, policymakers::shown_anew},
    error::Error,
};

/// How many rows one statement inserts: PostgreSQL takes at most 65,535 parameters, SQLite 32,766.
const CHUNK: usize = 500;

/// What is written down of a record: what it is, what was done, the version since, and who could know of it.
type Told = ((SubjectKind, Uuid), ChangeOperation, Option<i32>, Audiences);

fn unwritten(cause: &Error) -> DbErr {
    DbErr::Custom(cause.to_string())
}

/// A record of a release.
#[derive(Debug)]
pub(super) struct Record<E: EntityTrait> {
    pub(super) id: Uuid,
    pub(super) digest: String,
    pub(super) row: E::ActiveModel,
    pub(super) search: Option<Searchable>,
}

/// The digest of what a release says of a record.
pub(super) fn digest(said: &impl Serialize) -> String {
    let said = serde_json::to_string(said).unwrap_or_default();
    reference_id("digest", &said).simple().to_string()
}

/// The transaction in which a release is stored, and what is known from earlier ones.
pub(super) struct Store<'t> {
    pub(super) db: &'t DatabaseTransaction,
    pub(super) now: DateTime<Utc>,
    pub(super) progress: ProgressBar,
    known: HashMap<Uuid, reference_record::Model>,
    /// Whether there was nothing before: nobody can have followed it.
    first: bool,
    pub(super) added: usize,
    pub(super) renewed: usize,
    pub(super) removed: usize,
    shipped: HashSet<Uuid>,
}

impl<'t> Store<'t> {
    pub(super) async fn open(
        db: &'t DatabaseTransaction,
        now: DateTime<Utc>,
        progress: ProgressBar,
    ) -> Result<Self, DbErr> {
        let records = reference_record::Entity::find().all(db).await?;
        let known: HashMap<_, _> = records.into_iter().map(|record| (record.subject_id, record)).collect();
        let first = known.is_empty();
        Ok(Self { db, now, progress, known, first, added: 0, renewed: 0, removed: 0, shipped: HashSet::new() })
    }

    /// What has been done so far, at the end.
    pub(super) fn loaded(&self) -> super::Loaded {
        self.progress.finish_and_clear();
        super::Loaded { added: self.added, renewed: self.renewed, removed: self.removed }
    }

    /// Stores the records of a kind, and says which of them were added or renewed.
    pub(super) async fn store<E>(&mut self, kind: SubjectKind, records: Vec<Record<E>>) -> Result<HashSet<Uuid>, DbErr>
    where
        E: EntityTrait,
        E::ActiveModel: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let mut stored = HashSet::new();
        let before = self.audiences(kind, records.iter().map(|record| record.id)).await?;
        let (mut new, mut marks, mut entries, mut keys) = (vec![], vec![], vec![], vec![]);
        for record in records {
            self.progress.inc(1);
            self.shipped.insert(record.id);
            let version = match self.known.get(&record.id) {
                None => 1,
                Some(known) if known.digest == record.digest => continue,
                Some(known) if self.version::<E>(record.id).await? == Some(known.version) => known.version + 1,
                Some(_) => continue,
            };
            let mut row = record.row;
            set::<E>(&mut row, "version", version.into());
            set::<E>(&mut row, "updated_at", self.now.into());
            if version == 1 {
                set::<E>(&mut row, "created_at", self.now.into());
                self.free_slug::<E>(&mut row).await?;
                new.push(row);
            } else {
                keep::<E>(&mut row, &["created_at", "published_at", "slug", "code"]);
                E::update(row).exec(self.db).await?;
                self.renewed += 1;
            }
            stored.insert(record.id);
            keys.extend(record.search.iter().flat_map(|search| name_keys_of(record.id, kind, &search.names)));
            entries.extend(record.search.map(|search| search_entry_of(record.id, kind, &search)));
            let known = reference_record::Model { subject_id: record.id, kind, digest: record.digest, version };
            marks.push(known.clone());
            self.known.insert(record.id, known);
        }
        self.added += new.len();
        insert::<E>(self.db, new).await?;
        delete_among::<search_entry::Entity>(self.db, search_entry::Column::SubjectId, &stored).await?;
        insert::<search_entry::Entity>(self.db, entries).await?;
        delete_among::<name_key::Entity>(self.db, name_key::Column::SubjectId, &stored).await?;
        insert::<name_key::Entity>(self.db, keys).await?;
        delete_among::<reference_record::Entity>(self.db, reference_record::Column::SubjectId, &stored).await?;
        insert::<reference_record::Entity>(self.db, marks.into_iter().map(IntoActiveModel::into_active_model)).await?;
        self.tell(kind, &stored, before).await?;
        Ok(stored)
    }

    /// Removes the records of a kind that earlier releases brought and this one does not, where nobody has changed them and
    /// nothing refers to them. To be called once all records are stored, for dependent kinds first.
    pub(super) async fn remove_dropped<E: EntityTrait>(&mut self, kind: SubjectKind) -> Result<(), DbErr>
    where
        E::PrimaryKey: PrimaryKeyTrait<ValueType = Uuid>,
    {
        let dropped: Vec<_> = self.known.values().filter(|known| known.kind == kind).cloned().collect();
        for known in dropped.into_iter().filter(|known| !self.shipped.contains(&known.subject_id)) {
            if self.version::<E>(known.subject_id).await? != Some(known.version) {
                continue;
            }
            let before = self.audiences(kind, [known.subject_id].into_iter()).await?;
            let attempt = self.db.begin().await?;
            match E::delete_by_id(known.subject_id).exec(&attempt).await {
                Ok(_) => attempt.commit().await?,
                Err(error) if matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))) => {
                    attempt.rollback().await?;
                    continue;
                }
                Err(error) => return Err(error),
            }
            let entries = search_entry::Entity::delete_many();
            entries.filter(search_entry::Column::SubjectId.eq(known.subject_id)).exec(self.db).await?;
            forget_names(self.db, known.subject_id).await?;
            reference_record::Entity::delete_by_id(known.subject_id).exec(self.db).await?;
            let audiences = Audiences { before: before.get(&known.subject_id).cloned(), after: None };
            self.log(vec![((kind, known.subject_id), ChangeOperation::Deleted, None, audiences)]).await?;
            self.removed += 1;
        }
        Ok(())
    }

    /// Who can know of these, if they are institutions; of other records that a release holds everybody can.
    async fn audiences(
        &self,
        kind: SubjectKind,
        keys: impl Iterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, Audience>, DbErr> {
        if kind != SubjectKind::Institution || self.first {
            return Ok(HashMap::new());
        }
        let rows = institution::Entity::find().filter(institution::Column::Id.is_in(keys)).all(self.db).await?;
        Ok(rows.iter().map(|row| (row.id, institutions::audience(row, None))).collect())
    }

    /// Writes down that these were added or renewed.
    async fn tell(
        &self,
        kind: SubjectKind,
        stored: &HashSet<Uuid>,
        before: HashMap<Uuid, Audience>,
    ) -> Result<(), DbErr> {
        let after = self.audiences(kind, stored.iter().copied()).await?;
        let told = stored.iter().filter_map(|key| {
            let version = self.known.get(key)?.version;
            let operation = if version == 1 { ChangeOperation::Created } else { ChangeOperation::Updated };
            let audiences = Audiences { before: before.get(key).cloned(), after: after.get(key).cloned() };
            Some(((kind, *key), operation, Some(version), audiences))
        });
        self.log(told.collect()).await?;
        if kind == SubjectKind::Institution && !self.first {
            let renewed: Vec<Uuid> = stored.iter().filter(|key| before.contains_key(key)).copied().collect();
            shown_anew(self.db, &renewed, (Actor::Nobody, self.now)).await.map_err(|cause| unwritten(&cause))?;
        }
        Ok(())
    }

    /// Writes changes down, as everybody's are, unless there was nothing before.
    async fn log(&self, told: Vec<Told>) -> Result<(), DbErr> {
        if self.first {
            return Ok(());
        }
        let entry = |(subject, operation, version, audiences)| {
            (Entry { subject, operation, version, fields: vec![], reason: None }, audiences)
        };
        append_all(self.db, Actor::Nobody, self.now, told.into_iter().map(entry).collect())
            .await
            .map_err(|cause| unwritten(&cause))
    }

    /// The version of a row now, if it is there.
    async fn version<E: EntityTrait>(&self, id: Uuid) -> Result<Option<i32>, DbErr> {
        let (Ok(key), Ok(version)) = (E::Column::from_str("id"), E::Column::from_str("version")) else {
            return Ok(None);
        };
        E::find().select_only().column(version).filter(key.eq(id)).into_tuple().one(self.db).await
    }

    /// Gives a new row another readable key, with a number behind it, where somebody has taken its own.
    async fn free_slug<E>(&self, row: &mut E::ActiveModel) -> Result<(), DbErr>
    where
        E: EntityTrait,
        E::ActiveModel: ActiveModelTrait<Entity = E>,
    {
        let Ok(column) = E::Column::from_str("slug").or_else(|_| E::Column::from_str("code")) else { return Ok(()) };
        let Some(sea_orm::Value::String(Some(slug))) = row.get(column).into_value() else { return Ok(()) };
        let mut free = slug.clone();
        for number in 2.. {
            if !has_slug::<E>(self.db, column, &free).await? {
                break;
            }
            free = format!("{slug}-{number}");
        }
        row.set(column, free.into());
        Ok(())
    }

    /// The keys of records of earlier releases that are not in their table any more: somebody deleted them.
    pub(super) async fn gone<E: EntityTrait>(&self, kind: SubjectKind) -> Result<HashSet<Uuid>, DbErr> {
        let present = self.present::<E>().await?;
        let known = self.known.values().filter(|known| known.kind == kind).map(|known| known.subject_id);
        Ok(known.filter(|key| !present.contains(key)).collect())
    }

    /// The keys in a table.
    pub(super) async fn present<E: EntityTrait>(&self) -> Result<HashSet<Uuid>, DbErr> {
        let Ok(key) = E::Column::from_str("id") else { return Ok(HashSet::new()) };
        let keys: Vec<Uuid> = E::find().select_only().column(key).into_tuple().all(self.db).await?;
        Ok(keys.into_iter().collect())
    }
}

fn set<E>(row: &mut E::ActiveModel, column: &str, value: sea_orm::Value)
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    if let Ok(column) = E::Column::from_str(column) {
        row.set(column, value);
    }
}

fn keep<E>(row: &mut E::ActiveModel, columns: &[&str])
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    for column in columns.iter().filter_map(|column| E::Column::from_str(column).ok()) {
        row.not_set(column);
    }
}

/// Inserts rows, many at a time.
pub(super) async fn insert<E>(
    db: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = E::ActiveModel>,
) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        E::insert_many(rows.by_ref().take(CHUNK)).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Deletes the rows whose column holds one of these keys.
pub(super) async fn delete_among<E: EntityTrait>(
    db: &impl ConnectionTrait,
    column: E::Column,
    keys: &HashSet<Uuid>,
) -> Result<(), DbErr> {
    let keys: Vec<Uuid> = keys.iter().copied().collect();
    for keys in keys.chunks(CHUNK) {
        E::delete_many().filter(column.is_in(keys.iter().copied())).exec(db).await?;
    }
    Ok(())
}
