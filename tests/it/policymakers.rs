//! How policymakers' entries are written: by whom, what of them, and what is kept of that.
use entity::{change_log, contact_email};
use harness::{Grant, Server, on_each_database};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};

const PERSON: &str = "policymaker { id version givenName familyName displayName nativeName country { code } languages
    biographies { language text } policyAreas consent { shareWithAgencies basis }
    appointments { institution { slug } title level since until public emails { address visibility } phones { number } }
    emails { address } } userErrors { field code message }";

async fn act(server: &Server, token: &str, mutation: &str, input: Value) -> Value {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {PERSON} }} }}");
    let answer = server.ask_as_with(token, &query, json!({ "input": input })).await;
    answer.json["data"][mutation].as_object().map_or_else(|| json!(answer.error().0), |payload| json!(payload))
}

async fn institution(server: &Server, slug: &str) -> Value {
    let answer = server.ask(&format!("{{ institution(by: {{slug: \"{slug}\"}}) {{ id }} }}")).await;
    answer.data()["institution"]["id"].clone()
}

fn position(institution: &Value, title: &str) -> Value {
    json!({
        "institution": institution, "title": title, "level": "DIRECTOR", "since": "2026-01-01",
        "emails": [{ "address": "linh@example.org", "visibility": "MEMBERS", "preferred": true }],
        "phones": [{ "number": "+82 2 2669 9800", "visibility": "SECRETARIAT" }],
    })
}

fn linh(appointments: Value) -> Value {
    json!({
        "givenName": "Linh", "familyName": "Invented", "nativeName": "Linh Bịa", "country": "KR",
        "biographies": [{ "language": "en", "text": "Invented for a test." }], "languages": ["ko", "en"],
        "policyAreas": ["FILM"], "appointments": appointments,
    })
}

/// Whoever writes in these tests.
struct Writers {
    admin: String,
    own: String,
    focal: String,
    other: String,
}

impl Writers {
    async fn of(server: &Server) -> Self {
        Self {
            admin: server.account("secretary@example.org", &[Grant::Admin]).await,
            own: server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await,
            focal: server.account("focal.kr@example.org", &[Grant::FocalPoint("KR")]).await,
            other: server.account("rep.kh@example.org", &[Grant::Representative("kh-mcfa")]).await,
        }
    }
}

fn with(person: &Value, change: &Value) -> Value {
    let mut input = json!({ "id": person["id"], "expectedVersion": person["version"] });
    input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    input
}

#[tokio::test]
async fn a_representative_appoints_a_colleague_and_nothing_of_them_is_in_the_log() {
    on_each_database(|server| async move {
        let Writers { admin, own, .. } = Writers::of(&server).await;
        let kofic = institution(&server, "kr-kofic").await;
        let made = act(&server, &own, "createPolicymaker", linh(json!([position(&kofic, "Director of Co-productions")]))).await;
        assert_eq!(made["userErrors"], json!([]), "{made}");
        let person = &made["policymaker"];
        assert_eq!((&person["displayName"], &person["version"]), (&json!("Linh Invented"), &json!(1)));
        let held = &person["appointments"][0];
        assert_eq!(held["institution"]["slug"], "kr-kofic");
        assert_eq!(held["emails"], json!([{ "address": "linh@example.org", "visibility": "MEMBERS" }]));
        assert_eq!(held["phones"], json!([{ "number": "+82226699800" }]), "their own, they see all");

        let public = server.ask(r#"{ search(query: "linh invented") { totalCount }
            policymakers(filter: {text: "Bịa"}) { nodes { emails { address } phones { number } appointments { title } } } }"#).await;
        assert_eq!(public.data()["search"]["totalCount"], 1);
        let found = &public.data()["policymakers"]["nodes"][0];
        assert_eq!((&found["emails"], &found["phones"]), (&json!([]), &json!([])));

        let log = server.ask_as(&admin, &format!("{{ auditLog(filter: {{subject: {}}}) {{ nodes {{ operation version changes {{ field old new }} }} }} }}", person["id"])).await;
        let entry = &log.data()["auditLog"]["nodes"][0];
        assert_eq!((&entry["operation"], &entry["version"]), (&json!("CREATED"), &json!(1)));
        let changes = entry["changes"].as_array().unwrap();
        assert!(changes.iter().any(|change| change["field"] == "givenName"));
        assert!(changes.iter().all(|change| change["old"].is_null() && change["new"].is_null()), "{changes:?}");
    })
    .await;
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    on_each_database(|server| async move {
        let Writers { admin, .. } = Writers::of(&server).await;
        let kofic = institution(&server, "kr-kofic").await;
        let mut faulty = linh(json!([
            { "institution": kofic, "title": "Director", "since": "2025-01-01", "until": "2024-01-01" },
            { "institution": kofic, "title": "Adviser\u{202e}", "emails": [{ "address": "nobody", "visibility": "PUBLIC" }] },
            { "institution": "inst_01m83ejkm4ev1816ra37vn0y20", "title": "Director" },
            { "institution": kofic, "title": "Officer", "since": "2020-01-01", "until": "2022-01-01" },
            { "institution": kofic, "title": "officer", "since": "2022-01-01" },
        ]));
        faulty["givenName"] = json!(" ");
        faulty["languages"] = json!(["en", "en"]);
        let refused = act(&server, &admin, "createPolicymaker", faulty).await;
        let told: Vec<(String, &str)> = refused["userErrors"].as_array().unwrap().iter()
            .map(|fault| (fault["field"].to_string().replace(['"', '[', ']'], ""), fault["code"].as_str().unwrap())).collect();
        assert_eq!(told.iter().map(|(field, code)| (field.as_str(), *code)).collect::<Vec<_>>(), [
            ("givenName", "REQUIRED"),
            ("languages,1", "DUPLICATE"),
            ("appointments,0,until", "INVALID"),
            ("appointments,1,title", "INVALID"),
            ("appointments,1,emails,0,address", "INVALID"),
            ("appointments,4", "DUPLICATE"),
            ("appointments,2,institution", "NOT_FOUND"),
        ]);
        assert_eq!(refused["policymaker"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn nobody_makes_somebody_their_own() {
    on_each_database(|server| async move {
        let Writers { admin, own, focal, other } = Writers::of(&server).await;
        let nobody = server.account("nobody@example.org", &[]).await;
        let (kofic, ministry, abroad) =
            (institution(&server, "kr-kofic").await, institution(&server, "kr-mcst").await, institution(&server, "kh-mcfa").await);
        let here = || json!([position(&kofic, "Director")]);
        for (token, input) in [
            (&nobody, linh(here())),
            (&other, linh(here())),
            (&own, linh(json!([]))),
            (&own, linh(json!([position(&kofic, "Director"), position(&ministry, "Adviser")]))),
            (&focal, linh(json!([position(&abroad, "Director")]))),
            (&other, linh(json!([position(&abroad, "Director")]))),
        ] {
            assert_eq!(act(&server, token, "createPolicymaker", input).await, "FORBIDDEN");
        }
        let query = "mutation($input: CreatePolicymakerInput!) { createPolicymaker(input: $input) { userErrors { code } } }";
        assert_eq!(server.ask_with(query, json!({ "input": linh(here()) })).await.error().0, "UNAUTHENTICATED");
        let mut later = linh(here());
        later["appointments"][0]["since"] = json!("2027-01-01");
        let refused = act(&server, &own, "createPolicymaker", later).await;
        let codes: Vec<_> = refused["userErrors"].as_array().unwrap().iter().map(|fault| fault["field"].clone()).collect();
        assert_eq!(codes, [json!(["appointments"]), json!(["appointments", "0", "phones", "0", "visibility"])]);
        assert_eq!(act(&server, &focal, "createPolicymaker", linh(json!([]))).await["userErrors"], json!([]));

        let both = linh(json!([position(&kofic, "Director"), position(&ministry, "Adviser")]));
        let person = act(&server, &admin, "createPolicymaker", both).await["policymaker"].clone();
        assert_eq!(act(&server, &other, "updatePolicymaker", with(&person, &json!({ "honorific": "Dr" }))).await, "FORBIDDEN");
        let held: Vec<Value> = person["appointments"].as_array().unwrap().iter().map(|held| {
            let there = if held["institution"]["slug"] == "kr-kofic" { &kofic } else { &ministry };
            position(there, held["title"].as_str().unwrap())
        }).collect();
        let mine = held.iter().position(|held| held["institution"] == kofic).unwrap();
        let mut without = held.clone();
        without.remove(1 - mine);
        assert_eq!(act(&server, &own, "updatePolicymaker", with(&person, &json!({ "appointments": without }))).await, "FORBIDDEN");
        assert_eq!(act(&server, &own, "updatePolicymaker", with(&person, &json!({ "country": null }))).await, "FORBIDDEN");
        let mut ended = held.clone();
        ended[mine]["until"] = json!("2026-06-30");
        // The ministry's number is for the secretariat alone: they do not see it, and do not name it.
        ended[1 - mine]["phones"] = json!([]);
        let left = act(&server, &own, "updatePolicymaker", with(&person, &json!({ "appointments": ended }))).await;
        assert_eq!((&left["userErrors"], &left["policymaker"]["version"]), (&json!([{ "field": ["appointments", mine.to_string(), "phones", "0", "visibility"], "code": "INVALID", "message": "you would not see it yourself: it must be PUBLIC or MEMBERS" }]), &json!(1)));
        ended[mine]["phones"] = json!([]);
        let left = act(&server, &own, "updatePolicymaker", with(&person, &json!({ "appointments": ended }))).await;
        assert_eq!((&left["userErrors"], &left["policymaker"]["version"]), (&json!([]), &json!(2)), "{left}");
        let phones = entity::contact_phone::Entity::find().all(&server.database().await).await.unwrap();
        assert_eq!(phones.len(), 1, "the own institution's number is gone, the ministry's is not");
        let now = json!({ "id": person["id"], "version": 2 });
        assert_eq!(act(&server, &own, "updatePolicymaker", with(&now, &json!({ "honorific": "Dr" }))).await, "FORBIDDEN");
        let kept = server.ask_as_with(&admin, "query($id: ID!) { policymaker(by: {id: $id}) { phones { number } } }", json!({ "id": person["id"] })).await;
        assert_eq!(kept.data()["policymaker"]["phones"], json!([{ "number": "+82226699800" }]), "what one does not see stays");
    })
    .await;
}

#[tokio::test]
async fn an_update_says_what_is_to_be_different() {
    on_each_database(|server| async move {
        let Writers { admin, own, focal, .. } = Writers::of(&server).await;
        let kofic = institution(&server, "kr-kofic").await;
        let person = act(&server, &own, "createPolicymaker", linh(json!([position(&kofic, "Director")]))).await["policymaker"].clone();
        let rows = || async { entity::appointment::Entity::find().all(&server.database().await).await.unwrap() };
        let before = rows().await;
        let renamed = act(&server, &focal, "updatePolicymaker", with(&person, &json!({ "familyName": null, "honorific": "Dr", "policyAreas": ["MUSIC", "FILM"] }))).await;
        let next = &renamed["policymaker"];
        assert_eq!((&next["displayName"], &next["version"], &next["policyAreas"]), (&json!("Dr Linh"), &json!(2), &json!(["FILM", "MUSIC"])));
        assert_eq!(rows().await, before, "positions that were not named are the same rows");
        let again = act(&server, &focal, "updatePolicymaker", with(next, &json!({ "honorific": "Dr" }))).await;
        assert_eq!(again["policymaker"]["version"], 2, "nothing is different, and nothing is written");
        let stale = act(&server, &own, "updatePolicymaker", with(&person, &json!({ "honorific": "Prof" }))).await;
        assert_eq!((&stale["userErrors"][0]["code"], &stale["policymaker"]["honorific"], &stale["policymaker"]["version"]), (&json!("CONFLICT"), &Value::Null, &json!(2)));
        let mut moved = position(&kofic, "Director");
        moved["since"] = json!("2025-12-01");
        let changed = act(&server, &own, "updatePolicymaker", with(next, &json!({ "appointments": [moved, position(&kofic, "Adviser")] }))).await;
        assert_eq!(changed["userErrors"], json!([]));
        let after = rows().await;
        assert_eq!((after.len(), after.iter().filter(|row| before.iter().any(|was| was.id == row.id)).count()), (2, 1));
        let gone = server.ask_as_with(&own, "mutation($id: ID!) { deletePolicymaker(input: {id: $id}) { deletedId } }", json!({ "id": person["id"] })).await;
        assert_eq!(gone.error().0, "FORBIDDEN");
        let gone = server.ask_as_with(&admin, "mutation($id: ID!) { deletePolicymaker(input: {id: $id}) { deletedId userErrors { code } } }", json!({ "id": person["id"] })).await;
        assert_eq!(gone.data()["deletePolicymaker"], json!({ "deletedId": person["id"], "userErrors": [] }));
        let after = server.ask_as_with(&admin, "query($id: ID!) { node(id: $id) { id } search(query: \"linh\") { totalCount } auditLog(first: 1) { nodes { operation version } } }", json!({ "id": person["id"] })).await;
        assert_eq!(after.data(), &json!({ "node": null, "search": { "totalCount": 0 }, "auditLog": { "nodes": [{ "operation": "DELETED", "version": null }] } }));
    })
    .await;
}

#[tokio::test]
async fn consent_is_recorded_by_those_who_may_with_its_basis() {
    on_each_database(|server| async move {
        let Writers { admin, own, focal, other } = Writers::of(&server).await;
        let abroad = server.account("focal.kh@example.org", &[Grant::FocalPoint("KH")]).await;
        let kofic = institution(&server, "kr-kofic").await;
        let person =
            act(&server, &own, "createPolicymaker", linh(json!([position(&kofic, "Director")]))).await["policymaker"]
                .clone();
        let agree = |basis: Value| json!({ "id": person["id"], "shareWithAgencies": true, "basis": basis });
        for token in [&own, &other, &abroad] {
            assert_eq!(act(&server, token, "recordConsent", agree(json!("a form"))).await, "FORBIDDEN");
        }
        assert_eq!(
            act(&server, &focal, "recordConsent", agree(Value::Null)).await["userErrors"][0]["code"],
            "REQUIRED"
        );
        let agreed = act(&server, &focal, "recordConsent", agree(json!("a form that was signed"))).await;
        assert_eq!(
            (&agreed["policymaker"]["consent"], &agreed["policymaker"]["version"]),
            (&json!({ "shareWithAgencies": true, "basis": "a form that was signed" }), &json!(2))
        );
        let again = act(&server, &admin, "recordConsent", agree(json!("a form that was signed"))).await;
        assert_eq!(again["policymaker"]["version"], 2);
        let withdrawn = act(
            &server,
            &admin,
            "recordConsent",
            json!({ "id": person["id"], "expectedVersion": 2, "shareWithAgencies": false }),
        )
        .await;
        assert_eq!(withdrawn["policymaker"]["consent"]["shareWithAgencies"], false);
        let log = change_log::Entity::find().all(&server.database().await).await.unwrap();
        let shared = |audience: &Option<Value>| audience.as_ref().map(|audience| audience["shared"].as_bool().unwrap());
        let told: Vec<_> = log
            .iter()
            .filter(|row| row.audience_after.is_some())
            .map(|row| (shared(&row.audience_before), shared(&row.audience_after)))
            .collect();
        assert_eq!(told, [(None, Some(false)), (Some(false), Some(true)), (Some(true), Some(false))]);
        assert!(log.iter().all(|row| !row.fields.to_string().contains("form")));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_one_does_not_see_is_not_replaced() {
    on_each_database(|server| async move {
        let Writers { admin, own, .. } = Writers::of(&server).await;
        let (kofic, ministry) = (institution(&server, "kr-kofic").await, institution(&server, "kr-mcst").await);
        let both = linh(json!([position(&kofic, "Director"), position(&ministry, "Adviser")]));
        let person = act(&server, &admin, "createPolicymaker", both).await["policymaker"].clone();
        let db = server.database().await;
        let there = contact_email::Entity::find().all(&db).await.unwrap().into_iter().filter(|row| row.address == "linh@example.org");
        for row in there {
            let mut row = row.into_active_model();
            row.visibility = Set(entity::vocabulary::Visibility::Secretariat);
            row.update(&db).await.unwrap();
        }
        let bare = |institution: &Value, title: &str| json!({ "institution": institution, "title": title, "level": "DIRECTOR", "since": "2026-01-01" });
        let changed = act(&server, &own, "updatePolicymaker", with(&person, &json!({ "appointments": [bare(&kofic, "Director"), bare(&ministry, "Adviser")] }))).await;
        assert_eq!(changed["userErrors"], json!([]), "{changed}");
        let left = contact_email::Entity::find().all(&db).await.unwrap().into_iter().filter(|row| row.address == "linh@example.org").count();
        assert_eq!(left, 1, "the own institution's was seen and taken away, the other one was not");
    })
    .await;
}

#[tokio::test]
async fn several_are_done_in_order_and_each_by_itself() {
    on_each_database(|server| async move {
        let Writers { admin, own, .. } = Writers::of(&server).await;
        let kofic = institution(&server, "kr-kofic").await;
        let person =
            act(&server, &own, "createPolicymaker", linh(json!([position(&kofic, "Director")]))).await["policymaker"]
                .clone();
        let answer = server
            .ask_as_with(
                &own,
                r#"mutation($id: ID!) {
                    first: updatePolicymaker(input: {id: $id, expectedVersion: 1, honorific: "Dr"}) { policymaker { version } }
                    stale: updatePolicymaker(input: {id: $id, expectedVersion: 1, honorific: "Ms"}) {
                        policymaker { version honorific } userErrors { code } }
                    refused: deletePolicymaker(input: {id: $id}) { deletedId }
                    last: updatePolicymaker(input: {id: $id, expectedVersion: 2, nativeName: null}) {
                        policymaker { version displayName nativeName appointments { title institution { slug policymakers { nodes { displayName } } } } } }
                }"#,
                json!({ "id": person["id"] }),
            )
            .await;
        let data = &answer.json["data"];
        assert_eq!(data["first"]["policymaker"]["version"], 2);
        assert_eq!(data["stale"], json!({ "policymaker": { "version": 2, "honorific": "Dr" }, "userErrors": [{ "code": "CONFLICT" }] }));
        assert_eq!((&data["refused"], answer.error().0, &answer.json["errors"][0]["path"]), (&Value::Null, "FORBIDDEN", &json!(["refused"])));
        let last = &data["last"]["policymaker"];
        assert_eq!((&last["version"], &last["nativeName"]), (&json!(3), &Value::Null));
        let there = &last["appointments"][0]["institution"];
        assert_eq!(there["policymakers"]["nodes"], json!([{ "displayName": "Dr Linh Invented" }]), "a payload shows the write");
        let log = server.ask_as(&admin, &format!("{{ auditLog(filter: {{subject: {}}}) {{ totalCount }} }}", person["id"])).await;
        assert_eq!(log.data()["auditLog"]["totalCount"], 3);
    })
    .await;
}
