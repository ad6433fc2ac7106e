//! What is wrong in a request is said clearly, and harms nothing.
use harness::{Backend, Server, on_each_database};
use serde_json::json;

#[tokio::test]
async fn bad_arguments_name_their_field() {
    let server = Server::start(Backend::Sqlite).await;
    let opportunity = server.ask("{ opportunities(first: 1) { nodes { id } } }").await;
    let foreign = opportunity.data()["opportunities"]["nodes"][0]["id"].as_str().unwrap().to_owned();
    let long = "x".repeat(10_000);
    for (query, field) in [
        (r#"{ country(code: "XX") { name } }"#.to_owned(), "code"),
        (r#"{ country(code: "kr") { name } }"#.to_owned(), "code"),
        (r#"{ countries(filter: {code: ["KR", "ZZ"]}) { totalCount } }"#.to_owned(), "filter.code.1"),
        (
            r#"{ opportunities(filter: {or: [{openTo: "KR"}, {not: {host: "QQ"}}]}) { totalCount } }"#.to_owned(),
            "filter.or.1.not.host",
        ),
        (r#"{ node(id: "nonsense") { id } }"#.to_owned(), "id"),
        (r#"{ node(id: "person_01h455vb4pex5vsknk084sn02q") { id } }"#.to_owned(), "id"),
        (r#"{ nodes(ids: ["inst_01h455vb4pex5vsknk084sn02q", "x"]) { id } }"#.to_owned(), "ids.1"),
        (format!(r#"{{ institution(by: {{id: "{foreign}"}}) {{ name }} }}"#), "by.id"),
        (
            format!(r#"{{ agreements(filter: {{competentAuthority: "{foreign}"}}) {{ totalCount }} }}"#),
            "filter.competentAuthority",
        ),
        ("{ institutions(first: 0) { totalCount } }".to_owned(), "first"),
        ("{ institutions(first: 101) { totalCount } }".to_owned(), "first"),
        ("{ institutions(last: -1) { totalCount } }".to_owned(), "last"),
        ("{ institutions(first: 1, last: 1) { totalCount } }".to_owned(), "last"),
        (r#"{ institutions(after: "nonsense") { totalCount } }"#.to_owned(), "after"),
        (format!(r#"{{ search(query: "{long}") {{ totalCount }} }}"#), "query"),
        (r#"{ search(query: " ?! ") { totalCount } }"#.to_owned(), "query"),
        (format!(r#"{{ institutions(filter: {{text: "{long}"}}) {{ totalCount }} }}"#), "filter.text"),
    ] {
        let answer = server.ask(&query).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.error(), ("BAD_USER_INPUT", field), "{}: {}", &query[..query.len().min(90)], answer.text);
    }
}

#[tokio::test]
async fn a_nested_list_says_what_is_wrong_too() {
    let server = Server::start(Backend::Sqlite).await;
    let answer = server.ask(r#"{ country(code: "KR") { institutions(first: 0) { nodes { name } } } }"#).await;
    assert_eq!(answer.error(), ("BAD_USER_INPUT", "first"));
    assert_eq!(answer.json["errors"][0]["path"], json!(["country", "institutions"]));
}

#[tokio::test]
async fn a_nested_list_that_fails_leaves_its_neighbours_standing() {
    on_each_database(|server| async move {
        let query = r#"{
            good: country(code: "VN") { agreements(first: 2) { totalCount nodes { slug } } }
            size: country(code: "KR") { agreements(first: 0) { nodes { slug } } }
            filter: country(code: "KR") { agreements(filter: {party: "ZZ"}) { totalCount } }
            cursor: country(code: "KR") { agreements(after: "x") { nodes { slug } } }
        }"#;
        let answer = server.ask(query).await;
        assert_eq!(answer.json["data"]["good"]["agreements"]["nodes"].as_array().unwrap().len(), 2);
        let mut faults: Vec<_> = answer.json["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["path"].clone(), error["extensions"]["field"].clone()))
            .collect();
        faults.sort_by_key(|(path, _)| path.to_string());
        assert_eq!(
            faults,
            [
                (json!(["cursor", "agreements"]), json!("after")),
                (json!(["filter", "agreements"]), json!("filter.party")),
                (json!(["size", "agreements"]), json!("first")),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn days_and_times_are_read_as_rfc_3339_writes_them() {
    on_each_database(|server| async move {
        for day in
            ["2026-11- 5", "+12345-1-1", "-001-01-01", "2026-11-5", "2026-13-01", "20261122", "2026-11-22T00:00:00Z"]
        {
            let answer = server
                .ask_with(
                    "query($on: Date) { country(code: \"KR\") { groups(on: $on) { role } } }",
                    json!({ "on": day }),
                )
                .await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT", "on"), "{day}: {}", answer.text);
        }
        for time in ["9999-12-31T23:59:59-23:59", "2026-11-22", "2026-11-22T10:00:00", "+12026-11-22T10:00:00Z"] {
            let query = "query($from: DateTime) { institutions(filter: {updatedAt: {from: $from}}) { totalCount } }";
            let answer = server.ask_with(query, json!({ "from": time })).await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT", "from"), "{time}: {}", answer.text);
        }
        let answer = server
            .ask(r#"{ institutions(filter: {updatedAt: {from: "2026-11-22T21:00:00+09:00"}}) { totalCount } }"#)
            .await;
        assert_eq!(answer.data()["institutions"]["totalCount"], 150, "noon in UTC");
    })
    .await;
}

#[tokio::test]
async fn one_failing_root_field_leaves_the_others_standing() {
    let server = Server::start(Backend::Sqlite).await;
    let answer = server.ask(r#"{ bad: country(code: "XX") { name } good: country(code: "KR") { code } }"#).await;
    assert_eq!(answer.json["data"], json!({ "bad": null, "good": { "code": "KR" } }));
    assert_eq!(answer.json["errors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_there_is_not_is_null() {
    let server = Server::start(Backend::Sqlite).await;
    let query = r#"{
        institution(by: {slug: "nowhere"}) { name }
        node(id: "inst_01h455vb4pex5vsknk084sn02q") { id }
        nodes(ids: ["inst_01h455vb4pex5vsknk084sn02q"]) { id }
        countryGroup(code: "NOPE") { code }
        convention(code: "NOPE") { code }
    }"#;
    let nothing =
        json!({ "institution": null, "node": null, "nodes": [null], "countryGroup": null, "convention": null });
    assert_eq!(server.ask(query).await.data(), &nothing);
}

#[tokio::test]
async fn documents_and_bodies_that_cannot_be_read_have_codes() {
    let server = Server::start(Backend::Sqlite).await;
    for (body, status, code) in [
        ("{", 400, "BAD_REQUEST"),
        (r#"{"query": 1}"#, 400, "BAD_REQUEST"),
        (r#"{"query": "{ nope"}"#, 200, "GRAPHQL_PARSE_FAILED"),
        (r#"{"query": "{ nope }"}"#, 200, "GRAPHQL_VALIDATION_FAILED"),
        (r#"{"query": "{ countries(filter: {nope: 1}) { totalCount } }"}"#, 200, "GRAPHQL_VALIDATION_FAILED"),
        (r#"{"query": "{ institution(by: {slug: \"a\", id: \"b\"}) { name } }"}"#, 200, "GRAPHQL_VALIDATION_FAILED"),
        (
            r#"{"query": "{ country(code: \"KR\") { groups(on: \"2021-02-30\") { role } } }"}"#,
            200,
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (r#"{"query": "{ country(code: \"KR\") { name(language: \"!\") } }"}"#, 200, "GRAPHQL_VALIDATION_FAILED"),
    ] {
        let answer = server.post(body).await;
        assert_eq!((answer.status, answer.error().0), (status, code), "{body}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_fault_of_ours_tells_nothing_but_an_id() {
    let server = Server::start_empty(Backend::Sqlite).await;
    let answer = server.ask("{ countries { totalCount nodes { name } } }").await;
    assert_eq!(answer.error().0, "INTERNAL");
    assert!(answer.json["errors"][0]["extensions"]["traceId"].is_string());
    assert!(!answer.text.contains("table") && !answer.text.contains("sql"), "{}", answer.text);
}

#[tokio::test]
async fn a_filter_as_deep_and_as_wide_as_it_may_be_is_answered() {
    on_each_database(|server| async move {
        let deep = format!("{}{{kind: MINISTRY}}{}", "{not: ".repeat(50), "}".repeat(50));
        let wide = format!("{{or: [{}]}}", "{kind: [MINISTRY, MINISTRY]} ".repeat(99));
        for filter in [deep, wide] {
            let answer = server.ask(&format!("{{ institutions(filter: {filter}) {{ totalCount }} }}")).await;
            assert_eq!(answer.data()["institutions"]["totalCount"], 33);
        }
        let many = format!("{{kind: [{}]}}", "MINISTRY ".repeat(1_900));
        let answer = server.ask(&format!("{{ institutions(filter: {many}) {{ totalCount }} }}")).await;
        assert_eq!(answer.data()["institutions"]["totalCount"], 33);
        for wider in [format!("{{or: [{}]}}", "{} ".repeat(100)), format!("{{or: [{}]}}", "{and: [{} {}]} ".repeat(40))]
        {
            let answer = server.ask(&format!("{{ institutions(filter: {wider}) {{ totalCount }} }}")).await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT", "filter"));
        }
    })
    .await;
}

#[tokio::test]
async fn control_characters_in_keys_are_refused_alike() {
    on_each_database(|server| async move {
        for (query, field) in [
            (r#"{ institution(by: {slug: "a\u0000b"}) { name } }"#, "by.slug"),
            (r#"{ convention(code: "\u0000") { code } }"#, "code"),
            (r#"{ countryGroup(code: "\u0000") { code } }"#, "code"),
            (r#"{ countries(filter: {group: "\u0000"}) { totalCount } }"#, "filter.group"),
            (r#"{ countries(filter: {partyTo: "\u0000"}) { totalCount } }"#, "filter.partyTo"),
            (r#"{ countries(filter: {region: "\u0000"}) { totalCount } }"#, "filter.region"),
            (r#"{ agreements(filter: {group: "\u0000"}) { totalCount } }"#, "filter.group"),
            (r#"{ country(code: "\u0000") { code } }"#, "code"),
        ] {
            let answer = server.ask(query).await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT", field), "{query}: {}", answer.text);
        }
        let answer = server.ask(r#"{ search(query: "film\u0000") { totalCount } }"#).await;
        assert!(answer.data()["search"]["totalCount"].as_i64().unwrap() > 0, "it parts words like any sign");
    })
    .await;
}
