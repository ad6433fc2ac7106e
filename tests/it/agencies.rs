//! Partner agencies' machines: their secrets, their tokens, and what these allow.
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{
    contact_email,
    vocabulary::{ContactPointKind, Visibility},
};
use harness::{Answer, Backend, Grant, Server, on_each_database};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait as _};
use serde_json::{Value, json};

const INSTITUTION: &str = "kr-kofic";

/// Makes a machine with these scopes: its ID, what it calls itself, and its secret.
async fn create(
    server: &Server,
    admin: &str,
    scopes: &[&str],
    keys: Option<Value>,
) -> (String, String, Option<String>) {
    let institution = server.ask(&format!(r#"{{ institution(by: {{slug: "{INSTITUTION}"}}) {{ id }} }}"#)).await;
    let query = "mutation($input: CreateAgencyClientInput!) { createAgencyClient(input: $input) {
        agencyClient { id clientId scopes institution { slug } } secret userErrors { field code message } } }";
    let input = json!({ "input": { "name": "Address book", "institution": institution.data()["institution"]["id"],
        "scopes": scopes, "publicKeys": keys.map(|keys| keys.to_string()) } });
    let answer = server.ask_as_with(admin, query, input).await;
    let payload = &answer.data()["createAgencyClient"];
    assert_eq!(payload["userErrors"], json!([]));
    let client = &payload["agencyClient"];
    assert_eq!((&client["scopes"], &client["institution"]["slug"]), (&json!(scopes), &json!(INSTITUTION)));
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    (text(&client["id"]).unwrap(), text(&client["clientId"]).unwrap(), text(&payload["secret"]))
}

/// Sends a form to an address of the authorisation server.
async fn form(server: &Server, path: &str, fields: &[(&str, &str)], basic: Option<(&str, &str)>) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request =
        server.request("POST", path).header("content-type", "application/x-www-form-urlencoded").body(body);
    if let Some((name, secret)) = basic {
        request = request.basic_auth(name, Some(secret));
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.status() == 401, response.headers().contains_key("www-authenticate"));
    Answer::of(response).await
}

async fn token(server: &Server, id: &str, secret: &str) -> Answer {
    form(server, "/oauth/token", &[("grant_type", "client_credentials")], Some((id, secret))).await
}

fn access(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json["access_token"].as_str().unwrap()
}

const VIEWER: &str = "{ viewer { __typename ... on AgencyClient { clientId name scopes lastUsedAt } } }";

#[tokio::test]
async fn a_machine_gets_a_token_with_its_secret() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let (_, id, secret) = create(&server, &admin, &["CONTACTS_READ", "CONTACTS_WRITE"], None).await;
        let secret = secret.unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(&secret).unwrap().len() * 8, 256);

        let answer = token(&server, &id, &secret).await;
        assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&json!("Bearer"), &json!(600)));
        assert_eq!(answer.json["scope"], "CONTACTS_READ CONTACTS_WRITE");
        let viewer = server.ask_as(access(&answer), VIEWER).await;
        let seen = &viewer.data()["viewer"];
        assert_eq!((&seen["__typename"], &seen["clientId"]), (&json!("AgencyClient"), &json!(id)));
        assert_eq!(seen["lastUsedAt"], "2026-11-22T12:00:00Z");

        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_secret", &secret),
            ("scope", "CONTACTS_READ"),
        ];
        let narrow = form(&server, "/oauth/token", &fields, None).await;
        assert_eq!(narrow.json["scope"], "CONTACTS_READ");
        access(&narrow);
    })
    .await;
}

/// The fields of a form, who sends it, and the status and the error that it is answered with.
type Case<'a> = (Vec<(&'a str, &'a str)>, Option<(&'a str, &'a str)>, u16, &'a str);

#[tokio::test]
async fn what_is_wrong_is_told_in_the_words_of_rfc_6749() {
    let server = Server::start(Backend::Sqlite).await;
    let admin = server.administrator().await;
    let (_, id, secret) = create(&server, &admin, &["CONTACTS_READ"], None).await;
    let secret = secret.unwrap();
    let (id, secret) = (id.as_str(), secret.as_str());
    let grant = ("grant_type", "client_credentials");
    let own = [("client_id", id), ("client_secret", secret)];
    let cases: Vec<Case<'_>> = vec![
        (vec![], Some((id, secret)), 400, "invalid_request"),
        (vec![("grant_type", "password")], Some((id, secret)), 400, "unsupported_grant_type"),
        (vec![grant], None, 401, "invalid_client"),
        (vec![grant], Some((id, "not the secret")), 401, "invalid_client"),
        (vec![grant], Some(("nobody", secret)), 401, "invalid_client"),
        (vec![grant, ("client_id", "nobody")], Some((id, secret)), 401, "invalid_client"),
        (vec![grant, own[0], own[1]], Some((id, secret)), 400, "invalid_request"),
        (vec![grant, grant, own[0], own[1]], None, 400, "invalid_request"),
        (vec![grant, own[0], own[1], ("scope", "CONTACTS_WRITE")], None, 400, "invalid_scope"),
        (vec![grant, own[0], own[1], ("scope", "EVERYTHING")], None, 400, "invalid_scope"),
    ];
    for (fields, basic, status, error) in cases {
        let answer = form(&server, "/oauth/token", &fields, basic).await;
        assert_eq!((answer.status, answer.json["error"].as_str()), (status, Some(error)), "{fields:?} {basic:?}");
    }
    let json = server.request("POST", "/oauth/token").json(&json!({ "grant_type": "client_credentials" })).send().await;
    assert_eq!(json.unwrap().status(), 400);
    let unknown = token(&server, "nobody", secret).await;
    assert_eq!(unknown.text, token(&server, id, "not the secret").await.text, "who is known is not told");
}

#[tokio::test]
async fn two_secrets_are_good_while_they_are_exchanged() {
    for backend in harness::backends() {
        let (server, passed) = Server::start_with_time(*backend).await;
        let admin = server.administrator().await;
        let (key, id, first) = create(&server, &admin, &["CONTACTS_READ"], None).await;
        let rotate = format!(
            r#"mutation {{ rotateAgencySecret(input: {{id: "{key}"}}) {{ secret agencyClient {{ version }} userErrors {{ code }} }} }}"#
        );
        let rotated = server.ask_as(&admin, &rotate).await;
        let second = rotated.data()["rotateAgencySecret"]["secret"].as_str().unwrap().to_owned();
        let first = first.unwrap();
        assert_eq!(rotated.data()["rotateAgencySecret"]["agencyClient"]["version"], 2);
        for secret in [&first, &second] {
            access(&token(&server, &id, secret).await);
        }
        passed.store(25 * 3_600, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(token(&server, &id, &first).await.status, 401, "after a day");
        access(&token(&server, &id, &second).await);
    }
}

#[tokio::test]
async fn a_revoked_machine_is_out_within_a_second() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let (key, id, secret) = create(&server, &admin, &["CONTACTS_READ"], None).await;
        let secret = secret.unwrap();
        let answer = token(&server, &id, &secret).await;
        let revoke = format!(r#"mutation {{ revokeAgencyClient(input: {{id: "{key}"}}) {{ agencyClient {{ id }} userErrors {{ code }} }} }}"#);
        assert_eq!(server.ask_as(&admin, &revoke).await.data()["revokeAgencyClient"]["agencyClient"]["id"], key);
        server.refuses_soon(access(&answer)).await;
        assert_eq!(token(&server, &id, &secret).await.status, 401);
        let again = server.ask_as(&admin, &revoke).await;
        assert_eq!(again.data()["revokeAgencyClient"]["userErrors"][0]["code"], "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn a_machine_is_out_while_the_institution_that_answers_for_it_is() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let (_, id, secret) = create(&server, &admin, &["CONTACTS_READ"], None).await;
        let secret = secret.unwrap();
        access(&token(&server, &id, &secret).await);
        server.member(INSTITUTION).await;
        let held = token(&server, &id, &secret).await;
        let membership = format!(r#"{{ institution(by: {{slug: "{INSTITUTION}"}}) {{ membership {{ id }} }} }}"#);
        let membership = server.ask_as(&admin, &membership).await.data()["institution"]["membership"]["id"].clone();
        let lead = async |step: &str| {
            let step = format!(r#"mutation {{ {step}Membership(input: {{id: {membership}, reason: "a reason"}}) {{ userErrors {{ code }} }} }}"#);
            let done = server.ask_as(&admin, &step).await;
            assert!(done.text.contains(r#""userErrors":[]"#), "{}", done.text);
        };
        lead("suspend").await;
        server.refuses_soon(access(&held)).await;
        let refused = token(&server, &id, &secret).await;
        assert_eq!((refused.status, &refused.json["error"]), (400, &json!("unauthorized_client")));
        assert_eq!(token(&server, &id, "not the secret").await.json["error"], "invalid_client", "only the machine is told");
        lead("reinstate").await;
        access(&token(&server, &id, &secret).await);
        // Whoever is put out of the network while it is suspended does not come in again by that.
        lead("suspend").await;
        lead("withdraw").await;
        assert_eq!(token(&server, &id, &secret).await.json["error"], "unauthorized_client");
        let council = server.account("council@example.org", &[Grant::Representative(INSTITUTION)]).await;
        let institution = server.ask(&format!(r#"{{ institution(by: {{slug: "{INSTITUTION}"}}) {{ id }} }}"#)).await;
        let apply = format!("mutation {{ applyForMembership(input: {{institution: {}, tier: FULL}}) {{ membership {{ id }} }} }}", institution.data()["institution"]["id"]);
        let again = server.ask_as(&council, &apply).await.data()["applyForMembership"]["membership"]["id"].clone();
        assert_eq!(token(&server, &id, &secret).await.json["error"], "unauthorized_client", "it has only applied");
        let admit = format!("mutation {{ approveMembership(input: {{id: {again}}}) {{ membership {{ status }} }} }}");
        assert_eq!(server.ask_as(&admin, &admit).await.data()["approveMembership"]["membership"]["status"], "ACTIVE");
        access(&token(&server, &id, &secret).await);
        // Nor is it by the end of its term, whatever its membership before has come to.
        let db = server.database().await;
        db.execute_unprepared("UPDATE membership SET status = 'LAPSED', until = '2026-11-01' WHERE status = 'ACTIVE'").await.unwrap();
        access(&token(&server, &id, &secret).await);
    })
    .await;
}

#[tokio::test]
async fn a_machine_gives_its_own_tokens_back() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let (_, id, secret) = create(&server, &admin, &["CONTACTS_READ"], None).await;
        let (_, other, others) = create(&server, &admin, &["CONTACTS_READ"], None).await;
        let (secret, others) = (secret.unwrap(), others.unwrap());
        let answer = token(&server, &id, &secret).await;
        let held = access(&answer);
        let back = async |id: &str, secret: &str, token: &str| {
            form(&server, "/oauth/revoke", &[("token", token)], Some((id, secret))).await.status
        };
        assert_eq!(back(&id, "not the secret", held).await, 401);
        assert_eq!(back(&other, &others, held).await, 200, "whether a token is good is not told");
        assert_eq!(server.ask_as(held, VIEWER).await.status, 200, "somebody else's is left alone");
        assert_eq!(back(&id, &secret, "nonsense").await, 200);
        assert_eq!(back(&id, &secret, held).await, 200);
        server.refuses_soon(held).await;
        access(&token(&server, &id, &secret).await);
    })
    .await;
}

/// A key pair: how it signs, and its public half as a set.
fn keys(id: &str) -> (EncodingKey, Value) {
    let pair = Ed25519KeyPair::generate().unwrap();
    let public = URL_SAFE_NO_PAD.encode(pair.public_key());
    let set = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": id, "x": public }] });
    (EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref()), set)
}

#[tokio::test]
async fn a_machine_may_sign_what_it_asks_with_instead() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let (key, set) = keys("one");
        let (_, id, secret) = create(&server, &admin, &["CONTACTS_READ"], Some(set)).await;
        assert_eq!(secret, None);
        let now = harness::now().timestamp();
        let good = |jti: &str| json!({ "iss": id, "sub": id, "aud": format!("{}/oauth/token", server.address()), "exp": now + 300, "jti": jti });
        let signed = |claims: &Value, key: &EncodingKey, kid: &str| {
            let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
            encode(&header, claims, key).unwrap()
        };
        let ask = async |assertion: &str| {
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            let fields = [("grant_type", "client_credentials"), ("client_assertion_type", kind), ("client_assertion", assertion)];
            form(&server, "/oauth/token", &fields, None).await
        };
        let assertion = signed(&good("1"), &key, "one");
        access(&ask(&assertion).await);
        assert_eq!(ask(&assertion).await.status, 401, "an assertion is good once");
        access(&ask(&signed(&good("2"), &key, "one")).await);

        let with = |field: &str, value: Value| {
            let mut claims = good("3");
            claims[field] = value;
            signed(&claims, &key, "one")
        };
        let (stranger, _) = keys("one");
        for (what, assertion) in [
            ("somebody else's key", signed(&good("3"), &stranger, "one")),
            ("an unknown key", signed(&good("3"), &key, "two")),
            ("another audience", with("aud", json!("https://elsewhere.example.org"))),
            ("another subject", with("sub", json!("agency-else"))),
            ("another issuer", with("iss", json!("agency-else"))),
            ("over", with("exp", json!(now - 61))),
            ("good for too long", with("exp", json!(now + 3_600))),
            ("without an ID", with("jti", json!(""))),
            ("nonsense", "nonsense".to_owned()),
        ] {
            assert_eq!(ask(&assertion).await.status, 401, "{what}");
        }
        access(&ask(&signed(&good("3"), &key, "one")).await);
    })
    .await;
}

#[tokio::test]
async fn keys_that_cannot_be_verified_with_are_refused() {
    let server = Server::start(Backend::Sqlite).await;
    let admin = server.administrator().await;
    let institution = server.ask(&format!(r#"{{ institution(by: {{slug: "{INSTITUTION}"}}) {{ id }} }}"#)).await;
    let (_, set) = keys("one");
    let mut private = set.clone();
    private["keys"][0]["d"] = json!("AAAA");
    let mut weak = set.clone();
    weak["keys"][0]["alg"] = json!("HS256");
    let mut nameless = set.clone();
    nameless["keys"][0].as_object_mut().unwrap().remove("kid");
    for keys in
        [json!({ "keys": [] }).to_string(), private.to_string(), weak.to_string(), nameless.to_string(), "{".to_owned()]
    {
        let query = "mutation($input: CreateAgencyClientInput!) { createAgencyClient(input: $input) {
            agencyClient { id } userErrors { field code } } }";
        let input = json!({ "input": { "name": " ", "institution": institution.data()["institution"]["id"], "scopes": [], "publicKeys": keys } });
        let answer = server.ask_as_with(&admin, query, input).await;
        let payload = &answer.data()["createAgencyClient"];
        assert_eq!(payload["agencyClient"], Value::Null);
        let faults = payload["userErrors"].as_array().unwrap();
        assert!(faults.iter().any(|fault| fault["field"] == json!(["publicKeys"])), "{keys}: {faults:?}");
    }
}

#[tokio::test]
async fn only_administrators_make_exchange_and_revoke() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let (key, id, secret) = create(&server, &admin, &["CONTACTS_READ"], None).await;
        let machine = token(&server, &id, &secret.unwrap()).await;
        let nobody = server.account("nobody@example.org", &[]).await;
        let institution = server.ask(&format!(r#"{{ institution(by: {{slug: "{INSTITUTION}"}}) {{ id }} }}"#)).await;
        let institution = institution.data()["institution"]["id"].as_str().unwrap().to_owned();
        for mutation in [
            format!(r#"createAgencyClient(input: {{name: "x", institution: "{institution}", scopes: []}})"#),
            format!(r#"rotateAgencySecret(input: {{id: "{key}"}})"#),
            format!(r#"revokeAgencyClient(input: {{id: "{key}"}})"#),
        ] {
            let query = format!("mutation {{ {mutation} {{ secret }} }}");
            assert_eq!(server.ask(&query).await.error().0, "UNAUTHENTICATED");
            for token in [nobody.as_str(), access(&machine)] {
                let answer = server.ask_as(token, &query).await;
                assert_eq!(answer.error().0, "FORBIDDEN", "{query}");
            }
        }
        assert_eq!(server.ask_as(access(&machine), VIEWER).await.status, 200, "nothing was done");
    })
    .await;
}

#[tokio::test]
async fn a_machine_that_reads_contacts_gets_institutions_addresses_for_members() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let member = server.member(INSTITUTION).await;
        for (place, visibility) in (0..).zip([Visibility::Public, Visibility::Members, Visibility::Secretariat]) {
            let row = contact_email::ActiveModel {
                id: Set(uuid::Uuid::now_v7()),
                appointment_id: Set(None),
                institution_id: Set(Some(member)),
                position: Set(place),
                address: Set(format!("house{place}@example.org")),
                kind: Set(ContactPointKind::Work),
                preferred: Set(false),
                visibility: Set(visibility),
            };
            row.insert(&server.database().await).await.unwrap();
        }
        for (scope, seen) in [("CONTACTS_READ", 2), ("CONTACTS_WRITE", 1)] {
            let (_, id, secret) = create(&server, &admin, &[scope], None).await;
            let machine = token(&server, &id, &secret.unwrap()).await;
            let query = format!(r#"{{ institution(by: {{slug: "{INSTITUTION}"}}) {{ emails {{ address }} }} }}"#);
            let answer = server.ask_as(access(&machine), &query).await;
            assert_eq!(answer.data()["institution"]["emails"].as_array().unwrap().len(), seen, "{scope}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_machine_may_send_and_ask_more() {
    let server = Server::start(Backend::Sqlite).await;
    let admin = server.administrator().await;
    let (_, id, secret) = create(&server, &admin, &["CONTACTS_READ"], None).await;
    let machine = token(&server, &id, &secret.unwrap()).await;
    let machine = access(&machine);
    let dear = "{ countries(first: 100) { nodes { institutions(first: 100) { nodes { slug name } } } } }";
    assert_eq!(server.ask(dear).await.error().0, "COST_EXCEEDED");
    assert_eq!(server.ask_as(&admin, dear).await.error().0, "COST_EXCEEDED");
    assert!(server.ask_as(machine, dear).await.data()["countries"]["nodes"].is_array());
    let dearer = "{ countries(first: 100) { nodes { institutions(first: 100) { nodes { slug policymakers(first: 20) { nodes { id } } } } } } }";
    assert_eq!(server.ask_as(machine, dearer).await.error().0, "COST_EXCEEDED");

    let large = |bytes: usize| format!("{{ __typename }} #{}", "x".repeat(bytes));
    assert_eq!(server.ask(&large(300 * 1024)).await.error().0, "BODY_TOO_LARGE");
    assert_eq!(server.ask_as(machine, &large(300 * 1024)).await.data()["__typename"], "Query");
    assert_eq!(server.ask_as(machine, &large(4 * 1024 * 1024)).await.error().0, "BODY_TOO_LARGE");
}
