//! Making a database ready: its folder, its schema, its reference data.
use std::{fs::File, io::IsTerminal as _, path::Path};

use indicatif::{ProgressBar, ProgressStyle};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend};

use super::{Failure, demo, output::say};
use crate::{
    changes::{self, Epoch},
    clock::Clock,
    config::{Settings, own_folder},
    db::{Access, Location, change},
    reference::{Loaded, Release, load, load_demo},
};

/// What replicas that start together take turns by on PostgreSQL: an advisory lock, of which the number is our own.
const TAKE_TURN: &str = "SELECT pg_advisory_lock(108170569672960)";

/// Opens the database with one connection.
pub(super) async fn open(location: &Location) -> Result<DatabaseConnection, Failure> {
    location.open(Access::Exclusive, None).await.map_err(|cause| {
        tracing::debug!(%cause, "cannot open the database");
        let advice = match location {
            Location::File(_) if cause.to_string().contains("not a database") => {
                "the file is something else; move it away, or set BALAI_DATA_DIR"
            }
            Location::File(_) => "see that the file and its folder can be written, or set BALAI_DATA_DIR",
            Location::Server(_) => {
                "see that the server runs and that DATABASE_URL names its host, user, password and database"
            }
        };
        Failure::new(format!("cannot reach the database {}; {advice}", location.name()))
    })
}

/// A connection with which this process, and no other, prepares the database. Replicas that start together would otherwise
/// make the same tables and rows.
pub(super) struct Turn {
    pub(super) db: DatabaseConnection,
    /// Locked while it is open (embedded). PostgreSQL's lock goes with the connection that took it.
    _lock: Option<File>,
}

/// Waits for this process's turn, and opens the database.
pub(super) async fn turn(location: &Location) -> Result<Turn, Failure> {
    // Opening an SQLite file may already change it.
    let lock = match location {
        Location::Server(_) => None,
        Location::File(file) => Some(locked(&folder_of(file)?.join("balai.lock"))?),
    };
    let db = open(location).await?;
    if lock.is_none() {
        db.execute_unprepared(TAKE_TURN).await?;
    }
    Ok(Turn { db, _lock: lock })
}

fn locked(path: &Path) -> Result<File, Failure> {
    File::create(path).and_then(|lock| lock.lock().map(|()| lock)).map_err(|cause| {
        let place = path.display();
        Failure::new(format!("cannot lock {place}: {cause}; set BALAI_DATA_DIR to a folder that can be written"))
    })
}

/// The folder of an embedded database, which is made if it is not there.
fn folder_of(file: &Path) -> Result<&Path, Failure> {
    let folder = file.parent().unwrap_or(Path::new("."));
    own_folder(folder).map_err(|cause| {
        let place = folder.display();
        Failure::new(format!("cannot make the folder {place}: {cause}; set BALAI_DATA_DIR to one that can be written"))
    })?;
    Ok(folder)
}

/// Brings the schema up to date, and the log's epoch: how many changes of the schema there were.
pub(super) async fn migrate(turn: &Turn) -> Result<usize, Failure> {
    let pending = bring_up_to_date(turn).await?;
    settle(turn).await?;
    Ok(pending)
}

/// Brings the schema up to date: how many changes there were. Where there are none, nothing is written: the service's role
/// need not own the tables.
pub(super) async fn bring_up_to_date(turn: &Turn) -> Result<usize, Failure> {
    let pending = Migrator::get_pending_migrations_read_only(&turn.db).await?.len();
    if pending > 0 {
        Migrator::up(&turn.db, None).await?;
    }
    Ok(pending)
}

/// Has the log be in an epoch of this database.
pub(super) async fn settle(turn: &Turn) -> Result<(), Failure> {
    match changes::settle(&turn.db).await? {
        Epoch::Ours => Ok(()),
        Epoch::Begun => {
            tracing::info!("the log is in an epoch of this database now");
            Ok(())
        }
        Epoch::Foreign => Err(Failure::new(
            "this database is a copy of another one, or was restored, and the role in DATABASE_URL may only add to the \
             log: run `balai migrate` once under the role that owns the tables",
        )),
    }
}

/// Sees that the service may use its tables, under a role that does not own them (PostgreSQL).
pub(super) async fn can_serve(turn: &Turn) -> Result<(), Failure> {
    if turn.db.get_database_backend() != DbBackend::Postgres || changes::owns_log(&turn.db).await? {
        return Ok(());
    }
    let little = changes::too_little(&turn.db).await?.join(", ");
    if little.is_empty() {
        return Ok(());
    }
    let advice = "run `balai grant` for it under the role that owns the tables";
    Err(Failure::new(format!("the service's role lacks what it needs of {little}; {advice}")))
}

/// Loads the reference data.
pub(super) async fn load_reference(turn: &Turn, clock: &Clock) -> Result<Loaded, Failure> {
    Ok(load(&turn.db, &Release::shipped()?, clock, progress("loading reference data")).await?)
}

/// A progress bar, on a terminal.
fn progress(what: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::no_length().with_style(style).with_message(what)
}

/// `balai seed`.
pub(super) async fn seed(settings: &Settings, demo: bool, clock: &Clock) -> Result<(), Failure> {
    let location = settings.location()?;
    let turn = turn(&location).await?;
    migrate(&turn).await?;
    tell(&location, "reference data", load_reference(&turn, clock).await?);
    if demo {
        let checked = change(&turn.db).await?;
        demo::refuse_what_is_real(&checked).await?;
        checked.commit().await?;
        tell(&location, "demo people", load_demo(&turn.db, clock, progress("loading demo people")).await?);
        let made = change(&turn.db).await?;
        let lines = demo::accounts(&made, clock).await?;
        made.commit().await?;
        if !lines.is_empty() {
            say(&format!("{}: demo accounts, whose passwords are not shown again:", location.name()));
            for line in &lines {
                say(line);
            }
        }
    }
    Ok(())
}

fn tell(location: &Location, what: &str, loaded: Loaded) {
    let place = location.name();
    say(&if loaded.is_nothing() {
        format!("{place}: {what}: up to date")
    } else {
        format!("{place}: {what}: {loaded}")
    });
}
