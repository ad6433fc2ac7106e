//! Policymakers, the positions that they hold, and how they are reached.
use harness::{Answer, with_people_on_each_database};
use serde_json::json;

#[tokio::test]
async fn a_policymaker_holds_several_positions_and_is_found_under_each() {
    with_people_on_each_database(|server| async move {
        let answer = server
            .ask(
                r#"{ policymakers(filter: {text: "jimin gyeonbon"}) { nodes { id displayName nativeName country { code }
                biography korean: biography(language: "ko") languages policyAreas
                appointments { title level since until institution { slug } }
                currentAppointment { institution { slug } } } } }"#,
            )
            .await;
        let person = &answer.data()["policymakers"]["nodes"][0];
        assert_eq!(person["displayName"], "Ms Jimin Gyeonbon");
        assert_ne!(person["biography"], person["korean"]);
        let places: Vec<_> =
            person["appointments"].as_array().unwrap().iter().map(|held| &held["institution"]["slug"]).collect();
        assert_eq!(places, ["kr-kofic", "kr-mcst"], "newest first");
        assert_eq!(person["currentAppointment"]["institution"]["slug"], "kr-kofic");
        for slug in ["kr-kofic", "kr-mcst"] {
            let under = server
                .ask(&format!(
                    "{{ institution(by: {{slug: \"{slug}\"}}) {{ policymakers(first: 100) {{ nodes {{ id }} }} }} }}"
                ))
                .await;
            let nodes = under.data()["institution"]["policymakers"]["nodes"].as_array().unwrap();
            assert!(nodes.contains(&json!({ "id": person["id"] })), "{slug}");
        }
    })
    .await;
}

#[tokio::test]
async fn past_positions_are_kept_and_told_from_current_ones() {
    with_people_on_each_database(|server| async move {
        let answer = server
            .ask(
                "{ policymakers(first: 100) { nodes { all: appointments { title until }
                now: appointments(current: true) { title until } past: appointments(current: false) { title until } } } }",
            )
            .await;
        let people = answer.data()["policymakers"]["nodes"].as_array().unwrap();
        let count = |list: &str| people.iter().map(|person| person[list].as_array().unwrap().len()).sum::<usize>();
        assert_eq!(count("all"), count("now") + count("past"));
        assert!(count("past") >= 10);
        for person in people {
            assert!(!person["now"].as_array().unwrap().is_empty(), "who holds no position today is not listed");
            assert!(person["past"].as_array().unwrap().iter().all(|held| held["until"].as_str().unwrap() < "2026-11-22"));
        }
    })
    .await;
}

#[tokio::test]
async fn contacts_are_one_interface() {
    with_people_on_each_database(|server| async move {
        let people = server.ask(r#"{ policymakers(first: 1) { nodes { id } } institution(by: {slug: "kr-kofic"}) { id } }"#).await;
        let ids = [&people.data()["policymakers"]["nodes"][0]["id"], &people.data()["institution"]["id"]];
        let answer: Answer = server
            .ask_with(
                "query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Contact {
                    displayName country { code } emails { address visibility } phones { number } version createdAt } } }",
                json!({ "ids": ids }),
            )
            .await;
        let nodes = answer.data()["nodes"].as_array().unwrap();
        assert_eq!((&nodes[0]["__typename"], &nodes[1]["__typename"]), (&json!("Policymaker"), &json!("Institution")));
        assert_eq!(nodes[1]["displayName"], "Korean Film Council (KOFIC)");
        assert!(nodes.iter().all(|node| node["version"] == 1 && node["createdAt"] == "2026-11-22T12:00:00Z"));
    })
    .await;
}

#[tokio::test]
async fn people_are_filtered_by_what_they_do_today() {
    with_people_on_each_database(|server| async move {
        let answer = server
            .ask(
                r#"{
                directors: policymakers(first: 100, filter: {level: DIRECTOR}) { nodes { appointments(current: true) { level } } }
                korean: policymakers(first: 100, filter: {country: "KR", policyArea: [FILM]}) { nodes { country { code } policyAreas } }
            }"#,
            )
            .await;
        let directors = answer.data()["directors"]["nodes"].as_array().unwrap();
        assert!(!directors.is_empty());
        for person in directors {
            assert!(person["appointments"].as_array().unwrap().contains(&json!({ "level": "DIRECTOR" })));
        }
        let korean = answer.data()["korean"]["nodes"].as_array().unwrap();
        assert!(!korean.is_empty());
        for person in korean {
            assert_eq!(person["country"]["code"], "KR");
            assert!(person["policyAreas"].as_array().unwrap().contains(&json!("FILM")));
        }
    })
    .await;
}

#[tokio::test]
async fn a_cursor_holds_nobodys_name() {
    with_people_on_each_database(|server| async move {
        let answer = server
            .ask(
                r#"{ policymakers(first: 100) { edges { cursor node { givenName familyName } } }
                search(query: "demo", kinds: [POLICYMAKER], first: 100) { edges { cursor node { ... on Policymaker { givenName familyName } } } } }"#,
            )
            .await;
        let mut edges = answer.data()["policymakers"]["edges"].as_array().unwrap().clone();
        edges.extend(answer.data()["search"]["edges"].as_array().unwrap().clone());
        assert!(edges.len() > 58);
        for edge in edges {
            let cursor = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, edge["cursor"].as_str().unwrap());
            let cursor = String::from_utf8(cursor.unwrap()).unwrap().to_lowercase();
            for name in ["givenName", "familyName"] {
                let name = edge["node"][name].as_str().unwrap_or("nobody").to_lowercase();
                assert!(!cursor.contains(&name), "{name} in {cursor}");
            }
        }
    })
    .await;
}
