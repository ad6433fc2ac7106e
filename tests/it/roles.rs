//! Roles and accounts: who gives and takes them, from when to when they count, and what each lets its holder see.
use std::sync::atomic::Ordering;

use api::config::TokenHolder;
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
    let kind = if mutation == "grantRole" { "GrantRoleInput" } else { "RevokeRoleInput" };
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{
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
async fn nobody_makes_an_institution_their_own() {
    on_each_database(|server| async move {
        let (one, two) = (server.administrator().await, server.account("two@example.org", &[Grant::Admin]).await);
        let (own, film) = (id_of(&server, &one).await, institution(&server, "kr-kofic").await);
        let representative = json!({ "account": own, "role": "REPRESENTATIVE", "institution": film });
        let refused = role(&server, &one, "grantRole", representative.clone()).await;
        assert_eq!(refused["userErrors"][0]["field"], json!(["account"]));
        assert_eq!(
            (&refused["userErrors"][0]["code"], &refused["account"]["version"]),
            (&json!("INVALID"), &Value::Null)
        );
        let given = role(&server, &two, "grantRole", representative).await;
        assert_eq!(given["account"]["grants"][1]["institution"]["slug"], "kr-kofic", "somebody else may");
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
            format!(r#"enableAccount(input: {{id: "{account}"}})"#),
            format!(r#"handOverFocalPoint(input: {{country: "KH", from: "{account}", to: "{account}"}})"#),
        ] {
            let query = format!("mutation {{ {mutation} {{ account {{ email }} }} }}");
            assert_eq!(server.ask(&query).await.error().0, "UNAUTHENTICATED");
            for token in [&focal, &representative] {
                let answer = server.ask_as(token, &query).await;
                assert_eq!(answer.error().0, "FORBIDDEN", "{mutation}");
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

const DAY: u64 = 86_400;

/// The names of a country's focal points, as somebody sees them.
async fn focal_points(server: &Server, token: Option<&str>, country: &str) -> Vec<String> {
    let query = format!(r#"{{ country(code: "{country}") {{ focalPoints {{ name institution {{ slug }} }} }} }}"#);
    let answer = match token {
        Some(token) => server.ask_as(token, &query).await,
        None => server.ask(&query).await,
    };
    let list = answer.data()["country"]["focalPoints"].as_array().unwrap().clone();
    list.iter().map(|actor| actor["name"].as_str().unwrap().to_owned()).collect()
}

/// Names the account of an e-mail address.
async fn name(server: &Server, email: &str, name: &str) {
    let statement = format!("UPDATE account SET name = '{name}' WHERE email_key = '{email}'");
    sea_orm::ConnectionTrait::execute_unprepared(&server.database().await, &statement).await.unwrap();
}

/// All roles of an account, with those that are over: each with its days.
async fn record(server: &Server, token: &str, account: &str) -> Value {
    let query = format!(
        "{{ node(id: \"{account}\") {{ ... on Account {{
        grants {{ role }} all: grants(includeEnded: true) {{ role since until }} }} }} }}"
    );
    server.ask_as(token, &query).await.data()["node"].clone()
}

#[tokio::test]
async fn a_role_counts_from_its_first_day_to_its_last() {
    for backend in backends() {
        let (server, time) = Server::start_with_time(*backend).await;
        server.administrator().await;
        let somebody = server.account("focal@example.org", &[]).await;
        let account = id_of(&server, &somebody).await;
        name(&server, "focal@example.org", "Sok Focal").await;
        let (admin, _) = server.sign_in("admin@example.org").await;
        let input = json!({ "account": account, "role": "FOCAL_POINT", "country": "KH", "since": "2026-11-23", "until": "2026-11-24" });
        let given = role(&server, &admin, "grantRole", input).await;
        assert_eq!(given["userErrors"], json!([]));
        // Noon of the 22nd, then the first and the last second of each day.
        for (seconds, counts) in [
            (0, false),
            (DAY / 2 - 1, false),
            (DAY / 2, true),
            (DAY / 2 + 2 * DAY - 1, true),
            (DAY / 2 + 2 * DAY, false),
        ] {
            time.store(seconds, Ordering::Relaxed);
            let theirs = server.token_of(&TokenHolder::account("focal@example.org")).await;
            let admin = server.token_of(&TokenHolder::account("admin@example.org")).await;
            let expected: &[&str] = if counts { &["Sok Focal"] } else { &[] };
            assert_eq!(focal_points(&server, Some(&admin), "KH").await, expected, "after {seconds} s");
            assert_eq!(focal_points(&server, Some(&theirs), "KH").await, expected, "whose right it is to see it");
            let found = r#"{ accounts(filter: {role: [FOCAL_POINT], country: ["KH"]}) { totalCount } }"#;
            assert_eq!(server.ask_as(&admin, found).await.data()["accounts"]["totalCount"], expected.len());
            let interest = r#"{ policymakers { totalCount } }"#;
            let (all, own) = (server.ask_as(&admin, interest).await, server.ask_as(&theirs, interest).await);
            assert_eq!(all.text == own.text, counts, "they see every policymaker while it counts");
        }
        let admin = server.token_of(&TokenHolder::account("admin@example.org")).await;
        let kept = record(&server, &admin, &account).await;
        assert_eq!(kept["grants"], json!([]));
        assert_eq!(
            kept["all"],
            json!([{ "role": "FOCAL_POINT", "since": "2026-11-23", "until": "2026-11-24" }]),
            "on record"
        );
    }
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_kept_with_its_last_day_if_it_had_one() {
    for backend in backends() {
        let (server, time) = Server::start_with_time(*backend).await;
        let admin = server.administrator().await;
        let somebody = server.account("focal@example.org", &[Grant::FocalPoint("KH")]).await;
        let account = id_of(&server, &somebody).await;
        let post = json!({ "account": account, "role": "FOCAL_POINT", "country": "KH" });
        let of = |since: &str, until: Option<&str>| json!({ "account": account, "role": "FOCAL_POINT", "country": "KH", "since": since, "until": until });
        // What began today, and what is yet to begin, leaves nothing but the log.
        for input in [None, Some(of("2026-12-01", None)), Some(of("2026-12-01", Some("2026-12-31")))] {
            if let Some(input) = input {
                assert_eq!(role(&server, &admin, "grantRole", input).await["userErrors"], json!([]));
            }
            let taken = role(&server, &admin, "revokeRole", post.clone()).await;
            assert_eq!((&taken["userErrors"], &taken["account"]["grants"]), (&json!([]), &json!([])));
            assert_eq!(record(&server, &admin, &account).await["all"], json!([]));
        }
        // What has counted is kept, and a term that was to follow it is not.
        role(&server, &admin, "grantRole", of("2026-11-22", Some("2026-11-30"))).await;
        let later = role(&server, &admin, "grantRole", of("2026-12-01", None)).await;
        assert_eq!(later["account"]["grants"].as_array().unwrap().len(), 2, "one term after the other");
        for meets in
            [of("2026-11-30", None), of("2026-10-01", Some("2026-11-22")), of("2027-01-01", Some("2027-01-01"))]
        {
            assert_eq!(role(&server, &admin, "grantRole", meets).await["userErrors"][0]["code"], "DUPLICATE");
        }
        time.store(2 * DAY, Ordering::Relaxed);
        let admin = server.token_of(&TokenHolder::account("admin@example.org")).await;
        let taken = role(&server, &admin, "revokeRole", post.clone()).await;
        assert_eq!(taken["account"]["grants"], json!([]));
        let kept = record(&server, &admin, &account).await;
        assert_eq!(kept["all"], json!([{ "role": "FOCAL_POINT", "since": "2026-11-22", "until": "2026-11-23" }]));
        assert_eq!(role(&server, &admin, "revokeRole", post).await["userErrors"][0]["code"], "NOT_FOUND");
        let log = "{ auditLog(first: 1) { nodes { changes { field old new } } } }";
        let told = server.ask_as(&admin, log).await;
        let changes = told.data()["auditLog"]["nodes"][0]["changes"].as_array().unwrap();
        assert!(changes[0]["new"].as_str().unwrap().contains(r#""until":"2026-11-23""#), "{changes:?}");
        assert_eq!(changes[1]["new"], Value::Null);
    }
}

#[tokio::test]
async fn days_that_a_role_cannot_have_are_refused() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let somebody = server.account("focal@example.org", &[]).await;
        let account = id_of(&server, &somebody).await;
        let refused = async |role_name: &str, since: Option<&str>, until: &str| {
            let country = (role_name == "FOCAL_POINT").then_some("KH");
            let input =
                json!({ "account": account, "role": role_name, "country": country, "since": since, "until": until });
            role(&server, &admin, "grantRole", input).await["userErrors"][0].clone()
        };
        for (name, since, until) in [
            ("ADMIN", None, "2027-11-22"),
            ("FOCAL_POINT", None, "2026-11-21"),
            ("FOCAL_POINT", Some("2026-12-02"), "2026-12-01"),
            ("FOCAL_POINT", Some("2020-01-01"), "2020-12-31"),
        ] {
            let fault = refused(name, since, until).await;
            assert_eq!(
                (&fault["code"], &fault["field"]),
                (&json!("INVALID"), &json!(["until"])),
                "{name} {since:?} {until}"
            );
        }
        assert_eq!(refused("FOCAL_POINT", Some("2020-01-01"), "2026-11-22").await, Value::Null, "today is a last day");
    })
    .await;
}

#[tokio::test]
async fn who_is_to_administer_later_does_not_keep_the_last_administrator_from_being_the_last() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let own = id_of(&server, &admin).await;
        let later = server.account("later@example.org", &[]).await;
        let account = id_of(&server, &later).await;
        let input = json!({ "account": account, "role": "ADMIN", "since": "2026-11-23" });
        assert_eq!(role(&server, &admin, "grantRole", input).await["userErrors"], json!([]));
        assert_eq!(server.ask_as(&later, "{ auditLog { totalCount } }").await.error().0, "FORBIDDEN");
        let taken = role(&server, &admin, "revokeRole", json!({ "account": own, "role": "ADMIN" })).await;
        assert_eq!(taken["userErrors"][0]["code"], "IN_USE");
        let disable = format!(r#"mutation {{ disableAccount(input: {{id: "{own}"}}) {{ userErrors {{ code }} }} }}"#);
        assert_eq!(server.ask_as(&admin, &disable).await.data()["disableAccount"]["userErrors"][0]["code"], "IN_USE");
    })
    .await;
}

/// Hands a country over: the payload.
async fn hand_over(server: &Server, token: &str, input: Value) -> Value {
    let query = "mutation($input: HandOverFocalPointInput!) { handOverFocalPoint(input: $input) {
        account { name grants { role country { code } since until } } userErrors { field code message } } }";
    server.ask_as_with(token, query, json!({ "input": input })).await.data()["handOverFocalPoint"].clone()
}

#[tokio::test]
async fn handing_over_is_one_step() {
    for backend in backends() {
        let (server, time) = Server::start_with_time(*backend).await;
        server.administrator().await;
        let mut ids = vec![];
        for (email, called, grants) in [
            ("one@example.org", "One", &[Grant::FocalPoint("KH")][..]),
            ("two@example.org", "Two", &[]),
            ("three@example.org", "Three", &[Grant::FocalPoint("KH")]),
        ] {
            let token = server.account(email, grants).await;
            name(&server, email, called).await;
            ids.push(id_of(&server, &token).await);
        }
        let admin = async || server.token_of(&TokenHolder::account("admin@example.org")).await;
        let speak = async || focal_points(&server, Some(&admin().await), "KH").await;
        assert_eq!(speak().await, ["One", "Three"], "a country may have several");

        time.store(DAY, Ordering::Relaxed);
        let over = json!({ "country": "KH", "from": ids[0], "to": ids[1] });
        let done = hand_over(&server, &admin().await, over).await;
        assert_eq!(done["userErrors"], json!([]));
        assert_eq!(
            done["account"],
            json!({ "name": "Two", "grants": [
            { "role": "FOCAL_POINT", "country": { "code": "KH" }, "since": "2026-11-23", "until": null }] })
        );
        assert_eq!(
            record(&server, &admin().await, &ids[0]).await,
            json!({ "grants": [], "all": [
            { "role": "FOCAL_POINT", "since": "2026-11-22", "until": "2026-11-22" }] }),
            "the day before"
        );
        assert_eq!(speak().await, ["Three", "Two"]);

        // On a day to come, until when everything is as it is.
        let later = json!({ "country": "KH", "from": ids[1], "to": ids[0], "on": "2026-11-25" });
        assert_eq!(hand_over(&server, &admin().await, later).await["userErrors"], json!([]));
        assert_eq!(speak().await, ["Three", "Two"]);
        time.store(3 * DAY, Ordering::Relaxed);
        assert_eq!(speak().await, ["Three", "One"]);

        let none = json!("acct_00000000000000000000000000");
        for (field, code, input) in [
            ("from", "NOT_FOUND", json!({ "country": "KH", "from": ids[1], "to": ids[0] })),
            ("from", "NOT_FOUND", json!({ "country": "KH", "from": none, "to": ids[1] })),
            ("from", "NOT_FOUND", json!({ "country": "LA", "from": ids[0], "to": ids[1] })),
            ("to", "NOT_FOUND", json!({ "country": "KH", "from": ids[0], "to": none })),
            ("to", "INVALID", json!({ "country": "KH", "from": ids[0], "to": ids[0] })),
            ("to", "DUPLICATE", json!({ "country": "KH", "from": ids[0], "to": ids[2] })),
            ("on", "INVALID", json!({ "country": "KH", "from": ids[0], "to": ids[1], "on": "2026-11-24" })),
        ] {
            let refused = hand_over(&server, &admin().await, input.clone()).await;
            let fault = &refused["userErrors"][0];
            assert_eq!((&fault["field"], &fault["code"]), (&json!([field]), &json!(code)), "{input}: {refused}");
        }
        let disable =
            format!(r#"mutation {{ disableAccount(input: {{id: "{}"}}) {{ userErrors {{ code }} }} }}"#, ids[2]);
        server.ask_as(&admin().await, &disable).await;
        let refused =
            hand_over(&server, &admin().await, json!({ "country": "KH", "from": ids[0], "to": ids[2] })).await;
        assert_eq!(refused["userErrors"][0]["code"], "INVALID", "whose account may not be used");
        assert_eq!(speak().await, ["One"], "nothing was done by halves, and who is disabled is not shown");
    }
}

#[tokio::test]
async fn members_see_who_speaks_for_a_country_and_others_do_not() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let focal = server.account("focal@example.org", &[Grant::FocalPoint("KH")]).await;
        let member = server.account("member@example.org", &[Grant::Representative("kr-kofic")]).await;
        let none = server.account("none@example.org", &[]).await;
        name(&server, "focal@example.org", "Sok Focal").await;
        for token in [&admin, &focal, &member] {
            assert_eq!(focal_points(&server, Some(token), "KH").await, ["Sok Focal"]);
            assert!(focal_points(&server, Some(token), "LA").await.is_empty());
        }
        for token in [None, Some(&none)] {
            assert!(focal_points(&server, token.map(String::as_str), "KH").await.is_empty());
        }
        let suspend = "UPDATE membership SET status = 'SUSPENDED'";
        sea_orm::ConnectionTrait::execute_unprepared(&server.database().await, suspend).await.unwrap();
        let member = server.token_of(&TokenHolder::account("member@example.org")).await;
        assert!(focal_points(&server, Some(&member), "KH").await.is_empty(), "of no active member any more");

        // However many countries there are, it takes as many statements.
        let query = |filter: &str| {
            format!("{{ countries(first: 100, filter: {filter}) {{ nodes {{ focalPoints {{ name }} }} }} }}")
        };
        let counted = async |filter: &str| {
            let token = server.token_of(&TokenHolder::account("admin@example.org")).await;
            let before = server.statements();
            let answer = server.ask_as(&token, &query(filter)).await;
            assert!(answer.text.contains("Sok Focal"), "{}", answer.text);
            server.statements() - before
        };
        assert_eq!(counted(r#"{ code: ["KH"] }"#).await, counted(r#"{ group: "ASEAN" }"#).await);
    })
    .await;
}

#[tokio::test]
async fn an_account_that_was_disabled_can_be_used_again() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let other = server.account("other@example.org", &[Grant::FocalPoint("KH")]).await;
        let account = id_of(&server, &other).await;
        let act = async |mutation: &str, input: Value| {
            let query = format!(
                "mutation($input: TransitionInput!) {{ {mutation}(input: $input) {{
                account {{ status version grants {{ role }} }} userErrors {{ field code }} }} }}"
            );
            server.ask_as_with(&admin, &query, json!({ "input": input })).await.data()[mutation].clone()
        };
        let disabled = act("disableAccount", json!({ "id": account, "reason": "left for now" })).await;
        assert_eq!((&disabled["account"]["status"], &disabled["account"]["version"]), (&json!("DISABLED"), &json!(2)));
        server.refuses_soon(&other).await;
        let stale = act("enableAccount", json!({ "id": account, "expectedVersion": 1 })).await;
        assert_eq!((&stale["userErrors"][0]["code"], &stale["account"]["version"]), (&json!("CONFLICT"), &json!(2)));
        for _ in 0..2 {
            let enabled = act("enableAccount", json!({ "id": account, "reason": "back" })).await;
            assert_eq!(
                enabled["account"],
                json!({ "status": "ACTIVE", "version": 3, "grants": [{ "role": "FOCAL_POINT" }] })
            );
        }
        let other = server.token_of(&TokenHolder::account("other@example.org")).await;
        assert_eq!(server.ask_as(&other, "{ viewer { __typename } }").await.status, 200);

        // To enable is not to make an administrator.
        let deputy = server.account("deputy@example.org", &[Grant::Admin, Grant::FocalPoint("KH")]).await;
        let deputy = id_of(&server, &deputy).await;
        for (mutation, status) in [("disableAccount", "DISABLED"), ("enableAccount", "ACTIVE")] {
            let came = act(mutation, json!({ "id": deputy, "reason": mutation })).await["account"].clone();
            assert_eq!((&came["status"], &came["grants"]), (&json!(status), &json!([{ "role": "FOCAL_POINT" }])));
        }
        let log = "{ auditLog(first: 2) { nodes { reason changes { field old new } } } }";
        let log = server.ask_as(&admin, log).await.data()["auditLog"]["nodes"].clone();
        assert_eq!((&log[0]["reason"], &log[0]["changes"][1]), (&json!("enableAccount"), &Value::Null));
        assert_eq!(log[1]["changes"][1]["field"], "grants");
        assert!(log[1]["changes"][1]["old"].as_str().unwrap().contains("ADMIN"), "{log}");
        let log = server.ask_as(&admin, "{ auditLog(first: 4) { nodes { reason } } }").await;
        assert_eq!(log.data()["auditLog"]["nodes"][2], json!({ "reason": "back" }));
        assert_eq!(log.data()["auditLog"]["nodes"][3], json!({ "reason": "left for now" }));
    })
    .await;
}

#[tokio::test]
async fn administrators_find_accounts_and_others_find_their_own() {
    on_each_database(|server| async move {
        let admin = server.administrator().await;
        let focal = server.account("focal.kh@example.org", &[Grant::FocalPoint("KH")]).await;
        server.account("rep.kr@example.org", &[Grant::Representative("kr-kofic")]).await;
        server.account("rep.kh@example.org", &[Grant::Representative("kh-mcfa")]).await;
        server.account("gone@example.org", &[]).await;
        let disable = "UPDATE account SET status = 'DISABLED' WHERE email_key = 'gone@example.org'";
        sea_orm::ConnectionTrait::execute_unprepared(&server.database().await, disable).await.unwrap();
        let council = institution(&server, "kr-kofic").await;
        let found = async |token: &str, filter: &str| {
            let query = format!("{{ accounts(filter: {{{filter}}}) {{ totalCount nodes {{ email }} }} }}");
            let list = server.ask_as(token, &query).await.data()["accounts"].clone();
            let emails: Vec<String> = list["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["email"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(list["totalCount"], emails.len());
            emails.iter().map(|email| email.trim_end_matches("@example.org").to_owned()).collect::<Vec<_>>().join(" ")
        };
        for (filter, expected) in [
            ("", "admin focal.kh gone rep.kh rep.kr"),
            (r#"text: "ÁDA""#, "admin"),
            (r#"text: "invented rep""#, "rep.kh rep.kr"),
            ("role: [ADMIN, FOCAL_POINT]", "admin focal.kh"),
            ("status: [DISABLED]", "gone"),
            (r#"country: ["KH"]"#, "focal.kh rep.kh"),
            (r#"country: ["KH"], role: [REPRESENTATIVE]"#, "rep.kh"),
            (&format!(r#"institution: "{council}""#), "rep.kr"),
            (r#"or: [{role: [ADMIN]}, {status: [DISABLED]}]"#, "admin gone"),
            (r#"not: {text: "rep"}, status: [ACTIVE]"#, "admin focal.kh"),
        ] {
            assert_eq!(found(&admin, filter).await, expected, "{filter}");
        }
        assert_eq!(found(&focal, "").await, "focal.kh");
        assert_eq!(found(&focal, r#"text: "rep""#).await, "");
        let nobody = server.ask("{ accounts { totalCount nodes { email } } }").await;
        assert_eq!(nobody.data()["accounts"], json!({ "totalCount": 0, "nodes": [] }));
        let pages = "{ accounts(first: 2) { nodes { email } pageInfo { endCursor hasNextPage } } }";
        let first = server.ask_as(&admin, pages).await;
        let cursor = first.data()["accounts"]["pageInfo"]["endCursor"].as_str().unwrap();
        let next = server.ask_as(&admin, &pages.replace("first: 2", &format!("first: 2, after: \"{cursor}\""))).await;
        assert_eq!(
            next.data()["accounts"]["nodes"],
            json!([{ "email": "gone@example.org" }, { "email": "rep.kh@example.org" }])
        );
    })
    .await;
}
