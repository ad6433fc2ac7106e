//! A database for each test: a copy of one that is migrated and filled once.
use std::sync::OnceLock;

use api::{
    clock::Clock,
    db::{Access, Location},
    reference::{Release, load, load_demo},
};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;
use uuid::Uuid;

use crate::{Grant, accounts::account, now, postgres};

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The embedded one.
    Sqlite,
    /// The server.
    Postgres,
}

/// The kinds of databases that this machine has. Where `TEST_BACKENDS` names them, all of them must be there.
pub fn backends() -> &'static [Backend] {
    static BACKENDS: OnceLock<Vec<Backend>> = OnceLock::new();
    BACKENDS.get_or_init(|| {
        let mut found = vec![Backend::Sqlite];
        found.extend(postgres::url().map(|_| Backend::Postgres));
        if let Ok(wanted) = std::env::var("TEST_BACKENDS") {
            let names: Vec<String> = found.iter().map(|backend| format!("{backend:?}").to_lowercase()).collect();
            assert_eq!(names.join(","), wanted, "the databases that TEST_BACKENDS asks for");
        }
        found
    })
}

/// A database of a test's own; an embedded one goes with this value.
pub struct Private {
    pub(crate) location: Location,
    pub(crate) _folder: Option<TempDir>,
}

impl Private {
    /// Where it is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The flags with which the program uses it.
    #[must_use]
    pub fn flags(&self) -> [String; 2] {
        match &self.location {
            Location::File(file) => ["--data-dir".to_owned(), file.parent().unwrap().display().to_string()],
            Location::Server(url) => ["--database-url".to_owned(), url.to_string()],
        }
    }

    /// An access token of a new account with these roles, for the program at a public address, with the machine's clock.
    pub async fn account(&self, public_url: &str, email: &str, grants: &[Grant<'_>]) -> String {
        let db = self.location.open(Access::Exclusive, None).await.unwrap();
        let token = account(&db, (public_url, &Clock::system()), email, grants).await;
        db.close().await.unwrap();
        token
    }

    /// Waits until the log can be read to its end: what others do on the same server keeps followers waiting.
    pub async fn settled(&self) {
        let Location::Server(url) = &self.location else { return };
        let db = Database::connect(url.as_str()).await.unwrap();
        let open =
            "SELECT 1 FROM change_log WHERE transaction_id >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
        while db.query_one_raw(Statement::from_string(DbBackend::Postgres, open)).await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
        db.close().await.unwrap();
    }

    /// A copy of it, as a backup that is restored elsewhere. Nobody may be connected with it meanwhile.
    pub async fn copy(&self) -> Self {
        match &self.location {
            Location::File(file) => {
                let copy = empty(Backend::Sqlite).await;
                let Location::File(target) = &copy.location else { panic!("an embedded one is a file") };
                let db = self.location.open(Access::Exclusive, None).await.unwrap();
                assert!(file.exists());
                db.execute_unprepared(&format!("VACUUM INTO '{}'", target.display())).await.unwrap();
                db.close().await.unwrap();
                copy
            }
            Location::Server(url) => {
                let (name, template) =
                    (format!("test_{}", Uuid::now_v7().simple()), url.path().trim_start_matches('/'));
                administer(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
                Self { location: Location::Server(server(&name)), _folder: None }
            }
        }
    }
}

/// A fresh database with the reference data, and the invented people if they are asked for.
pub async fn fresh(backend: Backend, people: bool) -> Private {
    match backend {
        Backend::Sqlite => {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("balai.db");
            std::fs::write(&file, sqlite_template(people).await).unwrap();
            Private { location: Location::File(file), _folder: Some(folder) }
        }
        Backend::Postgres => {
            let name = format!("test_{}", Uuid::now_v7().simple());
            let template = postgres_template(people).await;
            administer(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
            Private { location: Location::Server(server(&name)), _folder: None }
        }
    }
}

/// An empty database: not even migrated.
pub async fn empty(backend: Backend) -> Private {
    match backend {
        Backend::Sqlite => {
            let folder = tempfile::tempdir().unwrap();
            Private { location: Location::File(folder.path().join("balai.db")), _folder: Some(folder) }
        }
        Backend::Postgres => {
            let name = format!("test_{}", Uuid::now_v7().simple());
            administer(&format!("CREATE DATABASE {name}")).await;
            Private { location: Location::Server(server(&name)), _folder: None }
        }
    }
}

fn server(database: &str) -> Url {
    Url::parse(&format!("{}/{database}", postgres::url().unwrap())).unwrap()
}

async fn administer(statement: &str) {
    let db = Database::connect(server("postgres").as_str()).await.unwrap();
    db.execute_unprepared(statement).await.unwrap();
    db.close().await.unwrap();
}

/// Migrates and fills a database.
async fn fill(location: &Location, people: bool) {
    let db: DatabaseConnection = location.open(Access::Exclusive, None).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    let (clock, quiet) = (Clock::fixed(now()), indicatif::ProgressBar::hidden);
    load(&db, &Release::shipped().unwrap(), &clock, quiet()).await.unwrap();
    if people {
        load_demo(&db, &clock, quiet()).await.unwrap();
    }
    db.close().await.unwrap();
}

/// The content of a filled file. It is kept in memory: nothing would remove a folder that all tests share.
async fn sqlite_template(people: bool) -> &'static [u8] {
    static TEMPLATES: [OnceCell<Vec<u8>>; 2] = [OnceCell::const_new(), OnceCell::const_new()];
    let make = || async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("balai.db");
        fill(&Location::File(file.clone()), people).await;
        std::fs::read(file).unwrap()
    };
    TEMPLATES[usize::from(people)].get_or_init(make).await
}

async fn postgres_template(people: bool) -> &'static str {
    static TEMPLATES: [OnceCell<String>; 2] = [OnceCell::const_new(), OnceCell::const_new()];
    let make = || async {
        let name = format!("template_{}", Uuid::now_v7().simple());
        administer(&format!("CREATE DATABASE {name}")).await;
        fill(&Location::Server(server(&name)), people).await;
        name
    };
    TEMPLATES[usize::from(people)].get_or_init(make).await
}
