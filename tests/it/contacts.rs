//! Contacts that are the same, and people who ask to be forgotten.
use entity::{account, appointment, change_log, contact_merge, policymaker};
use harness::{Grant, Server, on_each_database};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait as _, DbBackend, EntityTrait as _, IntoActiveModel as _,
    Statement,
};
use serde_json::{Value, json};

async fn do_it(server: &Server, token: &str, mutation: &str, input: Value, selection: &str) -> Value {
    let kind = match mutation {
        "unmergeContacts" => "TransitionInput".to_owned(),
        _ => format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]),
    };
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ field code }} }} }}"
    );
    let answer = server.ask_as_with(token, &query, json!({ "input": input })).await;
    answer.json["data"][mutation].as_object().map_or_else(|| json!(answer.error().0), |payload| json!(payload))
}

const CONTACT: &str =
    "contact { id displayName version emails { address } ... on Policymaker { appointments { title } } }";

async fn person(server: &Server, token: &str, name: &str, title: &str, email: &str) -> Value {
    let kofic =
        server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await.data()["institution"]["id"].clone();
    let input = json!({ "givenName": name, "familyName": "Invented", "appointments": [
        { "institution": kofic, "title": title, "emails": [{ "address": email, "visibility": "PUBLIC" }] },
    ] });
    let made = do_it(server, token, "createPolicymaker", input, "policymaker { id version }").await;
    assert_eq!(made["userErrors"], json!([]));
    made["policymaker"].clone()
}

async fn node(server: &Server, id: &Value) -> Value {
    let query =
        "query($id: ID!) { node(id: $id) { id } policymaker(by: {id: $id}) { displayName emails { address } } }";
    server.ask_with(query, json!({ "id": id })).await.data().clone()
}

#[tokio::test]
async fn two_that_are_one_become_one_and_two_again() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let own = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        let one = person(&server, &admin, "Bora", "Director", "bora@example.org").await;
        let two = person(&server, &admin, "Bo-ra", "Adviser", "bo-ra@example.org").await;
        for (who, said) in [(&one, true), (&two, false)] {
            let consent = json!({ "id": who["id"], "shareWithAgencies": said, "basis": "a form" });
            do_it(&server, &admin, "recordConsent", consent, "policymaker { id }").await;
        }
        let before = [node(&server, &one["id"]).await, node(&server, &two["id"]).await];
        let input =
            json!({ "survivor": one["id"], "expectedVersion": 2, "merged": two["id"], "reason": "the same person" });
        assert_eq!(do_it(&server, &own, "mergeContacts", input.clone(), CONTACT).await, "FORBIDDEN");
        let same = json!({ "survivor": one["id"], "merged": one["id"] });
        assert_eq!(do_it(&server, &admin, "mergeContacts", same, CONTACT).await["userErrors"][0]["code"], "INVALID");
        let stale = json!({ "survivor": one["id"], "expectedVersion": 1, "merged": two["id"] });
        assert_eq!(do_it(&server, &admin, "mergeContacts", stale, CONTACT).await["userErrors"][0]["code"], "CONFLICT");

        let merged = do_it(&server, &admin, "mergeContacts", input, CONTACT).await;
        assert_eq!(merged["userErrors"], json!([]), "{merged}");
        let contact = &merged["contact"];
        assert_eq!((&contact["id"], &contact["version"]), (&one["id"], &json!(3)));
        let titles: Vec<_> =
            contact["appointments"].as_array().unwrap().iter().map(|held| held["title"].as_str().unwrap()).collect();
        assert!(titles.len() == 2 && titles.contains(&"Director") && titles.contains(&"Adviser"));
        assert_eq!(contact["emails"].as_array().unwrap().len(), 2);
        assert_eq!(
            node(&server, &two["id"]).await,
            node(&server, &one["id"]).await,
            "the old ID leads to the survivor"
        );
        assert_eq!(node(&server, &two["id"]).await["node"]["id"], one["id"]);
        let nodes = server
            .ask_with("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": [two["id"], one["id"]] }))
            .await;
        assert_eq!(nodes.data()["nodes"], json!([{ "id": one["id"] }, { "id": one["id"] }]));
        let found = server.ask("{ search(query: \"invented\") { totalCount } policymakers { totalCount } }").await;
        assert_eq!(found.data(), &json!({ "search": { "totalCount": 1 }, "policymakers": { "totalCount": 1 } }));
        let consents = entity::consent::Entity::find().all(&server.database().await).await.unwrap();
        assert_eq!(
            consents.iter().map(|row| row.share_with_agencies).collect::<Vec<_>>(),
            [false],
            "what was said last counts"
        );

        let stale = json!({ "id": two["id"], "expectedVersion": 2 });
        assert_eq!(
            do_it(&server, &admin, "unmergeContacts", stale, CONTACT).await["userErrors"][0]["code"],
            "CONFLICT"
        );
        assert_eq!(do_it(&server, &own, "unmergeContacts", json!({ "id": two["id"] }), CONTACT).await, "FORBIDDEN");
        let undone = do_it(&server, &admin, "unmergeContacts", json!({ "id": two["id"] }), CONTACT).await;
        assert_eq!((&undone["userErrors"], &undone["contact"]["id"]), (&json!([]), &two["id"]));
        assert_eq!([node(&server, &one["id"]).await, node(&server, &two["id"]).await], before);
        assert_eq!(entity::consent::Entity::find().all(&server.database().await).await.unwrap().len(), 2);
        let again = do_it(&server, &admin, "unmergeContacts", json!({ "id": two["id"] }), CONTACT).await;
        assert_eq!(again["userErrors"][0]["code"], "NOT_FOUND");
        let log = server
            .ask_as(
                &admin,
                &format!("{{ auditLog(filter: {{subject: {}}}) {{ nodes {{ operation reason }} }} }}", two["id"]),
            )
            .await;
        let told: Vec<_> = log.data()["auditLog"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["operation"].as_str().unwrap())
            .collect();
        assert_eq!(told, ["UNMERGED", "MERGED", "UPDATED", "CREATED"]);

        let input = json!({ "survivor": one["id"], "merged": two["id"] });
        let merged = do_it(&server, &admin, "mergeContacts", input, CONTACT).await;
        let touch = json!({ "id": one["id"], "expectedVersion": merged["contact"]["version"], "honorific": "Dr" });
        assert_eq!(
            do_it(&server, &admin, "updatePolicymaker", touch, "policymaker { id }").await["userErrors"],
            json!([])
        );
        let late = do_it(&server, &admin, "unmergeContacts", json!({ "id": two["id"] }), CONTACT).await;
        assert_eq!(late["userErrors"][0]["code"], "ILLEGAL_TRANSITION", "somebody has touched the survivor since");
    })
    .await;
}

#[tokio::test]
async fn what_was_merged_is_undone_in_the_order_in_which_it_was_done() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let mut ids = vec![];
        for name in ["Ana", "Bea", "Cia", "Dea"] {
            ids.push(person(&server, &admin, name, name, &format!("{name}@example.org")).await["id"].clone());
        }
        let merge = |survivor: &Value, merged: &Value| json!({ "survivor": survivor, "merged": merged });
        for (survivor, merged) in [(1, 0), (2, 1), (3, 2)] {
            let done = do_it(&server, &admin, "mergeContacts", merge(&ids[survivor], &ids[merged]), CONTACT).await;
            assert_eq!(done["userErrors"], json!([]));
        }
        for id in &ids {
            assert_eq!(node(&server, id).await["node"]["id"], ids[3], "all lead to the last");
        }
        let undo = |id: &Value| json!({ "id": id });
        for early in [&ids[0], &ids[1]] {
            let refused = do_it(&server, &admin, "unmergeContacts", undo(early), CONTACT).await;
            assert_eq!(refused["userErrors"][0]["code"], "ILLEGAL_TRANSITION");
        }
        let undone = do_it(&server, &admin, "unmergeContacts", undo(&ids[2]), CONTACT).await;
        assert_eq!(undone["userErrors"], json!([]));
        for id in &ids[..3] {
            assert_eq!(node(&server, id).await["node"]["id"], ids[2], "what was merged into it before is in it again");
        }
        let touched = do_it(&server, &admin, "unmergeContacts", undo(&ids[1]), CONTACT).await;
        assert_eq!(touched["userErrors"][0]["code"], "ILLEGAL_TRANSITION", "it was touched when it came back");

        // Whoever is erased by an ID that leads to somebody is that somebody; and so it is once that one is deleted.
        let one = person(&server, &admin, "Eva", "Eva", "eva@example.org").await["id"].clone();
        let other = person(&server, &admin, "Eve", "Eve", "eve@example.org").await["id"].clone();
        do_it(&server, &admin, "mergeContacts", merge(&one, &other), CONTACT).await;
        let erase = |id: &Value| json!({ "id": id, "reason": "asked" });
        assert_eq!(do_it(&server, &admin, "erasePolicymaker", erase(&other), "deletedId").await["deletedId"], other);
        assert_eq!(node(&server, &one).await["node"], Value::Null);
        let nobody = do_it(&server, &admin, "unmergeContacts", undo(&other), CONTACT).await;
        assert_eq!(nobody["userErrors"][0]["code"], "NOT_FOUND");
        let delete = "mutation($id: ID!) { deletePolicymaker(input: {id: $id}) { deletedId } }";
        let deleted = server.ask_as_with(&admin, delete, json!({ "id": ids[2] })).await;
        assert_eq!(deleted.data()["deletePolicymaker"]["deletedId"], ids[2]);
        assert_eq!(
            do_it(&server, &admin, "erasePolicymaker", erase(&ids[0]), "deletedId").await["userErrors"],
            json!([])
        );
        let left = change_log::Entity::find().all(&server.database().await).await.unwrap();
        let known = left.iter().filter(|entry| entry.audience_before.is_some() || entry.audience_after.is_some());
        assert!(
            known.count() > 0
                && left
                    .iter()
                    .filter(|entry| entry.audience_after.is_some())
                    .all(|entry| { harness::id("pol", entry.subject_id) == ids[3].as_str().unwrap() }),
            "of nobody but the one who is left"
        );
    })
    .await;
}

#[tokio::test]
async fn a_role_that_was_taken_away_meanwhile_does_not_come_back() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let grants = [Grant::Representative("kr-kofic"), Grant::Representative("kr-kocca")];
        let both = server.account("both@example.org", &grants).await;
        let me = "{ viewer { ... on Account { id grants { institution { slug } } } } }";
        let id = server.ask_as(&both, me).await.data()["viewer"]["id"].clone();
        let found = r#"{ a: institution(by: {slug: "kr-kofic"}) { id } b: institution(by: {slug: "kr-kocca"}) { id } }"#;
        let found = server.ask(found).await;
        let (survivor, merged) = (&found.data()["a"]["id"], &found.data()["b"]["id"]);
        let db = server.database().await;
        let one_membership = "DELETE FROM membership WHERE institution_id IN (SELECT id FROM institution WHERE slug = 'kr-kocca')";
        db.execute_unprepared(one_membership).await.unwrap();
        // They have had both for a while, so that what is taken away stays on record.
        db.execute_unprepared("UPDATE role_grant SET since = '2026-01-01'").await.unwrap();
        let merge = json!({ "survivor": survivor, "merged": merged });
        assert_eq!(do_it(&server, &admin, "mergeContacts", merge, CONTACT).await["userErrors"], json!([]));
        let roles = || async { server.ask_as(&admin, &format!("{{ node(id: {id}) {{ ... on Account {{ grants {{ institution {{ slug }} }} }} }} }}")).await.data()["node"]["grants"].clone() };
        assert_eq!(roles().await, json!([{ "institution": { "slug": "kr-kofic" } }]), "one role, and not the same one twice");
        let revoke = "mutation($a: ID!, $i: ID!) { revokeRole(input: {account: $a, role: REPRESENTATIVE, institution: $i}) { userErrors { code } } }";
        assert_eq!(server.ask_as_with(&admin, revoke, json!({ "a": id, "i": survivor })).await.data()["revokeRole"]["userErrors"], json!([]));
        assert_eq!(do_it(&server, &admin, "unmergeContacts", json!({ "id": merged }), CONTACT).await["userErrors"], json!([]));
        assert_eq!(roles().await, json!([]));
    })
    .await;
}

#[tokio::test]
async fn an_institution_is_merged_with_all_that_refers_to_it() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let ids = server.ask(r#"{ a: institution(by: {slug: "kr-kofic"}) { id opportunities { nodes { slug } } }
            b: institution(by: {slug: "kr-kocca"}) { id slug opportunities { nodes { slug } } agreements { totalCount } } }"#).await;
        let (survivor, merged) = (&ids.data()["a"]["id"], &ids.data()["b"]["id"]);
        let state = || async {
            let query = "query($a: ID!, $b: ID!) { a: node(id: $a) { ...I } b: node(id: $b) { ...I } }
                fragment I on Institution { id slug name emails { address } children { nodes { id } } agreements { nodes { slug } }
                opportunities { nodes { slug leadInstitution { id } partners { role institution { id } } } }}";
            server.ask_as_with(&admin, query, json!({ "a": survivor, "b": merged })).await.data().clone()
        };
        for slug in ["kr-kofic", "kr-kocca"] {
            server.member(slug).await;
        }
        let input = json!({ "survivor": survivor, "merged": merged });
        let refused = do_it(&server, &admin, "mergeContacts", input.clone(), CONTACT).await;
        assert_eq!(refused["userErrors"], json!([{ "field": ["merged"], "code": "IN_USE" }]), "two memberships");
        let db = server.database().await;
        let delete = "DELETE FROM membership WHERE institution_id IN (SELECT id FROM institution WHERE slug = 'kr-kofic')";
        db.execute_unprepared(delete).await.unwrap();
        let before = state().await;
        assert_eq!(do_it(&server, &admin, "mergeContacts", input, CONTACT).await["userErrors"], json!([]));
        let after = state().await;
        assert_eq!((&after["b"], &after["a"]["id"]), (&after["a"], survivor));
        let count = |state: &Value, of: &str| state[of]["opportunities"]["nodes"].as_array().unwrap().len();
        assert_eq!(count(&after, "a"), count(&before, "a") + count(&before, "b"));
        assert_eq!(server.ask(r#"{ institution(by: {slug: "kr-kocca"}) { id } }"#).await.data()["institution"], Value::Null);
        let member = "query($a: ID!) { institution(by: {id: $a}) { membership { id version institution { id } } } }";
        let member = async |of: &Value| server.ask_as_with(&admin, member, json!({ "a": of })).await.data()["institution"]["membership"].clone();
        let moved = member(survivor).await;
        assert_eq!((&moved["institution"]["id"], &moved["version"]), (survivor, &json!(2)), "it is a member now");
        let undone = do_it(&server, &admin, "unmergeContacts", json!({ "id": merged }), CONTACT).await;
        assert_eq!(undone["userErrors"], json!([]), "{undone}");
        assert_eq!(state().await, before);
        assert_eq!(member(merged).await["version"], 3);
        let told = "query($of: ID!) { auditLog(filter: {subject: $of}) { nodes { changes { field } } } }";
        let told = server.ask_as_with(&admin, told, json!({ "of": moved["id"] })).await;
        let field = json!({ "changes": [{ "field": "institution" }] });
        assert_eq!(told.data()["auditLog"]["nodes"], json!([field, field]), "there and back");
    })
    .await;
}

/// All that the database holds, as bytes: the file and its write-ahead log, or what a dump would have.
async fn all_of(server: &Server) -> Vec<u8> {
    let db = server.database().await;
    if let api::db::Location::File(file) = server.location() {
        // The service may be at it, too: then it is busy.
        let checkpoint = || Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
        while db.query_one_raw(checkpoint()).await.unwrap().unwrap().try_get_by_index::<i32>(0).unwrap() != 0 {
            tokio::task::yield_now().await;
        }
        let mut bytes = std::fs::read(file).unwrap();
        bytes.extend(std::fs::read(format!("{}-wal", file.display())).unwrap_or_default());
        return bytes;
    }
    let names = "SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind = 'r'";
    let tables = db.query_all_raw(Statement::from_string(DbBackend::Postgres, names)).await.unwrap();
    let mut text = String::new();
    for table in tables {
        let name: String = table.try_get("", "name").unwrap();
        let rows = format!("SELECT coalesce(string_agg(t::text, ' '), '') AS rows FROM \"{name}\" t");
        let rows = db.query_one_raw(Statement::from_string(DbBackend::Postgres, rows)).await.unwrap().unwrap();
        text.push_str(&rows.try_get::<String>("", "rows").unwrap());
    }
    text.into_bytes()
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Each field of a person, with a text that is nowhere else: in a script of which the index of trigrams has no other word.
const MARKERS: [&str; 13] = [
    "𐎠𐎡𐎢𐎣",
    "𐎤𐎥𐎦𐎧",
    "Ehonorific",
    "𐎨𐎩𐎪𐎫",
    "Ebiography",
    "Etitle",
    "emarker@example.org",
    "+8229998877",
    "Ebasis",
    "eaccount@example.org",
    "Eaccount",
    "ereply@example.org",
    "Emessage",
];

#[tokio::test]
async fn who_is_erased_is_nowhere() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let own = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        let theirs = server.account("eaccount@example.org", &[Grant::Representative("kr-kofic")]).await;
        let kofic = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await.data()["institution"]["id"].clone();
        let marked = |name: &str| json!({
            "givenName": name, "familyName": "𐎤𐎥𐎦𐎧", "honorific": "Ehonorific", "nativeName": "𐎨𐎩𐎪𐎫",
            "biographies": [{ "language": "en", "text": "Ebiography" }], "appointments": [{ "institution": kofic, "title": "Etitle",
                "emails": [{ "address": "emarker@example.org", "visibility": "SECRETARIAT" }],
                "phones": [{ "number": "+8229998877", "visibility": "PUBLIC" }] }],
        });
        let made = do_it(&server, &admin, "createPolicymaker", marked("𐎠𐎡𐎢𐎣"), "policymaker { id }").await;
        assert_eq!(made["userErrors"], json!([]));
        let id = &made["policymaker"]["id"];
        // The same person twice, and under another name before: what was merged and what was changed is gone, too.
        let twin = do_it(&server, &admin, "createPolicymaker", marked("Etwin"), "policymaker { id }").await["policymaker"]["id"].clone();
        for who in [id, &twin] {
            let consent = json!({ "id": who, "shareWithAgencies": true, "basis": "Ebasis" });
            assert_eq!(do_it(&server, &admin, "recordConsent", consent, "policymaker { id }").await["userErrors"], json!([]));
        }
        let renamed = json!({ "id": twin, "expectedVersion": 2, "givenName": "Eformer" });
        do_it(&server, &admin, "updatePolicymaker", renamed, "policymaker { id }").await;
        do_it(&server, &admin, "mergeContacts", json!({ "survivor": id, "merged": twin }), "contact { id }").await;
        let db = server.database().await;
        let row = policymaker::Entity::find().one(&db).await.unwrap().unwrap();
        for account in account::Entity::find().all(&db).await.unwrap() {
            if account.email == "eaccount@example.org" {
                let mut account = account.into_active_model();
                account.policymaker_id = Set(Some(row.id));
                account.name = Set("Eaccount".to_owned());
                account.update(&db).await.unwrap();
            }
        }
        let call = r#"{ opportunities(filter: {acceptsInterest: true}, first: 1) { nodes { id } } }"#;
        let call = server.ask(call).await.data()["opportunities"]["nodes"][0]["id"].clone();
        let interest = json!({ "opportunity": call, "institution": kofic, "replyTo": "ereply@example.org", "message": "Emessage" });
        let sent = do_it(&server, &theirs, "expressInterest", interest, "interest { id }").await;
        assert_eq!(sent["userErrors"], json!([]));
        let before = all_of(&server).await;
        for marker in MARKERS {
            assert!(has(&before, marker), "{marker} is there to be erased");
        }

        let erase = json!({ "id": id, "reason": "asked by letter on 3 November" });
        for token in [&own, &theirs] {
            assert_eq!(do_it(&server, token, "erasePolicymaker", erase.clone(), "deletedId").await, "FORBIDDEN");
        }
        let unreasonable = json!({ "id": id, "reason": " " });
        assert_eq!(do_it(&server, &admin, "erasePolicymaker", unreasonable, "deletedId").await["userErrors"][0]["code"], "REQUIRED");
        let erased = do_it(&server, &admin, "erasePolicymaker", erase, "deletedId").await;
        assert_eq!(erased, json!({ "deletedId": id, "userErrors": [] }));

        let after = all_of(&server).await;
        for marker in MARKERS.iter().chain(&["Etwin", "etwin", "Eformer", "eformer", "ehonorific", "𐎠𐎡𐎢", "𐎡𐎢𐎣", "𐎥𐎦𐎧", "𐎩𐎪𐎫"]) {
            assert!(!has(&after, marker), "{marker} is still there");
        }
        assert!(has(&after, "asked by letter"));
        for gone in [id, &twin] {
            let asked = server.ask_as_with(&admin, "query($id: ID!) { node(id: $id) { id } }", json!({ "id": gone })).await;
            assert_eq!(asked.data()["node"], Value::Null);
        }
        server.refuses_soon(&theirs).await;
        let log = change_log::Entity::find().all(&db).await.unwrap();
        // Nothing is kept of who could know of them, but whether agencies could: those are told.
        let bare = json!({ "public": false, "shared": false, "recordedBy": null, "country": null, "institutions": [],
            "kind": null, "policyAreas": 0, "visibility": null });
        let is_bare = |audience: &Value| {
            let mut audience = audience.clone();
            audience["shared"] = json!(false);
            audience == bare
        };
        assert!(log.iter().filter(|entry| entry.subject == entity::vocabulary::SubjectKind::Policymaker)
            .all(|entry| entry.audience_before.as_ref().is_none_or(is_bare) && entry.audience_after.is_none()));
        assert_eq!((contact_merge::Entity::find().all(&db).await.unwrap(), appointment::Entity::find().all(&db).await.unwrap()), (vec![], vec![]));
        let told = server.ask_as(&admin, &format!("{{ auditLog(filter: {{subject: {id}}}) {{ nodes {{ operation reason changes {{ field }} }} }} }}")).await;
        assert_eq!(told.data()["auditLog"]["nodes"][0], json!({ "operation": "ERASED", "reason": "asked by letter on 3 November", "changes": [] }));
        let sender = server.ask_as(&admin, "{ auditLog(first: 100) { nodes { subject { ... on Interest { replyTo message submittedBy { name } } } } } }").await;
        assert!(sender.data().to_string().contains(r#""replyTo":null"#), "{}", sender.text);
    })
    .await;
}

#[tokio::test]
async fn an_administrator_is_not_erased() {
    on_each_database(|server| async move {
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let made = person(&server, &admin, "Sole", "Secretary", "sole@example.org").await;
        let db = server.database().await;
        let row = policymaker::Entity::find().one(&db).await.unwrap().unwrap();
        let mut account = account::Entity::find().one(&db).await.unwrap().unwrap().into_active_model();
        account.policymaker_id = Set(Some(row.id));
        account.update(&db).await.unwrap();
        let erase = json!({ "id": made["id"], "reason": "asked" });
        // Neither the only one nor one of two: that would be to take the role away unseen.
        let second = server.account("second@example.org", &[Grant::Admin]).await;
        for token in [&admin, &second] {
            let refused = do_it(&server, token, "erasePolicymaker", erase.clone(), "deletedId").await;
            assert_eq!(refused["userErrors"], json!([{ "field": ["id"], "code": "IN_USE" }]));
        }
        assert_ne!(node(&server, &made["id"]).await["node"], Value::Null);
        let own = server.ask_as(&admin, "{ viewer { ... on Account { id } } }").await.data()["viewer"]["id"].clone();
        let revoke = json!({ "account": own, "role": "ADMIN" });
        let revoked = do_it(&server, &second, "revokeRole", revoke, "account { id }").await;
        assert_eq!(revoked["userErrors"], json!([]));
        let erased = do_it(&server, &second, "erasePolicymaker", erase, "deletedId").await;
        assert_eq!((&erased["userErrors"], &erased["deletedId"]), (&json!([]), &made["id"]));
    })
    .await;
}
