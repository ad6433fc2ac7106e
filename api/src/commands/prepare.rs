//! Making a database ready: its folder, its schema, its reference data.
use std::{io::IsTerminal as _, path::Path};

use indicatif::{ProgressBar, ProgressStyle};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend};

use super::{Failure, output::say};
use crate::{
    clock::Clock,
    config::Settings,
    db::{Access, Location},
    reference::{Loaded, Release, load, load_demo},
};

/// What several starting replicas take turns by (PostgreSQL's advisory lock); the number is our own.
const TURN: i64 = 0x6261_6c61_6900;

/// Opens the database, making the folder of an embedded one.
pub(super) async fn open(location: &Location, access: Access) -> Result<DatabaseConnection, Failure> {
    if let Location::File(file) = location {
        let folder = file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|cause| {
            Failure::new(format!(
                "cannot make the folder {}: {cause}; set BALAI_DATA_DIR to one that can be written",
                folder.display()
            ))
        })?;
    }
    location.open(access, None).await.map_err(|cause| {
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

/// Brings the schema up to date. Replicas that start together take turns.
pub(super) async fn migrate(db: &DatabaseConnection) -> Result<(), Failure> {
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared(&format!("SELECT pg_advisory_lock({TURN})")).await?;
    }
    let migrated = Migrator::up(db, None).await;
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared(&format!("SELECT pg_advisory_unlock({TURN})")).await?;
    }
    Ok(migrated?)
}

/// Loads the reference data.
pub(super) async fn load_reference(db: &DatabaseConnection, clock: &Clock) -> Result<Loaded, Failure> {
    Ok(load(db, &Release::shipped()?, clock, progress("loading reference data")).await?)
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
    let db = open(&location, Access::Exclusive).await?;
    migrate(&db).await?;
    tell(&location, "reference data", load_reference(&db, clock).await?);
    if demo {
        tell(&location, "demo people", load_demo(&db, clock, progress("loading demo people")).await?);
    }
    Ok(())
}

fn tell(location: &Location, what: &str, Loaded { added, renewed }: Loaded) {
    let place = location.name();
    say(&if added + renewed == 0 {
        format!("{place}: {what}: up to date")
    } else {
        format!("{place}: {what}: {added} records added, {renewed} renewed")
    });
}
