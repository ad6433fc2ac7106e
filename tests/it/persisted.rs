//! Documents that are known by a name: trusted ones and automatic ones.
use std::fs;

use harness::{Answer, Backend, Server, on_each_database};
use serde_json::{Value, json};
use tempfile::TempDir;

const CODE: &str = r#"{ country(code: "KR") { code } }"#;
/// `printf %s '{ country(code: "KR") { code } }' | sha256sum`
const HASH: &str = "8c2b3812a00fca1dcd4971b29c61bc484b547dbbf26a7d6263f378776506c8c2";

async fn post(server: &Server, body: &Value) -> Answer {
    server.post(&body.to_string()).await
}

fn by_hash(hash: &str) -> Value {
    json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } })
}

/// A folder with Relay's manifest and Apollo's.
fn manifests() -> TempDir {
    let folder = TempDir::new().unwrap();
    let apollo = json!({
        "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{ "id": HASH, "name": "Code", "type": "query", "body": CODE }],
    });
    fs::write(folder.path().join("apollo.json"), apollo.to_string()).unwrap();
    fs::write(folder.path().join("relay.json"), json!({ "short": "{ __typename }" }).to_string()).unwrap();
    fs::write(folder.path().join("README.md"), "no manifest").unwrap();
    folder
}

async fn with(mode: &str) -> (Server, TempDir) {
    let folder = manifests();
    let path = folder.path().to_str().unwrap();
    let server = Server::start_with(
        Backend::Sqlite,
        &["--trusted-documents", mode, "--trusted-documents-dir", path, "--metrics-listen", "127.0.0.1:0"],
    )
    .await;
    (server, folder)
}

#[tokio::test]
async fn a_document_that_was_sent_once_is_known_by_its_hash() {
    on_each_database(|server| async move {
        let unknown = post(&server, &by_hash(HASH)).await;
        assert_eq!(unknown.error().0, "PERSISTED_QUERY_NOT_FOUND");
        assert_eq!(unknown.json["errors"][0]["message"], "PersistedQueryNotFound", "as Apollo's clients know it");

        let mut both = by_hash(HASH);
        both["query"] = json!(CODE);
        assert_eq!(post(&server, &both).await.data()["country"]["code"], "KR");
        assert_eq!(post(&server, &by_hash(HASH)).await.data()["country"]["code"], "KR");
        assert_eq!(
            post(&server, &json!({ "documentId": format!("sha256:{HASH}") })).await.data()["country"]["code"],
            "KR"
        );
        let by_get = server.get(&format!("/graphql?documentId=sha256:{HASH}")).await.text().await.unwrap();
        assert_eq!(by_get, r#"{"data":{"country":{"code":"KR"}}}"#);
        let extensions = format!("%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22{HASH}%22%7D%7D");
        let by_get = server.get(&format!("/graphql?extensions={extensions}")).await.text().await.unwrap();
        assert_eq!(by_get, r#"{"data":{"country":{"code":"KR"}}}"#);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_kept_under_a_hash_that_is_not_its_own() {
    let server = Server::start(Backend::Sqlite).await;
    let mut wrong = by_hash(HASH);
    wrong["query"] = json!("{ __typename }");
    let answer = post(&server, &wrong).await;
    assert_eq!((answer.status, answer.error().0), (400, "BAD_REQUEST"));
    assert_eq!(post(&server, &by_hash(HASH)).await.error().0, "PERSISTED_QUERY_NOT_FOUND");

    let nonsense = "{ nope }";
    let hash = "a0276661df3f6318da2313fd98fbe50f1e2be566dbf8092c5e0530cf0ca232d9";
    let mut invalid = by_hash(hash);
    invalid["query"] = json!(nonsense);
    assert_eq!(post(&server, &invalid).await.error().0, "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(post(&server, &by_hash(hash)).await.error().0, "PERSISTED_QUERY_NOT_FOUND", "nor what cannot be run");
}

#[tokio::test]
async fn a_request_names_its_document_one_way() {
    let server = Server::start(Backend::Sqlite).await;
    for body in [
        json!({ "query": CODE, "documentId": "sha256:0" }),
        json!({ "documentId": "sha256:0", "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "0" } } }),
        json!({ "query": CODE, "extensions": { "persistedQuery": { "version": 2, "sha256Hash": HASH } } }),
        json!({ "query": CODE, "extensions": { "persistedQuery": { "version": 1 } } }),
    ] {
        let answer = post(&server, &body).await;
        assert_eq!((answer.status, answer.error().0), (400, "BAD_REQUEST"), "{body}");
    }
}

#[tokio::test]
async fn a_change_never_comes_by_get_whatever_its_name() {
    let server = Server::start(Backend::Sqlite).await;
    let hash = "22c9efff0269bd71ee0875759c0ae2b966100d019474f3e91a2b73d3dada7f8f";
    let extensions = format!("%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22{hash}%22%7D%7D");
    let response =
        server.get(&format!("/graphql?query=mutation%20%7B%20__typename%20%7D&extensions={extensions}")).await;
    assert_eq!(response.status(), 405);
    assert_eq!(post(&server, &by_hash(hash)).await.error().0, "PERSISTED_QUERY_NOT_FOUND", "and it is not kept");
}

#[tokio::test]
async fn enforced_only_documents_of_a_manifest_are_run() {
    let (server, _folder) = with("enforce").await;
    assert_eq!(post(&server, &json!({ "documentId": format!("sha256:{HASH}") })).await.data()["country"]["code"], "KR");
    assert_eq!(post(&server, &json!({ "documentId": "short" })).await.data()["__typename"], "Query");
    assert_eq!(post(&server, &by_hash(HASH)).await.data()["country"]["code"], "KR");
    assert_eq!(post(&server, &json!({ "query": CODE })).await.data()["country"]["code"], "KR", "its text is as good");
    let mut automatic = by_hash("a0276661df3f6318da2313fd98fbe50f1e2be566dbf8092c5e0530cf0ca232d9");
    automatic["query"] = json!("{ nope }");
    for body in [
        json!({ "query": "{ a: __typename }" }),
        json!({ "documentId": "sha256:0000" }),
        automatic,
        json!({ "query": "{ nope" }),
    ] {
        assert_eq!(post(&server, &body).await.error().0, "PERSISTED_QUERY_REQUIRED", "{body}");
    }
}

#[tokio::test]
async fn off_or_logged_other_documents_are_run_too() {
    for mode in ["off", "log"] {
        let (server, _folder) = with(mode).await;
        let counted = async || server.metrics().await.contains("balai_untrusted_documents_total");
        assert_eq!(post(&server, &json!({ "query": "{ a: __typename }" })).await.data()["a"], "Query", "{mode}");
        assert_eq!(post(&server, &json!({ "documentId": "short" })).await.data()["__typename"], "Query", "{mode}");
        // What is counted is counted for the whole process: nothing before `log` counts.
        assert_eq!(counted().await, mode == "log");
    }
}
