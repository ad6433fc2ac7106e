//! What is done once, however often it is asked for: under a key, which is kept with what was changed for a day.
use chrono::{DateTime, TimeDelta, Utc};
use entity::idempotency_key::{ActiveModel, Column, Entity};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Set, Statement,
    sea_query::{LockBehavior, LockType, OnConflict},
};
use uuid::Uuid;

/// For how long a key is kept.
const KEPT: TimeDelta = TimeDelta::days(1);
/// How many keys that are kept no more are forgotten with each that is added, at most.
const FORGOTTEN: u64 = 100;

/// What tells a request under a key from others.
#[derive(Clone, Debug)]
pub(crate) struct Once {
    /// The hash of who asks and of the key.
    pub(crate) key: String,
    /// The hash of all that is asked.
    pub(crate) request: String,
    /// When it is asked.
    pub(crate) now: DateTime<Utc>,
}

/// Whether a key was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// It was not, or too long ago.
    Never,
    /// It was, for the same: this was changed.
    Same(Uuid),
    /// It was, for something else.
    Other,
}

impl Once {
    /// Whether the key was used before.
    pub(crate) async fn before(&self, db: &impl ConnectionTrait) -> Result<Before, DbErr> {
        let row = Entity::find_by_id(&self.key).filter(Column::CreatedAt.gt(self.now - KEPT)).one(db).await?;
        Ok(match row {
            None => Before::Never,
            Some(row) if row.request == self.request => Before::Same(row.subject_id),
            Some(_) => Before::Other,
        })
    }

    /// Takes the key for a change that begins: false, if another has it, or has used it meanwhile. `SQLite` has one writer
    /// at a time.
    pub(super) async fn claim(&self, change: &impl ConnectionTrait) -> Result<bool, DbErr> {
        if change.get_database_backend() == DbBackend::Postgres {
            let take = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))";
            let take = Statement::from_sql_and_values(DbBackend::Postgres, take, [self.key.as_str().into()]);
            let taken = change.query_one_raw(take).await?.map(|row| row.try_get_by_index::<bool>(0)).transpose()?;
            if taken != Some(true) {
                return Ok(false);
            }
        }
        Ok(self.before(change).await? == Before::Never)
    }

    /// Keeps the key with what was changed, in the transaction that changes it.
    pub(super) async fn keep(&self, change: &impl ConnectionTrait, subject: Uuid) -> Result<(), DbErr> {
        let row = ActiveModel {
            hash: Set(self.key.clone()),
            request: Set(self.request.clone()),
            subject_id: Set(subject),
            created_at: Set(self.now),
        };
        // A row of this key is one that was kept for long enough.
        let anew = OnConflict::column(Column::Hash)
            .update_columns([Column::Request, Column::SubjectId, Column::CreatedAt])
            .to_owned();
        Entity::insert(row).on_conflict(anew).exec_without_returning(change).await?;
        // Those that another change forgets just now are left to it: neither waits for the other.
        let old = Entity::find()
            .select_only()
            .column(Column::Hash)
            .filter(Column::CreatedAt.lte(self.now - KEPT))
            .order_by_asc(Column::CreatedAt)
            .limit(FORGOTTEN)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_query();
        Entity::delete_many().filter(Column::Hash.in_subquery(old)).exec(change).await?;
        Ok(())
    }
}
