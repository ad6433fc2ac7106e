//! Who is who: countries, groups, conventions, institutions.
use harness::on_each_database;
use serde_json::{Value, json};

/// The codes of countries in an answer, in order.
fn codes(nodes: &Value) -> Vec<&str> {
    nodes.as_array().unwrap().iter().map(|node| node["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn in_2021_four_asean_states_were_parties_to_the_2005_convention() {
    on_each_database(|server| async move {
        let query = r#"query($on: Date) {
            countries(filter: {group: "ASEAN", partyTo: "UNESCO-2005", on: $on}, orderBy: {field: CODE}) {
                nodes { code }
            }
        }"#;
        let then = server.ask_with(query, json!({ "on": "2021-06-18" })).await;
        assert_eq!(codes(&then.data()["countries"]["nodes"]), ["ID", "KH", "LA", "VN"]);
        let today = server.ask(query).await;
        assert_eq!(codes(&today.data()["countries"]["nodes"]), ["ID", "KH", "LA", "PH", "TL", "VN"]);
    })
    .await;
}
