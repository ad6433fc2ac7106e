//! What happens when the database is slow, or away.
use harness::{Backend, Server, backends};
use reqwest::Response;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement, TransactionTrait as _};
use serde_json::json;

async fn ask(server: &Server) -> Response {
    let request = server.request("POST", "/graphql").header("accept", "application/graphql-response+json");
    request.json(&json!({ "query": r#"{ country(code: "KR") { code } }"# })).send().await.unwrap()
}

/// What a statement counts as `waiting`.
async fn number(db: &DatabaseConnection, statement: &str) -> i64 {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), statement)).await.unwrap();
    row.unwrap().try_get("", "waiting").unwrap()
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up_and_its_statement_ended() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let server = Server::start_with(Backend::Postgres, &["--limit-seconds", "1"]).await;
    let db = server.database().await;
    let lock = db.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE country IN ACCESS EXCLUSIVE MODE").await.unwrap();

    let answer = ask(&server).await;
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    // The database may be quicker to end the statement than we are to give up.
    assert!(text.contains("\"TIMEOUT\"") && [200, 504].contains(&status), "{status} {text}");

    let waiting = "SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() \
                   AND application_name = 'balai' AND state = 'active' AND pid <> pg_backend_pid()";
    // Within a transaction the view does not change.
    let watch = server.database().await;
    while number(&watch, waiting).await > 0 {}
    lock.rollback().await.unwrap();
    assert_eq!(ask(&server).await.status(), 200, "and the next one is answered");
}

#[tokio::test]
async fn a_database_that_goes_away_is_told_and_found_again() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let (server, mut relay) = Server::start_behind_a_relay(&[]).await;
    assert_eq!(ask(&server).await.status(), 200);
    assert_eq!(server.get("/readyz").await.status(), 200);

    relay.cut().await;
    let answer = ask(&server).await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "2");
    let text = answer.text().await.unwrap();
    assert!(text.contains("\"UNAVAILABLE\"") && !text.contains("data") && !text.contains("sql"), "{text}");
    assert_eq!(server.get("/readyz").await.status(), 503);
    assert_eq!(server.get("/livez").await.status(), 200);

    relay.open().await;
    assert_eq!(ask(&server).await.status(), 200, "nothing needs to be restarted");
    assert_eq!(server.get("/readyz").await.status(), 200);
}

#[tokio::test]
async fn connections_that_a_restart_cut_are_not_noticed() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let (server, mut relay) = Server::start_behind_a_relay(&[]).await;
    let wide = json!({ "query": "{ countries { nodes { institutions { totalCount } agreements { totalCount }
        opportunities { totalCount } groups { role } } } }" })
    .to_string();
    // Several statements at once open several connections.
    assert!(server.post(&wide).await.json.get("errors").is_none());
    relay.cut().await;
    relay.open().await;
    assert_eq!(ask(&server).await.status(), 200, "the database was away and is back");
}

/// More statements at once than there are connections, each slower than a lost database is waited for.
#[tokio::test]
async fn a_busy_database_is_waited_for() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let server = Server::start(Backend::Postgres).await;
    let db = server.database().await;
    let lock = db.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE country IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let roots: String = (0..12).map(|n| format!("r{n}: countries(first: {}) {{ totalCount }} ", n + 1)).collect();
    let body = json!({ "query": format!("{{ {roots} }}") }).to_string();
    let asked = server.post(&body);
    let released = async {
        let watch = server.database().await;
        let waited = "SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() \
                      AND application_name = 'balai' AND state = 'active' AND wait_event_type = 'Lock' \
                      AND query_start < clock_timestamp() - interval '1600 milliseconds'";
        while number(&watch, waited).await == 0 {}
        lock.rollback().await.unwrap();
    };
    let (answer, ()) = tokio::join!(asked, released);
    assert!(answer.json.get("errors").is_none(), "{}", answer.text);
}

/// The embedded database ends what nobody waits for, or it would keep a worker's connections for good.
#[tokio::test]
async fn a_statement_without_end_is_ended_in_the_embedded_database() {
    let server = Server::start_with(Backend::Sqlite, &["--limit-seconds=1"]).await;
    let database = server.database().await;
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    for statement in [
        "ALTER TABLE country_group RENAME TO slow".to_owned(),
        format!("CREATE VIEW country_group AS SELECT * FROM slow WHERE ({endless}) > 0"),
    ] {
        database.execute_unprepared(&statement).await.unwrap();
    }
    let roots: String = (1..9).map(|n| format!("r{n}: countryGroups(first: {n}) {{ nodes {{ id }} }} ")).collect();
    let answer = server.ask(&format!("{{ {roots} }}")).await;
    assert!(answer.text.contains("TIMEOUT"), "{}", answer.text);
    let answer = server.ask("{ agreements { totalCount } }").await;
    assert_eq!(answer.data()["agreements"]["totalCount"], 61);
}

#[tokio::test]
async fn a_schema_that_is_not_this_releases_is_not_ready() {
    for backend in backends() {
        let server = Server::start_empty(*backend).await;
        let response = server.get("/readyz").await;
        assert_eq!(response.status(), 503);
        assert!(response.text().await.unwrap().contains("balai migrate"));
    }
}
