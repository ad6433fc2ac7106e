//! `balai doctor`.
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use entity::{reference_record, vocabulary::SubjectKind};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, Statement,
};

use super::{Failure, output::say, prepare};
use crate::{
    changes,
    config::Settings,
    db::Location,
    http::{graphiql_is_complete, identity},
};

/// How long a service that runs already has to say that it is ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// What has been found so far.
struct Report {
    healthy: bool,
    /// Whether what is only advised against fails, too.
    strict: bool,
}

impl Report {
    fn fails(&mut self, what: &str, advice: &str) {
        self.healthy = false;
        say(&format!("FAIL  {what}: {advice}"));
    }

    fn advises(&mut self, what: &str, advice: &str) {
        if self.strict { self.fails(what, advice) } else { say(&format!("warn  {what}: {advice}")) }
    }

    fn check(&mut self, is_fine: bool, what: &str, advice: &str) {
        if is_fine { fine(what) } else { self.fails(what, advice) }
    }
}

fn fine(what: &str) {
    say(&format!("ok    {what}"));
}

/// Checks what a start needs, a line each, changes nothing, and fails if something has to be done.
pub(super) async fn doctor(settings: &Settings, strict: bool) -> Result<(), Failure> {
    let mut report = Report { healthy: true, strict };
    let location = settings.location()?;
    fine(&format!("settings: data in {}, listening on {}", location.name(), settings.listen));
    address(settings.listen, &mut report);
    if let Some(folder) = &settings.graphiql_dir {
        let advice = "run `sh api/pages/graphiql/bundle.sh DIR` and set BALAI_GRAPHIQL_DIR=DIR";
        report.check(graphiql_is_complete(folder), &format!("GraphiQL's files are in {}", folder.display()), advice);
    }
    if let Some(provider) = identity(settings, settings.listen).map_err(Failure::new)?.provider {
        match provider.fetch().await {
            Ok(keys) => fine(&format!("the identity provider tells {} keys that can be used", keys.keys.len())),
            Err(cause) => {
                let advice = format!("{cause}; set BALAI_OIDC_ISSUER to the issuer as its tokens write it");
                report.fails("the identity provider tells its keys", &advice);
            }
        }
    }
    match &location {
        Location::File(file) if !file.exists() => fine("there is no database yet: `balai serve` makes it"),
        _ => match prepare::open(&location).await {
            Err(error) => report.fails("the database answers", &error.to_string()),
            Ok(db) => database(&db, &mut report).await?,
        },
    }
    if report.healthy {
        Ok(())
    } else {
        Err(Failure::new("something has to be done: see the lines that begin with FAIL"))
    }
}

/// The address is free, or Balai itself answers there.
fn address(listen: SocketAddr, report: &mut Report) {
    match TcpListener::bind(listen) {
        Ok(_) => fine(&format!("address {listen} is free")),
        Err(_) if is_ready(listen) => fine(&format!("Balai runs on {listen} and is ready")),
        Err(cause) => {
            let advice = format!("{cause}; stop what uses it, or set BALAI_LISTEN to another address");
            report.fails(&format!("address {listen} is free"), &advice);
        }
    }
}

/// Whether the service that listens there says that it is ready.
fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
        let mut said = String::new();
        stream.take(4096).read_to_string(&mut said)?;
        Ok(said)
    };
    ask().is_ok_and(|said| said.ends_with("\r\n\r\nready\n"))
}

async fn database(db: &DatabaseConnection, report: &mut Report) -> Result<(), Failure> {
    let backend = db.get_database_backend();
    let (name, version) = match backend {
        DbBackend::Postgres => ("PostgreSQL", "SELECT current_setting('server_version') AS version"),
        _ => ("SQLite", "SELECT sqlite_version() AS version"),
    };
    let row = db.query_one_raw(Statement::from_string(backend, version)).await?;
    let version: String = row.map(|row| row.try_get("", "version")).transpose()?.unwrap_or_default();
    fine(&format!("the database answers: {name} {version}"));

    let all = Migrator::migrations().len();
    let pending = match Migrator::get_pending_migrations_read_only(db).await {
        Ok(pending) => pending.len(),
        Err(cause) => {
            report.fails("the schema is one of this release", &Failure::from(cause).to_string());
            return Ok(());
        }
    };
    let advice = format!("{pending} of {all} changes are pending: run `balai migrate`");
    report.check(pending == 0, "the schema is up to date", &advice);
    if pending == 0 {
        let shipped = reference_record::Column::Kind.ne(SubjectKind::Policymaker);
        let records = reference_record::Entity::find().filter(shipped).count(db).await?;
        report.check(records > 0, &format!("reference data: {records} records"), "none is loaded: run `balai seed`");
        log(db, report).await?;
    }
    Ok(())
}

/// The log is in an epoch of this database, and the role can add to it alone.
async fn log(db: &DatabaseConnection, report: &mut Report) -> Result<(), Failure> {
    const KEPT: &str = "the service cannot change the log's entries";
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let advice = "it was restored, or is a copy: run `balai migrate` under the role that owns the tables";
    report.check(!changes::is_foreign(db).await?, "the log is in an epoch of this database", advice);
    if changes::owns_log(db).await? {
        let advice =
            "its role owns them; make one for the service alone, as the operators' guide says, with `balai grant`";
        report.advises(KEPT, advice);
        return Ok(());
    }
    let much = changes::too_much(db).await?.join(", ");
    let advice = |what: &str| format!("{what}; run `balai grant` for it under the role that owns the tables");
    report.check(much.is_empty(), KEPT, &advice(&format!("its role has {much}")));
    let little = changes::too_little(db).await?.join(", ");
    let lacks = format!("its role lacks what it needs of {little}");
    report.check(little.is_empty(), "the service can use its tables", &advice(&lacks));
    Ok(())
}
