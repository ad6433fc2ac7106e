//! Access tokens: what they are, and what is not taken for one.
use std::sync::atomic::Ordering;

use api::config::TokenHolder;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use harness::{Answer, Backend, Grant, Server, backends, on_each_database};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use serde_json::{Value, json};

const VIEWER: &str = "{ viewer { __typename } countries { totalCount } }";

/// A part of a token, read.
fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn written(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

#[tokio::test]
async fn a_token_says_what_rfc_9068_has_it_say() {
    let server = Server::start(Backend::Sqlite).await;
    let token = server.administrator().await;
    let header = part(&token, 0);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("EdDSA")));
    let claims = part(&token, 1);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(server.address()), &json!(server.address())));
    assert!(claims["sub"].as_str().unwrap().starts_with("acct_"));
    assert_eq!(claims["client_id"], "balai");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    assert!(claims["jti"].is_string());
    let text = claims.to_string();
    assert!(!text.contains('@') && !text.contains("Ada"), "nothing personal: {text}");
}

#[tokio::test]
async fn the_keys_are_published_without_their_private_halves() {
    let server = Server::start(Backend::Sqlite).await;
    let token = server.administrator().await;
    let keys: Value = server.get("/.well-known/jwks.json").await.json().await.unwrap();
    let keys = keys["keys"].as_array().unwrap();
    assert_eq!((keys.len(), &keys[0]["kid"]), (1, &part(&token, 0)["kid"]));
    assert_eq!((&keys[0]["kty"], &keys[0]["crv"], &keys[0]["use"]), (&json!("OKP"), &json!("Ed25519"), &json!("sig")));
    assert!(keys[0].get("d").is_none());
    let metadata: Value = server.get("/.well-known/oauth-authorization-server").await.json().await.unwrap();
    assert_eq!(metadata["issuer"], server.address());
    for (field, path) in [
        ("jwks_uri", "/.well-known/jwks.json"),
        ("token_endpoint", "/oauth/token"),
        ("revocation_endpoint", "/oauth/revoke"),
    ] {
        assert_eq!(metadata[field], format!("{}{path}", server.address()));
    }
}

fn is_refused(answer: &Answer) -> bool {
    answer.status == 401 && answer.error().0 == "UNAUTHENTICATED" && answer.json.get("data").is_none()
}

#[tokio::test]
async fn what_was_made_up_or_tampered_with_is_refused() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        let good = server.administrator().await;
        assert_eq!(server.ask_as(&good, VIEWER).await.status, 200);
        let attacks = attacks(&server, &good);
        assert!(attacks.len() >= 40, "{}", attacks.len());
        let mut told: Vec<String> = vec![];
        for (what, token) in &attacks {
            let answer = server.ask_as(token, VIEWER).await;
            assert!(is_refused(&answer), "{what}: {}", answer.text);
            told.push(answer.text);
        }
        told.dedup();
        assert_eq!(told.len(), 1, "why a token is refused is not told");
        passed.store(11 * 60 + 1, Ordering::Relaxed);
        while !is_refused(&server.ask_as(&good, VIEWER).await) {}
    }
}

/// What somebody might send who has seen a good token and the public keys.
fn attacks(server: &Server, good: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = good.split('.').collect();
    let (head, claims, signature) = (parts[0], parts[1], parts[2]);
    let (header, said) = (part(good, 0), part(good, 1));
    let pair = Ed25519KeyPair::generate().unwrap();
    let own = EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref());
    let public = URL_SAFE_NO_PAD.encode(pair.public_key());
    let kid = header["kid"].as_str().unwrap().to_owned();
    let mut found: Vec<(String, String)> = vec![];
    let mut add = |what: &str, token: String| found.push((what.to_owned(), token));

    // Headers.
    for algorithm in ["none", "None", "nOnE", "HS256", "HS512", "RS256", "ES256", "PS256", "ES384", ""] {
        let mut header = header.clone();
        header["alg"] = json!(algorithm);
        add(&format!("alg {algorithm}"), format!("{}.{claims}.{signature}", written(&header)));
        add(&format!("alg {algorithm}, unsigned"), format!("{}.{claims}.", written(&header)));
    }
    for (field, value) in [
        ("typ", json!("JWT")),
        ("typ", json!("refresh+jwt")),
        ("typ", Value::Null),
        ("kid", json!("nobody")),
        ("kid", Value::Null),
        ("crit", json!(["exp"])),
    ] {
        let mut header = header.clone();
        header[field] = value.clone();
        add(&format!("{field} {value}"), format!("{}.{claims}.{signature}", written(&header)));
    }
    // Signed with the public key as though it were a secret.
    let mut confused =
        Header { kid: Some(kid.clone()), typ: Some("at+jwt".to_owned()), ..Header::new(Algorithm::HS256) };
    add("HS256 with a public key", encode(&confused, &said, &EncodingKey::from_secret(public.as_bytes())).unwrap());
    confused.alg = Algorithm::EdDSA;
    add("a key of one's own", encode(&confused, &said, &own).unwrap());
    let mut carried = header.clone();
    carried["jwk"] = json!({ "kty": "OKP", "crv": "Ed25519", "x": public });
    let body = format!("{}.{claims}", written(&carried));
    add("a key that comes along", format!("{body}.{}", URL_SAFE_NO_PAD.encode(pair.sign(body.as_bytes()))));
    let mut led = header.clone();
    led["jku"] = json!("https://elsewhere.example.org/jwks.json");
    add("keys from elsewhere", format!("{}.{claims}.{signature}", written(&led)));

    // Claims, with the signature that they had, and with one of one's own.
    let later = said["exp"].as_i64().unwrap() + 10_000;
    for (field, value) in [
        ("exp", json!(later)),
        ("exp", json!(0)),
        ("iat", json!(later)),
        ("sub", json!("acct_01m83ejkm4ev1816ra37vn0y20")),
        ("sub", json!("")),
        ("aud", json!("https://elsewhere.example.org")),
        ("iss", json!("https://elsewhere.example.org")),
        ("scope", json!("CONTACTS_READ CONTACTS_WRITE")),
        ("sid", Value::Null),
    ] {
        let mut claims = said.clone();
        claims[field] = value.clone();
        add(&format!("{field} {value}"), format!("{head}.{}.{signature}", written(&claims)));
        let mut own_header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::EdDSA) };
        own_header.typ = Some("at+jwt".to_owned());
        add(&format!("{field} {value}, signed by oneself"), encode(&own_header, &claims, &own).unwrap());
    }
    // Forms.
    for (what, token) in [
        ("nothing signed", format!("{head}.{claims}.")),
        ("two parts", format!("{head}.{claims}")),
        ("four parts", format!("{good}.{signature}")),
        ("a flipped bit", format!("{head}.{claims}.A{}", &signature[1..])),
        ("padding", format!("{good}=")),
        ("a space", format!("{head} .{claims}.{signature}")),
        ("dots", "..".to_owned()),
        ("no token at all", "nonsense".to_owned()),
        ("a long one", "x".repeat(8_000)),
        ("an address", server.address().to_owned()),
    ] {
        add(what, token);
    }
    found
}

#[tokio::test]
async fn credentials_that_are_none_are_not_left_aside() {
    let server = Server::start(Backend::Sqlite).await;
    let good = server.administrator().await;
    for value in
        ["Bearer", "Bearer ", "Basic YTpi", "Token x", "", &format!("Bearer {good} {good}"), &format!("bearer{good}")]
    {
        let request =
            server.request("POST", "/graphql").header("authorization", value).json(&json!({ "query": VIEWER }));
        let response = request.send().await.unwrap();
        let told = response.headers().get("www-authenticate").map(|told| told.to_str().unwrap().to_owned());
        assert_eq!(response.status(), 401, "{value}");
        assert!(told.unwrap().starts_with("Bearer "), "{value}");
    }
    let twice = server.request("POST", "/graphql").header("authorization", format!("Bearer {good}"));
    let twice = twice.header("authorization", "Bearer x").json(&json!({ "query": VIEWER })).send().await.unwrap();
    assert_eq!(twice.status(), 401);
    let lower = server.request("POST", "/graphql").header("authorization", format!("bearer {good}"));
    assert_eq!(lower.json(&json!({ "query": VIEWER })).send().await.unwrap().status(), 200, "a scheme has no case");
}

#[tokio::test]
async fn keys_are_exchanged_while_tokens_are_in_use() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        let mut tokens = vec![server.administrator().await];
        let issue = async || server.token_of(&TokenHolder::account("admin@example.org")).await;
        for round in 1..4 {
            rotate(&server.database().await, &server).await;
            tokens.push(issue().await);
            // All that a second passes by, and more: nobody is refused before, while or after the new key begins to sign.
            for second in [1, 29, 59, 60, 61, 90] {
                passed.store((round - 1) * 90 + second, Ordering::Relaxed);
                tokens.push(issue().await);
                for token in &tokens {
                    let answer = server.ask_as(token, VIEWER).await;
                    assert_eq!(answer.status, 200, "round {round}, second {second}: {}", answer.text);
                }
            }
        }
        let mut signers: Vec<_> = tokens.iter().map(|token| part(token, 0)["kid"].to_string()).collect();
        signers.dedup();
        assert_eq!(signers.len(), 4, "each key in its turn");
    }
}

#[tokio::test]
async fn keys_are_exchanged_under_load_on_two_replicas() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        server.administrator().await;
        let replica = server.replica();
        let holder = TokenHolder::account("admin@example.org");
        let done = std::sync::atomic::AtomicBool::new(false);
        let ask = async |asked: &Server| {
            let mut count = 0;
            while !done.load(Ordering::Relaxed) {
                // Each is a new token, by whichever key signs just now, and verified by either.
                let token = server.token_of(&holder).await;
                for server in [&server, asked] {
                    let answer = server.ask_as(&token, VIEWER).await;
                    assert_eq!(answer.status, 200, "{}", answer.text);
                }
                count += 1;
            }
            count
        };
        let exchange = async {
            for second in 0..40 {
                if second % 10 == 0 {
                    rotate(&server.database().await, &server).await;
                }
                passed.store(second * 10, Ordering::Relaxed);
                for _ in 0..2 {
                    server.ask("{ __typename }").await;
                }
            }
            done.store(true, Ordering::Relaxed);
        };
        let (one, two, three, ()) = tokio::join!(ask(&server), ask(&replica), ask(&replica), exchange);
        assert!(one > 0 && two > 0 && three > 0, "{one} {two} {three}");
    }
}

#[tokio::test]
async fn what_is_taken_away_is_gone_within_a_second_on_every_replica() {
    for backend in backends() {
        let server = Server::start(*backend).await;
        let replica = server.replica();
        let admin = server.administrator().await;
        let token = server.account("focal.kh@example.org", &[Grant::FocalPoint("KH")]).await;
        let roles = "{ viewer { ... on Account { id grants { role } } } }";
        let seen = replica.ask_as(&token, roles).await;
        let viewer = &seen.data()["viewer"];
        assert_eq!(viewer["grants"].as_array().unwrap().len(), 1);
        let disable = "mutation($id: ID!) { disableAccount(input: { id: $id }) { userErrors { code } } }";
        let disabled = server.ask_as_with(&admin, disable, json!({ "id": viewer["id"] })).await;
        assert_eq!(disabled.data()["disableAccount"]["userErrors"], json!([]));
        replica.refuses_soon(&token).await;
        server.refuses_soon(&token).await;
    }
}

async fn rotate(db: &DatabaseConnection, server: &Server) {
    api::commands::rotate_keys(db, server.clock()).await.unwrap();
}

#[tokio::test]
async fn a_disabled_account_is_out_within_a_second() {
    on_each_database(|server| async move {
        let token = server.account("somebody@example.org", &[Grant::FocalPoint("KH")]).await;
        assert_eq!(server.ask_as(&token, VIEWER).await.status, 200);
        let disable = "UPDATE account SET status = 'DISABLED' WHERE email_key = 'somebody@example.org'";
        server.database().await.execute_unprepared(disable).await.unwrap();
        let since = std::time::Instant::now();
        while !is_refused(&server.ask_as(&token, VIEWER).await) {
            assert!(since.elapsed().as_millis() < 1_500, "within a second");
        }
    })
    .await;
}
