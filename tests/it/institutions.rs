//! How institutions' entries are written: by whom, and what of them.
use entity::{
    contact_email,
    vocabulary::{ContactPointKind, Visibility},
};
use harness::{Grant, Server, on_each_database};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _};
use serde_json::{Value, json};

const INSTITUTION: &str =
    "institution { id slug name version city website kind country { code } parent { slug } policyAreas
    emails { address kind preferred visibility } phones { number } } userErrors { field code message }";

async fn act(server: &Server, token: &str, mutation: &str, input: Value) -> Value {
    let kind = if mutation == "createInstitution" { "CreateInstitutionInput" } else { "UpdateInstitutionInput" };
    let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {INSTITUTION} }} }}");
    let answer = server.ask_as_with(token, &query, json!({ "input": input })).await;
    answer.json["data"][mutation].as_object().map_or_else(|| json!(answer.error().0), |payload| json!(payload))
}

fn new() -> Value {
    json!({
        "names": [{ "language": "km", "text": "មជ្ឈមណ្ឌលភាពយន្ត" }, { "language": "en", "text": "Invented Film Centre" }],
        "kind": "FILM_BODY", "country": "KH", "city": "Phnom Penh", "website": "https://film.example.org",
        "policyAreas": ["FILM"],
        "emails": [{ "address": "info@example.org", "visibility": "PUBLIC", "preferred": true }],
        "phones": [{ "number": "+855 23 217 645", "visibility": "PUBLIC" }],
    })
}

#[tokio::test]
async fn an_administrator_makes_an_entry_and_everybody_finds_it() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let made = act(&server, &admin, "createInstitution", new()).await;
        assert_eq!(made["userErrors"], json!([]));
        let entry = &made["institution"];
        assert_eq!((&entry["slug"], &entry["country"]["code"]), (&json!("invented-film-centre"), &json!("KH")));
        assert_eq!(entry["emails"], json!([{ "address": "info@example.org", "kind": "WORK", "preferred": true, "visibility": "PUBLIC" }]));
        assert_eq!(entry["phones"], json!([{ "number": "+85523217645" }]));
        let found = server.ask(r#"{ search(query: "invented film centre") { totalCount }
            institution(by: {slug: "invented-film-centre"}) { name(language: "km") website } }"#).await;
        assert_eq!(found.data()["search"]["totalCount"], 1);
        assert_eq!(found.data()["institution"], json!({ "name": "មជ្ឈមណ្ឌលភាពយន្ត", "website": "https://film.example.org/" }));

        let mut faulty = new();
        faulty["names"] = json!([{ "language": "en", "text": "over\u{202e}ride" }]);
        faulty["website"] = json!("film.example.org");
        faulty["emails"] = json!([{ "address": "a@example.org", "visibility": "PUBLIC" }, { "address": "A@example.org", "visibility": "PUBLIC" }]);
        faulty["phones"] = json!([{ "number": "023 217 645", "visibility": "PUBLIC" }]);
        faulty["parent"] = json!("inst_01m83ejkm4ev1816ra37vn0y20");
        let refused = act(&server, &admin, "createInstitution", faulty).await;
        let told: Vec<(String, &str)> = refused["userErrors"].as_array().unwrap().iter()
            .map(|fault| (fault["field"].to_string().replace(['"', '[', ']'], ""), fault["code"].as_str().unwrap())).collect();
        assert_eq!(told, [
            ("names,0,text".to_owned(), "INVALID"), ("website".to_owned(), "INVALID"), ("emails,1,address".to_owned(), "DUPLICATE"),
            ("phones,0,number".to_owned(), "INVALID"), ("parent".to_owned(), "NOT_FOUND"),
        ]);
        for grants in [&[Grant::FocalPoint("KH")][..], &[Grant::Representative("kh-mcfa")], &[]] {
            let token = server.account(&format!("{}@example.org", grants.len() + format!("{grants:?}").len()), grants).await;
            assert_eq!(act(&server, &token, "createInstitution", new()).await, "FORBIDDEN");
        }
    })
    .await;
}

#[tokio::test]
async fn each_writes_what_is_their_own_and_replaces_what_they_see() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let own = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        let focal = server.account("focal.kr@example.org", &[Grant::FocalPoint("KR")]).await;
        let other = server.account("rep.kh@example.org", &[Grant::Representative("kh-mcfa")]).await;
        let id =
            server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await.data()["institution"]["id"].clone();
        let key = entity::institution::Entity::find()
            .all(&server.database().await)
            .await
            .unwrap()
            .into_iter()
            .find(|row| row.slug == "kr-kofic")
            .unwrap()
            .id;
        let secret = contact_email::ActiveModel {
            id: Set(sea_orm::prelude::Uuid::now_v7()),
            appointment_id: Set(None),
            institution_id: Set(Some(key)),
            position: Set(7),
            address: Set("secret@example.org".to_owned()),
            kind: Set(ContactPointKind::Work),
            preferred: Set(false),
            visibility: Set(Visibility::Secretariat),
        };
        secret.insert(&server.database().await).await.unwrap();

        let with = |version: i32, change: Value| {
            let mut input = json!({ "id": id, "expectedVersion": version });
            input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            input
        };
        let point = |address: &str, visibility: &str| json!({ "address": address, "visibility": visibility });
        let first = act(
            &server,
            &own,
            "updateInstitution",
            with(1, json!({ "emails": [point("office@example.org", "MEMBERS")] })),
        )
        .await;
        assert_eq!((&first["userErrors"], &first["institution"]["version"]), (&json!([]), &json!(2)));
        let all = act(&server, &admin, "updateInstitution", with(2, json!({ "city": "Busan!" }))).await;
        let addresses = all["institution"]["emails"].to_string();
        assert!(
            addresses.contains("office@") && addresses.contains("secret@"),
            "what is not seen is not replaced: {addresses}"
        );
        let hidden = act(
            &server,
            &focal,
            "updateInstitution",
            with(3, json!({ "emails": [point("x@example.org", "SECRETARIAT")] })),
        )
        .await;
        assert_eq!(hidden["userErrors"][0]["field"], json!(["emails", "0", "visibility"]));
        let cleared = act(&server, &focal, "updateInstitution", with(3, json!({ "city": null, "emails": [] }))).await;
        assert_eq!((&cleared["institution"]["city"], &cleared["institution"]["emails"]), (&Value::Null, &json!([])));
        for change in
            [json!({ "country": "KH" }), json!({ "slug": "mine" }), json!({ "parent": null, "country": null })]
        {
            assert_eq!(act(&server, &own, "updateInstitution", with(4, change)).await, "FORBIDDEN");
        }
        assert_eq!(
            act(&server, &other, "updateInstitution", with(4, json!({ "city": "Elsewhere" }))).await,
            "FORBIDDEN"
        );
        let stale = act(&server, &own, "updateInstitution", with(1, json!({ "city": "Seoul" }))).await;
        assert_eq!(
            (&stale["userErrors"][0]["code"], &stale["institution"]["version"]),
            (&json!("CONFLICT"), &json!(4))
        );
        let circle = act(&server, &admin, "updateInstitution", with(4, json!({ "parent": id }))).await;
        assert_eq!(circle["userErrors"][0]["code"], "INVALID", "nothing is a part of itself");

        let log = server
            .ask_as(
                &admin,
                &format!("{{ auditLog(filter: {{subject: {id}}}) {{ nodes {{ changes {{ field old new }} }} }} }}"),
            )
            .await;
        let entries = log.data()["auditLog"]["nodes"].as_array().unwrap();
        assert_eq!(entries.len(), 3);
assert_eq!(
            entries[2]["changes"],
            json!([{ "field": "emails", "old": null, "new": null }, { "field": "verified", "old": "true", "new": "false" }])
        );
        assert!(!log.text.contains('@'), "{}", log.text);
    })
    .await;
}

#[tokio::test]
async fn what_is_referred_to_is_not_deleted() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let own = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        let delete =
            "mutation($id: ID!) { deleteInstitution(input: { id: $id }) { deletedId userErrors { code message } } }";
        let used =
            server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await.data()["institution"]["id"].clone();
        let refused = server.ask_as_with(&admin, delete, json!({ "id": used })).await;
        let fault = &refused.data()["deleteInstitution"]["userErrors"][0];
        assert_eq!(fault["code"], "IN_USE");
        assert!(fault["message"].as_str().unwrap().contains("memberships (1)"), "{fault}");
        let made = act(&server, &admin, "createInstitution", new()).await["institution"]["id"].clone();
        assert_eq!(server.ask_as_with(&own, delete, json!({ "id": made })).await.error().0, "FORBIDDEN");
        let gone = server.ask_as_with(&admin, delete, json!({ "id": made })).await;
        assert_eq!(gone.data()["deleteInstitution"], json!({ "deletedId": made, "userErrors": [] }));
        let after = server
            .ask_with(
                "query($id: ID!) { node(id: $id) { id } search(query: \"invented film centre\") { totalCount } }",
                json!({ "id": made }),
            )
            .await;
        assert_eq!(after.data(), &json!({ "node": null, "search": { "totalCount": 0 } }));
        let log = server.ask_as(&admin, "{ auditLog(first: 1) { nodes { operation version } } }").await;
        assert_eq!(log.data()["auditLog"]["nodes"][0], json!({ "operation": "DELETED", "version": null }));
    })
    .await;
}
