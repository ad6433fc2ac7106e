//! The limits, one step under and one over each, before any work is done.
use harness::{Answer, Backend, Server, on_each_database};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// That the first query passes a limit that the second does not.
async fn between(server: &Server, under: &str, over: &str, code: &str) {
    let passed = server.ask(under).await;
    assert!(passed.json.get("data").is_some(), "{code}: {}", passed.text);
    let refused = server.ask(over).await;
    assert_eq!((refused.status, refused.error().0), (200, code), "{}", refused.text);
    assert!(refused.json.get("data").is_none());
}

fn nested(levels: usize) -> String {
    // Two levels are the selection's and the arguments'.
    let filters = levels - 2;
    format!(
        "{{ institutions(filter: {}{{}}{}) {{ totalCount }} }}",
        "{not: ".repeat(filters - 1),
        "}".repeat(filters - 1)
    )
}

fn of_tokens(tokens: usize) -> String {
    format!("{{ institutions(filter: {{kind: [{}]}}) {{ totalCount }} }}", "MINISTRY ".repeat(tokens - 16))
}

fn deep(innermost: &str) -> String {
    let one = "institutions(first: 1) { nodes { country { ";
    format!("{{ countries(first: 1) {{ nodes {{ {}{innermost}{} }} }} }}", one.repeat(3), "} } } ".repeat(3))
}

fn aliases(count: usize) -> String {
    let names: String = (0..count).map(|number| format!("n{number}: name ")).collect();
    format!(r#"{{ country(code: "KR") {{ ...A ... on Country {{ {names} }} }} }} fragment A on Country {{ n0: name }}"#)
}

fn roots(count: usize) -> String {
    format!("{{ {} }}", (0..count).map(|number| format!("r{number}: __typename ")).collect::<String>())
}

fn directives(count: usize) -> String {
    format!(r#"{{ country(code: "KR") {{ {} }} }}"#, "name @include(if: true) ".repeat(count))
}

const COSTLY: &str =
    r#"{ countries(first: 10) { totalCount nodes { name institutions(last: 5) { edges { cursor node { id } } } } } }"#;

#[tokio::test]
async fn each_limit_lets_pass_what_is_under_it() {
    on_each_database(|server| async move {
        between(&server, &nested(64), &nested(65), "NESTING_TOO_DEEP").await;
        between(&server, &of_tokens(2_000), &of_tokens(2_001), "TOO_MANY_TOKENS").await;
        between(&server, &deep("code"), &deep("institutions { totalCount }"), "QUERY_TOO_DEEP").await;
        between(&server, &aliases(30), &aliases(31), "TOO_MANY_ALIASES").await;
        between(&server, &roots(15), &roots(16), "TOO_MANY_ROOT_FIELDS").await;
        between(&server, &directives(50), &directives(51), "TOO_MANY_DIRECTIVES").await;
        let page = |size: usize| {
            format!("{{ countries(first: 100) {{ nodes {{ institutions(first: {size}) {{ nodes {{ id }} }} }} }} }}")
        };
        between(&server, &page(45), &page(46), "COST_EXCEEDED").await;
    })
    .await;
}

#[tokio::test]
async fn variables_are_as_deep_as_a_document() {
    let server = Server::start(Backend::Sqlite).await;
    let query = "query($filter: InstitutionFilter) { institutions(filter: $filter) { totalCount } }";
    let of = |levels: usize| (1..levels).fold(json!({}), |filter, _| json!({ "not": filter }));
    assert!(server.ask_with(query, json!({ "filter": of(64) })).await.json.get("data").is_some());
    let refused = server.ask_with(query, json!({ "filter": of(65) })).await;
    assert_eq!(refused.error().0, "NESTING_TOO_DEEP");
}

#[tokio::test]
async fn limits_are_a_400_where_errors_have_a_status() {
    let server = Server::start(Backend::Sqlite).await;
    let request = server.request("POST", "/graphql").header("accept", "application/graphql-response+json");
    let response = request.json(&json!({ "query": roots(16) })).send().await.unwrap();
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn a_body_has_a_length_that_is_looked_at_first() {
    let server = Server::start(Backend::Sqlite).await;
    let of = |length: usize| {
        let body = json!({ "query": "{ __typename } #" }).to_string();
        body.replace('#', &format!("#{}", " ".repeat(length - body.len())))
    };
    assert_eq!(server.post(&of(262_144)).await.status, 200);
    let refused = server.post(&of(262_145)).await;
    assert_eq!((refused.status, refused.error().0), (413, "BODY_TOO_LARGE"));

    // By the header alone: the body is never sent.
    let answer = spoken(
        &server,
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 262145\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("BODY_TOO_LARGE"), "{answer}");
    // In pieces, whose sum nobody told.
    let mut pieces =
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
            .to_vec();
    for _ in 0..5 {
        pieces.extend_from_slice(b"10000\r\n");
        pieces.extend(std::iter::repeat_n(b' ', 0x10000));
        pieces.extend_from_slice(b"\r\n");
    }
    let answer = spoken(&server, &pieces).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("BODY_TOO_LARGE"), "{answer}");
}

#[tokio::test]
async fn a_request_that_does_not_come_is_not_waited_for() {
    let server = Server::start_with(Backend::Sqlite, &["--limit-head-seconds", "1", "--limit-body-seconds", "1"]).await;
    let head = spoken(&server, b"POST /graphql HTTP/1.1\r\nhost:").await;
    assert!(head.starts_with("HTTP/1.1 408 ") || head.is_empty(), "{head}");
    let body = spoken(
        &server,
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n{\"query\":",
    )
    .await;
    assert!(body.starts_with("HTTP/1.1 408 ") && body.contains("BODY_TOO_SLOW"), "{body}");
    for path in ["/oauth/token", "/oauth/revoke", "/link/secret"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: 40\r\n\r\ngrant_type="
        );
        let form = spoken(&server, head.as_bytes()).await;
        assert!(form.starts_with("HTTP/1.1 408 "), "{path}: {form}");
    }
}

/// What the service says to these bytes until it hangs up, or has said all of an answer.
async fn spoken(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.host()).await.unwrap();
    // It may hang up before it has read all.
    let _ = stream.write_all(bytes).await;
    let (mut heard, mut piece) = (vec![], [0; 4096]);
    while let Ok(length @ 1..) = stream.read(&mut piece).await {
        heard.extend_from_slice(&piece[..length]);
        if heard.ends_with(b"}") {
            break;
        }
    }
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn an_answer_tells_twenty_errors_and_how_many_more_there_are() {
    let server = Server::start(Backend::Sqlite).await;
    let unknown = |count: usize| (0..count).map(|number| format!("nope{number} ")).collect::<String>();
    let errors = |answer: &Answer| answer.json["errors"].as_array().unwrap().clone();
    assert_eq!(errors(&server.ask(&format!("{{ {} }}", unknown(20))).await).len(), 20);
    let told = errors(&server.ask(&format!("{{ {} }}", unknown(25))).await);
    assert_eq!(told.len(), 21);
    assert_eq!(told[20]["extensions"]["code"], "TOO_MANY_ERRORS");
    assert_eq!(told[20]["message"], "errors that are not told: 5");

    let server = Server::start_with(Backend::Sqlite, &["--limit-errors", "2"]).await;
    let run = server
        .ask(r#"{ a: country(code: "XX") { code } b: country(code: "YY") { code } c: country(code: "ZZ") { code } }"#)
        .await;
    let codes: Vec<Value> = errors(&run).iter().map(|error| error["extensions"]["code"].clone()).collect();
    assert_eq!(codes, ["BAD_USER_INPUT", "BAD_USER_INPUT", "TOO_MANY_ERRORS"]);
}

#[tokio::test]
async fn fragments_that_contain_each_other_are_refused() {
    let server = Server::start(Backend::Sqlite).await;
    for query in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }",
    ] {
        assert_eq!(server.ask(query).await.error().0, "GRAPHQL_VALIDATION_FAILED", "{query}");
    }
    // Each fragment doubles the next.
    let doubled: String =
        (0..30).map(|n| format!("fragment F{n} on Query {{ ...F{} ...F{} }} ", n + 1, n + 1)).collect();
    let query = format!("{{ ...F0 }} {doubled} fragment F30 on Query {{ __typename }}");
    assert!(["COST_EXCEEDED", "TOO_MANY_ROOT_FIELDS"].contains(&server.ask(&query).await.error().0));
}

#[tokio::test]
async fn the_introspections_of_tools_pass_and_deeper_ones_do_not() {
    let server = Server::start(Backend::Sqlite).await;
    let standard = include_str!("introspection.graphql");
    assert_eq!(server.ask(standard).await.data()["__schema"]["queryType"]["name"], "Query");
    let nested =
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }";
    assert_eq!(server.ask(nested).await.error().0, "QUERY_TOO_DEEP");
}

/// An answer with its cost, and the headers that tell what is left.
async fn priced(server: &Server, query: &str) -> (Value, reqwest::header::HeaderMap) {
    let request = server.request("POST", "/graphql").header("graphql-include-cost", "1");
    let response = request.json(&json!({ "query": query })).send().await.unwrap();
    let headers = response.headers().clone();
    (serde_json::from_str(&response.text().await.unwrap()).unwrap(), headers)
}

#[tokio::test]
async fn cost_is_told_when_it_is_asked_for() {
    on_each_database(|server| async move {
        let (answer, headers) = priced(&server, COSTLY).await;
        let cost = &answer["extensions"]["cost"];
        // The connection 1, its count 10, ten countries with a name and a connection 2.05 each, in each of them five edges
        // of an institution with an ID and a cursor, 1.1 each: 11 + 20.5 + 55, rounded up.
        assert_eq!(cost["requested"], 87);
        let edges = answer.to_string().matches("\"cursor\"").count();
        assert!(edges < 50, "not each country has five");
        assert_eq!(cost["actual"], (1_100 + 10 * 205 + edges * 110).div_ceil(100));
        assert_eq!((&cost["limit"], &cost["remaining"]), (&json!(100_000), &json!(100_000 - 87)));
        assert_eq!(cost["resetAt"], "2026-11-22T12:00:00.052Z", "87 of 100,000 points come back in 52 ms");
        assert_eq!(headers["ratelimit-policy"], r#""requests";q=1000;w=60, "cost";q=100000;w=60"#);
        let told = headers["ratelimit"].to_str().unwrap();
        assert_eq!(told, r#""requests";r=999;t=1, "cost";r=99913;t=1"#);

        let silent = server.ask(COSTLY).await;
        assert!(silent.json.get("extensions").is_none());
    })
    .await;
}

#[tokio::test]
async fn what_takes_more_than_a_row_costs_more() {
    let server = Server::start(Backend::Sqlite).await;
    let cost = async |query: &str, variables: Value| {
        let request = server.request("POST", "/graphql").header("graphql-include-cost", "1");
        let answer = request.json(&json!({ "query": query, "variables": variables })).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["extensions"]["cost"]["requested"].as_u64().unwrap()
    };
    let none = Value::Null;
    assert_eq!(cost(r#"{ search(query: "film") { totalCount } }"#, none.clone()).await, 1_501);
    assert_eq!(cost(r#"{ institutions(filter: {text: "film"}) { totalCount } }"#, none.clone()).await, 1_011);
    let twice = r#"{ institutions(filter: {or: [{text: "film"}, {not: {text: "fund"}}]}) { totalCount } }"#;
    assert_eq!(cost(twice, none.clone()).await, 2_011);
    let given = "query($filter: InstitutionFilter) { institutions(filter: $filter) { totalCount } }";
    let filter = json!({ "filter": { "and": [{ "text": "film" }, { "text": "fund" }] } });
    assert_eq!(cost(given, filter).await, 2_011);
    assert_eq!(cost("{ policymakers { totalCount } }", none.clone()).await, 501);
    let under = "{ countries(first: 10) { nodes { opportunities(first: 1) { totalCount } } } }";
    assert_eq!(cost(under, none).await, 1 + 10 * (1 + 31 + 40));
}

#[tokio::test]
async fn cost_is_reckoned_with_variables_and_what_is_left_out() {
    let server = Server::start(Backend::Sqlite).await;
    let query = "query($first: Int, $with: Boolean = false, $ids: [ID!]!) {
        countries(first: $first) { nodes { code } }
        agreements @include(if: $with) { totalCount }
        nodes(ids: $ids) { id }
    }";
    let cost = async |variables: Value| {
        let request = server.request("POST", "/graphql").header("graphql-include-cost", "1");
        let response = request.json(&json!({ "query": query, "variables": variables })).send().await.unwrap();
        let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        answer["extensions"]["cost"]["requested"].as_u64().unwrap()
    };
    assert_eq!(cost(json!({ "ids": [] })).await, 22, "a page has twenty where nobody says");
    assert_eq!(cost(json!({ "first": 100, "ids": [] })).await, 106);
    assert_eq!(cost(json!({ "first": 1, "ids": [], "with": true })).await, 14);
    let ids: Vec<&str> = std::iter::repeat_n("country_39160a646bada8025ek1944zmp", 40).collect();
    assert_eq!(cost(json!({ "first": 1, "ids": ids })).await, 45);
}

#[tokio::test]
async fn a_minute_has_so_many_requests() {
    let server = Server::start_with(Backend::Sqlite, &["--limit-requests", "3"]).await;
    for _ in 0..3 {
        assert_eq!(server.ask("{ __typename }").await.status, 200);
    }
    let request = server.request("POST", "/graphql").json(&json!({ "query": "{ __typename }" }));
    let refused = request.send().await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "a third of a minute at most: {wait}");
    assert_eq!(refused.headers()["ratelimit-policy"], r#""requests";q=3;w=60"#);
    assert_eq!(refused.headers()["ratelimit"].to_str().unwrap(), format!(r#""requests";r=0;t={wait}"#));
    assert!(refused.text().await.unwrap().contains("THROTTLED"));
    // What the sender says of other addresses changes nothing.
    let request = server.request("POST", "/graphql").header("x-forwarded-for", "198.51.100.1");
    assert_eq!(request.json(&json!({ "query": "{ __typename }" })).send().await.unwrap().status(), 429);
}

#[tokio::test]
async fn behind_a_proxy_that_is_trusted_each_client_counts_for_itself() {
    let settings = ["--limit-requests", "1", "--trusted-proxies", "127.0.0.0/8"];
    let server = Server::start_with(Backend::Sqlite, &settings).await;
    for (client, status) in [("198.51.100.1", 200), ("198.51.100.2", 200), ("198.51.100.1", 429)] {
        let request = server.request("POST", "/graphql").header("x-forwarded-for", client);
        let response = request.json(&json!({ "query": "{ __typename }" })).send().await.unwrap();
        assert_eq!(response.status(), status, "{client}");
    }
}

#[tokio::test]
async fn a_viewer_has_a_budget() {
    let server = Server::start_with(Backend::Sqlite, &["--limit-budget", "100"]).await;
    assert_eq!(server.ask(COSTLY).await.status, 200);
    let refused = server.ask(COSTLY).await;
    assert_eq!((refused.status, refused.error().0), (429, "THROTTLED"));
    assert_eq!(server.ask("{ __typename }").await.status, 200, "what is left is enough for this");
}

#[tokio::test]
async fn a_limit_may_only_warn_and_is_counted_either_way() {
    let settings = [
        "--limits-warn-only",
        "body,nesting,tokens,depth,aliases,root-fields,directives,cost,errors,requests,budget",
        "--limit-requests",
        "1",
        "--limit-budget",
        "1",
        "--limit-errors",
        "1",
        "--metrics-listen",
        "127.0.0.1:0",
    ];
    let server = Server::start_with(Backend::Sqlite, &settings).await;
    let two_errors = r#"{ a: country(code: "XX") { code } b: country(code: "YY") { code } }"#.to_owned();
    let large = format!("{{ __typename }} #{}", " ".repeat(262_144));
    for (limit, query) in [
        ("nesting", nested(65)),
        ("tokens", of_tokens(2_001)),
        ("depth", deep("institutions { totalCount }")),
        ("aliases", aliases(31)),
        ("root-fields", roots(16)),
        ("directives", directives(51)),
        ("cost", "{ countries(first: 100) { nodes { institutions(first: 46) { nodes { id } } } } }".to_owned()),
        ("errors", two_errors),
        ("body", large),
    ] {
        let answer = server.ask(&query).await;
        assert_eq!(answer.status, 200, "{limit}");
        assert!(answer.json.get("data").is_some(), "{limit}: {}", &answer.text[..answer.text.len().min(300)]);
        let figures = server.metrics().await;
        let counted = format!(r#"balai_limits_passed_total{{limit="{limit}",outcome="warned"}}"#);
        assert!(figures.contains(&counted), "{counted}: {figures}");
    }
    let figures = server.metrics().await;
    for part in [
        r#"limit="requests",outcome="warned""#,
        r#"limit="budget",outcome="warned""#,
        r#"balai_graphql_requests_total{status="200"}"#,
        "balai_graphql_request_seconds_bucket",
    ] {
        assert!(figures.contains(part), "{part}: {figures}");
    }
    let bottomless = server.ask(&nested(300)).await;
    assert_eq!(bottomless.error().0, "NESTING_TOO_DEEP", "the parser's stack has an end");
}
