//! What agencies call contacts: who sees it, and what becomes of it.
use entity::external_id;
use harness::{Grant, Server, on_each_database};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::pushing::{BOTH, Network, machine, outcomes, push};

async fn ids(server: &Server, token: &str, id: &Value) -> Vec<(String, String)> {
    let query = "query($id: ID!) { node(id: $id) { ... on Contact { externalIds { agency value } } } }";
    let answer = server.ask_as_with(token, query, json!({ "id": id })).await;
    let found = answer.data()["node"]["externalIds"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    found.iter().map(|id| (text(&id["agency"]), text(&id["value"]))).collect()
}

#[tokio::test]
async fn an_agency_sees_its_own_and_administrators_see_all() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let (_, other) = machine(&server, &network.admin, &BOTH).await;
        let made = network
            .push(
                json!([network.person("p-1", "Linh", "linh@example.org"), { "institution": {
            "externalId": "i-1", "names": [{ "language": "en", "text": "A council" }], "kind": "FUND" } }]),
                json!({}),
            )
            .await;
        let own = |value: &str| vec![(network.client.clone(), value.to_owned())];
        for (place, value) in ["p-1", "i-1"].into_iter().enumerate() {
            let id = &made["results"][place]["contact"]["id"];
            assert_eq!(ids(&server, &network.token, id).await, own(value));
            assert_eq!(ids(&server, &network.admin, id).await, own(value));
        }
        let linh = &made["results"][0]["contact"]["id"];
        let by = r#"{ policymaker(by: {externalId: "p-1"}) { id } institution(by: {externalId: "i-1"}) { slug }
            other: policymaker(by: {externalId: "i-1"}) { id } }"#;
        let found = server.ask_as(&network.token, by).await;
        let expected = json!({ "policymaker": { "id": linh }, "institution": { "slug": "a-council" }, "other": null });
        assert_eq!(found.data(), &expected);
        for token in [&other, &network.admin] {
            let nothing = json!({ "policymaker": null, "institution": null, "other": null });
            assert_eq!(server.ask_as(token, by).await.data(), &nothing, "it is found by whose ID it is");
        }
        let confirm = json!({ "id": linh, "shareWithAgencies": true, "basis": "seen" });
        network.act("recordConsent", "RecordConsentInput", confirm, "policymaker { id }").await;
        let focal = server.account("focal@example.org", &[Grant::FocalPoint("KR")]).await;
        for token in [&other, &focal] {
            let query = "query($id: ID!) { policymaker(by: {id: $id}) { externalIds { value } } }";
            let answer = server.ask_as_with(token, query, json!({ "id": linh })).await;
            assert_eq!(
                answer.data()["policymaker"]["externalIds"],
                json!([]),
                "they see the contact, and nobody's ID of it"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn they_stay_with_what_they_named() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let people = json!([
            network.person("p-1", "Linh", "linh@example.org"),
            network.person("p-2", "Linh T", "linh.t@example.org"),
            network.person("p-3", "Bora", "bora@example.org")
        ]);
        let made = network.push(people, json!({})).await;
        let id = |place: usize| made["results"][place]["contact"]["id"].clone();
        let merge = json!({ "survivor": id(0), "merged": id(1) });
        let merged = network.act("mergeContacts", "MergeContactsInput", merge, "contact { version }").await;
        assert_eq!(merged["userErrors"], json!([]));
        let values = async |of: &Value| -> Vec<String> {
            ids(&server, &network.token, of).await.into_iter().map(|(_, value)| value).collect()
        };
        assert_eq!(values(&id(0)).await, ["p-1", "p-2"]);
        // An upsert by either finds the survivor.
        let touch = |id: &str, tags: &[&str]| json!([{ "policymaker": { "externalId": id, "languages": tags } }]);
        let second = network.push(touch("p-2", &["vi"]), json!({})).await;
        assert_eq!((outcomes(&second), &second["results"][0]["contact"]["id"]), (vec!["UPDATED"], &id(0)));
        let db = server.database().await;
        let rows = external_id::Entity::find().all(&db).await.unwrap();
        let named = rows.iter().find(|row| row.value == "p-2").unwrap();
        assert_eq!(json!(harness::id("pol", named.subject_id)), id(1), "what it was given to is known still");

        // What was merged into somebody else's is not the agency's to change.
        let new = json!({ "givenName": "Bo-ra", "appointments": [{ "institution": network.kofic, "title": "Chair" }] });
        let theirs = network.act("createPolicymaker", "CreatePolicymakerInput", new, "policymaker { id }").await;
        let merge = json!({ "survivor": theirs["policymaker"]["id"], "merged": id(2) });
        network.act("mergeContacts", "MergeContactsInput", merge, "contact { version }").await;
        let refused = network.push(touch("p-3", &["ko"]), json!({})).await;
        assert_eq!(refused["results"][0]["userErrors"][0]["code"], "TAKEN");
        let undone = network.act("unmergeContacts", "TransitionInput", json!({ "id": id(2) }), "contact { id }").await;
        assert_eq!(undone["userErrors"], json!([]));
        assert_eq!(outcomes(&network.push(touch("p-3", &["ko"]), json!({})).await), ["UPDATED"]);

        // A contact that was deleted is created anew under its ID; one that is erased is not known to have had one.
        let gone = network.act("deletePolicymaker", "DeleteInput", json!({ "id": id(2) }), "deletedId").await;
        assert_eq!(gone["deletedId"], id(2));
        assert_eq!(external_id::Entity::find().all(&db).await.unwrap().len(), 3, "the feed can name it");
        let anew = network.push(json!([network.person("p-3", "Bora", "bora@example.org")]), json!({})).await;
        assert_eq!(outcomes(&anew), ["CREATED"]);
        assert_ne!(anew["results"][0]["contact"]["id"], id(2));
        let erase = json!({ "id": id(1), "reason": "asked" });
        let erased = network.act("erasePolicymaker", "ErasePolicymakerInput", erase, "deletedId").await;
        assert_eq!(erased["userErrors"], json!([]));
        let left: Vec<String> =
            external_id::Entity::find().all(&db).await.unwrap().into_iter().map(|row| row.value).collect();
        assert_eq!(left, ["p-3"]);
        let again =
            push(&server, &network.token, json!([network.person("p-1", "Linh", "linh@example.org")]), json!({})).await;
        assert_eq!(outcomes(&again), ["CREATED"]);
    })
    .await;
}

#[tokio::test]
async fn the_feed_has_what_the_agency_pushed_and_names_what_is_gone() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let (_, other) = machine(&server, &network.admin, &BOTH).await;
        let follow = async |token: &str, mut since: Value| {
            let mut changes = vec![];
            server.settled().await;
            loop {
                let query = "query($since: SyncToken) { contactChanges(since: $since) { hasMore token changes {
                    ... on ContactUpserted { contact { id } }
                    ... on ContactRemoved { contactId reason externalIds { agency value } } } } }";
                let answer = server.ask_as_with(token, query, json!({ "since": since })).await;
                let page = &answer.data()["contactChanges"];
                changes.extend(page["changes"].as_array().unwrap().clone());
                since = page["token"].clone();
                if page["hasMore"] == false {
                    return (changes, since);
                }
            }
        };
        let (_, since) = follow(&network.token, Value::Null).await;
        let (_, others) = follow(&other, Value::Null).await;
        // Whoever does not consent is in the book of the agency that made them, and in no other one.
        let made = network.push(json!([{ "policymaker": { "externalId": "p-1", "givenName": "Linh" } },
            { "institution": { "externalId": "i-1", "names": [{ "language": "en", "text": "A council" }], "kind": "FUND" } },
            network.person("p-2", "Bora", "bora@example.org")]), json!({})).await;
        let ids: Vec<Value> = (0..3).map(|place| made["results"][place]["contact"]["id"].clone()).collect();
        let (told, since) = follow(&network.token, since).await;
        let told: Vec<&Value> = told.iter().map(|change| &change["contact"]["id"]).collect();
        assert_eq!(told, ids.iter().collect::<Vec<_>>());
        let (nothing, others) = follow(&other, others).await;
        assert_eq!(nothing, Vec::<Value>::new());
        let (snapshot, _) = follow(&network.token, Value::Null).await;
        assert!(ids.iter().all(|id| snapshot.iter().any(|change| change["contact"]["id"] == *id)));
        // An institution that is listed is everybody's, and so are those who consented and hold a position there.
        let list = json!({ "id": ids[1], "expectedVersion": 1, "listed": true });
        network.act("updateInstitution", "UpdateInstitutionInput", list, "institution { id }").await;
        let (told, others) = follow(&other, others).await;
        assert_eq!(told, [json!({ "contact": { "id": ids[1] } })]);

        let gone = network.act("deletePolicymaker", "DeleteInput", json!({ "id": ids[0] }), "deletedId").await;
        assert_eq!(gone["deletedId"], ids[0]);
        let withdraw = json!({ "id": ids[2], "shareWithAgencies": false });
        network.act("recordConsent", "RecordConsentInput", withdraw, "policymaker { id }").await;
        let (told, since) = follow(&network.token, since).await;
        let removed = |id: &Value, reason: &str, value: &str| json!({ "contactId": id, "reason": reason,
            "externalIds": [{ "agency": network.client, "value": value }] });
        let expected = [json!({ "contact": { "id": ids[1] } }), removed(&ids[0], "DELETED", "p-1"),
            removed(&ids[2], "CONSENT_WITHDRAWN", "p-2")];
        assert_eq!(told, expected);
        assert_eq!(follow(&other, others).await.0, Vec::<Value>::new(), "nobody else is told");
        let erase = json!({ "id": ids[2], "reason": "asked" });
        network.act("erasePolicymaker", "ErasePolicymakerInput", erase, "deletedId").await;
        for removal in follow(&network.token, since).await.0 {
            assert_eq!(removal["externalIds"], json!([]), "not once they are erased");
        }
    })
    .await;
}
