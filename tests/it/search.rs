//! Finding by words, in any script, alike on both databases.
use harness::{Backend, Server, on_each_database};
use serde_json::{Value, json};

/// The names of the institutions that a search finds, best first.
async fn institutions(server: &Server, query: &str) -> Vec<String> {
    let answer = server
        .ask_with(
            "query($query: String!) { search(query: $query, kinds: [INSTITUTION], first: 100) {
                nodes { ... on Institution { names { text } } } } }",
            json!({ "query": query }),
        )
        .await;
    let nodes = answer.data()["search"]["nodes"].as_array().unwrap().clone();
    let names = |node: &Value| {
        let names: Vec<_> =
            node["names"].as_array().unwrap().iter().map(|name| name["text"].as_str().unwrap().to_owned()).collect();
        names.join(" / ")
    };
    nodes.iter().map(names).collect()
}

#[tokio::test]
async fn accents_and_case_do_not_matter() {
    on_each_database(|server| async move {
        for query in ["dien anh", "điện ảnh", "ĐIỆN ẢNH", "anh  DIEN"] {
            assert_eq!(institutions(&server, query).await, ["Vietnam Cinema Department / Cục Điện ảnh"], "{query}");
        }
        assert!(institutions(&server, "cinema").await.iter().any(|name| name.starts_with("Centre national du cinéma")));
    })
    .await;
}

#[tokio::test]
async fn a_part_of_a_word_finds_it_in_scripts_without_spaces() {
    on_each_database(|server| async move {
        for (query, name) in [
            ("영화", "영화진흥위원회"),
            ("วัฒนธรรม", "กระทรวงวัฒนธรรม"),
            ("វប្បធម៌", "ក្រសួងវប្បធម៌ និងវិចិត្រសិល្បៈ"),
            ("ວັດທະນະທໍາ", "ກະຊວງຖະແຫຼງຂ່າວ, ວັດທະນະທໍາ ແລະ ທ່ອງທ່ຽວ"),
            ("ວັດທະນະທຳ", "ກະຊວງຖະແຫຼງຂ່າວ, ວັດທະນະທໍາ ແລະ ທ່ອງທ່ຽວ"),
            ("电影", "国家电影局"),
            ("सूचना", "सूचना और प्रसारण मंत्रालय"),
        ] {
            let found = institutions(&server, query).await;
            assert!(found.iter().any(|found| found.ends_with(name)), "{query}: {found:?}");
        }
        let burmese =
            server.ask(r#"{ search(query: "မြန်မာ", kinds: [COUNTRY]) { nodes { ... on Country { code } } } }"#).await;
        assert!(
            burmese.data()["search"]["nodes"].as_array().unwrap().contains(&json!({ "code": "MM" })),
            "{}",
            burmese.text
        );
    })
    .await;
}

#[tokio::test]
async fn one_and_two_characters_answer_too() {
    on_each_database(|server| async move {
        assert!(institutions(&server, "영").await.iter().any(|name| name.ends_with("영화진흥위원회")));
        assert!(institutions(&server, "影").await.iter().any(|name| name.ends_with("国家电影局")));
        assert!(institutions(&server, "ru").await.iter().any(|name| name.starts_with("Brunei Darussalam")));
    })
    .await;
}

#[tokio::test]
async fn the_name_itself_comes_first() {
    on_each_database(|server| async move {
        assert_eq!(institutions(&server, "Screen Australia").await[0], "Screen Australia");
        assert!(institutions(&server, "Korean Film").await[0].starts_with("Korean Film Council"));
    })
    .await;
}

#[tokio::test]
async fn signs_that_mean_something_to_a_database_are_only_signs() {
    on_each_database(|server| async move {
        let everything = institutions(&server, "a").await.len();
        for query in ["a%", "a_", "a\\", "a\"", "a'", "a*", "-a", "(a", "a\u{0}"] {
            assert_eq!(institutions(&server, query).await.len(), everything, "{query}");
        }
        assert_eq!(institutions(&server, "film OR council").await, institutions(&server, "or film council").await);
        assert_eq!(institutions(&server, "NEAR(film)").await, institutions(&server, "near film").await);
        let sign = server.ask(r#"{ search(query: "%") { totalCount } }"#).await;
        assert_eq!(sign.error(), ("BAD_USER_INPUT", "query"), "a sign alone is no word");
    })
    .await;
}

#[tokio::test]
async fn a_search_is_narrowed_by_kind_and_country_and_paged() {
    on_each_database(|server| async move {
        let query = r#"query($after: String) { search(query: "film", kinds: [INSTITUTION, AGREEMENT], country: "KR", first: 4, after: $after) {
            totalCount nodes { __typename ... on Institution { country { code } } ... on Agreement { slug parties { party { ... on Country { code } } } } }
            pageInfo { hasNextPage endCursor } } }"#;
        let (mut after, mut met, mut total) = (Value::Null, 0, None);
        loop {
            let answer = server.ask_with(query, json!({ "after": after })).await;
            let search = &answer.data()["search"];
            for node in search["nodes"].as_array().unwrap() {
                met += 1;
                match node["__typename"].as_str().unwrap() {
                    "Institution" => assert_eq!(node["country"]["code"], "KR"),
                    _ => assert!(node["parties"].to_string().contains("\"KR\""), "{node}"),
                }
            }
            total.get_or_insert(search["totalCount"].as_u64().unwrap());
            if search["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = search["pageInfo"]["endCursor"].clone();
        }
        assert!(met > 8, "{met}");
        assert_eq!(total, Some(met));
    })
    .await;
}

#[tokio::test]
async fn a_cursor_of_another_search_is_refused() {
    let server = Server::start(Backend::Sqlite).await;
    let first = server.ask(r#"{ search(query: "film", first: 1) { pageInfo { endCursor } } }"#).await;
    let cursor = first.data()["search"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
    let other = server.ask(&format!(r#"{{ search(query: "music", after: "{cursor}") {{ totalCount }} }}"#)).await;
    assert_eq!(other.error(), ("CURSOR_MISMATCH", "after"));
}
