//! Roles and accounts: who gives and takes them, and what each lets its holder see.
use harness::{Grant, PASSWORD, Server, backends, on_each_database, with_people_on_each_database};
use serde_json::{Value, json};

/// The ID of the account that a token belongs to.
async fn id_of(server: &Server, token: &str) -> String {
    let answer = server.ask_as(token, "{ viewer { ... on Account { id } } }").await;
    answer.data()["viewer"]["id"].as_str().unwrap().to_owned()
}

async fn institution(server: &Server, slug: &str) -> String {
    let answer = server.ask(&format!(r#"{{ institution(by: {{slug: "{slug}"}}) {{ id }} }}"#)).await;
    answer.data()["institution"]["id"].as_str().unwrap().to_owned()
}

/// Gives or takes a role: the payload.
async fn role(server: &Server, token: &str, mutation: &str, input: Value) -> Value {
    let query = format!(
        "mutation($input: RoleInput!) {{ {mutation}(input: $input) {{
            account {{ version grants {{ role country {{ code }} institution {{ slug }} }} }}
            userErrors {{ field code message }} }} }}"
    );
    let answer = server.ask_as_with(token, &query, json!({ "input": input })).await;
    answer.data()[mutation].clone()
}

#[tokio::test]
async fn an_administrator_gives_and_takes_roles() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let somebody = server.account("somebody@example.org", &[]).await;
        let account = id_of(&server, &somebody).await;
        let kofic = institution(&server, "kr-kofic").await;
        let focal = json!({ "account": account, "role": "FOCAL_POINT", "country": "KH" });
        let given = role(&server, &admin, "grantRole", focal.clone()).await;
        assert_eq!(
            given["account"]["grants"],
            json!([{ "role": "FOCAL_POINT", "country": { "code": "KH" }, "institution": null }])
        );
        assert_eq!(given["account"]["version"], 2);
        let again = role(&server, &admin, "grantRole", focal.clone()).await;
        assert_eq!(again["userErrors"][0]["code"], "DUPLICATE");
        let representative = json!({ "account": account, "role": "REPRESENTATIVE", "institution": kofic });
        let given = role(&server, &admin, "grantRole", representative).await;
        assert_eq!(given["account"]["grants"][1]["institution"]["slug"], "kr-kofic");
        let taken = role(&server, &admin, "revokeRole", focal.clone()).await;
        assert_eq!(taken["account"]["grants"].as_array().unwrap().len(), 1);
        let again = role(&server, &admin, "revokeRole", focal).await;
        assert_eq!(again["userErrors"][0]["code"], "NOT_FOUND");

        let misplaced = json!({ "account": account, "role": "ADMIN", "country": "KH", "institution": kofic });
        let faults = role(&server, &admin, "grantRole", misplaced).await["userErrors"].clone();
        assert_eq!((&faults[0]["field"], &faults[1]["field"]), (&json!(["country"]), &json!(["institution"])));
        let nowhere = json!({ "account": account, "role": "FOCAL_POINT" });
        assert_eq!(role(&server, &admin, "grantRole", nowhere).await["userErrors"][0]["code"], "REQUIRED");
    })
    .await;
}

#[tokio::test]
async fn nobody_else_gives_takes_or_disables() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let account = id_of(&server, &admin).await;
        let focal = server.account("focal.kh@example.org", &[Grant::FocalPoint("KH")]).await;
        let representative = server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        for mutation in [
            format!(r#"grantRole(input: {{account: "{account}", role: ADMIN}})"#),
            format!(r#"revokeRole(input: {{account: "{account}", role: ADMIN}})"#),
            format!(r#"disableAccount(input: {{id: "{account}"}})"#),
        ] {
            let query = format!("mutation {{ {mutation} {{ account {{ email }} }} }}");
            assert_eq!(server.ask(&query).await.error().0, "UNAUTHENTICATED");
            for token in [&focal, &representative] {
                let answer = server.ask_as(token, &query).await;
                assert_eq!(answer.error().0, "FORBIDDEN");
                assert!(!answer.text.contains("admin@example.org"));
            }
        }
        let viewer = server.ask_as(&admin, "{ viewer { ... on Account { grants { role } status } } }").await;
        assert_eq!(viewer.data()["viewer"], json!({ "grants": [{ "role": "ADMIN" }], "status": "ACTIVE" }));
    })
    .await;
}

#[tokio::test]
async fn a_role_that_is_taken_is_gone_within_a_second() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let other = server.account("other@example.org", &[Grant::Admin]).await;
        let account = id_of(&server, &other).await;
        let query = r#"mutation { revokeRole(input: {account: "acct_00000000000000000000000000", role: ADMIN}) { userErrors { code } } }"#;
        assert_eq!(server.ask_as(&other, query).await.data()["revokeRole"]["userErrors"][0]["code"], "NOT_FOUND");
        role(&server, &admin, "revokeRole", json!({ "account": account, "role": "ADMIN" })).await;
        let since = std::time::Instant::now();
        while server.ask_as(&other, query).await.json.get("errors").is_none() {
            assert!(since.elapsed().as_millis() < 1_500, "within a second");
        }
    })
    .await;
}

#[tokio::test]
async fn a_disabled_account_signs_in_no_more() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let other = server.account("other@example.org", &[Grant::Admin]).await;
        let account = id_of(&server, &admin).await;
        let disable = |version: i32| {
            format!(r#"mutation {{ disableAccount(input: {{id: "{account}", expectedVersion: {version}}}) {{ account {{ status }} userErrors {{ code }} }} }}"#)
        };
        let stale = server.ask_as(&other, &disable(7)).await;
        assert_eq!(stale.data()["disableAccount"]["userErrors"][0]["code"], "CONFLICT");
        let done = server.ask_as(&other, &disable(1)).await;
        assert_eq!(done.data()["disableAccount"]["account"]["status"], "DISABLED");
        let query = "mutation($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }";
        let input = json!({ "input": { "email": "admin@example.org", "password": PASSWORD } });
        assert_eq!(server.ask_with(query, input).await.data()["signIn"]["userErrors"][0]["code"], "INVALID");
        server.refuses_soon(&admin).await;
    })
    .await;
}

#[tokio::test]
async fn somebody_can_always_administer() {
    for backend in backends() {
        let server = Server::start(*backend).await;
        let one = server.administrator().await;
        let own = id_of(&server, &one).await;
        let alone = role(&server, &one, "revokeRole", json!({ "account": own, "role": "ADMIN" })).await;
        assert_eq!(alone["userErrors"][0]["code"], "IN_USE");
        let disable = format!(r#"mutation {{ disableAccount(input: {{id: "{own}"}}) {{ userErrors {{ code }} }} }}"#);
        assert_eq!(server.ask_as(&one, &disable).await.data()["disableAccount"]["userErrors"][0]["code"], "IN_USE");

        // Two who take it from each other at once.
        let two = server.account("two@example.org", &[Grant::Admin]).await;
        let theirs = id_of(&server, &two).await;
        let (first, second) = tokio::join!(
            role(&server, &one, "revokeRole", json!({ "account": theirs, "role": "ADMIN" })),
            role(&server, &two, "revokeRole", json!({ "account": own, "role": "ADMIN" }))
        );
        let refused = [&first, &second].iter().filter(|payload| payload["userErrors"][0]["code"] == "IN_USE").count();
        assert_eq!(refused, 1, "{first} {second}");
    }
}

#[tokio::test]
async fn accounts_are_seen_by_their_own_and_by_administrators() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let somebody = server.account("somebody@example.org", &[Grant::FocalPoint("KH")]).await;
        let stranger = server.account("stranger@example.org", &[Grant::FocalPoint("KH")]).await;
        let id = id_of(&server, &somebody).await;
        let node = format!(r#"{{ node(id: "{id}") {{ id ... on Account {{ email }} }} }}"#);
        for token in [&admin, &somebody] {
            assert_eq!(server.ask_as(token, &node).await.data()["node"]["email"], "somebody@example.org");
        }
        let absent = node.replace(&id, "acct_00000000000000000000000000");
        assert_eq!(server.ask_as(&stranger, &node).await.text, server.ask_as(&stranger, &absent).await.text);
        assert_eq!(server.ask(&node).await.text, server.ask(&absent).await.text);
    })
    .await;
}

/// What a viewer sees of the invented people: how many, and how many addresses of which visibility.
async fn people(server: &Server, token: Option<&str>) -> (i64, Vec<String>) {
    let query = r#"{ policymakers(first: 100) { totalCount nodes { emails { visibility } } } }"#;
    let answer = match token {
        Some(token) => server.ask_as(token, query).await,
        None => server.ask(query).await,
    };
    let list = &answer.data()["policymakers"];
    let emails = list["nodes"].as_array().unwrap().iter().flat_map(|node| node["emails"].as_array().unwrap());
    let mut seen: Vec<String> = emails.map(|email| email["visibility"].as_str().unwrap().to_owned()).collect();
    seen.sort();
    seen.dedup();
    (list["totalCount"].as_i64().unwrap(), seen)
}

#[tokio::test]
async fn each_role_sees_what_is_its_own() {
    with_people_on_each_database(|server| async move {
        let admin = server.account("admin@example.org", &[Grant::Admin]).await;
        let focal = server.account("focal.kr@example.org", &[Grant::FocalPoint("KR")]).await;
        let abroad = server.account("focal.kh@example.org", &[Grant::FocalPoint("LA")]).await;
        let none = server.account("none@example.org", &[]).await;
        let (public, seen) = people(&server, None).await;
        assert_eq!(seen, ["PUBLIC"]);
        assert_eq!(
            people(&server, Some(&none)).await,
            (public, vec!["PUBLIC".to_owned()]),
            "an account without a role"
        );
        let (all, seen) = people(&server, Some(&admin)).await;
        assert!(all > public, "{all} {public}");
        assert_eq!(seen, ["MEMBERS", "PUBLIC", "SECRETARIAT"]);
        let (own, seen) = people(&server, Some(&focal)).await;
        assert!(own >= public && own <= all);
        assert!(seen.contains(&"MEMBERS".to_owned()));
        let (_, seen) = people(&server, Some(&abroad)).await;
        assert!(!seen.contains(&"SECRETARIAT".to_owned()), "{seen:?}");
    })
    .await;
}
