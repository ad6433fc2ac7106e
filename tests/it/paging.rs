//! Pages of lists, in both directions.
use harness::{Answer, Backend, Grant, Server, on_each_database, with_people_on_each_database};
use serde_json::{Value, json};

/// Walks a list from one end to the other, and says what it met.
async fn walk(server: &Server, list: &str, size: usize, backward: bool) -> Vec<String> {
    let (count, from, cursor, more) = if backward {
        ("last", "before", "startCursor", "hasPreviousPage")
    } else {
        ("first", "after", "endCursor", "hasNextPage")
    };
    let mut met: Vec<String> = vec![];
    let mut position = Value::Null;
    loop {
        let arguments = format!("{count}: {size}, {from}: {position}");
        let query = format!(
            "{{ {} {{ nodes {{ id }} edges {{ cursor }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}",
            list.replace("PAGE", &arguments)
        );
        let answer = server.ask(&query).await;
        let page = answer.data().as_object().unwrap().values().next().unwrap().clone();
        let mut ids: Vec<String> =
            page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(page["pageInfo"]["startCursor"], page["edges"].as_array().unwrap().first().unwrap()["cursor"]);
        assert_eq!(page["pageInfo"]["endCursor"], page["edges"].as_array().unwrap().last().unwrap()["cursor"]);
        if backward {
            ids.extend(met);
            met = ids;
        } else {
            met.extend(ids);
        }
        if page["pageInfo"][more] == false {
            return met;
        }
        position = page["pageInfo"][cursor].clone();
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition_in_both_directions() {
    with_people_on_each_database(|server| async move {
        for (list, total) in [
            ("countries(PAGE)", 249),
            ("institutions(PAGE)", 150),
            ("institutions(PAGE, orderBy: {field: UPDATED_AT, direction: DESC})", 150),
            ("agreements(PAGE, orderBy: {field: SIGNED_ON})", 61),
            ("agreements(PAGE, orderBy: {field: IN_FORCE_ON, direction: DESC})", 61),
            ("opportunities(PAGE, orderBy: {field: DEADLINE})", 50),
            ("policymakers(PAGE)", 58),
            ("policymakers(PAGE, orderBy: {field: NAME, direction: DESC})", 58),
        ] {
            let whole = walk(&server, list, 100, false).await;
            assert_eq!(whole.len(), total, "{list}");
            let mut distinct = whole.clone();
            distinct.sort();
            distinct.dedup();
            assert_eq!(distinct.len(), total, "{list}");
            assert_eq!(walk(&server, list, 7, false).await, whole, "{list} forward");
            assert_eq!(walk(&server, list, 7, true).await, whole, "{list} backward");
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_under_each_country_has_pages_of_its_own() {
    on_each_database(|server| async move {
        let query = r#"{ countries(filter: {code: ["KR", "VN"]}, orderBy: {field: CODE}) { nodes {
            code institutions(first: 2) { totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage endCursor } }
        } } }"#;
        let answer = server.ask(query).await;
        let countries = answer.data()["countries"]["nodes"].as_array().unwrap();
        for (country, total) in countries.iter().zip([23, 9]) {
            let list = &country["institutions"];
            assert_eq!(list["totalCount"], total);
            assert_eq!(list["nodes"].as_array().unwrap().len(), 2);
            assert_eq!(list["pageInfo"]["hasNextPage"], true);
            let next = server
                .ask_with(
                    r#"query($code: CountryCode!, $after: String) { country(code: $code) {
                        institutions(first: 100, after: $after) { nodes { name } pageInfo { hasNextPage hasPreviousPage } }
                    } }"#,
                    json!({ "code": country["code"], "after": list["pageInfo"]["endCursor"] }),
                )
                .await;
            let rest = &next.data()["country"]["institutions"];
            assert_eq!(rest["nodes"].as_array().unwrap().len(), total - 2);
            assert_eq!(rest["pageInfo"], json!({ "hasNextPage": false, "hasPreviousPage": true }));
        }
    })
    .await;
}

#[tokio::test]
async fn an_empty_page_says_what_is_around_it_on_the_root_and_nested() {
    on_each_database(|server| async move {
        let page = "first: 100) { pageInfo { startCursor endCursor } }";
        let ends = server.ask(&format!("{{ agreements({page} country(code: \"VN\") {{ agreements({page} }} }}")).await;
        for list in [&ends.data()["agreements"], &ends.data()["country"]["agreements"]] {
            let (first, last) = (&list["pageInfo"]["startCursor"], &list["pageInfo"]["endCursor"]);
            let nested = list == &ends.data()["country"]["agreements"];
            let empty = |arguments: String| {
                let field = format!(
                    "agreements({arguments}) {{ nodes {{ slug }} pageInfo {{ hasNextPage hasPreviousPage }} }}"
                );
                if nested { format!("{{ country(code: \"VN\") {{ {field} }} }}") } else { format!("{{ {field} }}") }
            };
            let of = |answer: &Answer| {
                let data = if nested { &answer.data()["country"] } else { answer.data() };
                data["agreements"].clone()
            };
            let after = server.ask(&empty(format!("first: 2, after: {last}"))).await;
            let expected = json!({ "nodes": [], "pageInfo": { "hasNextPage": false, "hasPreviousPage": true } });
            assert_eq!(of(&after), expected, "nested: {nested}");
            let before = server.ask(&empty(format!("last: 2, before: {first}"))).await;
            let expected = json!({ "nodes": [], "pageInfo": { "hasNextPage": true, "hasPreviousPage": false } });
            assert_eq!(of(&before), expected, "nested: {nested}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_cursor_that_somebody_made_up_is_refused_alike() {
    on_each_database(|server| async move {
        for (list, keys) in [
            (
                "institutions(",
                [json!({ "r": 1 }), json!({ "t": "a\0b" }), json!({ "d": "2026-01-01T00:00:00Z" }), json!("?")],
            ),
            (
                "institutions(orderBy: {field: UPDATED_AT}, ",
                [json!({ "r": 1 }), json!({ "t": "" }), json!({ "d": "soon" }), json!("?")],
            ),
            (
                r#"search(query: "film", "#,
                [json!("-"), json!({ "t": "a" }), json!({ "d": "2026-01-01T00:00:00Z" }), json!("?")],
            ),
        ] {
            let real = cursor(&server, &format!("{list}first: 1)")).await;
            let read = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, real).unwrap();
            let mut parts: Value = serde_json::from_slice(&read).unwrap();
            for key in keys {
                parts[1] = key;
                let forged =
                    base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, parts.to_string());
                let answer = server.ask(&format!("{{ {list}after: \"{forged}\") {{ totalCount }} }}")).await;
                assert_eq!(answer.error(), ("BAD_USER_INPUT", "after"), "{list} {parts}: {}", answer.text);
            }
        }
    })
    .await;
}

async fn cursor(server: &Server, list: &str) -> String {
    let answer: Answer = server.ask(&format!("{{ {list} {{ pageInfo {{ endCursor }} }} }}")).await;
    let page = answer.data().as_object().unwrap().values().next().unwrap();
    page["pageInfo"]["endCursor"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_cursor_belongs_to_its_order_and_filter() {
    let server = Server::start(Backend::Sqlite).await;
    let by_name = cursor(&server, "institutions(first: 3)").await;
    for other in
        ["orderBy: {field: UPDATED_AT}", "orderBy: {field: NAME, direction: DESC}", r#"filter: {country: "KR"}"#]
    {
        let answer = server.ask(&format!("{{ institutions({other}, after: \"{by_name}\") {{ totalCount }} }}")).await;
        assert_eq!(answer.error(), ("CURSOR_MISMATCH", "after"), "{other}");
    }
    let answer = server.ask(&format!("{{ agreements(before: \"{by_name}\") {{ totalCount }} }}")).await;
    assert_eq!(answer.error(), ("CURSOR_MISMATCH", "before"));
    let same = server.ask(&format!("{{ institutions(filter: {{}}, after: \"{by_name}\") {{ totalCount }} }}")).await;
    assert_eq!(same.data()["institutions"]["totalCount"], 150, "an empty filter is none");
}

#[tokio::test]
async fn a_cursor_between_two_others_bounds_a_page_on_both_sides() {
    let server = Server::start(Backend::Sqlite).await;
    let (third, tenth) = (cursor(&server, "countries(first: 3)").await, cursor(&server, "countries(first: 10)").await);
    let query =
        |size: &str| format!("{{ countries({size}, after: \"{third}\", before: \"{tenth}\") {{ nodes {{ code }} }} }}");
    let all = server.ask("{ countries(first: 10) { nodes { code } } }").await;
    let all = all.data()["countries"]["nodes"].as_array().unwrap().clone();
    let between = server.ask(&query("first: 100")).await;
    assert_eq!(between.data()["countries"]["nodes"].as_array().unwrap()[..], all[3..9]);
    let last = server.ask(&query("last: 2")).await;
    assert_eq!(last.data()["countries"]["nodes"].as_array().unwrap()[..], all[7..9]);
}

/// A list fetches what is asked of its entries and no more: whatever is asked must be what the entry has by its ID.
#[tokio::test]
async fn an_entry_of_a_list_has_what_it_has_by_its_id() {
    with_people_on_each_database(|server| async move {
        // Cards are for those who may have them.
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        for (list, kind) in [
            ("countries", "Country"),
            ("countryGroups", "CountryGroup"),
            ("institutions", "Institution"),
            ("policymakers", "Policymaker"),
            ("agreements", "Agreement"),
            ("opportunities", "Opportunity"),
        ] {
            let told = server
                .ask(&format!(
                    r#"{{ __type(name: "{kind}") {{ fields {{ name type {{ kind ofType {{ kind ofType {{ kind ofType {{ kind }} }} }} }} }} }} }}"#
                ))
                .await;
            let leaf = |field: &&Value| {
                let text = field["type"].to_string();
                !text.contains("OBJECT") && !text.contains("INTERFACE") && !text.contains("UNION")
            };
            let fields = told.data()["__type"]["fields"].as_array().unwrap();
            let names: Vec<&str> = fields.iter().filter(leaf).map(|field| field["name"].as_str().unwrap()).collect();
            assert!(names.len() > 2, "{kind}");
            for name in names {
                let listed = server.ask_as(&admin, &format!("{{ {list}(first: 60) {{ nodes {{ id {name} }} }} }}")).await;
                let nodes = &listed.data()[list]["nodes"];
                let edges = server.ask_as(&admin, &format!("{{ {list}(first: 60) {{ edges {{ node {{ id ...F }} }} }} }} fragment F on {kind} {{ {name} }}")).await;
                let edges: Vec<&Value> =
                    edges.data()[list]["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]).collect();
                assert_eq!(nodes.as_array().unwrap().iter().collect::<Vec<_>>(), edges, "{kind}.{name}");
                let ids: Vec<&Value> = edges.iter().map(|node| &node["id"]).collect();
                let query = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on {kind} {{ {name} }} }} }}");
                let by_id = server.ask_as_with(&admin, &query, json!({ "ids": ids })).await;
                assert_eq!(&by_id.data()["nodes"], nodes, "{kind}.{name}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_open_to_a_country_has_the_same_pages_under_it_as_at_the_root() {
    with_people_on_each_database(|server| async move {
        for order in ["DEADLINE", "PUBLISHED_AT", "TITLE"] {
            for direction in ["ASC", "DESC"] {
                let order = format!("orderBy: {{field: {order}, direction: {direction}}}");
                let whole =
                    walk(&server, &format!(r#"opportunities(PAGE, {order}, filter: {{openTo: "VN"}})"#), 100, false)
                        .await;
                assert!(whole.len() > 20, "{whole:?}");
                for backward in [false, true] {
                    let met = walk_under(&server, "VN", &order, backward).await;
                    assert_eq!(met, whole, "{order} backward: {backward}");
                }
                let counted = format!(r#"{{ country(code: "VN") {{ opportunities({order}) {{ totalCount }} }} }}"#);
                assert_eq!(server.ask(&counted).await.data()["country"]["opportunities"]["totalCount"], whole.len());
            }
        }
    })
    .await;
}

/// Walks the opportunities that are open to a country, four at a time.
async fn walk_under(server: &Server, code: &str, order: &str, backward: bool) -> Vec<String> {
    let list = if backward { "last: 4, before: $cursor" } else { "first: 4, after: $cursor" };
    let query = format!(
        "query($code: CountryCode!, $cursor: String) {{ country(code: $code) {{ opportunities({list}, {order}) {{
            nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
    );
    let (mut met, mut cursor) = (vec![], Value::Null);
    loop {
        let answer = server.ask_with(&query, json!({ "code": code, "cursor": cursor })).await;
        let page = &answer.data()["country"]["opportunities"];
        let ids = page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned());
        let place = if backward { 0 } else { met.len() };
        met.splice(place..place, ids);
        let (more, next) = if backward { ("hasPreviousPage", "startCursor") } else { ("hasNextPage", "endCursor") };
        if page["pageInfo"][more] == false {
            return met;
        }
        cursor = page["pageInfo"][next].clone();
    }
}
