//! A worker's connections, taken in turns.
use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
    sqlx::{self, Row as _},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use uuid::Uuid;

use super::{
    connect::{CONNECTIONS, PATIENCE},
    logged::told_by,
    made_of::MadeOf,
    moves::Moves,
    once::Once,
    tables::{Tables, Touch, touch},
};
use crate::error::Error;

/// How often it is tried to empty SQLite's write-ahead log, and how long it is waited in between.
const TRIES: u32 = 600;
const BETWEEN: Duration = Duration::from_secs(1);

/// The connections of a worker. A statement waits for its turn here for as long as its request may take, so that what
/// the pool waits for is the database alone: when that takes long, the database is away, and not busy.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    pool: DatabaseConnection,
    free: Arc<Semaphore>,
    repeatable: Option<Arc<Repeatable>>,
    moves: Arc<Moves>,
    made_of: Option<Arc<MadeOf>>,
}

/// A request under a key: its change is done once.
#[derive(Debug)]
struct Repeatable {
    once: Once,
    /// What was changed when it was answered before.
    done: Option<Uuid>,
}

impl Turns {
    /// Those of a pool; what is written over them is told to `moves`.
    pub(crate) fn of(pool: DatabaseConnection, moves: Arc<Moves>) -> Self {
        Self { pool, free: Arc::new(Semaphore::new(CONNECTIONS as usize)), repeatable: None, moves, made_of: None }
    }

    /// The same connections, for an answer of which it is noted what it is made of.
    pub(crate) fn noting(&self, made_of: Arc<MadeOf>) -> Self {
        Self { made_of: Some(made_of), ..self.clone() }
    }

    /// What the answer is made of so far, if it is noted.
    pub(crate) fn made_of(&self) -> Option<&MadeOf> {
        self.made_of.as_deref()
    }

    /// The same connections, for a request whose change is done once; with what was changed, if it was done before.
    pub(crate) fn once(&self, once: Once, done: Option<Uuid>) -> Self {
        Self { repeatable: Some(Arc::new(Repeatable { once, done })), ..self.clone() }
    }

    /// The same connections, for what is written beside the request's change.
    pub(crate) fn plain(&self) -> Self {
        Self { repeatable: None, ..self.clone() }
    }

    /// What was changed when this request was answered before.
    pub(crate) fn done(&self) -> Option<Uuid> {
        self.repeatable.as_ref()?.done
    }

    /// Begins a change: all of it is done when it is committed, or nothing.
    pub(crate) async fn change(&self) -> Result<Change, Error> {
        if self.done().is_some() {
            return Err(Error::internal("what was done before is done again"));
        }
        let turn = Arc::clone(&self.free).acquire_owned().await.map_err(|cause| DbErr::Custom(cause.to_string()))?;
        let transaction = change(&self.pool).await?;
        if let Some(repeatable) = &self.repeatable
            && !repeatable.once.claim(&transaction).await?
        {
            return Err(Error::InProgress);
        }
        let writing = Writing { transaction, written: AtomicU32::default(), told: AtomicU32::default() };
        Ok(Change { writing, repeatable: self.repeatable.clone(), moves: Arc::clone(&self.moves), _turn: turn })
    }

    /// Whether the request's change is done once: then it is one change.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.repeatable.is_some()
    }

    /// Begins a change that is dropped in the end: what would come of it, also of one that was done before.
    pub(crate) async fn rehearsal(&self) -> Result<Change, Error> {
        Self { repeatable: None, ..self.clone() }.change().await
    }

    /// Has SQLite bring what was written to the database's file, so that what was erased is in no other one. While readers
    /// that are under way keep it from that, it is tried again.
    pub(crate) fn write_back(&self) {
        if self.get_database_backend() == DbBackend::Sqlite {
            let turns = self.clone();
            tokio::spawn(async move {
                let mut again = tokio::time::interval(BETWEEN);
                for _ in 0..TRIES {
                    again.tick().await;
                    if turns.is_written_back().await.unwrap_or_default() {
                        return;
                    }
                }
                tracing::warn!(
                    "the write-ahead log could not be emptied after an erasure: it is when the service starts"
                );
            });
        }
    }

    /// Whether the write-ahead log is empty now. It is not waited for readers: nobody else could write meanwhile.
    async fn is_written_back(&self) -> Result<bool, DbErr> {
        let _turn = self.turn().await?;
        let pool = self.pool.get_sqlite_connection_pool();
        let mut connection = pool.acquire().await.map_err(of_driver)?;
        sqlx::query("PRAGMA busy_timeout = 0").execute(&mut *connection).await.map_err(of_driver)?;
        let told = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await;
        let patience = format!("PRAGMA busy_timeout = {}", PATIENCE.as_millis());
        sqlx::query(sqlx::AssertSqlSafe(patience)).execute(&mut *connection).await.map_err(of_driver)?;
        Ok(told.is_ok_and(|row| row.try_get::<i32, _>(0).is_ok_and(|busy| busy == 0)))
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, DbErr> {
        self.free.acquire().await.map_err(|cause| DbErr::Custom(cause.to_string()))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what errors are mapped with")]
fn of_driver(cause: sqlx::Error) -> DbErr {
    DbErr::Custom(cause.to_string())
}

/// Begins a transaction that writes. SQLite is told so from the start: a reader that turns into a writer would fail where
/// another one has written meanwhile.
pub(crate) async fn change(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    db.begin_with_options(options).await
}

/// A change that is under way. Dropped without being committed, it never was.
pub(crate) struct Change {
    writing: Writing,
    repeatable: Option<Arc<Repeatable>>,
    moves: Arc<Moves>,
    _turn: OwnedSemaphorePermit,
}

/// The transaction of a change, which notes what is written.
pub(crate) struct Writing {
    transaction: DatabaseTransaction,
    written: AtomicU32,
    /// What the log was told so far.
    told: AtomicU32,
}

impl Change {
    /// Has it be done. Under a key it is not: what is not told cannot be answered again.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        if self.repeatable.is_some() {
            return Err(Error::internal("a change under a key does not tell what it changes"));
        }
        self.end().await
    }

    /// Has it be done, to this subject, which a repetition of the request is answered with.
    pub(crate) async fn commit_to(self, subject: Uuid) -> Result<(), Error> {
        if let Some(repeatable) = &self.repeatable {
            repeatable.once.keep(&self.transaction, subject).await?;
        }
        self.end().await
    }

    async fn end(self) -> Result<(), Error> {
        let Self { writing: Writing { transaction, written, told }, moves, .. } = self;
        let [written, told] = [written, told].map(|tables| Tables::from_bits(tables.into_inner()));
        debug_assert!(written.logged().is_within(told), "{written:?} were written, and the log tells of {told:?}");
        let _told = Told { moves, written };
        Ok(transaction.commit().await?)
    }
}

/// Tells what was written once it may be done: also if that is not known, or nobody waits for it any more.
struct Told {
    moves: Arc<Moves>,
    written: Tables,
}

impl Drop for Told {
    fn drop(&mut self) {
        self.moves.moved(self.written);
    }
}

impl Deref for Change {
    type Target = Writing;

    fn deref(&self) -> &Writing {
        &self.writing
    }
}

impl Writing {
    fn note(&self, written: Tables, told: Tables) {
        self.written.fetch_or(written.bits(), Ordering::Relaxed);
        self.told.fetch_or(told.bits(), Ordering::Relaxed);
    }
}

/// What a statement does, and what it tells the log of: that is looked at where it is tested.
fn touched(statement: &Statement) -> (Touch, Tables) {
    let told = if cfg!(debug_assertions) { told_by(statement) } else { Tables::NONE };
    (touch(&statement.sql), told)
}

#[async_trait::async_trait]
impl ConnectionTrait for Writing {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (touch, told) = touched(&statement);
        let done = self.transaction.execute_raw(statement).await?;
        self.note(touch.written(done.rows_affected()), told);
        Ok(done)
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.note(Tables::ALL_LOGGED, Tables::NONE);
        self.transaction.execute_unprepared(text).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (touch, told) = touched(&statement);
        let found = self.transaction.query_one_raw(statement).await?;
        self.note(touch.written(found.iter().len() as u64), told);
        Ok(found)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (touch, told) = touched(&statement);
        let found = self.transaction.query_all_raw(statement).await?;
        self.note(touch.written(found.len() as u64), told);
        Ok(found)
    }
}

impl Turns {
    /// What a statement does; what it reads is noted, where that is noted.
    fn note(&self, statement: &Statement) -> Touch {
        if let Some(made_of) = &self.made_of {
            made_of.note(statement);
        }
        touch(&statement.sql)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Turns {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let _turn = self.turn().await?;
        let touch = self.note(&statement);
        let done = self.pool.execute_raw(statement).await?;
        self.moves.moved(touch.written(done.rows_affected()));
        Ok(done)
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        let _turn = self.turn().await?;
        let done = self.pool.execute_unprepared(text).await;
        self.moves.moved(Tables::ALL_LOGGED);
        done
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let _turn = self.turn().await?;
        let touch = self.note(&statement);
        let found = self.pool.query_one_raw(statement).await?;
        self.moves.moved(touch.written(found.iter().len() as u64));
        Ok(found)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let _turn = self.turn().await?;
        let touch = self.note(&statement);
        let found = self.pool.query_all_raw(statement).await?;
        self.moves.moved(touch.written(found.len() as u64));
        Ok(found)
    }
}
