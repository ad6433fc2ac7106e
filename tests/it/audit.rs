//! What the log keeps of accounts, roles and agencies' machines.
use harness::{PASSWORD, on_each_database};
use serde_json::{Value, json};

#[tokio::test]
async fn each_administrative_step_is_logged_without_anything_personal() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let somebody = server.account("somebody@example.org", &[]).await;
        let who = server.ask_as(&somebody, "{ viewer { ... on Account { id } } }").await.data()["viewer"]["id"].clone();
        let institution = server.ask(r#"{ institution(by: {slug: "kr-kofic"}) { id } }"#).await;
        let institution = &institution.data()["institution"]["id"];
        let act = async |mutation: &str, kind: &str, input: Value| {
            let query =
                format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
            server.ask_as_with(&admin, &query, json!({ "input": input })).await.data()[mutation]["userErrors"].clone()
        };
        let role = json!({ "account": who, "role": "FOCAL_POINT", "country": "KH" });
        assert_eq!(act("grantRole", "GrantRoleInput", role.clone()).await, json!([]));
        assert_eq!(act("grantRole", "GrantRoleInput", role.clone()).await[0]["code"], "DUPLICATE");
        assert_eq!(act("revokeRole", "RevokeRoleInput", role).await, json!([]));
        assert_eq!(act("disableAccount", "TransitionInput", json!({ "id": who })).await, json!([]));
        let new = json!({ "name": "Book", "institution": institution, "scopes": ["CONTACTS_READ"] });
        assert_eq!(act("createAgencyClient", "CreateAgencyClientInput", new).await, json!([]));
        let log = "{ auditLog { nodes { operation version actor { name } subjectId subject { __typename }
            changes { field old new } } } }";
        let told = server.ask_as(&admin, log).await;
        let machine = told.data()["auditLog"]["nodes"][0]["subjectId"].clone();
        assert_eq!(act("rotateAgencySecret", "RotateAgencySecretInput", json!({ "id": machine })).await, json!([]));
        assert_eq!(act("revokeAgencyClient", "RevokeAgencyClientInput", json!({ "id": machine })).await, json!([]));

        let told = server.ask_as(&admin, log).await;
        let entries = told.data()["auditLog"]["nodes"].as_array().unwrap();
        let told_of = |entry: &Value| {
            let fields: Vec<&str> =
                entry["changes"].as_array().unwrap().iter().map(|change| change["field"].as_str().unwrap()).collect();
            format!(
                "{} {} {}",
                entry["subject"]["__typename"].as_str().unwrap(),
                entry["operation"].as_str().unwrap(),
                fields.join(" ")
            )
        };
        let steps: Vec<String> = entries.iter().rev().map(told_of).collect();
        assert_eq!(
            steps,
            [
                "Account CREATED email name grants",
                "Account UPDATED grants",
                "Account UPDATED grants",
                "Account UPDATED status",
                "AgencyClient CREATED name institution scopes",
                "AgencyClient UPDATED secret",
                "AgencyClient UPDATED revokedAt",
            ]
        );
        assert!(entries.iter().all(|entry| entry["actor"]["name"] == "Ada Admin"), "{}", told.text);
        let granted: Value = serde_json::from_str(entries[5]["changes"][0]["new"].as_str().unwrap()).unwrap();
        assert_eq!(granted["role"], "FOCAL_POINT");
        assert_eq!(entries[0]["version"], 3);
        for entry in entries {
            let kept = entry["changes"].to_string();
            assert!(!kept.contains('@') && !kept.contains("Ada") && !kept.contains(PASSWORD), "{kept}");
        }
    })
    .await;
}
