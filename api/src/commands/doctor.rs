//! `balai doctor`.
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait as _, PaginatorTrait as _, Statement};

use super::{Failure, prepare};
use crate::{
    config::Settings,
    db::{Access, Location},
    http::graphiql_is_complete,
};

/// Checks what a start needs, a line each, and fails if something has to be done.
pub(super) async fn doctor(settings: &Settings) -> Result<(), Failure> {
    let mut healthy = true;
    let mut tell = |fine: bool, what: &str, advice: &str| {
        healthy &= fine;
        println!(
            "{}  {what}{}",
            if fine { "ok  " } else { "FAIL" },
            if fine { String::new() } else { format!(": {advice}") }
        );
    };
    let location = settings.location()?;
    tell(true, &format!("settings: data in {}, listening on {}", location.name(), settings.listen), "");

    let listening = std::net::TcpListener::bind(settings.listen);
    let reason = listening.as_ref().err().map(ToString::to_string).unwrap_or_default();
    tell(
        listening.is_ok(),
        &format!("address {} is free", settings.listen),
        &format!("{reason}; if it is not Balai itself that runs there, set BALAI_LISTEN"),
    );

    if let Some(folder) = &settings.graphiql_dir {
        let advice = "run `sh api/pages/graphiql/bundle.sh DIR` and set BALAI_GRAPHIQL_DIR=DIR";
        tell(graphiql_is_complete(folder), &format!("GraphiQL's files are in {}", folder.display()), advice);
    }

    if let Location::File(file) = &location
        && !file.exists()
    {
        tell(true, "there is no database yet: `balai serve` makes it", "");
    } else {
        match prepare::open(&location, Access::Exclusive).await {
            Err(error) => tell(false, "the database answers", &error.to_string()),
            Ok(db) => database(&db, &mut tell).await?,
        }
    }
    if healthy { Ok(()) } else { Err(Failure::new("something has to be done: see the lines that begin with FAIL")) }
}

async fn database(db: &DatabaseConnection, tell: &mut impl FnMut(bool, &str, &str)) -> Result<(), Failure> {
    let version = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT current_setting('server_version') AS version",
        _ => "SELECT sqlite_version() AS version",
    };
    let version: String = match db.query_one_raw(Statement::from_string(db.get_database_backend(), version)).await? {
        Some(row) => row.try_get("", "version")?,
        None => String::new(),
    };
    tell(true, &format!("the database answers: {:?} {version}", db.get_database_backend()), "");

    let pending = match Migrator::get_pending_migrations(db).await {
        Ok(pending) => pending.len(),
        Err(cause) => {
            tell(false, "the schema can be read", &format!("{cause}; is this another program's database?"));
            return Ok(());
        }
    };
    tell(pending == 0, "the schema is up to date", &format!("{pending} changes are pending: run `balai migrate`"));
    if pending == 0 {
        let records = entity::reference_record::Entity::find().count(db).await?;
        tell(records > 0, &format!("reference data: {records} records"), "none is loaded: run `balai seed`");
    }
    Ok(())
}
