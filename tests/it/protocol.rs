//! GraphQL over HTTP, sentence by sentence: methods, media types, statuses, and what may be kept.
use harness::{Answer, Backend, Server, on_each_database};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

const OWN: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
const CODE: &str = r#"{ country(code: "KR") { code } }"#;

/// What came back, with its headers.
struct Reply {
    status: u16,
    headers: HeaderMap,
    json: Value,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn code(&self) -> &str {
        self.json["errors"][0]["extensions"]["code"].as_str().unwrap_or("")
    }
}

async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    Reply { status, headers, json: serde_json::from_str(&text).unwrap_or(Value::Null) }
}

/// Posts a body as JSON, accepting a media type.
async fn post(server: &Server, accept: &str, body: &Value) -> Reply {
    reply(server.request("POST", "/graphql").header("accept", accept).json(body)).await
}

fn get(server: &Server, parameters: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    server.request("GET", &format!("/graphql?{query}"))
}

#[tokio::test]
async fn a_query_is_run_by_post_and_by_get() {
    on_each_database(|server| async move {
        let parameters = [
            ("query", "query A { a: __typename } query B($code: CountryCode!) { country(code: $code) { code } }"),
            ("operationName", "B"),
            ("variables", r#"{"code": "KR"}"#),
            ("extensions", "{}"),
        ];
        let expected = json!({ "data": { "country": { "code": "KR" } } });
        let got = reply(get(&server, &parameters)).await;
        assert_eq!((got.status, &got.json), (200, &expected));
        let body = json!({
            "query": parameters[0].1, "operationName": "B", "variables": { "code": "KR" }, "extensions": {}
        });
        assert_eq!(post(&server, JSON, &body).await.json, expected);
    })
    .await;
}

#[tokio::test]
async fn parameters_may_be_null() {
    let server = Server::start(Backend::Sqlite).await;
    let body = json!({ "query": CODE, "operationName": null, "variables": null, "extensions": null });
    assert_eq!(post(&server, JSON, &body).await.json["data"]["country"]["code"], "KR");
    let got = reply(get(&server, &[("query", CODE), ("variables", "null"), ("extensions", ""), ("operationName", "")]));
    assert_eq!(got.await.json["data"]["country"]["code"], "KR");
}

#[tokio::test]
async fn the_answer_is_of_the_type_that_is_accepted_best() {
    let server = Server::start(Backend::Sqlite).await;
    for (accept, expected) in [
        (None, JSON),
        (Some("*/*"), JSON),
        (Some("application/*"), JSON),
        (Some(JSON), JSON),
        (Some(OWN), OWN),
        (Some("application/graphql-response+json, application/json"), OWN),
        (Some("application/graphql-response+json, application/json;q=0.9"), OWN),
        (Some("application/graphql-response+json;q=0.5, application/json;q=0.9"), JSON),
        (Some("application/json;q=0.1, */*;q=0.8"), OWN),
        (Some("text/html, application/graphql-response+json;q=0.2, */*;q=0"), OWN),
        (Some("application/graphql-response+json; charset=utf-8"), OWN),
        (Some("application/json; charset=utf-8"), JSON),
    ] {
        let request = server.request("POST", "/graphql").json(&json!({ "query": CODE }));
        let request = accept.into_iter().fold(request, |request, accept| request.header("accept", accept));
        let got = reply(request).await;
        assert_eq!(got.header("content-type"), format!("{expected}; charset=utf-8"), "{accept:?}");
        assert_eq!(got.status, 200, "{accept:?}");
        assert!(got.header("vary").contains("Accept"), "{accept:?}");
    }
    for accept in ["text/html", "application/json;q=0", "application/json; charset=latin1", "application/xml"] {
        let got = post(&server, accept, &json!({ "query": CODE })).await;
        assert_eq!((got.status, got.code()), (406, "NOT_ACCEPTABLE"), "{accept}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_document_is_a_400_where_errors_have_a_status() {
    let server = Server::start(Backend::Sqlite).await;
    let typed = "query($code: CountryCode!) { country(code: $code) { code } }";
    for (body, code) in [
        (json!({ "query": "{ nope" }), "GRAPHQL_PARSE_FAILED"),
        (json!({ "query": "" }), "GRAPHQL_PARSE_FAILED"),
        (json!({ "query": "{ nope }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "fragment F on Query { countries { totalCount } }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "query A { __typename } query B { __typename }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": CODE, "operationName": "Nope" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "mutation { x }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "subscription { x }" }), "GRAPHQL_VALIDATION_FAILED"),
        (
            json!({ "query": r#"{ agreements { nodes { parties { party {
                ... on Country { code } ... on CountryGroup { code } } } } } }"# }),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            json!({ "query": r#"{ country(code: "KR") { groups(on: "2021-02-30") { role } } }"# }),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (json!({ "query": r#"{ institution(by: {slug: "a", id: "b"}) { name } }"# }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": typed }), "BAD_USER_INPUT"),
        (json!({ "query": typed, "variables": { "code": null } }), "BAD_USER_INPUT"),
        (json!({ "query": typed, "variables": { "code": 5 } }), "BAD_USER_INPUT"),
    ] {
        for (accept, status) in [(OWN, 400), (JSON, 200)] {
            let got = post(&server, accept, &body).await;
            assert_eq!((got.status, got.code()), (status, code), "{accept}, {body}: {}", got.json);
            assert!(got.json.get("data").is_none(), "nothing was run: {}", got.json);
            assert_eq!(got.json["errors"].as_array().unwrap().len(), 1, "{}", got.json);
        }
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused_whatever_is_accepted() {
    let server = Server::start(Backend::Sqlite).await;
    for body in [
        "",
        "{",
        "[]",
        "null",
        "5",
        "{}",
        r#"{"query": 1}"#,
        r#"{"query": null}"#,
        r#"[{"query": "{ __typename }"}]"#,
        r#"{"query": "{ __typename }", "variables": []}"#,
        r#"{"query": "{ __typename }", "variables": "{}"}"#,
        r#"{"query": "{ __typename }", "operationName": {}}"#,
        r#"{"query": "{ __typename }", "extensions": 7}"#,
    ] {
        for accept in [OWN, JSON] {
            let request = server.request("POST", "/graphql").header("accept", accept);
            let got = reply(request.header("content-type", JSON).body(body)).await;
            assert_eq!((got.status, got.code()), (400, "BAD_REQUEST"), "{body}: {}", got.json);
            assert!(got.json.get("data").is_none());
        }
    }
    for parameters in [
        vec![],
        vec![("query", CODE), ("variables", "[]")],
        vec![("query", CODE), ("variables", "{")],
        vec![("query", CODE), ("extensions", "7")],
    ] {
        let got = reply(get(&server, &parameters)).await;
        assert_eq!((got.status, got.code()), (400, "BAD_REQUEST"), "{parameters:?}: {}", got.json);
    }
}

#[tokio::test]
async fn only_queries_come_by_get() {
    let server = Server::start(Backend::Sqlite).await;
    for query in ["mutation { __typename }", "mutation M { x }", "query Q { __typename } mutation M { x }"] {
        let name = if query.starts_with("query") { "M" } else { "" };
        let got = reply(get(&server, &[("query", query), ("operationName", name)])).await;
        assert_eq!((got.status, got.code(), got.header("allow")), (405, "METHOD_NOT_ALLOWED", "POST"), "{query}");
    }
    for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
        let got = reply(server.request(method, "/graphql").json(&json!({ "query": CODE }))).await;
        assert_eq!((got.status, got.header("allow")), (405, "GET, POST"), "{method}");
        assert_eq!(got.code(), "METHOD_NOT_ALLOWED", "{method}");
    }
}

#[tokio::test]
async fn a_body_is_json() {
    let server = Server::start(Backend::Sqlite).await;
    let body = json!({ "query": CODE }).to_string();
    for kind in [JSON, "application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"] {
        let got = reply(server.request("POST", "/graphql").header("content-type", kind).body(body.clone())).await;
        assert_eq!(got.status, 200, "{kind}");
    }
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/graphql",
    ] {
        for header in ["x-nothing", "graphql-require-preflight"] {
            let request = server.request("POST", "/graphql").header("content-type", kind).header(header, "1");
            let got = reply(request.body(body.clone())).await;
            assert_eq!((got.status, got.code()), (415, "UNSUPPORTED_MEDIA_TYPE"), "{kind}");
        }
    }
    let got = reply(server.request("POST", "/graphql").body(body)).await;
    assert_eq!(got.status, 415, "a body without a type");
}

#[tokio::test]
async fn another_sites_page_is_not_answered_unless_it_asked_first() {
    let server = Server::start(Backend::Sqlite).await;
    let from = |site: &str| get(&server, &[("query", CODE)]).header("sec-fetch-site", site);
    for site in ["same-origin", "same-site", "none"] {
        assert_eq!(reply(from(site)).await.status, 200, "{site}");
    }
    let refused = reply(from("cross-site")).await;
    assert_eq!((refused.status, refused.code()), (403, "FORBIDDEN"));
    for header in ["graphql-require-preflight", "apollo-require-preflight"] {
        assert_eq!(reply(from("cross-site").header(header, "1")).await.status, 200, "{header}");
    }
    assert_eq!(reply(from("cross-site").header("content-type", JSON)).await.status, 200);
}

#[tokio::test]
async fn pages_of_the_origins_that_are_named_may_ask() {
    let server =
        Server::start_with(Backend::Sqlite, &["--cors-origins", "https://a.example.org,https://b.example.org"]).await;
    let asked = |origin: &str| {
        let request = server.request("OPTIONS", "/graphql").header("origin", origin.to_owned());
        reply(
            request
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type"),
        )
    };
    let allowed = asked("https://b.example.org").await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (200, "https://b.example.org"));
    assert!(allowed.header("access-control-allow-headers").contains("content-type"));
    let refused = asked("https://evil.example.org").await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
    let run = reply(
        server.request("POST", "/graphql").header("origin", "https://a.example.org").json(&json!({ "query": CODE })),
    );
    let run = run.await;
    assert_eq!((run.status, run.header("access-control-allow-origin")), (200, "https://a.example.org"));
    assert!(run.header("access-control-expose-headers").to_lowercase().contains("ratelimit"));
    assert!(run.header("vary").to_lowercase().contains("origin"));

    let closed = Server::start(Backend::Sqlite).await;
    let got = reply(
        closed.request("POST", "/graphql").header("origin", "https://a.example.org").json(&json!({ "query": CODE })),
    );
    assert_eq!(got.await.header("access-control-allow-origin"), "", "by default there is none");
}

#[tokio::test]
async fn a_token_that_is_none_is_refused() {
    let server = Server::start(Backend::Sqlite).await;
    let got = reply(server.request("POST", "/graphql").bearer_auth("nonsense").json(&json!({ "query": CODE }))).await;
    assert_eq!((got.status, got.code()), (401, "UNAUTHENTICATED"));
    assert!(got.header("www-authenticate").starts_with("Bearer "), "{}", got.header("www-authenticate"));
    assert!(!got.json.to_string().contains("nonsense"));
}

#[tokio::test]
async fn large_answers_are_compressed_as_the_client_likes() {
    on_each_database(|server| async move {
        let large = json!({ "query": "{ countries(first: 100) { nodes { name } } }" });
        for encoding in ["br", "gzip", "zstd"] {
            let request = server.request("POST", "/graphql").header("accept-encoding", encoding);
            let response = request.json(&large).send().await.unwrap();
            assert_eq!(response.headers()["content-encoding"], encoding);
            let packed = response.bytes().await.unwrap();
            assert!(packed.len() > 100 && packed.len() < 1_500, "{encoding}: {} bytes", packed.len());
        }
        let plain = server.request("POST", "/graphql").json(&large).send().await.unwrap();
        assert!(plain.headers().get("content-encoding").is_none());
        assert!(plain.text().await.unwrap().len() > 1_024);
        let small = server.request("POST", "/graphql").header("accept-encoding", "br, gzip, zstd");
        let small = small.json(&json!({ "query": CODE })).send().await.unwrap();
        assert!(small.headers().get("content-encoding").is_none(), "not worth it");
        assert_eq!(small.text().await.unwrap(), r#"{"data":{"country":{"code":"KR"}}}"#);
    })
    .await;
}

#[tokio::test]
async fn an_answer_by_get_has_a_tag_and_is_not_sent_twice() {
    on_each_database(|server| async move {
        let first = reply(get(&server, &[("query", CODE)])).await;
        assert_eq!(first.header("cache-control"), "public, no-cache");
        let vary = first.header("vary").to_lowercase();
        assert!(["accept", "accept-encoding", "authorization"].iter().all(|name| vary.contains(name)), "{vary}");
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        let again = reply(get(&server, &[("query", CODE)]).header("if-none-match", format!("\"other\", {tag}"))).await;
        assert_eq!((again.status, again.header("etag")), (304, tag.as_str()));
        assert_eq!(again.header("cache-control"), "public, no-cache");
        let other = reply(get(&server, &[("query", "{ __typename }")]).header("if-none-match", &tag)).await;
        assert_eq!(other.status, 200);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_for_everybody_is_not_kept() {
    let server = Server::start(Backend::Sqlite).await;
    let posted = post(&server, JSON, &json!({ "query": CODE })).await;
    let failed = reply(get(&server, &[("query", r#"{ country(code: "XX") { code } }"#)])).await;
    let refused = reply(get(&server, &[("query", "{ nope }")])).await;
    let priced = reply(get(&server, &[("query", CODE)]).header("graphql-include-cost", "1")).await;
    for (name, got) in [("post", posted), ("failed", failed), ("refused", refused), ("priced", priced)] {
        assert_eq!((got.header("cache-control"), got.header("etag")), ("private, no-store", ""), "{name}");
    }
}

#[tokio::test]
async fn keys_come_in_the_order_of_the_query() {
    let server = Server::start(Backend::Sqlite).await;
    let query = r#"{
        zulu: __typename
        ...Later
        country(code: "KR") { subregion code }
        alpha: __typename
        country(code: "KR") { name }
    } fragment Later on Query { mike: __typename alpha: __typename }"#;
    let expected = r#"{"data":{"zulu":"Query","mike":"Query","alpha":"Query","country":{"subregion":"Eastern Asia","code":"KR","name":"Korea, Republic of"}}}"#;
    let text = server.ask(query).await.text;
    let name = text.split("\"name\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(text.replace(&name, "Korea, Republic of"), expected);
}

#[tokio::test]
async fn a_failing_field_is_null_and_the_rest_is_delivered() {
    on_each_database(|server| async move {
        let query = r#"{
            first: country(code: "XX") { code }
            country(code: "KR") { code institutions(first: 0) { totalCount } }
            last: country(code: "VN") { code }
        }"#;
        let Answer { json, status, .. } = server.ask(query).await;
        assert_eq!(status, 200);
        // `institutions` may not be null, so that its country is.
        assert_eq!(json["data"], json!({ "first": null, "country": null, "last": { "code": "VN" } }));
        let mut paths: Vec<Value> =
            json["errors"].as_array().unwrap().iter().map(|error| error["path"].clone()).collect();
        paths.sort_by_key(ToString::to_string);
        assert_eq!(paths, [json!(["country", "institutions"]), json!(["first"])]);
    })
    .await;
}

#[tokio::test]
async fn defaults_of_variables_decide_what_is_skipped() {
    let server = Server::start(Backend::Sqlite).await;
    let query = r#"query($with: Boolean! = false, $without: Boolean! = true) {
        a: __typename @include(if: $with) b: __typename @skip(if: $without) c: __typename
    }"#;
    assert_eq!(server.ask(query).await.data(), &json!({ "c": "Query" }));
    let answer = server.ask_with(query, json!({ "with": true, "without": false })).await;
    assert_eq!(answer.data(), &json!({ "a": "Query", "b": "Query", "c": "Query" }));
}

#[tokio::test]
async fn all_that_is_wrong_with_the_variables_is_told_at_once() {
    let server = Server::start(Backend::Sqlite).await;
    let query = "query($filter: InstitutionFilter, $first: Int, $by: InstitutionBy!, $on: Date) {
        institutions(filter: $filter, first: $first) { totalCount } institution(by: $by) { name }
        countries(filter: {on: $on}) { totalCount } }";
    let answer = server
        .ask_with(
            query,
            json!({
                "filter": { "or": [{ "kind": "NOPE" }, { "nope": 1 }, { "country": [5] }] },
                "first": 4_000_000_000_u64,
                "by": { "slug": "a", "id": "b" },
                "on": "yesterday",
                "unknown": { "is": "left out" },
            }),
        )
        .await;
    let fields: Vec<&str> = answer.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["extensions"]["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["filter.or.0.kind", "filter.or.1.nope", "filter.or.2.country.0", "first", "by", "on"]);
}

#[tokio::test]
async fn an_unknown_field_is_answered_with_the_one_that_was_meant() {
    let open = Server::start(Backend::Sqlite).await;
    let told = open.ask(r#"{ country(code: "KR") { subregoin } }"#).await;
    assert_eq!(
        told.json["errors"][0]["message"],
        "type `Country` does not have a field `subregoin`; did you mean `subregion`?"
    );
    assert_eq!(told.json["errors"][0]["locations"], json!([{ "line": 1, "column": 25 }]));
    let quiet = Server::start_with(Backend::Sqlite, &["--suggestions", "off"]).await;
    let told = quiet.ask(r#"{ country(code: "KR") { subregoin } }"#).await;
    assert_eq!(told.json["errors"][0]["message"], "type `Country` does not have a field `subregoin`");
}

#[tokio::test]
async fn introspection_can_be_switched_off() {
    let closed = Server::start_with(Backend::Sqlite, &["--introspection", "off"]).await;
    for query in [
        "{ __schema { queryType { name } } }",
        r#"{ a: __type(name: "Query") { name } }"#,
        "{ ...F } fragment F on Query { ... { __schema { description } } }",
    ] {
        let answer = closed.ask(query).await;
        assert_eq!(answer.error().0, "GRAPHQL_VALIDATION_FAILED", "{query}");
        assert!(answer.json.get("data").is_none());
    }
    assert_eq!(closed.ask("{ __typename }").await.data(), &json!({ "__typename": "Query" }));
    let beside =
        json!({ "query": "query A { __typename } query B { __schema { description } }", "operationName": "A" });
    assert_eq!(closed.post(&beside.to_string()).await.data(), &json!({ "__typename": "Query" }), "it is not run");
}
