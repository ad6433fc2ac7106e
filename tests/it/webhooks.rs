//! Webhooks: what agencies' own addresses are told, signed how, how often, in which order, and where nothing is sent.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use api::config::TokenHolder;
use aws_lc_rs::{
    hmac,
    signature::{ED25519, UnparsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use entity::{change_log, webhook_delivery, webhook_endpoint, webhook_secret};
use harness::{Answer, Backend, Grant, Hook, Postbox, Reply, Server, Told, backends};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::{Value, json};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const KOFIC: &str = "kr-kofic";
/// What lets a test's own address be told.
const HERE: [&str; 2] = ["--webhook-allowed-hosts", "127.0.0.1"];

/// A service, an agency's machine, and the address at which it is told.
struct World {
    server: Server,
    passed: Arc<AtomicU64>,
    hook: Hook,
    /// What the machine calls itself.
    client: String,
    /// The webhook's ID.
    id: Value,
    secret: String,
    public: String,
}

impl World {
    /// With a webhook for both events.
    async fn start(backend: Backend, flags: &[&str]) -> Self {
        let (server, passed) = Server::start_with_time_and(backend, &[&HERE, flags].concat()).await;
        server.account("admin@example.org", &[Grant::Admin]).await;
        let hook = Hook::open().await;
        let (_, client) = machine(&server, &["CONTACTS_READ", "CONTACTS_WRITE"]).await;
        let mut world =
            Self { server, passed, hook, client, id: Value::Null, secret: String::new(), public: String::new() };
        let input = json!({ "url": world.hook.url, "events": ["CONTACT_CHANGED", "OPPORTUNITY_PUBLISHED"] });
        let made = world.own("createWebhook", "CreateWebhookInput", "webhook { id publicKeys } secret", input).await;
        assert_eq!(made["userErrors"], json!([]));
        world.id = made["webhook"]["id"].clone();
        world.secret = made["secret"].as_str().unwrap().to_owned();
        world.public = made["webhook"]["publicKeys"][0].as_str().unwrap().to_owned();
        world
    }

    fn pass(&self, seconds: u64) {
        self.passed.fetch_add(seconds, Ordering::Relaxed);
    }

    async fn admin(&self) -> String {
        self.server.token_of(&TokenHolder::account("admin@example.org")).await
    }

    async fn machine(&self) -> String {
        self.server.token_of(&TokenHolder::agency(&self.client)).await
    }

    /// What the machine does: the payload.
    async fn own(&self, mutation: &str, kind: &str, selection: &str, input: Value) -> Value {
        mutate(&self.server, &self.machine().await, (mutation, kind, selection), input).await.data()[mutation].clone()
    }

    async fn update(&self, selection: &str, more: Value) -> Value {
        let mut input = json!({ "id": self.id, "expectedVersion": self.webhook("version").await["version"] });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let payload = self.own("updateWebhook", "UpdateWebhookInput", selection, input).await;
        assert_eq!(payload["userErrors"], json!([]));
        payload
    }

    /// What the machine sees of the webhook.
    async fn webhook(&self, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on WebhookEndpoint {{ {fields} }} }} }}");
        let answer = self.server.ask_as_with(&self.machine().await, &query, json!({ "id": self.id })).await;
        answer.data()["node"].clone()
    }

    /// What the machine sees of what was sent, the newest first.
    async fn deliveries(&self, fields: &str) -> Vec<Value> {
        let webhook = self.webhook(&format!("deliveries(first: 100) {{ nodes {{ {fields} }} }}")).await;
        webhook["deliveries"]["nodes"].as_array().unwrap().clone()
    }

    /// Waits until the newest delivery is as expected.
    async fn newest(&self, fields: &str, expected: &Value) {
        self.until(async || self.deliveries(fields).await.first() == Some(expected)).await;
    }

    async fn until(&self, mut holds: impl AsyncFnMut() -> bool) {
        let since = std::time::Instant::now();
        while !holds().await {
            assert!(
                since.elapsed().as_secs() < 30,
                "{:?}",
                self.deliveries("id status failure httpStatus attempts").await
            );
        }
    }

    /// Changes an institution.
    async fn change(&self, slug: &str, city: &str) -> String {
        let found = format!(r#"{{ institution(by: {{slug: "{slug}"}}) {{ id version }} }}"#);
        let found = self.server.ask(&found).await.data()["institution"].clone();
        let input = json!({ "id": found["id"], "expectedVersion": found["version"], "city": city });
        let of = ("updateInstitution", "UpdateInstitutionInput", "institution { id }");
        done(&self.server, &self.admin().await, of, input).await;
        found["id"].as_str().unwrap().to_owned()
    }

    /// Checks what was sent: who sent it, and that it is told of this.
    fn check(&self, told: &Told, kind: &str, field: &str, subject: &str) {
        verify(told, std::slice::from_ref(&self.secret), std::slice::from_ref(&self.public));
        assert_eq!((&told.json["type"], &told.json["data"][field]), (&json!(kind), &json!(subject)), "{}", told.text);
    }

    async fn changed(&self, subject: &str) -> Told {
        let told = self.hook.told().await;
        self.check(&told, "contact.changed", "contactId", subject);
        told
    }
}

/// Makes a machine: its ID, and what it calls itself.
async fn machine(server: &Server, scopes: &[&str]) -> (String, String) {
    let admin = server.token_of(&TokenHolder::account("admin@example.org")).await;
    let institution = server.ask(&format!(r#"{{ institution(by: {{slug: "{KOFIC}"}}) {{ id }} }}"#)).await;
    let input =
        json!({ "name": "Address book", "institution": institution.data()["institution"]["id"], "scopes": scopes });
    let of = ("createAgencyClient", "CreateAgencyClientInput", "agencyClient { id clientId }");
    let made = mutate(server, &admin, of, input).await.data()["createAgencyClient"]["agencyClient"].clone();
    (made["id"].as_str().unwrap().to_owned(), made["clientId"].as_str().unwrap().to_owned())
}

async fn mutate(server: &Server, token: &str, (mutation, kind, selection): (&str, &str, &str), input: Value) -> Answer {
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} }} }}"
    );
    server.ask_as_with(token, &query, json!({ "input": input })).await
}

/// Has something be done, with which nothing is wrong.
async fn done(server: &Server, token: &str, of: (&str, &str, &str), input: Value) {
    let answer = mutate(server, token, of, input).await;
    assert_eq!(answer.data()[of.0]["userErrors"], json!([]), "{}", of.0);
}

fn header<'t>(told: &'t Told, name: &str) -> &'t str {
    &told.headers[name]
}

/// Checks that an event is signed by exactly these, as a receiver does it.
fn verify(told: &Told, secrets: &[String], publics: &[String]) {
    let content = format!("{}.{}.{}", header(told, "webhook-id"), header(told, "webhook-timestamp"), told.text);
    let signatures: Vec<_> = header(told, "webhook-signature").split(' ').collect();
    let of = |version: &str| {
        let found = signatures.iter().filter_map(|one| one.strip_prefix(version));
        found.map(|one| STANDARD.decode(one).unwrap()).collect::<Vec<_>>()
    };
    let (tags, signed) = (of("v1,"), of("v1a,"));
    assert_eq!((tags.len(), signed.len()), (secrets.len(), publics.len()), "{signatures:?}");
    for (secret, tag) in secrets.iter().zip(tags) {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &key), content.as_bytes(), &tag).unwrap();
    }
    for (public, signature) in publics.iter().zip(signed) {
        let key = STANDARD.decode(public.strip_prefix("whpk_").unwrap()).unwrap();
        UnparsedPublicKey::new(&ED25519, key).verify(content.as_bytes(), &signature).unwrap();
    }
}

/// Makes somebody, who consents or does not: their ID.
async fn person(world: &World, name: &str, consents: bool) -> String {
    let admin = world.admin().await;
    let home = world.server.ask(&format!(r#"{{ institution(by: {{slug: "{KOFIC}"}}) {{ id }} }}"#)).await;
    let held = json!([{ "institution": home.data()["institution"]["id"], "title": "Counsellor",
        "emails": [{ "address": format!("{name}@example.org"), "kind": "WORK", "visibility": "MEMBERS" }] }]);
    let input = json!({ "givenName": name, "familyName": "Invented", "appointments": held });
    let of = ("createPolicymaker", "CreatePolicymakerInput", "policymaker { id }");
    let made = mutate(&world.server, &admin, of, input).await;
    let id = made.data()["createPolicymaker"]["policymaker"]["id"].as_str().unwrap().to_owned();
    if consents {
        consent(world, &id, true).await;
    }
    id
}

async fn consent(world: &World, id: &str, share: bool) {
    let input = json!({ "id": id, "shareWithAgencies": share, "basis": "a form" });
    let of = ("recordConsent", "RecordConsentInput", "policymaker { id }");
    done(&world.server, &world.admin().await, of, input).await;
}

async fn rename(world: &World, id: &str, honorific: &str) {
    let admin = world.admin().await;
    let query = "query($id: ID!) { policymaker(by: {id: $id}) { version } }";
    let found = world.server.ask_as_with(&admin, query, json!({ "id": id })).await;
    let version = &found.data()["policymaker"]["version"];
    let input = json!({ "id": id, "expectedVersion": version, "honorific": honorific });
    let of = ("updatePolicymaker", "UpdatePolicymakerInput", "policymaker { id }");
    done(&world.server, &admin, of, input).await;
}

#[tokio::test]
async fn an_agency_is_told_of_what_it_may_know_and_of_nothing_personal() {
    for backend in backends() {
        let world = World::start(*backend, &[]).await;
        // Nobody has let agencies know of this one; what comes after that is told.
        let unknown = person(&world, "hidden", false).await;
        rename(&world, &unknown, "Dr").await;
        let known = person(&world, "known", true).await;
        let told = world.changed(&known).await;
        assert_eq!(header(&told, "content-type"), "application/json");
        assert!(header(&told, "user-agent").starts_with("Balai/"));
        assert_eq!(header(&told, "webhook-timestamp"), harness::now().timestamp().to_string());
        assert!(header(&told, "webhook-id").starts_with("delivery_"));
        let fields: Vec<_> =
            told.json.as_object().unwrap().keys().chain(told.json["data"].as_object().unwrap().keys()).collect();
        assert_eq!(fields, ["data", "timestamp", "type", "contactId", "syncToken"]);
        assert_eq!(told.json["timestamp"], "2026-11-22T12:00:00Z");
        let all = format!("{told:?}").to_lowercase();
        for personal in ["hidden", "invented\"", "counsellor", "example.org", "known@"] {
            assert!(!all.contains(personal), "{personal}: {all}");
        }
        // From where to ask: what is told of is the next there.
        let since = json!({ "since": told.json["data"]["syncToken"] });
        let query = "query($since: SyncToken!) { contactChanges(since: $since, first: 1) {
            changes { ... on ContactUpserted { contact { id displayName } } } } }";
        let asked = world.server.ask_as_with(&world.machine().await, query, since).await;
        let contact = json!({ "id": known, "displayName": "known Invented" });
        assert_eq!(asked.data()["contactChanges"]["changes"], json!([{ "contact": contact }]));
        world.newest("status httpStatus failure attempts event subjectId nextAttemptAt",
            &json!({ "status": "DELIVERED", "httpStatus": 200, "failure": null, "attempts": 1, "event": "CONTACT_CHANGED",
                "subjectId": known, "nextAttemptAt": null })).await;
        let delivery = world.deliveries("id durationMs lastAttemptAt createdAt webhook { id }").await.remove(0);
        assert_eq!((&delivery["id"], &delivery["webhook"]["id"]), (&json!(header(&told, "webhook-id")), &world.id));
        assert!(delivery["durationMs"].as_i64().unwrap() < 10_000);
        assert_eq!(delivery["lastAttemptAt"], "2026-11-22T12:00:00Z");

        // That somebody withdraws it is told to those who could know of them; what comes after is not.
        consent(&world, &known, false).await;
        world.changed(&known).await;
        rename(&world, &known, "Professor").await;
        let council = world.change(KOFIC, "Jeju").await;
        world.changed(&council).await;

        // And what is published.
        let admin = world.admin().await;
        let call = json!({ "leadInstitution": council, "kind": "CO_PRODUCTION",
            "titles": [{ "language": "en", "text": "A call" }], "summaries": [{ "language": "en", "text": "For films." }],
            "eligibility": { "everyone": true } });
        let of = ("createOpportunity", "CreateOpportunityInput", "opportunity { id }");
        let made = mutate(&world.server, &admin, of, call).await;
        let id = made.data()["createOpportunity"]["opportunity"]["id"].clone();
        let of = ("publishOpportunity", "TransitionInput", "opportunity { id }");
        done(&world.server, &admin, of, json!({ "id": id })).await;
        let told = world.hook.told().await;
        world.check(&told, "opportunity.published", "opportunityId", id.as_str().unwrap());
        assert!(world.hook.is_empty());

        // What is kept says nothing about anybody, nor where it went.
        let db = world.server.database().await;
        let kept = format!(
            "{:?} {:?}",
            webhook_delivery::Entity::find().all(&db).await,
            change_log::Entity::find().all(&db).await
        );
        for personal in ["example.org", "Counsellor", "key=invented", &world.secret[6..]] {
            assert!(!kept.contains(personal), "{personal}");
        }
    }
}

#[tokio::test]
async fn who_is_deleted_merged_or_erased_is_told_of_to_those_who_could_know_them() {
    for backend in backends() {
        let world = World::start(*backend, &[]).await;
        let (one, other) = (person(&world, "one", true).await, person(&world, "other", true).await);
        for id in [&one, &other] {
            world.changed(id).await;
        }
        let admin = world.admin().await;
        let input = json!({ "survivor": one, "merged": other });
        done(&world.server, &admin, ("mergeContacts", "MergeContactsInput", "contact { id }"), input).await;
        let told: BTreeSet<_> = [world.hook.told().await, world.hook.told().await]
            .iter()
            .map(|told| told.json["data"]["contactId"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(told, BTreeSet::from([one.clone(), other]));
        done(&world.server, &admin, ("deletePolicymaker", "DeleteInput", "deletedId"), json!({ "id": one })).await;
        world.changed(&one).await;
        // Of whoever is erased nothing is left but who could know of them.
        let (known, unknown) = (person(&world, "known", true).await, person(&world, "unknown", false).await);
        world.changed(&known).await;
        for id in [&unknown, &known] {
            let input = json!({ "id": id, "reason": "asked" });
            done(&world.server, &admin, ("erasePolicymaker", "ErasePolicymakerInput", "deletedId"), input).await;
        }
        world.changed(&known).await;
        assert!(world.hook.is_empty());
    }
}

#[tokio::test]
async fn webhooks_are_the_machines_own_and_administrators() {
    for backend in backends() {
        let world = World::start(*backend, &[]).await;
        let server = &world.server;
        let (other, other_client) = machine(server, &["CONTACTS_READ"]).await;
        let (writing, writing_client) = machine(server, &["CONTACTS_WRITE"]).await;
        let other_token = server.token_of(&TokenHolder::agency(&other_client)).await;
        let writing_token = server.token_of(&TokenHolder::agency(&writing_client)).await;
        let council = server.account("council@example.org", &[Grant::Representative(KOFIC)]).await;
        let focal = server.account("focal@example.org", &[Grant::FocalPoint("KR")]).await;
        let (id, expected) = (world.id.clone(), json!(1));
        let delivery = world.own("testWebhook", "TestWebhookInput", "delivery { id }", json!({ "id": id })).await;
        let delivery = delivery["delivery"]["id"].clone();
        let events = json!(["OPPORTUNITY_PUBLISHED"]);
        let each = [
            (
                "createWebhook",
                "CreateWebhookInput",
                "webhook { id }",
                json!({ "agencyClient": writing, "url": world.hook.url, "events": events }),
            ),
            (
                "updateWebhook",
                "UpdateWebhookInput",
                "webhook { id }",
                json!({ "id": id, "expectedVersion": expected, "enabled": true }),
            ),
            ("testWebhook", "TestWebhookInput", "delivery { id }", json!({ "id": id })),
            ("redeliverWebhook", "TransitionInput", "delivery { id }", json!({ "id": delivery })),
            ("replayWebhook", "ReplayWebhookInput", "webhook { id }", json!({ "id": id, "since": "x" })),
            ("deleteWebhook", "DeleteInput", "deletedId", json!({ "id": id })),
        ];
        for (mutation, kind, selection, input) in &each {
            let ask = async |token: &str| mutate(server, token, (mutation, kind, selection), input.clone()).await;
            for token in [&council, &focal] {
                assert_eq!(ask(token).await.error().0, "FORBIDDEN", "{mutation}");
            }
            let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} }} }}");
            let anonymous = server.ask_with(&query, json!({ "input": input })).await;
            assert_eq!(anonymous.error().0, "UNAUTHENTICATED", "{mutation}");
            let foreign = ask(&other_token).await;
            if *mutation == "createWebhook" {
                assert_eq!(foreign.error().0, "FORBIDDEN", "for another machine");
            } else {
                assert_eq!(foreign.data()[mutation]["userErrors"][0]["code"], "NOT_FOUND", "{mutation}");
            }
        }
        let seen = |client: &str| {
            format!(
                r#"{{ node(id: "{client}") {{ ... on AgencyClient {{ webhooks {{ id }} }} }} hook: node(id: {id}) {{ id }} sent: node(id: {delivery}) {{ id }} }}"#
            )
        };
        for token in [&council, &focal, &other_token] {
            let told = server.ask_as(token, &seen(&other)).await;
            assert!(told.data()["hook"].is_null() && told.data()["sent"].is_null(), "{}", told.text);
        }
        let admin = world.admin().await;
        let told = server.ask_as(&admin, &seen(&other)).await;
        assert_eq!((&told.data()["hook"]["id"], &told.data()["sent"]["id"]), (&id, &delivery));
        let mine = server
            .ask_as(
                &world.machine().await,
                "{ viewer { ... on AgencyClient { webhooks { id agencyClient { clientId } } } } }",
            )
            .await;
        assert_eq!(
            mine.data()["viewer"]["webhooks"],
            json!([{ "id": id, "agencyClient": { "clientId": world.client } }])
        );

        // Of contacts only those are told who may read them.
        let create = ("createWebhook", "CreateWebhookInput", "webhook { id events url enabled }");
        let contacts = json!({ "url": world.hook.url, "events": ["CONTACT_CHANGED"] });
        assert_eq!(mutate(server, &writing_token, create, contacts.clone()).await.error().0, "FORBIDDEN");
        let made = mutate(server, &writing_token, create, json!({ "url": world.hook.url, "events": events })).await;
        let made = made.data()["createWebhook"]["webhook"].clone();
        assert_eq!((&made["events"], &made["url"], &made["enabled"]), (&events, &json!(world.hook.url), &json!(true)));
        let faults = async |input: Value| {
            let answer = mutate(server, &admin, create, input).await;
            let faults = answer.data()["createWebhook"]["userErrors"].as_array().unwrap().clone();
            faults
                .iter()
                .map(|fault| format!("{} {}", fault["field"][0].as_str().unwrap(), fault["code"].as_str().unwrap()))
                .collect::<Vec<_>>()
        };
        let url = &world.hook.url;
        assert_eq!(
            faults(json!({ "agencyClient": writing, "url": url, "events": ["CONTACT_CHANGED"] })).await,
            ["events INVALID"]
        );
        assert_eq!(faults(json!({ "url": "x", "events": [] })).await, ["agencyClient REQUIRED", "url INVALID"]);
        assert_eq!(faults(json!({ "agencyClient": other, "url": url, "events": [] })).await, ["events REQUIRED"]);
        for _ in 0..9 {
            assert!(faults(json!({ "agencyClient": writing, "url": url, "events": events })).await.is_empty());
        }
        assert_eq!(
            faults(json!({ "agencyClient": writing, "url": url, "events": events })).await,
            ["agencyClient IN_USE"]
        );
        let revoke = ("revokeAgencyClient", "RevokeAgencyClientInput", "agencyClient { id }");
        done(&world.server, &admin, revoke, json!({ "id": writing })).await;
        assert_eq!(
            faults(json!({ "agencyClient": writing, "url": url, "events": events })).await,
            ["agencyClient NOT_FOUND"]
        );

        let gone = world.own("deleteWebhook", "DeleteInput", "deletedId", json!({ "id": id })).await;
        assert_eq!(gone["deletedId"], id);
        let db = server.database().await;
        for table in
            [webhook_secret::Entity::find().count(&db).await, webhook_endpoint::Entity::find().count(&db).await]
        {
            assert_eq!(table.unwrap(), 10, "those of the revoked machine");
        }
        assert_eq!(webhook_delivery::Entity::find().count(&db).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn two_secrets_sign_while_they_are_exchanged() {
    for backend in backends() {
        let world = World::start(*backend, &[]).await;
        let db = world.server.database().await;
        let rotated = world.update("secret webhook { version publicKeys }", json!({ "rotateSecret": true })).await;
        let second = rotated["secret"].as_str().unwrap().to_owned();
        assert_ne!(second, world.secret);
        let keys: Vec<String> = serde_json::from_value(rotated["webhook"]["publicKeys"].clone()).unwrap();
        assert_eq!((keys.len(), &keys[1], &rotated["webhook"]["version"]), (2, &world.public, &json!(2)));
        world.change(KOFIC, "Jeju").await;
        verify(&world.hook.told().await, &[second.clone(), world.secret.clone()], &keys);

        world.pass(DAY + HOUR);
        world.change(KOFIC, "Seoul").await;
        verify(&world.hook.told().await, std::slice::from_ref(&second), &keys[..1]);
        assert_eq!(world.webhook("publicKeys").await["publicKeys"], json!(keys[..1]));
        world.until(async || webhook_secret::Entity::find().count(&db).await.unwrap() == 1).await;
        // Who exchanges it again at once wants the one before gone.
        world.update("secret", json!({ "rotateSecret": true })).await;
        let last = world.update("secret webhook { publicKeys }", json!({ "rotateSecret": true })).await;
        assert_eq!(last["webhook"]["publicKeys"].as_array().unwrap().len(), 2);
        assert!(!last["webhook"]["publicKeys"].as_array().unwrap().contains(&json!(keys[0])));
        assert_eq!(world.update("secret", json!({ "enabled": true })).await["secret"], Value::Null);
    }
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_later_and_in_order() {
    for backend in backends() {
        let world = World::start(*backend, &[]).await;
        world.hook.answer([Reply::Status(500), Reply::Status(503)]);
        let first = world.change(KOFIC, "Jeju").await;
        let told = world.changed(&first).await;
        let failed = json!({ "status": "PENDING", "httpStatus": 500, "failure": "ANSWERED", "attempts": 1 });
        world.newest("status httpStatus failure attempts", &failed).await;
        // What changes meanwhile waits for it, once; what is about something else does not.
        world.change(KOFIC, "Daegu").await;
        world.change(KOFIC, "Incheon").await;
        let other = world.change("kh-mcfa", "Siem Reap").await;
        // The answer to that is 503.
        world.changed(&other).await;
        world
            .until(async || {
                let all = world.deliveries("attempts httpStatus nextAttemptAt subjectId").await;
                all.len() == 3 && all.iter().any(|one| one["httpStatus"] == 503 && one["subjectId"] == other)
            })
            .await;
        let waits = world.deliveries("attempts subjectId").await;
        assert_eq!(waits.iter().filter(|one| one["subjectId"] == first).count(), 2, "several changes are one event");
        let next = world.deliveries("subjectId attempts nextAttemptAt").await;
        let due = next.iter().find(|one| one["attempts"] == 1 && one["subjectId"] == first).unwrap();
        let due = due["nextAttemptAt"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let wait = (due - harness::now()).num_milliseconds();
        assert!((5_000..16_500).contains(&wait), "{wait} ms");

        world.pass(30);
        let again = [world.hook.told().await, world.hook.told().await, world.hook.told().await];
        let of_first: Vec<_> = again.iter().filter(|told| told.json["data"]["contactId"] == *first).collect();
        assert_eq!(of_first.len(), 2);
        assert_eq!(header(of_first[0], "webhook-id"), header(&told, "webhook-id"), "the earlier event comes first");
        assert_eq!(of_first[0].text, told.text, "and says the same");
        assert_ne!(header(of_first[0], "webhook-timestamp"), header(&told, "webhook-timestamp"), "signed anew");
        assert_ne!(header(of_first[1], "webhook-id"), header(&told, "webhook-id"));
        for told in &again {
            verify(told, std::slice::from_ref(&world.secret), std::slice::from_ref(&world.public));
        }
        world.until(async || world.deliveries("status").await.iter().all(|one| one["status"] == "DELIVERED")).await;
        assert!(world.hook.is_empty());
    }
}

#[tokio::test]
async fn an_address_that_is_given_up_is_disabled_and_its_owners_are_told() {
    for backend in backends() {
        let postbox = Postbox::open().await;
        let world = World::start(*backend, &["--webhook-retries", "5s,1h", "--smtp-url", &postbox.url]).await;
        world.server.account("council@example.org", &[Grant::Representative(KOFIC)]).await;
        world.server.account("other@example.org", &[Grant::Representative("kh-mcfa"), Grant::FocalPoint("KR")]).await;
        world.hook.answer([Reply::Status(500), Reply::Status(404), Reply::Status(502)]);
        let council = world.change(KOFIC, "Jeju").await;
        let first = world.changed(&council).await;
        world.change(KOFIC, "Daegu").await;
        for (attempts, wait) in [(1, 30), (2, 2 * HOUR)] {
            world
                .until(async || world.deliveries("attempts").await.iter().any(|one| one["attempts"] == attempts))
                .await;
            world.pass(wait);
            let told = world.changed(&council).await;
            assert_eq!(header(&told, "webhook-id"), header(&first, "webhook-id"));
        }
        world.until(async || world.webhook("enabled").await["enabled"] == false).await;
        let disabled = world.webhook("disabledReason disabledAt version").await;
        assert_eq!((&disabled["disabledReason"], &disabled["version"]), (&json!("FAILING"), &json!(2)));
        let given_up = world
            .webhook("deliveries(filter: {status: FAILED}) { totalCount nodes { httpStatus attempts nextAttemptAt } }")
            .await;
        let failed = json!({ "totalCount": 1, "nodes": [{ "httpStatus": 502, "attempts": 3, "nextAttemptAt": null }] });
        assert_eq!(given_up["deliveries"], failed);
        world.pass(2 * MINUTE);
        let mut told = vec![];
        for _ in 0..2 {
            let (to, letter) = postbox.letter().await;
            assert_eq!(letter.subject, "A webhook was disabled");
            for part in [&letter.text, &letter.html] {
                assert!(part.contains("Address book") && part.contains("127.0.0.1"), "{part}");
                assert!(!part.contains("key") && !part.contains("/hook"), "the address may be a secret: {part}");
            }
            told.push(to);
        }
        told.sort();
        assert_eq!(told, ["<admin@example.org>", "<council@example.org>"]);
        let entry = r#"{ auditLog(first: 1) { nodes { actor { __typename } changes { field old new } } } }"#;
        let entry = world.server.ask_as(&world.admin().await, entry).await.data()["auditLog"]["nodes"][0].clone();
        let fields: BTreeMap<_, _> = entry["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| (change["field"].as_str().unwrap(), &change["new"]))
            .collect();
        assert_eq!(fields["disabledReason"], "\"FAILING\"", "{entry}");

        // It is told nothing, until it is enabled: then what was missed comes, once.
        world.change(KOFIC, "Jeonju").await;
        let refused = world
            .own(
                "redeliverWebhook",
                "TransitionInput",
                "delivery { id }",
                json!({ "id": header(&first, "webhook-id") }),
            )
            .await;
        assert_eq!(refused["userErrors"][0]["code"], "ILLEGAL_TRANSITION");
        world.pass(DAY);
        assert!(world.hook.is_empty() && postbox.is_empty());
        world.update("webhook { enabled disabledAt }", json!({ "enabled": true })).await;
        let told = world.changed(&council).await;
        assert_ne!(header(&told, "webhook-id"), header(&first, "webhook-id"));
        world.newest("status attempts", &json!({ "status": "DELIVERED", "attempts": 1 })).await;
        assert!(world.hook.is_empty(), "two changes while it waited are one event");
    }
}

#[tokio::test]
async fn gone_is_gone_and_who_asks_for_time_gets_it() {
    for backend in backends() {
        let world = World::start(*backend, &[]).await;
        world.hook.answer([
            Reply::With(503, "Retry-After: 7200".to_owned()),
            Reply::With(429, "Retry-After: 99999999".to_owned()),
        ]);
        let (one, other) = (world.change(KOFIC, "Jeju").await, "kh-mcfa");
        world.changed(&one).await;
        let due = async |wait: u64| {
            let at = (harness::now() + std::time::Duration::from_secs(world.passed.load(Ordering::Relaxed) + wait))
                .timestamp();
            world
                .until(async || {
                    let newest = world.deliveries("nextAttemptAt").await.remove(0);
                    let due = newest["nextAttemptAt"]
                        .as_str()
                        .and_then(|due| due.parse::<chrono::DateTime<chrono::Utc>>().ok());
                    due.is_some_and(|due| (at..at + 10).contains(&due.timestamp()))
                })
                .await;
        };
        due(2 * HOUR).await;
        let other = world.change(other, "Siem Reap").await;
        world.changed(&other).await;
        due(DAY).await;
        world.hook.answer([Reply::Status(410)]);
        world.change("th-dcp", "Chiang Mai").await;
        world.hook.told().await;
        world.until(async || world.webhook("disabledReason").await["disabledReason"] == "GONE").await;
        let newest = world.deliveries("status httpStatus attempts").await.remove(0);
        assert_eq!(newest, json!({ "status": "FAILED", "httpStatus": 410, "attempts": 1 }));
    }
}

#[tokio::test]
async fn nothing_is_sent_to_what_stands_beside_the_service() {
    for backend in backends() {
        let world = World::start(*backend, &[]).await;
        let refused = [
            "http://hooks.example.org/",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[fd00:ec2::254]/",
            "https://192.168.1.1/",
            "https://100.64.0.1/",
            "https://224.0.0.1/",
            "https://0.0.0.0/",
            "https://192.0.2.1/",
            "https://[64:ff9b::7f00:1]/",
            "https://2130706434/",
            "https://0177.0.0.2/",
            "https://127.0.0.2/",
            "https://user:secret@hooks.example.org/",
            "ftp://hooks.example.org/",
            "hooks.example.org",
            "",
        ];
        for url in refused {
            let input = json!({ "url": url, "events": ["CONTACT_CHANGED"] });
            let made = world.own("createWebhook", "CreateWebhookInput", "webhook { id }", input).await;
            let fault = &made["userErrors"][0];
            assert_eq!((&fault["field"], &fault["code"]), (&json!(["url"]), &json!("INVALID")), "{url}");
            assert_eq!(made["webhook"], Value::Null);
        }
        // Where a name leads is seen when it is connected to.
        let port = world.hook.url.split(':').nth(2).unwrap().to_owned();
        let outcome = async |world: &World, server: &Server| {
            let of =
                ("testWebhook", "TestWebhookInput", "delivery { status failure httpStatus attempts nextAttemptAt }");
            mutate(server, &world.machine().await, of, json!({ "id": world.id })).await.data()["testWebhook"]["delivery"].clone()
        };
        let nothing = json!({ "status": "FAILED", "failure": "REFUSED", "httpStatus": null, "attempts": 1, "nextAttemptAt": null });
        world.update("webhook { url }", json!({ "url": format!("https://localhost:{port}") })).await;
        assert_eq!(outcome(&world, &world.server).await, nothing);
        world.update("webhook { url }", json!({ "url": world.hook.url })).await;
        // What was allowed is not for ever.
        let strict = world.server.replica_with(&[]);
        assert_eq!(outcome(&world, &strict).await, nothing);
        assert!(world.hook.is_empty());
        let taken =
            json!({ "status": "DELIVERED", "failure": null, "httpStatus": 200, "attempts": 1, "nextAttemptAt": null });
        assert_eq!(outcome(&world, &world.server).await, taken);
    }
}

#[tokio::test]
async fn nobody_is_followed_or_listened_to_for_longer_than_they_should_be() {
    for backend in backends() {
        let world = World::start(*backend, &["--webhook-seconds", "1"]).await;
        let elsewhere = Hook::open().await;
        let test = async || {
            let fields = "delivery { status failure httpStatus durationMs }";
            world.own("testWebhook", "TestWebhookInput", fields, json!({ "id": world.id })).await["delivery"].clone()
        };
        for status in [301, 302, 307, 308] {
            world.hook.answer([Reply::With(status, format!("location: {}", elsewhere.url))]);
            let told = test().await;
            assert_eq!(
                (&told["status"], &told["failure"], &told["httpStatus"]),
                (&json!("FAILED"), &json!("ANSWERED"), &json!(status))
            );
        }
        assert!(elsewhere.is_empty());
        world.hook.answer([Reply::Silence]);
        let told = test().await;
        assert_eq!((&told["failure"], &told["httpStatus"]), (&json!("TIMED_OUT"), &Value::Null));
        assert!((1_000..5_000).contains(&told["durationMs"].as_i64().unwrap()), "{told}");
        world.hook.cut().await;
        world.hook.answer([Reply::Endless]);
        let told = test().await;
        assert_eq!((&told["status"], &told["httpStatus"]), (&json!("DELIVERED"), &json!(200)));
        world.hook.cut().await;
        // Nobody is there.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        world.update("webhook { url }", json!({ "url": format!("http://{free}/") })).await;
        let told = test().await;
        assert_eq!((&told["status"], &told["failure"]), (&json!("FAILED"), &json!("UNREACHABLE")));
        assert_eq!(world.webhook("enabled").await["enabled"], true, "a test disables nothing");
    }
}

#[tokio::test]
async fn replicas_send_each_event_once() {
    for backend in backends() {
        let world = World::start(*backend, &[]).await;
        let replicas = [world.server.replica_with(&HERE), world.server.replica_with(&HERE)];
        let slugs = world.server.ask("{ institutions(first: 20) { nodes { id slug } } }").await;
        let nodes = slugs.data()["institutions"]["nodes"].as_array().unwrap().clone();
        let mut wanted = BTreeSet::new();
        for node in &nodes {
            wanted.insert(world.change(node["slug"].as_str().unwrap(), "Elsewhere").await);
        }
        let (mut ids, mut subjects) = (BTreeSet::new(), BTreeSet::new());
        while subjects.len() < wanted.len() {
            let told = world.hook.told().await;
            assert!(ids.insert(header(&told, "webhook-id").to_owned()), "each once");
            subjects.insert(told.json["data"]["contactId"].as_str().unwrap().to_owned());
        }
        assert_eq!(subjects, wanted);
        // A last one, that comes behind all of them.
        let last = world.change(KOFIC, "Seoul").await;
        assert_eq!(world.hook.told().await.json["data"]["contactId"], *last);
        assert!(world.hook.is_empty());
        world
            .until(async || {
                let all = world.deliveries("status attempts").await;
                all.len() == wanted.len() + 1
                    && all.iter().all(|one| *one == json!({ "status": "DELIVERED", "attempts": 1 }))
            })
            .await;
        drop(replicas);
    }
}

#[tokio::test]
async fn what_a_replica_took_upon_itself_and_did_not_end_is_sent_by_another() {
    for backend in backends() {
        let world = World::start(*backend, &["--webhook-seconds", "60"]).await;
        world.hook.answer([Reply::Silence]);
        let council = world.change(KOFIC, "Jeju").await;
        let first = world.changed(&council).await;
        let replica = world.server.replica_with(&HERE);
        // For as long as it may take it is the first one's.
        world.pass(MINUTE);
        let other = world.change("kh-mcfa", "Siem Reap").await;
        assert_eq!(world.hook.told().await.json["data"]["contactId"], *other);
        world.pass(MINUTE);
        let again = world.changed(&council).await;
        assert_eq!((&again.text, header(&again, "webhook-id")), (&first.text, header(&first, "webhook-id")));
        world.until(async || world.deliveries("status").await.iter().all(|one| one["status"] == "DELIVERED")).await;
        drop(replica);
    }
}

#[tokio::test]
async fn what_was_told_is_told_again_when_it_is_asked_for() {
    for backend in backends() {
        let world = World::start(*backend, &[]).await;
        let (first, second) = (world.change(KOFIC, "Jeju").await, "kh-mcfa");
        let told = world.changed(&first).await;
        let second = world.change(second, "Siem Reap").await;
        let last = world.changed(&second).await;

        let test = world
            .own("testWebhook", "TestWebhookInput", "delivery { id status event subjectId }", json!({ "id": world.id }))
            .await;
        let sent = world.hook.told().await;
        verify(&sent, std::slice::from_ref(&world.secret), std::slice::from_ref(&world.public));
        assert_eq!(
            sent.json,
            json!({ "type": "test", "timestamp": "2026-11-22T12:00:00Z", "data": { "webhookId": world.id } })
        );
        assert_eq!(
            test["delivery"],
            json!({ "id": header(&sent, "webhook-id"), "status": "DELIVERED", "event": null, "subjectId": null })
        );

        let once_more = json!({ "id": header(&told, "webhook-id"), "expectedVersion": 7 });
        let redeliver = async |input: Value| {
            world.own("redeliverWebhook", "TransitionInput", "delivery { id status attempts }", input).await
        };
        assert_eq!(redeliver(once_more).await["userErrors"][0]["code"], "CONFLICT");
        let done = redeliver(json!({ "id": header(&told, "webhook-id"), "reason": "It was lost" })).await;
        assert_eq!(done["delivery"], json!({ "id": header(&told, "webhook-id"), "status": "PENDING", "attempts": 1 }));
        let again = world.changed(&first).await;
        assert_eq!((&again.text, header(&again, "webhook-id")), (&told.text, header(&told, "webhook-id")));

        // All since a token, the event that carried it included.
        let since = |told: &Told| json!({ "id": world.id, "since": told.json["data"]["syncToken"] });
        let replay = async |input: Value| {
            let answer = mutate(
                &world.server,
                &world.machine().await,
                ("replayWebhook", "ReplayWebhookInput", "webhook { id }"),
                input,
            )
            .await;
            assert_eq!(answer.data()["replayWebhook"]["userErrors"], json!([]));
        };
        replay(since(&last)).await;
        let repeated = world.changed(&second).await;
        assert_ne!(header(&repeated, "webhook-id"), header(&last, "webhook-id"), "another delivery");
        replay(since(&told)).await;
        // Between contacts there is no order.
        let replayed = [world.hook.told().await, world.hook.told().await];
        let of_first = usize::from(replayed[0].json["data"]["contactId"] != json!(first));
        for (told, subject) in [(&replayed[of_first], &first), (&replayed[1 - of_first], &second)] {
            world.check(told, "contact.changed", "contactId", subject);
        }
        let of = ("replayWebhook", "ReplayWebhookInput", "webhook { id }");
        let wrong =
            mutate(&world.server, &world.machine().await, of, json!({ "id": world.id, "since": "no token" })).await;
        assert_eq!(wrong.error(), ("SYNC_TOKEN_INVALID", "input.since"));
        assert!(world.hook.is_empty());

        // Also to one that is disabled, a test is sent.
        world.update("webhook { id }", json!({ "enabled": false })).await;
        assert_eq!(
            world.webhook("enabled disabledReason").await,
            json!({ "enabled": false, "disabledReason": "REQUESTED" })
        );
        world.change(KOFIC, "Seoul").await;
        let test = world.own("testWebhook", "TestWebhookInput", "delivery { status }", json!({ "id": world.id })).await;
        assert_eq!(
            (&test["delivery"]["status"], &world.hook.told().await.json["type"]),
            (&json!("DELIVERED"), &json!("test"))
        );
        assert!(world.hook.is_empty());
        world.update("webhook { id }", json!({ "events": ["OPPORTUNITY_PUBLISHED"], "enabled": true })).await;
        // What it is not told of any more is not made up for.
        let test = world.own("testWebhook", "TestWebhookInput", "delivery { status }", json!({ "id": world.id })).await;
        assert_eq!(test["delivery"]["status"], "DELIVERED");
        assert_eq!(world.hook.told().await.json["type"], "test");
        assert!(world.hook.is_empty());
    }
}

#[tokio::test]
async fn what_was_sent_is_forgotten_after_thirty_days() {
    for backend in backends() {
        let world = World::start(*backend, &[]).await;
        let db = world.server.database().await;
        let council = world.change(KOFIC, "Jeju").await;
        world.changed(&council).await;
        world.newest("status", &json!({ "status": "DELIVERED" })).await;
        world.pass(29 * DAY);
        let other = world.change("kh-mcfa", "Siem Reap").await;
        world.changed(&other).await;
        world.newest("status", &json!({ "status": "DELIVERED" })).await;
        assert_eq!(webhook_delivery::Entity::find().count(&db).await.unwrap(), 2);
        world.pass(2 * DAY);
        world.until(async || webhook_delivery::Entity::find().count(&db).await.unwrap() == 1).await;
        assert_eq!(world.deliveries("subjectId").await, [json!({ "subjectId": other })]);
    }
}

#[tokio::test]
async fn a_machine_that_is_out_is_told_nothing() {
    for backend in backends() {
        let world = World::start(*backend, &[]).await;
        let admin = world.admin().await;
        let watching = Hook::open().await;
        let (watcher, watcher_client) = machine(&world.server, &["CONTACTS_READ"]).await;
        let token = world.server.token_of(&TokenHolder::agency(&watcher_client)).await;
        let input = json!({ "url": watching.url, "events": ["CONTACT_CHANGED"] });
        done(&world.server, &token, ("createWebhook", "CreateWebhookInput", "secret"), input).await;
        let revoke = ("revokeAgencyClient", "RevokeAgencyClientInput", "agencyClient { id }");
        done(&world.server, &admin, revoke, json!({ "id": watcher })).await;
        let council = world.change(KOFIC, "Jeju").await;
        world.changed(&council).await;
        // And while the institution that answers for it is out; what it missed follows.
        world.server.member(KOFIC).await;
        let db = world.server.database().await;
        db.execute_unprepared("UPDATE membership SET status = 'SUSPENDED'").await.unwrap();
        world.change(KOFIC, "Daegu").await;
        let other = world.change("kh-mcfa", "Siem Reap").await;
        world.pass(MINUTE);
        assert!(world.hook.is_empty() && watching.is_empty());
        db.execute_unprepared("UPDATE membership SET status = 'ACTIVE'").await.unwrap();
        let told = BTreeSet::from(
            [&world.hook.told().await, &world.hook.told().await]
                .map(|told| told.json["data"]["contactId"].as_str().unwrap().to_owned()),
        );
        assert_eq!(told, BTreeSet::from([council, other]));
        assert!(watching.is_empty());
        let of_watcher =
            webhook_endpoint::Entity::find().filter(webhook_endpoint::Column::Url.eq(&watching.url)).count(&db).await;
        assert_eq!(of_watcher.unwrap(), 1);
    }
}
