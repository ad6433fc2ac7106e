//! Tokens of a network's own identity provider: whose they are here, and which are taken.
use std::sync::atomic::Ordering;

use api::config::TokenHolder;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::{join, join_all};
use harness::{Grant, Provider, Server, backends, now};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

const VIEWER: &str = "{ viewer { __typename ... on Account { email } ... on AgencyClient { clientId scopes } } }";
const AUDIENCE: &str = "https://balai.example.org";

/// What the provider says of somebody.
fn claims(provider: &Provider, subject: &str) -> Value {
    json!({ "iss": provider.issuer, "aud": ["another", AUDIENCE], "sub": subject, "exp": now().timestamp() + 300,
        "iat": now().timestamp() })
}

/// What it says of somebody whose e-mail address it has verified.
fn verified(provider: &Provider, subject: &str, email: &str) -> Value {
    let mut claims = claims(provider, subject);
    claims["email"] = json!(email);
    claims["email_verified"] = json!(true);
    claims
}

async fn start(
    provider: &Provider,
    flags: &[&str],
    test: impl AsyncFn(Server, std::sync::Arc<std::sync::atomic::AtomicU64>),
) {
    for backend in backends() {
        let flags = [&["--oidc-issuer", &provider.issuer, "--oidc-audiences", AUDIENCE][..], flags].concat();
        let (server, passed) = Server::start_with_time_and(*backend, &flags).await;
        test(server, passed).await;
    }
}

async fn link(server: &Server, provider: &Provider, subject: &str, holder: &TokenHolder) {
    api::commands::link(&server.database().await, &provider.issuer, subject, holder, server.clock()).await.unwrap();
}

#[tokio::test]
async fn a_verified_address_connects_an_account_once() {
    let provider = Provider::start().await;
    start(&provider, &[], async |server, _| {
        server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        let ask = async |claims: &Value| server.ask_as(&provider.sign("ES256", claims, |_| ()), VIEWER).await;
        assert_eq!(ask(&claims(&provider, "kim")).await.status, 401, "nobody knows who this is");
        let mut unverified = verified(&provider, "kim", "rep.kr@example.org");
        for said in [json!(false), json!("true"), json!(1), Value::Null] {
            unverified["email_verified"] = said;
            assert_eq!(ask(&unverified).await.status, 401);
        }
        let first = ask(&verified(&provider, "kim", "Rep.KR@example.org")).await;
        assert_eq!(first.data()["viewer"]["email"], "rep.kr@example.org");
        assert_eq!(ask(&claims(&provider, "kim")).await.status, 200, "from then on the name is enough");
        assert_eq!(
            ask(&verified(&provider, "kelvin", "rep.\u{212a}r@example.org")).await.status,
            401,
            "another address"
        );
        let second = ask(&verified(&provider, "somebody-else", "rep.kr@example.org")).await;
        assert_eq!(second.status, 401, "an account is connected once");
        assert_eq!(ask(&verified(&provider, "lee", "nobody@example.org")).await.status, 401, "and none is made");
    })
    .await;
}

#[tokio::test]
async fn twenty_first_requests_at_once_connect_once() {
    let provider = Provider::start().await;
    start(&provider, &[], async |server, _| {
        server.account("rep.kr@example.org", &[]).await;
        let ask = async |subject: String| {
            let token = provider.sign("EdDSA", &verified(&provider, &subject, "rep.kr@example.org"), |_| ());
            server.ask_as(&token, VIEWER).await.status
        };
        let (one, other): (Vec<_>, Vec<_>) = (0..10).map(|_| (ask("one".into()), ask("other".into()))).unzip();
        let (one, other) = join(join_all(one), join_all(other)).await;
        let (one_in, other_in) = (one.contains(&200), other.contains(&200));
        assert!(one_in != other_in, "one of the two has the account: {one:?} {other:?}");
        for answers in [one, other] {
            assert!(answers.iter().all(|status| *status == answers[0]), "{answers:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_administrator_is_connected_by_hand_alone() {
    let provider = Provider::start().await;
    start(&provider, &[], async |server, _| {
        server.account("secretary@example.org", &[Grant::Admin]).await;
        let token = provider.sign("RS256", &verified(&provider, "ada", "secretary@example.org"), |_| ());
        assert_eq!(server.ask_as(&token, VIEWER).await.status, 401);
        link(&server, &provider, "ada", &TokenHolder::account("secretary@example.org")).await;
        assert_eq!(server.ask_as(&token, VIEWER).await.data()["viewer"]["email"], "secretary@example.org");
        server.account("next@example.org", &[]).await;
        link(&server, &provider, "ada", &TokenHolder::account("next@example.org")).await;
        let renewed = provider.sign("EdDSA", &claims(&provider, "ada"), |_| ());
        let viewer = server.ask_as(&renewed, VIEWER).await;
        assert_eq!(viewer.data()["viewer"]["email"], "next@example.org", "the last connection counts");
        let unknown = TokenHolder::account("nobody@example.org");
        let db = server.database().await;
        assert!(api::commands::link(&db, &provider.issuer, "x", &unknown, server.clock()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn whoever_becomes_an_administrator_is_connected_anew() {
    let provider = Provider::start().await;
    start(&provider, &[], async |server, _| {
        let admin = server.administrator().await;
        server.account("rep.kr@example.org", &[]).await;
        let token = provider.sign("ES256", &verified(&provider, "kim", "rep.kr@example.org"), |_| ());
        let viewer = server.ask_as(&token, "{ viewer { ... on Account { id } } }").await;
        let account = &viewer.data()["viewer"]["id"];
        let grant = "mutation($id: ID!) { grantRole(input: { account: $id, role: ADMIN }) { userErrors { code } } }";
        let granted = server.ask_as_with(&admin, grant, json!({ "id": account })).await;
        assert_eq!(granted.data()["grantRole"]["userErrors"], json!([]));
        server.refuses_soon(&token).await;
        link(&server, &provider, "kim", &TokenHolder::account("rep.kr@example.org")).await;
        assert_eq!(server.ask_as(&token, VIEWER).await.status, 200);
        let log =
            format!("{{ auditLog(filter: {{subject: {account}}}) {{ nodes {{ actorId changes {{ field new }} }} }} }}");
        let told = server.ask_as(&admin, &log).await;
        let entries = told.data()["auditLog"]["nodes"].as_array().unwrap();
        let identity = json!([{ "field": "identity", "new": null }]);
        let by: Vec<&Value> =
            entries.iter().filter(|entry| entry["changes"] == identity).map(|entry| &entry["actorId"]).collect();
        assert_eq!(by, [&Value::Null, account], "by an operator, and before that by the account's own token");
    })
    .await;
}

#[tokio::test]
async fn an_account_that_was_connected_is_not_connected_again_by_its_address() {
    let provider = Provider::start().await;
    start(&provider, &[], async |server, _| {
        server.account("rep.kr@example.org", &[]).await;
        server.account("next@example.org", &[]).await;
        let ask = async |subject: &str| {
            let token = provider.sign("ES256", &verified(&provider, subject, "rep.kr@example.org"), |_| ());
            server.ask_as(&token, VIEWER).await
        };
        assert_eq!(ask("kim").await.status, 200);
        link(&server, &provider, "kim", &TokenHolder::account("next@example.org")).await;
        assert_eq!(ask("lee").await.status, 401, "not a second time, though nobody is connected with it now");
    })
    .await;
}

#[tokio::test]
async fn an_agencys_machine_has_what_the_token_and_its_own_scopes_allow() {
    let provider = Provider::start().await;
    start(&provider, &[], async |server, _| {
        let admin = server.administrator().await;
        let institution = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await;
        let input = json!({ "input": { "name": "Book", "institution": institution.data()["institution"]["id"],
            "scopes": ["CONTACTS_READ"] } });
        let create = "mutation($input: CreateAgencyClientInput!) { createAgencyClient(input: $input) {
            agencyClient { id clientId } } }";
        let made = server.ask_as_with(&admin, create, input).await;
        let made = &made.data()["createAgencyClient"]["agencyClient"];
        let id = made["clientId"].as_str().unwrap().to_owned();
        link(&server, &provider, "book", &TokenHolder::agency(id.clone())).await;
        let mut claims = claims(&provider, "book");
        claims["scope"] = json!("CONTACTS_READ CONTACTS_WRITE openid");
        let token = provider.sign("EdDSA", &claims, |_| ());
        assert_eq!(server.ask_as(&token, VIEWER).await.data()["viewer"]["clientId"], json!(id));
        let revoke = "mutation($id: ID!) { revokeAgencyClient(input: { id: $id }) { userErrors { code } } }";
        let revoked = server.ask_as_with(&admin, revoke, json!({ "id": made["id"] })).await;
        assert_eq!(revoked.data()["revokeAgencyClient"]["userErrors"], json!([]));
        server.refuses_soon(&token).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_the_providers_or_not_for_us_is_refused() {
    let provider = Provider::start().await;
    start(&provider, &[], async |server, _| {
        server.account("rep.kr@example.org", &[]).await;
        link(&server, &provider, "kim", &TokenHolder::account("rep.kr@example.org")).await;
        let good = claims(&provider, "kim");
        for key in ["EdDSA", "ES256", "RS256"] {
            assert_eq!(server.ask_as(&provider.sign(key, &good, |_| ()), VIEWER).await.status, 200, "{key}");
        }
        let mut told: Vec<String> = vec![];
        for (what, token) in attacks(&provider, &good) {
            let answer = server.ask_as(&token, VIEWER).await;
            assert_eq!((answer.status, answer.error().0), (401, "UNAUTHENTICATED"), "{what}: {}", answer.text);
            told.push(answer.text);
        }
        assert!(told.len() >= 30);
        told.dedup();
        assert_eq!(told.len(), 1, "why a token is refused is not told");
        let cased = provider.sign("EdDSA", &good, |header| header.typ = Some("application/AT+JWT".to_owned()));
        assert_eq!(server.ask_as(&cased, VIEWER).await.status, 200, "the same type, written otherwise");
    })
    .await;
}

/// What somebody might send who has seen a good token and the public keys, or whom the provider gave a token for another
/// service.
fn attacks(provider: &Provider, good: &Value) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = vec![];
    let now = now().timestamp();
    for (claim, value) in [
        ("aud", json!("another")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("iss", json!("https://elsewhere.example.org")),
        ("iss", json!(format!("{}/", provider.issuer))),
        ("iss", json!([provider.issuer])),
        ("iss", Value::Null),
        ("sub", json!("")),
        ("sub", json!("k".repeat(256))),
        ("sub", json!("kim\u{0}")),
        ("sub", json!("k\u{131}m")),
        ("sub", Value::Null),
        ("exp", json!(now - 61)),
        ("exp", json!("soon")),
        ("exp", json!(-1)),
        ("exp", Value::Null),
        ("nbf", json!(now + 62)),
        ("nbf", json!(1e300)),
        ("iat", json!(now + 62)),
    ] {
        let mut claims = good.clone();
        claims[claim] = value.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(claim);
        }
        found.push((format!("{claim} {value}"), provider.sign("EdDSA", &claims, |_| ())));
    }
    for sort in [Some("JWT"), Some("dpop+jwt"), Some("-"), Some(""), None] {
        let token = provider.sign("EdDSA", good, |header| header.typ = sort.map(ToOwned::to_owned));
        found.push((format!("typ {sort:?}"), token));
    }
    for id in [Some("nobody"), Some("ES256"), Some("RS256"), None] {
        let token = provider.sign("EdDSA", good, |header| header.kid = id.map(ToOwned::to_owned));
        found.push((format!("kid {id:?}"), token));
    }
    found.push((
        "an extension that is critical".to_owned(),
        provider.sign("EdDSA", good, |header| header.crit = Some(vec!["b64".to_owned()])),
    ));
    // Signed with a public key as though it were a secret.
    for key in provider.published()["keys"].as_array().unwrap() {
        for secret in [key.to_string(), key["x"].as_str().or(key["n"].as_str()).unwrap().to_owned()] {
            let id = key["kid"].as_str().map(ToOwned::to_owned);
            let header = Header { typ: Some("at+jwt".to_owned()), kid: id, ..Header::new(Algorithm::HS256) };
            let token = encode(&header, good, &EncodingKey::from_secret(secret.as_bytes())).unwrap();
            found.push(("HS256 with a public key".to_owned(), token));
        }
    }
    let token = provider.sign("EdDSA", good, |_| ());
    let parts: Vec<&str> = token.split('.').collect();
    let unsigned = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "at+jwt", "kid": "EdDSA" }).to_string());
    let mut other = good.clone();
    other["sub"] = json!("ada");
    let other = URL_SAFE_NO_PAD.encode(other.to_string());
    found.extend([
        ("none".to_owned(), format!("{unsigned}.{}.", parts[1])),
        ("none, with a signature".to_owned(), format!("{unsigned}.{}.{}", parts[1], parts[2])),
        ("another's claims".to_owned(), format!("{}.{other}.{}", parts[0], parts[2])),
        ("too long".to_owned(), format!("{token}{}", "A".repeat(16_384))),
    ]);
    found
}

#[tokio::test]
async fn types_are_a_setting_of_the_issuer() {
    let provider = Provider::start().await;
    start(&provider, &["--oidc-types", "JWT,-"], async |server, _| {
        server.account("rep.kr@example.org", &[]).await;
        link(&server, &provider, "kim", &TokenHolder::account("rep.kr@example.org")).await;
        for (sort, status) in [(Some("JWT"), 200), (None, 200), (Some("at+jwt"), 401)] {
            let token = provider.sign("EdDSA", &claims(&provider, "kim"), |header| {
                header.typ = sort.map(ToOwned::to_owned);
            });
            assert_eq!(server.ask_as(&token, VIEWER).await.status, status, "{sort:?}");
        }
        assert_eq!(
            server.ask_as(&server.administrator().await, VIEWER).await.status,
            200,
            "our own stay what they are"
        );
    })
    .await;
}

#[tokio::test]
async fn keys_are_kept_and_an_unknown_one_is_looked_for_once_a_minute() {
    for backend in backends() {
        let mut provider = Provider::start().await;
        let flags = ["--oidc-issuer", &provider.issuer.clone(), "--oidc-audiences", AUDIENCE];
        let (server, passed) = Server::start_with_time_and(*backend, &flags).await;
        server.account("rep.kr@example.org", &[]).await;
        link(&server, &provider, "kim", &TokenHolder::account("rep.kr@example.org")).await;
        let mut claims = claims(&provider, "kim");
        claims["exp"] = json!(now().timestamp() + 1_000_000);
        let mut serial = 0;
        // Each token is another one: nothing that was remembered answers.
        let mut ask = async |provider: &Provider, key: &str, id: &str| {
            serial += 1;
            claims["jti"] = json!(serial);
            let token = provider.sign(key, &claims, |header| header.kid = Some(id.to_owned()));
            server.ask_as(&token, VIEWER).await.status
        };
        for _ in 0..5 {
            assert_eq!(ask(&provider, "EdDSA", "EdDSA").await, 200);
            assert_eq!(ask(&provider, "EdDSA", "unknown").await, 401);
        }
        assert_eq!(provider.asked(), 1, "asked at the first token, and not again within the minute");
        provider.add("new", Algorithm::EdDSA);
        passed.store(59, Ordering::Relaxed);
        assert_eq!(ask(&provider, "new", "new").await, 401);
        passed.store(61, Ordering::Relaxed);
        assert_eq!(ask(&provider, "new", "new").await, 200, "a new key is found");
        assert_eq!(ask(&provider, "EdDSA", "EdDSA").await, 200);
        assert_eq!(provider.asked(), 2);
        // A key that was withdrawn is taken for ten minutes at the most.
        let all = provider.published();
        provider.publish(json!({ "keys": [all["keys"][3]] }));
        passed.store(61 + 601, Ordering::Relaxed);
        assert_eq!(ask(&provider, "EdDSA", "EdDSA").await, 401);
        assert_eq!(provider.asked(), 3);
        // What cannot be read does not shut out those who are in.
        provider.publish(json!("nonsense"));
        passed.store(61 + 1_202, Ordering::Relaxed);
        assert_eq!(ask(&provider, "new", "new").await, 200);
        assert_eq!(provider.asked(), 4);
    }
}

#[tokio::test]
async fn without_the_provider_its_tokens_wait_and_ours_do_not() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let provider = Provider::start().await;
    let issuer = format!("http://{gone}");
    let flags = ["--oidc-issuer", issuer.as_str(), "--oidc-audiences", AUDIENCE];
    let server = Server::start_with(backends()[0], &flags).await;
    let mut claims = claims(&provider, "kim");
    claims["iss"] = json!(issuer);
    let request = server.request("POST", "/graphql").bearer_auth(provider.sign("EdDSA", &claims, |_| ()));
    let answer = request.json(&json!({ "query": VIEWER })).send().await.unwrap();
    assert_eq!(answer.status(), 503, "it cannot be told whether the token is good");
    assert!(answer.headers().contains_key("retry-after"));
    assert!(!answer.text().await.unwrap().contains(&issuer), "where the provider is, is not told");
    assert_eq!(server.ask_as(&server.administrator().await, VIEWER).await.status, 200);
}
