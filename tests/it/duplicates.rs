//! Contacts that are likely the same: how they are found, and what administrators do about them.
use entity::{duplicate_contact, name_key};
use harness::{Grant, Server, on_each_database};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::pushing::{BOTH, Network, act, machine, outcomes, push};

const PAIRS: &str = "{ duplicateContacts { totalCount nodes { id version score matched foundAt dismissedAt
    contacts { id displayName externalIds { agency } } } } }";

async fn pairs(server: &Server, admin: &str) -> Vec<Value> {
    let answer = server.ask_as(admin, PAIRS).await;
    answer.data()["duplicateContacts"]["nodes"].as_array().unwrap().clone()
}

async fn person(network: &Network<'_>, given: &str, family: &str, native: Option<&str>, email: &str) -> Value {
    let input = json!({ "givenName": given, "familyName": family, "nativeName": native, "appointments": [
        { "institution": network.kofic, "title": "Director", "emails": [{ "address": email, "visibility": "SECRETARIAT" }] }] });
    let made = network.act("createPolicymaker", "CreatePolicymakerInput", input, "policymaker { id version }").await;
    assert_eq!(made["userErrors"], json!([]), "{made}");
    made["policymaker"].clone()
}

/// Whether a pair is of these two.
fn is_of(pair: &Value, one: &Value, two: &Value) -> bool {
    let ids: Vec<&Value> = pair["contacts"].as_array().unwrap().iter().map(|contact| &contact["id"]).collect();
    ids.len() == 2 && ids.contains(&one) && ids.contains(&two)
}

#[tokio::test]
async fn likely_duplicates_are_found_across_scripts_and_orders() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let pairs_of = [
            (("Thị Linh", "Nguyễn", None), ("Linh", "Nguyen Thi", None)),
            (("Min-ji", "Kim", Some("김민지")), ("Minji", "Kim", None)),
            (("Bora", "Pak", Some("박보라")), ("보라", "박", None)),
        ];
        for (place, (one, two)) in pairs_of.into_iter().enumerate() {
            let first = person(&network, one.0, one.1, one.2, &format!("one{place}@example.org")).await;
            assert_eq!(pairs(&server, &network.admin).await.len(), place, "nobody is like {}", one.0);
            let second = person(&network, two.0, two.1, two.2, &format!("two{place}@example.org")).await;
            let found = pairs(&server, &network.admin).await;
            let pair = found.iter().find(|pair| is_of(pair, &first["id"], &second["id"])).unwrap();
            assert_eq!(pair["matched"], json!(["NAME", "INSTITUTION"]), "{pair}");
            assert!((0.5..=1.0).contains(&pair["score"].as_f64().unwrap()), "{pair}");
        }
        // Sharing an address is telling, and more so with the name.
        let one = person(&network, "Anh", "Tran", None, "Office@example.org").await;
        let two = person(&network, "Dung", "Pham", None, "office@example.org").await;
        let same = person(&network, "Tran", "Anh", None, "office@example.org").await;
        let found = pairs(&server, &network.admin).await;
        let score = |a: &Value, b: &Value| {
            let pair = found.iter().find(|pair| is_of(pair, &a["id"], &b["id"])).unwrap_or_else(|| panic!("{found:?}"));
            (pair["matched"].clone(), pair["score"].as_f64().unwrap())
        };
        assert_eq!(score(&one, &two).0, json!(["EMAIL", "INSTITUTION"]));
        assert_eq!(score(&one, &same).0, json!(["NAME", "EMAIL", "INSTITUTION"]));
        assert!(score(&one, &same).1 > score(&one, &two).1);
        let scores: Vec<f64> = found.iter().map(|pair| pair["score"].as_f64().unwrap()).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b), "the likeliest first: {scores:?}");
        // Page by page it is the same list.
        let (mut after, mut paged) = (Value::Null, vec![]);
        while paged.len() < found.len() {
            let query = "query($after: String) { duplicateContacts(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }";
            let page = server.ask_as_with(&network.admin, query, json!({ "after": after })).await;
            let page = &page.data()["duplicateContacts"];
            paged.extend(page["nodes"].as_array().unwrap().iter().map(|pair| pair["id"].clone()));
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(paged, found.iter().map(|pair| pair["id"].clone()).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn what_agencies_push_is_compared_and_they_are_told_nothing_of_it() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let (_, other) = machine(&server, &network.admin, &BOTH).await;
        let known = person(&network, "Thị Linh", "Nguyễn", None, "linh@example.org").await;
        let stranger = network.person("p-0", "Bora", "bora@example.org");
        let alone = network.push(json!([stranger]), json!({})).await;
        let alike = json!([{ "policymaker": { "externalId": "p-1", "givenName": "Linh", "familyName": "Nguyen Thi" } },
            { "institution": { "externalId": "i-1", "kind": "FILM_BODY", "country": "KR",
                "names": [{ "language": "en", "text": "Korean Film Council (KOFIC)" }] } }]);
        let pushed = network.push(alike.clone(), json!({})).await;
        assert_eq!(outcomes(&pushed), ["CREATED", "CREATED"]);
        let told = |payload: &Value| {
            let result = payload["results"][0].as_object().unwrap();
            (result["outcome"].clone(), result["userErrors"].clone(), payload["created"].is_i64())
        };
        assert_eq!(told(&pushed), told(&alone), "it is answered like any new contact");
        let found = pairs(&server, &network.admin).await;
        let linh = &pushed["results"][0]["contact"]["id"];
        assert!(found.iter().any(|pair| is_of(pair, linh, &known["id"])), "{found:?}");
        let council = &pushed["results"][1]["contact"]["id"];
        let pair = found.iter().find(|pair| is_of(pair, council, &network.kofic)).unwrap();
        assert!(pair["matched"].as_array().unwrap().contains(&json!("NAME")), "{pair}");

        let theirs = push(&server, &other, alike, json!({})).await;
        assert_eq!(told(&theirs), told(&alone));
        assert_eq!(pairs(&server, &network.admin).await.len(), 6, "three of each, two by two");
        // Nobody but administrators knows of any.
        let focal = server.account("focal@example.org", &[Grant::FocalPoint("KR")]).await;
        let node = format!("{{ node(id: {}) {{ id }} }}", pair["id"]);
        for token in [&network.token, &other, &focal] {
            assert_eq!(server.ask_as(token, PAIRS).await.error().0, "FORBIDDEN");
            assert_eq!(server.ask_as(token, &node).await.data()["node"], Value::Null);
            let dismissed =
                act(&server, token, "dismissDuplicate", "TransitionInput", json!({ "id": pair["id"] }), "").await;
            assert_eq!(dismissed, "FORBIDDEN");
        }
        assert_eq!(server.ask(PAIRS).await.error().0, "UNAUTHENTICATED");
        assert_eq!(server.ask_as(&network.admin, &node).await.data()["node"]["id"], pair["id"]);
    })
    .await;
}

#[tokio::test]
async fn administrators_merge_or_dismiss_and_what_changes_is_compared_anew() {
    on_each_database(|server| async move {
        let network = Network::of(&server).await;
        let one = person(&network, "Min-ji", "Kim", None, "one@example.org").await;
        let two = person(&network, "Minji", "Kim", None, "two@example.org").await;
        let three = person(&network, "Minji", "Kim", None, "three@example.org").await;
        let found = pairs(&server, &network.admin).await;
        assert_eq!(found.len(), 3);
        let selection = "duplicateContact { id version dismissedAt }";
        let dismiss = async |pair: &Value, version: i64| {
            let input = json!({ "id": pair["id"], "expectedVersion": version, "reason": "two colleagues" });
            network.act("dismissDuplicate", "TransitionInput", input, selection).await
        };
        let first = found.iter().find(|pair| is_of(pair, &one["id"], &two["id"])).unwrap();
        assert_eq!(dismiss(first, 9).await["userErrors"][0]["code"], "CONFLICT");
        let done = dismiss(first, 1).await;
        assert_eq!((&done["userErrors"], &done["duplicateContact"]["version"]), (&json!([]), &json!(2)), "{done}");
        assert_eq!(pairs(&server, &network.admin).await.len(), 2, "it is not listed any more");
        let log = format!("{{ auditLog(filter: {{subject: {}}}) {{ nodes {{ operation reason subject {{ id }} }} }} }}", first["id"]);
        let log = server.ask_as(&network.admin, &log).await;
        let told = json!([{ "operation": "UPDATED", "reason": "two colleagues", "subject": { "id": first["id"] } }]);
        assert_eq!(log.data()["auditLog"]["nodes"], told);
        let absent = json!({ "id": harness::id("dup", uuid::Uuid::now_v7()) });
        let absent = network.act("dismissDuplicate", "TransitionInput", absent, selection).await;
        assert_eq!(absent["userErrors"][0]["code"], "NOT_FOUND");

        // What was dismissed stays so when one changes; another name is not like the others.
        let rename = |who: &Value, version: i32, name: &str| json!({ "id": who["id"], "expectedVersion": version, "givenName": name });
        let update = async |input: Value| network.act("updatePolicymaker", "UpdatePolicymakerInput", input, "policymaker { id }").await;
        assert_eq!(update(rename(&one, 1, "Minji")).await["userErrors"], json!([]));
        assert_eq!(pairs(&server, &network.admin).await.len(), 2);
        update(rename(&three, 1, "Bora")).await;
        assert_eq!(pairs(&server, &network.admin).await, Vec::<Value>::new());
        update(rename(&three, 2, "Minji")).await;
        assert_eq!(pairs(&server, &network.admin).await.len(), 2);

        // Merging takes the pair off, and undoing it brings it back.
        let merge = json!({ "survivor": two["id"], "merged": three["id"] });
        let merged = network.act("mergeContacts", "MergeContactsInput", merge, "contact { id }").await;
        assert_eq!(merged["userErrors"], json!([]));
        assert_eq!(pairs(&server, &network.admin).await, Vec::<Value>::new());
        network.act("unmergeContacts", "TransitionInput", json!({ "id": three["id"] }), "contact { id }").await;
        assert_eq!(pairs(&server, &network.admin).await.len(), 2);
        let gone = network.act("deletePolicymaker", "DeleteInput", json!({ "id": two["id"] }), "deletedId").await;
        assert_eq!(gone["deletedId"], two["id"]);
        assert_eq!(pairs(&server, &network.admin).await.len(), 1);
        for who in [&one, &three] {
            let erase = json!({ "id": who["id"], "reason": "asked" });
            network.act("erasePolicymaker", "ErasePolicymakerInput", erase, "deletedId").await;
        }
        let db = server.database().await;
        assert!(duplicate_contact::Entity::find().all(&db).await.unwrap().is_empty(), "nothing is left of it");
        let keys = name_key::Entity::find().all(&db).await.unwrap();
        assert!(keys.iter().all(|row| row.kind == entity::vocabulary::SubjectKind::Institution));
    })
    .await;
}
