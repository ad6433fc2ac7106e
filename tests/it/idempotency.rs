//! A mutation that is sent again under its key is done once, and answered each time.
use std::{
    collections::BTreeSet,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use api::config::TokenHolder;
use entity::{change_log, idempotency_key, institution, role_grant};
use futures_util::future::{join_all, select_all};
use harness::{Answer, Backend, Grant, Server, backends, on_each_database};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};
use serde_json::{Value, json};

pub(crate) const KEY: &str = "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"";
const CREATE: &str = "mutation($input: CreateInstitutionInput!) { createInstitution(input: $input) {
    institution { id slug city version } userErrors { code } } }";
const UPDATE: &str = "mutation($input: UpdateInstitutionInput!) { updateInstitution(input: $input) {
    institution { id city version } userErrors { code } } }";

/// Sends a request with these headers.
pub(crate) async fn send(server: &Server, token: Option<&str>, headers: &[(&str, &str)], body: String) -> Answer {
    let mut request = server.request("POST", "/graphql").header("content-type", "application/json").body(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.send().await.unwrap()).await
}

/// Sends a mutation under a key.
pub(crate) async fn under(server: &Server, token: &str, key: &str, query: &str, input: &Value) -> Answer {
    let body = json!({ "query": query, "variables": { "input": input } });
    send(server, Some(token), &[("idempotency-key", key)], body.to_string()).await
}

pub(crate) fn new() -> Value {
    json!({
        "names": [{ "language": "en", "text": "Invented Film Centre" }], "kind": "FILM_BODY", "country": "KH",
        "emails": [{ "address": "somebody.invented@example.org", "visibility": "PUBLIC" }],
        "phones": [{ "number": "+855 23 217 645", "visibility": "MEMBERS" }],
    })
}

pub(crate) async fn logged(db: &DatabaseConnection) -> u64 {
    change_log::Entity::find().count(db).await.unwrap()
}

async fn made(db: &DatabaseConnection) -> u64 {
    let found = institution::Entity::find().filter(institution::Column::Slug.starts_with("invented-film-centre"));
    found.count(db).await.unwrap()
}

pub(crate) async fn institution(server: &Server, slug: &str) -> Value {
    let answer = server.ask(&format!(r#"{{ institution(by: {{slug: "{slug}"}}) {{ id }} }}"#)).await;
    answer.data()["institution"]["id"].clone()
}

#[tokio::test]
async fn a_repetition_is_answered_anew_from_what_there_is_now() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let first = under(&server, &admin, KEY, CREATE, &new()).await;
        let entry = &first.data()["createInstitution"]["institution"];
        let input = json!({ "id": entry["id"], "expectedVersion": 1, "city": "Battambang" });
        let changed = under(&server, &admin, "another", UPDATE, &input).await;
        assert_eq!(changed.data()["updateInstitution"]["userErrors"], json!([]));
        let again = under(&server, &admin, KEY, CREATE, &new()).await;
        let now = &again.data()["createInstitution"]["institution"];
        assert_eq!((&now["id"], &now["city"], &now["version"]), (&entry["id"], &json!("Battambang"), &json!(2)));
        // A key without quotation marks is the same one.
        let again = under(&server, &admin, KEY.trim_matches('"'), CREATE, &new()).await;
        assert_eq!(again.data()["createInstitution"]["institution"], *now);
        // What changed nothing is answered from what there is, too.
        let same = json!({ "id": entry["id"], "expectedVersion": 2, "city": "Battambang" });
        let first = under(&server, &admin, "same", UPDATE, &same).await;
        let input = json!({ "id": entry["id"], "expectedVersion": 2, "city": "Kampot" });
        assert_eq!(under(&server, &admin, "next", UPDATE, &input).await.status, 200);
        let again = under(&server, &admin, "same", UPDATE, &same).await;
        assert_eq!(first.data()["updateInstitution"]["institution"]["city"], "Battambang");
        assert_eq!(again.data()["updateInstitution"]["userErrors"], json!([]));
        assert_eq!(again.data()["updateInstitution"]["institution"]["city"], "Kampot");
        assert_eq!(made(&server.database().await).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_repetition_shows_what_may_be_seen_now() {
    on_each_database(|server| async move {
        let council = server.account("council@example.org", &[Grant::Representative("kr-kofic")]).await;
        let query = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
            opportunity { id status } userErrors { code } } }";
        let input = json!({ "leadInstitution": institution(&server, "kr-kofic").await, "kind": "RESIDENCY",
            "titles": [{ "language": "en", "text": "A call" }], "summaries": [{ "language": "en", "text": "For films." }],
            "eligibility": { "everyone": true } });
        let first = under(&server, &council, KEY, query, &input).await;
        assert_eq!(first.data()["createOpportunity"]["opportunity"]["status"], "DRAFT");
        role_grant::Entity::delete_many().exec(&server.database().await).await.unwrap();
        let since = Instant::now();
        loop {
            let again = under(&server, &council, KEY, query, &input).await;
            let payload = &again.data()["createOpportunity"];
            assert_eq!(payload["userErrors"], json!([]));
            if payload["opportunity"].is_null() {
                break;
            }
            assert!(since.elapsed() < Duration::from_millis(1_500), "a role is gone within a second");
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_is_for_one_request_and_for_one_viewer() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let other = server.account("secretary2@example.org", &[Grant::Admin]).await;
        let db = server.database().await;
        let id =
            under(&server, &admin, KEY, CREATE, &new()).await.data()["createInstitution"]["institution"]["id"].clone();

        // Another body.
        let mut another = new();
        another["city"] = json!("Kampot");
        let selection = CREATE.replace("slug city", "city slug");
        let named = CREATE.replacen("mutation", "mutation Named", 1);
        for (query, input) in [(CREATE, &another), (&selection, &new()), (&named, &new())] {
            for accept in ["application/graphql-response+json", "application/json"] {
                let body = json!({ "query": query, "variables": { "input": input } }).to_string();
                let answer = send(&server, Some(&admin), &[("idempotency-key", KEY), ("accept", accept)], body).await;
                assert_eq!((answer.status, answer.error().0), (422, "IDEMPOTENCY_KEY_REUSED"), "{}", answer.text);
                assert!(answer.json.get("data").is_none());
            }
        }
        // The same, written differently.
        let mut reversed: Vec<String> =
            new().as_object().unwrap().iter().map(|(name, value)| format!("{}: {value}", json!(name))).collect();
        reversed.reverse();
        let body = format!(
            "{{ \"variables\": {{ \"input\": {{ {} }} }}, \"query\": {} }}",
            reversed.join(" , "),
            json!(CREATE)
        );
        let again = send(&server, Some(&admin), &[("idempotency-key", KEY)], body).await;
        assert_eq!(again.data()["createInstitution"]["institution"]["id"], id);
        assert_eq!(made(&db).await, 1);

        // Somebody else's key is another one.
        let others = under(&server, &other, KEY, CREATE, &new()).await;
        assert_ne!(others.data()["createInstitution"]["institution"]["id"], id);
        assert_eq!(made(&db).await, 2);

        // Nothing of it is personal, and neither the key nor who used it can be read.
        let rows = idempotency_key::Entity::find().all(&db).await.unwrap();
        let text = format!("{rows:?}");
        assert_eq!(rows.len(), 2);
        for secret in ["@", "Invented", "invented", "23217645", "8e03978e", "secretary"] {
            assert!(!text.contains(secret), "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_changed_nothing_leaves_the_key_free() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let nobody = server.account("nobody@example.org", &[]).await;
        let mut faulty = new();
        faulty["slug"] = json!("kr-kofic");
        let refused = under(&server, &admin, KEY, CREATE, &faulty).await;
        assert_eq!(refused.data()["createInstitution"]["userErrors"][0]["code"], "TAKEN");
        assert_eq!(under(&server, &nobody, KEY, CREATE, &new()).await.error().0, "FORBIDDEN");
        assert_eq!(idempotency_key::Entity::find().count(&server.database().await).await.unwrap(), 0);
        let mended = under(&server, &admin, KEY, CREATE, &new()).await;
        assert_eq!(mended.data()["createInstitution"]["userErrors"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_key_is_good_for_a_day() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        server.account("secretary@example.org", &[Grant::Admin]).await;
        let db = server.database().await;
        let holder = TokenHolder::account("secretary@example.org");
        let token = server.token_of(&holder).await;
        let id =
            under(&server, &token, KEY, CREATE, &new()).await.data()["createInstitution"]["institution"]["id"].clone();
        assert_eq!(under(&server, &token, "old", CREATE, &new()).await.status, 200);
        passed.store(24 * 3_600 - 1, Ordering::Relaxed);
        let token = server.token_of(&holder).await;
        let again = under(&server, &token, KEY, CREATE, &new()).await;
        assert_eq!(again.data()["createInstitution"]["institution"]["id"], id, "{backend:?}");
        passed.store(24 * 3_600, Ordering::Relaxed);
        let anew = under(&server, &token, KEY, CREATE, &new()).await;
        assert_ne!(anew.data()["createInstitution"]["institution"]["id"], id, "{backend:?}");
        assert_eq!(made(&db).await, 3);
        let kept = idempotency_key::Entity::find().count(&db).await.unwrap();
        assert_eq!(kept, 1, "what is good no more is forgotten");
    }
}

#[tokio::test]
async fn two_hundred_requests_with_one_key_change_one_thing_once() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let replica = server.replica();
        let input = new();
        let requests = (0..200).map(|count| {
            let to = if count % 2 == 0 { &server } else { &replica };
            under(to, &admin, KEY, CREATE, &input)
        });
        let (mut ids, mut busy) = (BTreeSet::new(), 0);
        for answer in join_all(requests).await {
            if answer.status == 409 {
                assert_eq!(answer.error().0, "IDEMPOTENCY_IN_PROGRESS");
                busy += 1;
            } else {
                ids.insert(answer.data()["createInstitution"]["institution"]["id"].to_string());
            }
        }
        let db = server.database().await;
        eprintln!("{busy} were told to come back");
        assert_eq!((ids.len(), made(&db).await, logged(&db).await), (1, 1, 1));
        let again = under(&replica, &admin, KEY, CREATE, &input).await;
        assert!(ids.contains(&again.data()["createInstitution"]["institution"]["id"].to_string()));
    })
    .await;
}

#[tokio::test]
async fn one_that_still_runs_is_told_so() {
    for backend in backends() {
        let server = Server::start(*backend).await;
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let replica = server.replica();
        let input = json!({ "id": institution(&server, "kr-kofic").await, "expectedVersion": 1, "city": "Busan!" });
        // Somebody else has what is to be changed, so that whichever comes first waits.
        let db = server.database().await;
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let held = db.begin_with_options(options).await.unwrap();
        if *backend == Backend::Postgres {
            held.execute_unprepared("SELECT * FROM institution FOR UPDATE").await.unwrap();
        }
        // SQLite is one process's.
        let second = if *backend == Backend::Postgres { &replica } else { &server };
        let both = [&server, second].map(|to| Box::pin(under(to, &admin, KEY, UPDATE, &input)));
        let (refused, _, mut waiting) = select_all(both).await;
        assert_eq!((refused.status, refused.error().0), (409, "IDEMPOTENCY_IN_PROGRESS"), "{}", refused.text);
        held.rollback().await.unwrap();
        let done = waiting.remove(0).await;
        assert_eq!(done.data()["updateInstitution"]["institution"]["version"], 2);
        let again = under(&server, &admin, KEY, UPDATE, &input).await;
        assert_eq!(again.text, done.text);
        assert_eq!(logged(&db).await, 1);
    }
}

#[tokio::test]
async fn a_key_is_a_string_and_comes_with_one_mutation() {
    let server = Server::start(Backend::Sqlite).await;
    let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
    let id = institution(&server, "kr-kofic").await;
    let update = |text: &str| {
        json!({ "query": text.replace("INPUT", &format!("input: {{id: {id}, expectedVersion: 7}}")) }).to_string()
    };
    let one = update("mutation { updateInstitution(INPUT) { userErrors { code } } }");
    let long = |signs: usize| format!("\"{}\"", "k".repeat(signs));
    for key in ["", "\"\"", "\"", "a b", "\"a\" \"b\"", "\"a\\b\"", "a,b", "\"a\";b=1", "a\"b", "caf\u{e9}", &long(256)]
    {
        let answer = send(&server, Some(&admin), &[("idempotency-key", key)], one.clone()).await;
        assert_eq!((answer.status, answer.error().0), (400, "BAD_REQUEST"), "{key}: {}", answer.text);
    }
    for key in [KEY, "8e03978e-40d5-43e8-bc93-6894a57f9324", "\"a b\"", r#""a\"\\b""#, &long(255)] {
        let answer = send(&server, Some(&admin), &[("Idempotency-Key", key)], one.clone()).await;
        assert_eq!(answer.data()["updateInstitution"]["userErrors"][0]["code"], "CONFLICT", "{key}");
    }
    let twice = send(&server, Some(&admin), &[("idempotency-key", "a"), ("idempotency-key", "a")], one.clone()).await;
    assert_eq!((twice.status, twice.error().0), (400, "BAD_REQUEST"));
    let nobody = send(&server, None, &[("idempotency-key", KEY)], one).await;
    assert_eq!((nobody.status, nobody.error().0), (400, "BAD_REQUEST"));

    for several in [
        "mutation { a: updateInstitution(INPUT) { userErrors { code } } b: updateInstitution(INPUT) { userErrors { code } } }",
        "mutation { ...F ...F } fragment F on Mutation { updateInstitution(INPUT) { userErrors { code } } }",
        "mutation { ... { updateInstitution(INPUT) { userErrors { code } } } updateInstitution(INPUT) { institution { id } } }",
    ] {
        let answer = send(&server, Some(&admin), &[("idempotency-key", KEY)], update(several)).await;
        assert_eq!((answer.status, answer.error().0), (400, "BAD_REQUEST"), "{several}: {}", answer.text);
        assert_eq!(send(&server, Some(&admin), &[], update(several)).await.status, 200);
    }
    let with_its_type = update("mutation { __typename updateInstitution(INPUT) { userErrors { code } } }");
    assert_eq!(send(&server, Some(&admin), &[("idempotency-key", KEY)], with_its_type).await.status, 200);
    // Of several operations, the one that is run counts; and what only reads may have a key.
    let text = format!(
        "query Q {{ __typename }} mutation M {{ updateInstitution(input: {{id: {id}, expectedVersion: 7}}) {{ userErrors {{ code }} }} }}
        mutation N {{ a: updateInstitution(input: {{id: {id}, expectedVersion: 7}}) {{ userErrors {{ code }} }} \
        b: updateInstitution(input: {{id: {id}, expectedVersion: 7}}) {{ userErrors {{ code }} }} }}"
    );
    for (name, key, status) in [("Q", "a b", 200), ("M", KEY, 200), ("N", KEY, 400)] {
        let body = json!({ "query": text, "operationName": name }).to_string();
        assert_eq!(send(&server, Some(&admin), &[("idempotency-key", key)], body).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_may_send_a_key() {
    let server = Server::start_with(Backend::Sqlite, &["--cors-origins", "https://a.example.org"]).await;
    let request = server.request("OPTIONS", "/graphql").header("origin", "https://a.example.org");
    let request = request.header("access-control-request-method", "POST");
    let request = request.header("access-control-request-headers", "content-type,idempotency-key");
    let answer = request.send().await.unwrap();
    let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap().to_lowercase();
    assert!(answer.status().is_success() && allowed.contains("idempotency-key"), "{allowed}");
}
