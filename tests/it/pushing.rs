//! What agencies push into the network: contacts of their address books.
use api::config::TokenHolder;
use entity::{change_log, consent, external_id, institution, policymaker};
use harness::{Answer, Grant, Server, on_each_database};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};

pub(crate) const BOTH: [&str; 2] = ["CONTACTS_READ", "CONTACTS_WRITE"];

const PUSH: &str = "mutation($input: UpsertContactsInput!) { upsertContacts(input: $input) {
    created updated unchanged skipped failed userErrors { field code }
    results { index outcome userErrors { field code } contact { id displayName version externalIds { agency value }
        emails { address } ... on Institution { city country { code } }
        ... on Policymaker { nativeName appointments { title public emails { address } } } } } } }";

/// The network, with its secretariat and a machine of an agency.
pub(crate) struct Network<'server> {
    pub(crate) server: &'server Server,
    pub(crate) admin: String,
    /// What the machine calls itself, and its token.
    pub(crate) client: String,
    pub(crate) token: String,
    pub(crate) kofic: Value,
}

impl<'server> Network<'server> {
    pub(crate) async fn of(server: &'server Server) -> Self {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let (client, token) = machine(server, &admin, &BOTH).await;
        let kofic = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await;
        let kofic = kofic.data()["institution"]["id"].clone();
        Self { server, admin, client, token, kofic }
    }

    /// Pushes contacts: what came of it.
    pub(crate) async fn push(&self, contacts: Value, how: Value) -> Value {
        push(self.server, &self.token, contacts, how).await
    }

    /// A person, as the agency knows them.
    pub(crate) fn person(&self, id: &str, name: &str, email: &str) -> Value {
        json!({ "policymaker": { "externalId": id, "givenName": name, "familyName": "Invented", "country": "KR",
            "appointments": [{ "institution": self.kofic, "title": "Director", "since": "2026-01-01",
                "emails": [{ "address": email, "visibility": "MEMBERS" }] }],
            "consent": { "shareWithAgencies": true, "basis": "a form" } } })
    }

    pub(crate) async fn act(&self, mutation: &str, kind: &str, input: Value, selection: &str) -> Value {
        act(self.server, &self.admin, mutation, kind, input, selection).await
    }

    async fn entries(&self) -> u64 {
        change_log::Entity::find().count(&self.server.database().await).await.unwrap()
    }
}

/// Makes a machine: what it calls itself, and its token.
pub(crate) async fn machine(server: &Server, admin: &str, scopes: &[&str]) -> (String, String) {
    let institution = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await;
    let query = "mutation($input: CreateAgencyClientInput!) { createAgencyClient(input: $input) {
        agencyClient { clientId } userErrors { code } } }";
    let input = json!({ "input": { "name": "Address book", "institution": institution.data()["institution"]["id"],
        "scopes": scopes } });
    let answer = server.ask_as_with(admin, query, input).await;
    let client = answer.data()["createAgencyClient"]["agencyClient"]["clientId"].as_str().unwrap().to_owned();
    let token = server.token_of(&TokenHolder::agency(&client)).await;
    (client, token)
}

async fn send(server: &Server, token: &str, contacts: &Value, how: &Value) -> Answer {
    let mut input = json!({ "contacts": contacts });
    input.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
    server.ask_as_with(token, PUSH, json!({ "input": input })).await
}

/// Pushes contacts: what came of it, or the code of the error.
pub(crate) async fn push(server: &Server, token: &str, contacts: Value, how: Value) -> Value {
    let answer = send(server, token, &contacts, &how).await;
    let payload = answer.json["data"]["upsertContacts"].clone();
    if payload.is_object() { payload } else { json!(answer.error().0) }
}

/// Does something, and tells the payload, or the code of the error.
pub(crate) async fn act(
    server: &Server,
    token: &str,
    mutation: &str,
    kind: &str,
    input: Value,
    selection: &str,
) -> Value {
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} }} }}"
    );
    let answer = server.ask_as_with(token, &query, json!({ "input": input })).await;
    answer.json["data"][mutation].as_object().map_or_else(|| json!(answer.error().0), |payload| json!(payload))
}

/// What came of each contact.
pub(crate) fn outcomes(payload: &Value) -> Vec<&str> {
    let results = payload["results"].as_array().unwrap_or_else(|| panic!("{payload}"));
    results.iter().map(|result| result["outcome"].as_str().unwrap()).collect()
}

fn with(contact: &Value, change: &Value) -> Value {
    let mut contact = contact.clone();
    let inside = contact.as_object_mut().unwrap().values_mut().next().unwrap();
    inside.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    contact
}

fn council(id: &str) -> Value {
    json!({ "institution": { "externalId": id, "names": [{ "language": "en", "text": "Council of an Agency" }],
        "kind": "ARTS_COUNCIL", "country": "KR", "city": "Busan",
        "emails": [{ "address": "council@example.org", "visibility": "MEMBERS" }] } })
}

#[tokio::test]
async fn an_agency_pushes_people_and_institutions_and_pushing_again_writes_nothing() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let contacts = json!([network.person("p-1", "Linh", "linh@example.org"), council("i-1")]);
        let first = network.push(contacts.clone(), json!({})).await;
        assert_eq!(outcomes(&first), ["CREATED", "CREATED"], "{first}");
        assert_eq!((&first["created"], &first["userErrors"]), (&json!(2), &json!([])));
        let linh = &first["results"][0]["contact"];
        assert_eq!((&linh["displayName"], &linh["version"]), (&json!("Linh Invented"), &json!(1)));
        assert_eq!(linh["externalIds"], json!([{ "agency": network.client, "value": "p-1" }]));
        assert_eq!(linh["appointments"], json!([{ "title": "Director", "public": false,
            "emails": [{ "address": "linh@example.org" }] }]), "it is not the agency's to make anybody public");
        let council = &first["results"][1]["contact"];
        assert_eq!((&council["city"], &council["country"]["code"]), (&json!("Busan"), &json!("KR")));
        assert_eq!(council["emails"], json!([{ "address": "council@example.org" }]));

        let before = network.entries().await;
        let again = network.push(contacts.clone(), json!({})).await;
        assert_eq!(outcomes(&again), ["UNCHANGED", "UNCHANGED"], "{again}");
        assert_eq!((&again["unchanged"], network.entries().await), (&json!(2), before), "not even a row of the log");
        assert_eq!(again["results"][0]["contact"], *linh);

        let log = "query($id: ID!) { auditLog(filter: {subject: $id}) { nodes { operation actorId changes { field new } } } }";
        let log = server.ask_as_with(&network.admin, log, json!({ "id": linh["id"] })).await;
        let entry = &log.data()["auditLog"]["nodes"][0];
        assert!(entry["operation"] == "CREATED" && entry["actorId"].as_str().unwrap().starts_with("agency_"));
        assert!(!log.text.contains("Linh") && !log.text.contains("p-1"), "nothing that is somebody's own");

        // Under a key, too.
        let body = json!({ "query": PUSH, "variables": { "input": { "contacts": [network.person("p-2", "Bora", "b@example.org")] } } });
        let keyed = || async {
            let request = server.request("POST", "/graphql").bearer_auth(&network.token).header("idempotency-key", "k-1");
            Answer::of(request.json(&body).send().await.unwrap()).await.data()["upsertContacts"].clone()
        };
        assert_eq!(outcomes(&keyed().await), ["CREATED"]);
        let before = network.entries().await;
        assert_eq!((outcomes(&keyed().await), network.entries().await), (vec!["UNCHANGED"], before));
    })
    .await;
}

#[tokio::test]
async fn who_may_push_and_who_sees_what_was_pushed() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let (_, reader) = machine(&server, &network.admin, &["CONTACTS_READ"]).await;
        let (_, other) = machine(&server, &network.admin, &BOTH).await;
        let representative = server.account("rep@example.org", &[Grant::Representative("kr-kofic")]).await;
        let focal = server.account("focal@example.org", &[Grant::FocalPoint("KR")]).await;
        let contacts = json!([network.person("p-1", "Linh", "linh@example.org"), council("i-1")]);
        for token in [&reader, &network.admin, &representative, &focal] {
            assert_eq!(push(&server, token, contacts.clone(), json!({})).await, "FORBIDDEN");
        }
        let anonymous = server.ask_with(PUSH, json!({ "input": { "contacts": contacts } })).await;
        assert_eq!(anonymous.error().0, "UNAUTHENTICATED");

        let made = network.push(contacts, json!({})).await;
        let (linh, council) = (&made["results"][0]["contact"]["id"], &made["results"][1]["contact"]["id"]);
        let sees = async |token: &str, id: &Value| {
            let query = "query($id: ID!) { node(id: $id) { id ... on Contact { emails { address } } } }";
            let answer = server.ask_as_with(token, query, json!({ "id": id })).await;
            let node = &answer.data()["node"];
            (!node.is_null()).then(|| node["emails"].as_array().unwrap().len())
        };
        assert_eq!((sees(&network.token, linh).await, sees(&network.token, council).await), (Some(1), Some(1)));
        for token in [&network.admin, &focal] {
            assert_eq!((sees(token, linh).await, sees(token, council).await), (Some(1), Some(1)));
        }
        assert_eq!(sees(&representative, linh).await, Some(1), "of the institution at which she holds a position");
        for token in [&reader, &other] {
            assert_eq!((sees(token, linh).await, sees(token, council).await), (None, None));
        }
        let nobody = server.ask_with("query($id: ID!) { node(id: $id) { id } }", json!({ "id": linh })).await;
        assert_eq!(nobody.data()["node"], Value::Null);

        // Other agencies get the contact once a focal point has confirmed.
        let confirm = json!({ "id": linh, "shareWithAgencies": true, "basis": "a form, seen" });
        let confirmed =
            act(&server, &focal, "recordConsent", "RecordConsentInput", confirm, "policymaker { version }").await;
        assert_eq!(confirmed["userErrors"], json!([]));
        assert_eq!((sees(&reader, linh).await, sees(&other, linh).await), (Some(1), Some(1)));
        // And an institution once an administrator has it listed.
        let list = json!({ "id": council, "expectedVersion": 1, "listed": true });
        let refused =
            act(&server, &focal, "updateInstitution", "UpdateInstitutionInput", list.clone(), "institution { id }")
                .await;
        assert_eq!(refused, "FORBIDDEN");
        let listed = network.act("updateInstitution", "UpdateInstitutionInput", list, "institution { version }").await;
        assert_eq!(listed["userErrors"], json!([]), "{listed}");
        assert_eq!((sees(&reader, council).await, sees(&other, council).await), (Some(1), Some(1)));
        let back = json!({ "id": council, "expectedVersion": 2, "listed": false });
        let back = network.act("updateInstitution", "UpdateInstitutionInput", back, "institution { version }").await;
        assert_eq!(back["userErrors"][0]["code"], "INVALID");
    })
    .await;
}

#[tokio::test]
async fn each_contact_has_an_outcome_of_its_own() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let good = network.person("p-1", "Linh", "linh@example.org");
        let contacts = json!([
            good,
            { "policymaker": { "externalId": "p-2", "familyName": "Nameless" } },
            network.person("p-1", "Again", "again@example.org"),
            { "policymaker": { "externalId": " ", "givenName": "X" } },
            { "policymaker": { "externalId": "p-3", "givenName": "X", "appointments": [
                { "institution": "nonsense", "title": "Director" },
                { "institution": network.kofic, "title": "", "emails": [{ "address": "nowhere", "visibility": "SECRETARIAT" }] },
            ], "consent": { "shareWithAgencies": true } } },
            { "institution": { "externalId": "i-1", "kind": "FUND" } },
            { "policymaker": { "externalId": "x".repeat(201), "givenName": "X" } },
        ]);
        let first = network.push(contacts.clone(), json!({})).await;
        assert_eq!(outcomes(&first), ["CREATED", "FAILED", "FAILED", "FAILED", "FAILED", "FAILED", "FAILED"]);
        assert_eq!((&first["created"], &first["failed"]), (&json!(1), &json!(6)));
        let errors = |place: usize| first["results"][place]["userErrors"].clone();
        let error = |path: &[&str], code: &str| json!({ "field": path, "code": code });
        assert_eq!(errors(0), json!([]));
        assert_eq!(errors(1), json!([error(&["contacts", "1", "policymaker", "givenName"], "REQUIRED")]));
        assert_eq!(errors(2), json!([error(&["contacts", "2", "policymaker", "externalId"], "DUPLICATE")]));
        assert_eq!(errors(3), json!([error(&["contacts", "3", "policymaker", "externalId"], "REQUIRED")]));
        for (path, code) in [
            ("appointments 0 institution", "INVALID"),
            ("appointments 1 title", "REQUIRED"),
            ("appointments 1 emails 0 address", "INVALID"),
            ("consent basis", "REQUIRED"),
        ] {
            let path: Vec<&str> = ["contacts", "4", "policymaker"].into_iter().chain(path.split(' ')).collect();
            assert!(errors(4).as_array().unwrap().contains(&error(&path, code)), "{path:?} {}", errors(4));
        }
        assert_eq!(errors(5), json!([error(&["contacts", "5", "institution", "names"], "REQUIRED")]));
        assert_eq!(errors(6), json!([error(&["contacts", "6", "policymaker", "externalId"], "TOO_LONG")]));
        let db = server.database().await;
        assert_eq!(policymaker::Entity::find().count(&db).await.unwrap(), 1, "nothing is half done");
        assert_eq!(external_id::Entity::find().count(&db).await.unwrap(), 1);

        // With allOrNothing nothing is written where one fails, and the others say so.
        let entries = network.entries().await;
        let all = json!([with(&good, &json!({ "honorific": "Dr" })), { "policymaker": { "externalId": "p-2" } },
            network.person("p-9", "New", "new@example.org"), council("i-1")]);
        let refused = network.push(all, json!({ "allOrNothing": true })).await;
        assert_eq!(outcomes(&refused), ["SKIPPED", "FAILED", "SKIPPED", "SKIPPED"]);
        assert_eq!((&refused["failed"], &refused["skipped"]), (&json!(1), &json!(3)));
        assert_eq!(refused["results"][2]["contact"], Value::Null);
        assert_eq!(refused["results"][0]["userErrors"], json!([error(&["contacts", "0", "policymaker"], "ILLEGAL_TRANSITION")]));
        assert_eq!(network.entries().await, entries);
        assert_eq!(institution::Entity::find().all(&db).await.unwrap().iter().filter(|row| !row.listed).count(), 0);

        // A dry run tells what would come of it, and writes nothing.
        let tried = json!([with(&good, &json!({ "honorific": "Dr" })), network.person("p-9", "New", "new@example.org"),
            { "policymaker": { "externalId": "p-2" } }, good]);
        let told = network.push(tried, json!({ "dryRun": true })).await;
        assert_eq!(outcomes(&told), ["UPDATED", "CREATED", "FAILED", "FAILED"]);
        assert_eq!((&told["results"][0]["contact"]["version"], &told["results"][1]["contact"]), (&json!(1), &Value::Null));
        assert_eq!(network.entries().await, entries);

        let many: Vec<Value> = (0..1_001).map(|n| json!({ "policymaker": { "externalId": n.to_string() } })).collect();
        let many = network.push(json!(many), json!({})).await;
        assert_eq!(many["userErrors"], json!([error(&["contacts"], "LIMIT_EXCEEDED")]));
        assert_eq!(many["results"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_others_have_changed_meanwhile_is_a_conflict() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let linh = network.person("p-1", "Linh", "linh@example.org");
        let made = network.push(json!([linh]), json!({})).await;
        let id = made["results"][0]["contact"]["id"].clone();
        // The agency's own corrections go through.
        let doctor = with(&linh, &json!({ "honorific": "Dr" }));
        let updated = network.push(json!([doctor]), json!({})).await;
        assert_eq!((outcomes(&updated), &updated["results"][0]["contact"]["version"]), (vec!["UPDATED"], &json!(2)));
        // Confirming the consent is no conflict.
        let confirm = json!({ "id": id, "shareWithAgencies": true, "basis": "seen" });
        network.act("recordConsent", "RecordConsentInput", confirm, "policymaker { id }").await;
        assert_eq!(
            outcomes(&network.push(json!([doctor]), json!({})).await),
            ["UNCHANGED"],
            "what was confirmed stands"
        );
        assert_eq!(outcomes(&network.push(json!([linh]), json!({})).await), ["UNCHANGED"], "what is absent stays");
        let professor = with(&linh, &json!({ "honorific": "Prof" }));
        assert_eq!(outcomes(&network.push(json!([professor]), json!({})).await), ["UPDATED"]);

        let edit = json!({ "id": id, "expectedVersion": 4, "honorific": "Dame", "nativeName": "Linh Bịa" });
        let edited = network.act("updatePolicymaker", "UpdatePolicymakerInput", edit, "policymaker { version }").await;
        assert_eq!((&edited["userErrors"], &edited["policymaker"]["version"]), (&json!([]), &json!(5)));
        let entries = network.entries().await;
        let failed = network.push(json!([professor]), json!({})).await;
        assert_eq!(outcomes(&failed), ["FAILED"]);
        assert_eq!(
            failed["results"][0]["userErrors"],
            json!([{ "field": ["contacts", "0", "policymaker"], "code": "CONFLICT" }])
        );
        assert_eq!(failed["results"][0]["contact"]["version"], 5, "as it is now");
        let skipped = network.push(json!([professor]), json!({ "onConflict": "SKIP" })).await;
        assert_eq!((outcomes(&skipped), &skipped["skipped"]), (vec!["SKIPPED"], &json!(1)));
        assert_eq!(network.entries().await, entries);
        // Another field is nobody else's.
        let languages = json!({ "policymaker": { "externalId": "p-1", "languages": ["ko"] } });
        assert_eq!(outcomes(&network.push(json!([languages]), json!({})).await), ["UPDATED"]);
        assert_eq!(
            outcomes(&network.push(json!([professor]), json!({})).await),
            ["UPDATED"],
            "the agency has written since"
        );

        let edit = json!({ "id": id, "expectedVersion": 7, "honorific": "Dame" });
        network.act("updatePolicymaker", "UpdatePolicymakerInput", edit, "policymaker { version }").await;
        let seen = |version: i32| with(&professor, &json!({ "expectedVersion": version }));
        let stale = network.push(json!([seen(7)]), json!({ "onConflict": "OVERWRITE" })).await;
        let field = json!(["contacts", "0", "policymaker", "expectedVersion"]);
        assert_eq!(stale["results"][0]["userErrors"], json!([{ "field": field, "code": "CONFLICT" }]));
        assert_eq!(outcomes(&network.push(json!([seen(7)]), json!({ "onConflict": "SKIP" })).await), ["SKIPPED"]);
        assert_eq!(outcomes(&network.push(json!([seen(8)]), json!({})).await), ["UPDATED"], "it has seen that");
        assert_eq!(outcomes(&network.push(json!([seen(8)]), json!({})).await), ["UNCHANGED"], "and again");
        let edit = json!({ "id": id, "expectedVersion": 9, "honorific": "Dame" });
        network.act("updatePolicymaker", "UpdatePolicymakerInput", edit, "policymaker { version }").await;
        assert_eq!(
            outcomes(&network.push(json!([professor]), json!({ "onConflict": "OVERWRITE" })).await),
            ["UPDATED"]
        );

        let unknown = with(&network.person("p-8", "New", "new@example.org"), &json!({ "expectedVersion": 1 }));
        let unknown = network.push(json!([unknown]), json!({})).await;
        let field = json!(["contacts", "0", "policymaker", "expectedVersion"]);
        assert_eq!(unknown["results"][0]["userErrors"], json!([{ "field": field, "code": "NOT_FOUND" }]));
    })
    .await;
}

#[tokio::test]
async fn a_machine_changes_what_it_has_made_and_nothing_else() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let (_, other) = machine(&server, &network.admin, &BOTH).await;
        let linh = network.person("p-1", "Linh", "linh@example.org");
        network.push(json!([linh]), json!({})).await;
        // The same ID of another agency is another contact, and so is the same address; nothing tells that there is one.
        let theirs = push(&server, &other, json!([linh]), json!({ "matchByEmail": true })).await;
        assert_eq!(outcomes(&theirs), ["CREATED"]);
        assert_eq!(theirs["results"][0]["userErrors"], json!([]));
        assert_eq!(policymaker::Entity::find().count(&server.database().await).await.unwrap(), 2);

        // Found by an address, it gets the new ID.
        let by_address = with(&linh, &json!({ "externalId": "p-1-new", "honorific": "Dr" }));
        let found = network.push(json!([by_address]), json!({ "matchByEmail": true })).await;
        assert_eq!(outcomes(&found), ["UPDATED"]);
        let ids: Vec<&str> = found["results"][0]["contact"]["externalIds"].as_array().unwrap().iter()
            .map(|id| id["value"].as_str().unwrap()).collect();
        assert_eq!(ids, ["p-1", "p-1-new"]);
        assert_eq!(outcomes(&network.push(json!([by_address]), json!({ "matchByEmail": true })).await), ["UNCHANGED"]);
        let twice = network.push(json!([linh, by_address]), json!({})).await;
        assert_eq!(outcomes(&twice), ["UNCHANGED", "FAILED"]);
        assert_eq!(twice["results"][1]["userErrors"][0]["code"], "DUPLICATE", "two of one contact");
        let asked = with(&linh, &json!({ "externalId": "p-3" }));
        assert_eq!(outcomes(&network.push(json!([asked]), json!({})).await), ["CREATED"], "only where it is asked for");
        let either = with(&linh, &json!({ "externalId": "p-4" }));
        let either = network.push(json!([either]), json!({ "matchByEmail": true })).await;
        assert_eq!(either["results"][0]["userErrors"][0]["code"], "DUPLICATE", "there are two now");

        // What is for administrators is theirs.
        network.push(json!([council("i-1")]), json!({})).await;
        let moved = json!({ "institution": { "externalId": "i-1", "country": "VN", "parent": network.kofic } });
        let moved = network.push(json!([moved]), json!({})).await;
        let codes: Vec<&Value> =
            moved["results"][0]["userErrors"].as_array().unwrap().iter().map(|error| &error["field"][3]).collect();
        assert_eq!(codes, [&json!("country"), &json!("parent")]);
        let emigrated = json!({ "policymaker": { "externalId": "p-1", "country": "VN" } });
        assert_eq!(outcomes(&network.push(json!([emigrated]), json!({})).await), ["FAILED"]);
        let city = json!({ "institution": { "externalId": "i-1", "city": "Seoul", "website": null } });
        let city = network.push(json!([city]), json!({})).await;
        assert_eq!((outcomes(&city), &city["results"][0]["contact"]["city"]), (vec!["UPDATED"], &json!("Seoul")));
        let sort = json!({ "policymaker": { "externalId": "i-1", "givenName": "X" } });
        let sort = network.push(json!([sort]), json!({})).await;
        assert_eq!(sort["results"][0]["userErrors"][0]["code"], "TAKEN");
        // People hold positions at the agency's own institution, and at none that it does not see.
        let own = city["results"][0]["contact"]["id"].clone();
        let there = json!({ "policymaker": { "externalId": "p-5", "givenName": "Mai",
            "appointments": [{ "institution": own, "title": "Chair" }] } });
        assert_eq!(outcomes(&network.push(json!([there]), json!({})).await), ["CREATED"]);
        let theirs = push(&server, &other, json!([there]), json!({})).await;
        let field = json!(["contacts", "0", "policymaker", "appointments", "0", "institution"]);
        assert_eq!(theirs["results"][0]["userErrors"], json!([{ "field": field, "code": "NOT_FOUND" }]));
        let hidden = json!({ "policymaker": { "externalId": "p-6", "givenName": "X", "appointments": [
            { "institution": network.kofic, "title": "Chair", "phones": [{ "number": "+82 2 2669 9800", "visibility": "SECRETARIAT" }] }] } });
        assert_eq!(network.push(json!([hidden]), json!({})).await["results"][0]["userErrors"][0]["code"], "INVALID");
    })
    .await;
}

#[tokio::test]
async fn consent_is_told_by_the_agency_and_stands_as_the_network_has_it() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let db = server.database().await;
        let (_, other) = machine(&server, &network.admin, &BOTH).await;
        let linh = network.person("p-1", "Linh", "linh@example.org");
        let made = network.push(json!([linh]), json!({})).await;
        let id = made["results"][0]["contact"]["id"].clone();
        let row = consent::Entity::find().one(&db).await.unwrap().unwrap();
        assert!(row.share_with_agencies && !row.confirmed && row.agency_client_id.is_some());
        assert_eq!(row.basis.as_deref(), Some("a form"));
        let seen = async |token: &str| {
            let query = "query($id: ID!) { policymaker(by: {id: $id}) { emails { address } } }";
            !server.ask_as_with(token, query, json!({ "id": id })).await.data()["policymaker"].is_null()
        };
        // The person tells the agency that they do not agree: nobody else gets them, and the agency still knows.
        let confirm = json!({ "id": id, "shareWithAgencies": true, "basis": "seen" });
        network.act("recordConsent", "RecordConsentInput", confirm.clone(), "policymaker { id }").await;
        assert!(seen(&other).await);
        let no = with(&linh, &json!({ "consent": { "shareWithAgencies": false } }));
        assert_eq!(outcomes(&network.push(json!([no]), json!({})).await), ["UPDATED"]);
        assert_eq!(outcomes(&network.push(json!([no]), json!({})).await), ["UNCHANGED"]);
        assert_eq!((seen(&other).await, seen(&network.token).await), (false, true));
        // They agree again: others wait until that is confirmed.
        assert_eq!(outcomes(&network.push(json!([linh]), json!({})).await), ["UPDATED"]);
        assert!(!seen(&other).await);
        network.act("recordConsent", "RecordConsentInput", confirm, "policymaker { id }").await;
        assert!(seen(&other).await);
        // They tell the network: the agency knows them no more, and cannot write them into it again.
        let withdraw = json!({ "id": id, "shareWithAgencies": false });
        network.act("recordConsent", "RecordConsentInput", withdraw, "policymaker { id }").await;
        assert_eq!((seen(&other).await, seen(&network.token).await), (false, false));
        let refused = network.push(json!([linh]), json!({ "onConflict": "OVERWRITE" })).await;
        let result = &refused["results"][0];
        assert_eq!((&result["outcome"], &result["contact"]), (&json!("FAILED"), &Value::Null));
        let field = json!(["contacts", "0", "policymaker", "externalId"]);
        assert_eq!(result["userErrors"], json!([{ "field": field, "code": "ILLEGAL_TRANSITION" }]));
    })
    .await;
}

const SYLLABLES: [&str; 10] = ["ka", "lo", "mi", "nu", "re", "sa", "te", "vi", "zo", "ba"];

#[tokio::test]
async fn a_thousand_contacts_go_through_at_once() {
    for backend in harness::backends() {
        let server = Server::start_with(*backend, &["--limit-seconds=60"]).await;
        let network = Network::of(&server).await;
        let text = "Invented for a test. ".repeat(50);
        let contacts: Vec<Value> = (0..1_000)
            .map(|n| {
                let name = [n / 100, n / 10 % 10, n % 10].map(|digit| SYLLABLES[digit]).concat();
                let person = network.person(&format!("p-{n}"), &name, &format!("p{n}@example.org"));
                with(&person, &json!({ "biographies": [{ "language": "en", "text": text }] }))
            })
            .collect();
        let first = network.push(json!(contacts), json!({})).await;
        assert_eq!(first["created"], 1_000, "{:.500}", first.to_string());
        let again = network.push(json!(contacts), json!({ "matchByEmail": true })).await;
        assert_eq!(again["unchanged"], 1_000);
        let changed: Vec<Value> = contacts.iter().map(|contact| with(contact, &json!({ "honorific": "Dr" }))).collect();
        let updated = network.push(json!(changed), json!({ "allOrNothing": true })).await;
        assert_eq!(updated["updated"], 1_000);
    }
}
