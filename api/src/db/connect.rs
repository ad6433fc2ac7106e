//! Opening the database: SQLite in a file, or PostgreSQL.
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use log::LevelFilter;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbErr, metric::Info, sqlx};
use url::Url;

/// How long a connection may be busy with somebody else's write (SQLite), or a command waits for one.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// How long a request waits for a connection: whoever asks is told within two seconds that there is none.
const BRIEF: Duration = Duration::from_millis(1_500);
/// How many connections a worker has at most.
pub(super) const CONNECTIONS: u32 = 4;
/// A statement that takes this long is logged, without its parameters.
const SLOW: Duration = Duration::from_secs(1);
/// A connection that lay idle for this long is tested before it is used.
const IDLE: Duration = Duration::from_secs(30);

/// After how many steps of its machine SQLite asks whether to go on: about every tenth of a millisecond.
const STEPS: i32 = 10_000;

/// Hears of every statement.
pub type Listener = Arc<dyn Fn(&Info<'_>) + Send + Sync>;

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL server, by its URL.
    Server(Url),
}

/// What a pool of connections is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Commands that change the schema or load data: one connection.
    Exclusive,
    /// Answering requests: as many connections as a worker needs, opened when first needed.
    ///
    /// A statement may take this long: the database ends it then.
    Shared(Option<Duration>),
}

impl Location {
    /// What to call the place in a message: never with a password.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Server(url) => {
                let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                format!("PostgreSQL at {}{port}{}", url.host_str().unwrap_or_default(), url.path())
            }
        }
    }

    /// Opens a pool of connections; `on_statement` hears of every statement.
    ///
    /// # Errors
    ///
    /// If the URL cannot be read or, with [`Access::Exclusive`], the database cannot be reached.
    pub async fn open(&self, access: Access, on_statement: Option<Listener>) -> Result<DatabaseConnection, DbErr> {
        let mut options = ConnectOptions::new(match self {
            // A path may have signs that mean something in a URL: it is set below.
            Self::File(_) => "sqlite://balai.db",
            Self::Server(url) => url.as_str(),
        });
        let file = match self {
            Self::File(path) => path.clone(),
            Self::Server(_) => PathBuf::new(),
        };
        let exclusive = access == Access::Exclusive;
        let patience = if exclusive { PATIENCE } else { BRIEF };
        let longest = match access {
            Access::Shared(longest) => longest,
            Access::Exclusive => None,
        };
        // PostgreSQL's own word for no end is 0.
        let timeout = longest.unwrap_or_default().as_millis().to_string();
        options
            .map_sqlx_postgres_opts(move |options| {
                options.application_name("balai").options([("statement_timeout", timeout.as_str())])
            })
            .sqlx_logging_level(LevelFilter::Debug)
            .sqlx_slow_statements_logging_settings(LevelFilter::Warn, SLOW)
            .acquire_timeout(patience)
            .connect_timeout(patience)
            .test_before_acquire_if_idle_for(IDLE)
            .max_connections(if exclusive { 1 } else { CONNECTIONS })
            .connect_lazy(!exclusive)
            .map_sqlx_sqlite_opts(move |options| {
                options
                    .filename(&file)
                    .create_if_missing(true)
                    .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                    // What was acknowledged outlives a loss of power, too.
                    .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                    .foreign_keys(true)
                    // What is deleted is overwritten: somebody may have asked to be forgotten.
                    .pragma("secure_delete", "ON")
                    .busy_timeout(PATIENCE)
            });
        if let Some(longest) = longest {
            options
                .map_sqlx_sqlite_pool_opts(move |options| {
                    options.after_connect(move |connection, _| Box::pin(end_after(connection, longest)))
                })
                .map_sqlx_sqlite_before_acquire(move |connection, _| {
                    Box::pin(async move { end_after(connection, longest).await.map(|()| true) })
                });
        }
        let mut db = Database::connect(options).await?;
        if let Some(hear) = on_statement {
            db.set_metric_callback(move |info| hear(info));
        }
        if exclusive {
            db.execute_unprepared("SELECT 1").await?;
        }
        Ok(db)
    }
}

/// Has SQLite end what the connection runs when it has been in use for this long: by itself it runs a statement until its
/// next row, also when nobody waits for it any more.
async fn end_after(connection: &mut sqlx::SqliteConnection, longest: Duration) -> Result<(), sqlx::Error> {
    let since = Instant::now();
    connection.lock_handle().await?.set_progress_handler(STEPS, move || since.elapsed() < longest);
    Ok(())
}
