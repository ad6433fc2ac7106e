//! The service under a role of its own, which can add to the log and not rewrite it.
use harness::{Backend, Private, backends, empty};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

use super::{failure, out, run, serving};

/// A database with a role that owns it and another one for the service.
struct Roles {
    database: Private,
    owner: String,
    service: String,
}

impl Roles {
    async fn make() -> Self {
        let database = empty(Backend::Postgres).await;
        let number = Uuid::now_v7().simple().to_string();
        let (owner, service) = (format!("owner_{number}"), format!("Service of {number}"));
        let roles = Self { database, owner, service };
        let db = roles.as_administrator().await;
        for role in [&roles.owner, &roles.service] {
            db.execute_unprepared(&format!("CREATE ROLE \"{role}\" LOGIN PASSWORD 'secret'")).await.unwrap();
        }
        let name = roles.database.flags()[1].rsplit('/').next().unwrap().to_owned();
        db.execute_unprepared(&format!("ALTER DATABASE {name} OWNER TO {}", roles.owner)).await.unwrap();
        db.execute_unprepared(&format!("GRANT ALL ON SCHEMA public TO {}", roles.owner)).await.unwrap();
        db.close().await.unwrap();
        roles
    }

    async fn as_administrator(&self) -> DatabaseConnection {
        Database::connect(&self.database.flags()[1]).await.unwrap()
    }

    /// Where a role finds the database.
    fn url(&self, role: &str) -> String {
        let mut url = Url::parse(&self.database.flags()[1]).unwrap();
        url.set_username(role).unwrap();
        url.set_password(Some("secret")).unwrap();
        url.to_string()
    }
}

#[tokio::test]
async fn the_services_role_adds_to_the_log_and_cannot_rewrite_it() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let (roles, folder) = (Roles::make().await, TempDir::new().unwrap());
    let (owner, service) = (roles.url(&roles.owner), roles.url(&roles.service));
    let call = |url: &str, arguments: &[&str]| {
        run(&folder, &[arguments, &["--listen", "127.0.0.1:0", "--database-url", url]].concat())
    };

    let early = failure(&call(&service, &["serve"]));
    assert!(early.contains("permission denied") && early.contains("`balai grant`"), "{early}");
    assert!(call(&owner, &["migrate"]).status.success());
    let nobody = failure(&call(&owner, &["grant", "nobody"]));
    assert!(nobody.contains("there is no role nobody"), "{nobody}");
    let itself = failure(&call(&owner, &["grant", &roles.owner]));
    assert!(itself.contains("owns the tables"), "{itself}");
    let granted = call(&owner, &["grant", &roles.service]);
    assert!(granted.status.success(), "{granted:?}");

    let (mut running, _) = serving(&folder, &["--database-url", &service]);
    running.kill().unwrap();
    running.wait().unwrap();
    let agency = ["agency", "create", "--name", "Ours", "--institution", "kr-kofic", "--scope", "CONTACTS_READ"];
    let made = call(&service, &agency);
    assert!(made.status.success(), "{made:?}");

    let checked = call(&service, &["doctor", "--strict"]);
    let told = out(&checked);
    assert!(checked.status.success(), "{told}");
    for line in ["the service cannot change the log's entries", "the service can use its tables"] {
        assert!(told.contains(&format!("ok    {line}")), "{told}");
    }
    let checked = call(&owner, &["doctor"]);
    assert!(checked.status.success(), "{}", out(&checked));
    assert!(out(&checked).contains("warn  the service cannot change the log's entries"), "{}", out(&checked));
    assert_eq!(call(&owner, &["doctor", "--strict"]).status.code(), Some(1));

    let db = Database::connect(&service).await.unwrap();
    for statement in [
        "UPDATE change_log SET reason = 'none'",
        "UPDATE change_log SET audience_before = NULL",
        "DELETE FROM change_log",
        "TRUNCATE change_log",
        "UPDATE change_epoch SET epoch = 0",
        "DELETE FROM change_epoch",
        "DELETE FROM change_log_archive",
        "SELECT setval('change_log_sequence_seq', 1)",
        "ALTER TABLE change_log DISABLE TRIGGER ALL",
    ] {
        let refused = db.execute_unprepared(statement).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied") || refused.contains("must be owner"), "{statement}: {refused}");
    }
    // Erasing a person blanks who could have known them.
    db.execute_unprepared("SELECT change_log_forget('00000000-0000-0000-0000-000000000000')").await.unwrap();

    let refused = failure(&call(&service, &["changes", "compact"]));
    assert!(refused.contains("under the role that owns the tables"), "{refused}");
    failure(&call(&service, &["changes", "epoch"]));
    let none = call(&owner, &["changes", "compact"]);
    assert!(out(&none).contains("entries older than 400 days moved to the archive: 0"), "{none:?}");
    let administrator = roles.as_administrator().await;
    administrator.execute_unprepared("UPDATE change_log SET at = at - interval '40 days'").await.unwrap();
    let one = call(&owner, &["changes", "compact", "--change-retention-days", "30"]);
    assert!(out(&one).contains("entries older than 30 days moved to the archive: 1"), "{one:?}");

    let role = &roles.service;
    administrator.execute_unprepared(&format!("GRANT UPDATE (version) ON change_log TO \"{role}\"")).await.unwrap();
    administrator.execute_unprepared(&format!("REVOKE INSERT ON institution FROM \"{role}\"")).await.unwrap();
    let checked = call(&service, &["doctor"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(out(&checked).contains("FAIL  the service cannot change the log's entries"), "{}", out(&checked));
    assert!(out(&checked).contains("its role has UPDATE of change_log;"), "{}", out(&checked));
    assert!(out(&checked).contains("lacks what it needs of institution;"), "{}", out(&checked));
    assert!(call(&owner, &["grant", &roles.service]).status.success());
    assert!(call(&service, &["doctor", "--strict"]).status.success());

    administrator.close().await.unwrap();
    db.close().await.unwrap();
    restored(&roles, &folder).await;
}

/// In a database that was restored elsewhere the service waits until somebody who may has begun an epoch.
async fn restored(roles: &Roles, folder: &TempDir) {
    let copy =
        Roles { database: roles.database.copy().await, owner: roles.owner.clone(), service: roles.service.clone() };
    let call = |role: &str, arguments: &[&str]| {
        run(folder, &[arguments, &["--listen", "127.0.0.1:0", "--database-url", &copy.url(role)]].concat())
    };
    let refused = failure(&call(&copy.service, &["serve"]));
    assert!(refused.contains("run `balai migrate` once under the role that owns the tables"), "{refused}");
    let checked = call(&copy.service, &["doctor"]);
    assert!(out(&checked).contains("FAIL  the log is in an epoch of this database"), "{}", out(&checked));
    assert!(call(&copy.owner, &["migrate"]).status.success());
    let (mut running, _) = serving(folder, &["--database-url", &copy.url(&copy.service)]);
    running.kill().unwrap();
    running.wait().unwrap();
}

#[test]
fn a_file_has_no_roles_and_begins_an_epoch_when_it_is_told_to() {
    let folder = TempDir::new().unwrap();
    let refused = failure(&run(&folder, &["grant", "somebody"]));
    assert!(refused.contains("an SQLite file has no roles"), "{refused}");
    let epoch = || {
        let said = out(&run(&folder, &["changes", "epoch"]));
        said.split("epoch ").nth(1).unwrap().split(' ').next().unwrap().parse::<i32>().unwrap()
    };
    let first = epoch();
    assert!(first < epoch());
    let said = out(&run(&folder, &["changes", "compact"]));
    assert!(said.contains("moved to the archive: 0"), "{said}");
}
