//! The story of a membership, as the guide for administrators tells it: each step sends the guide's own document.
use std::sync::atomic::Ordering;

use api::config::TokenHolder;
use harness::{Grant, PASSWORD, Postbox, Server, backends};
use serde_json::{Value, json};

use crate::guides::blocks;

const DAY: u64 = 24 * 3_600;

/// The network, and the guide.
struct Network {
    server: Server,
    documents: Vec<String>,
}

impl Network {
    /// Sends the document of this name, as the account of an address or as nobody: the one field of its answer.
    async fn send(&self, who: Option<&str>, name: &str, variables: Value) -> Value {
        let named = |text: &&String| {
            let head = text.split(['{', '(']).next().unwrap_or_default();
            head.split_whitespace().nth(1) == Some(name)
        };
        let document = self.documents.iter().find(named).unwrap_or_else(|| panic!("{name} is in the guide"));
        let answer = match who {
            None => self.server.ask_with(document, variables).await,
            Some(email) => {
                let token = self.server.token_of(&TokenHolder::account(email)).await;
                self.server.ask_as_with(&token, document, variables).await
            }
        };
        match answer.json["errors"][0]["extensions"]["code"].as_str() {
            Some(code) => json!(code),
            None => answer.data().as_object().unwrap().values().next().unwrap().clone(),
        }
    }

    /// The same, with which nothing is wrong.
    async fn done(&self, who: Option<&str>, name: &str, variables: Value) -> Value {
        let payload = self.send(who, name, variables).await;
        assert_eq!(payload["userErrors"], json!([]), "{name}: {payload}");
        payload
    }
}

/// What stands behind this in a letter's link.
fn behind(letter: &str, path: &str) -> String {
    let (_, rest) = letter.split_once(path).unwrap_or_else(|| panic!("{path} in {letter}"));
    rest.chars().take_while(|sign| !sign.is_whitespace()).collect()
}

#[tokio::test]
async fn an_institution_applies_is_admitted_works_lapses_and_is_renewed_as_the_guide_says() {
    let (focal, admin, nari) = (Some("focal@example.org"), Some("secretary@example.org"), Some("nari@example.org"));
    for backend in backends() {
        let postbox = Postbox::open().await;
        let (server, passed) = Server::start_with_time_and(*backend, &["--smtp-url", &postbox.url]).await;
        server.account("focal@example.org", &[Grant::FocalPoint("KR")]).await;
        server.account("secretary@example.org", &[Grant::Admin]).await;
        let documents = blocks("administrators").into_iter();
        let documents = documents.filter(|(language, _)| language == "graphql").map(|(_, text)| text).collect();
        let network = Network { server, documents };
        let open = r#"{ institutions(filter: {text: "Han River Film Archive"}) { nodes { membershipStatus } } }"#;
        let open = async || network.server.ask(open).await.data()["institutions"]["nodes"].clone();

        // It applies, and is hidden.
        network.done(None, "Apply", json!({})).await;
        let (_, letter) = postbox.letter().await;
        network.done(None, "Confirm", json!({ "token": behind(&letter.text, "/application/") })).await;
        assert_eq!(open().await, json!([]));

        // The focal point finds and endorses it; the secretariat admits it for a year.
        let found = network.send(focal, "Waiting", json!({})).await["nodes"][0].clone();
        assert_eq!(found["institution"]["displayName"], "Han River Film Archive");
        assert_eq!(found["applicants"], json!([{ "name": "Nari Invented", "email": "nari@example.org" }]));
        let id = &found["id"];
        let endorsed = network.done(focal, "Endorse", json!({ "id": id, "version": found["version"] })).await;
        let version = &endorsed["membership"]["version"];
        let admitted = json!({ "id": id, "version": version, "until": "2027-11-21" });
        let admitted = network.done(admin, "AdmitForATerm", admitted).await["membership"].clone();
        assert_eq!((&admitted["status"], &admitted["tier"]), (&json!("ACTIVE"), &json!("ASSOCIATE")));
        assert_eq!(open().await, json!([{ "membershipStatus": "ACTIVE" }]));

        // Whoever applied is invited, joins and works.
        let institution = &found["institution"]["id"];
        let invited = json!({ "institution": institution, "email": found["applicants"][0]["email"] });
        network.done(focal, "InviteTheFirst", invited).await;
        let (_, letter) = postbox.letter().await;
        let token = behind(&letter.text, "/link/invitation/");
        let joined = network.done(None, "Join", json!({ "token": token, "password": PASSWORD })).await;
        assert_eq!(joined["account"]["grants"][0]["institution"]["displayName"], "Han River Film Archive");
        // Its entry was made, and then listed.
        let work = |version: i32, city: &str| json!({ "institution": institution, "version": version, "city": city });
        let worked = network.done(nari, "Work", work(2, "Seoul")).await;
        assert_eq!(worked["institution"]["city"], "Seoul");

        // The term runs out: it is reminded, and lapses.
        passed.store(360 * DAY, Ordering::Relaxed);
        let (whom, letter) = postbox.letter().await;
        assert_eq!((whom.as_str(), letter.text.contains("2027-11-21")), ("<nari@example.org>", true));
        passed.store(365 * DAY, Ordering::Relaxed);
        assert_eq!(open().await, json!([{ "membershipStatus": "LAPSED" }]));
        assert_eq!(network.send(nari, "Work", work(3, "Busan")).await, "FORBIDDEN");

        // It is renewed, and goes on.
        let renewed = json!({ "id": id, "version": admitted["version"], "until": "2028-11-20" });
        let renewed = network.done(nari, "RenewForATerm", renewed).await["membership"].clone();
        assert_eq!(renewed["term"], json!({ "since": "2027-11-22", "until": "2028-11-20" }));
        network.done(nari, "Work", work(3, "Busan")).await;

        // Each step can be traced.
        let told = network.send(nari, "HowItCame", json!({ "id": id })).await;
        assert_eq!(
            (&told["status"], &told["representatives"]),
            (&json!("ACTIVE"), &json!([{ "name": "Nari Invented" }]))
        );
        let step = |by: &str, from: &str, to: &str, reason: Value| json!({ "by": { "name": by }, "from": from, "to": to, "reason": reason });
        assert_eq!(
            told["history"],
            json!([
                { "by": null, "from": null, "to": "APPLIED", "reason": null },
                step("Somebody Invented", "APPLIED", "ENDORSED", json!("Known to the ministry")),
                step("Somebody Invented", "ENDORSED", "ACTIVE", Value::Null),
                { "by": null, "from": "ACTIVE", "to": "LAPSED", "reason": null },
                step("Nari Invented", "LAPSED", "ACTIVE", Value::Null),
            ])
        );
    }
}
