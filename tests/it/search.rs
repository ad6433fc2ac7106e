//! Finding by words, in any script, alike on both databases.
use entity::{
    institution,
    localized::{LocalizedText, LocalizedTexts},
    search_entry,
    vocabulary::{InstitutionKind, SubjectKind},
};
use harness::{Backend, Server, on_each_database};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    EntityTrait as _,
};
use serde_json::{Value, json};
use uuid::Uuid;

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

#[tokio::test]
async fn a_search_finds_the_best_thousand() {
    on_each_database(|server| async move {
        let database = server.database().await;
        for chunk in (0..1_200).collect::<Vec<_>>().chunks(100) {
            let ids: Vec<_> = chunk.iter().map(|number| Uuid::from_u128(0xabc0_0000 + number)).collect();
            let rows = ids.iter().zip(chunk).map(|(id, number)| institution(*id, *number));
            institution::Entity::insert_many(rows).exec(&database).await.unwrap();
            let rows = ids.iter().zip(chunk).map(|(id, number)| entry(*id, *number));
            search_entry::Entity::insert_many(rows).exec(&database).await.unwrap();
        }
        let query = "query($after: String) { search(query: \"quorbin\", first: 100, after: $after) {
            totalCount nodes { ... on Institution { name } } pageInfo { hasNextPage endCursor } } }";
        let (mut after, mut names) = (Value::Null, vec![]);
        loop {
            let answer = server.ask_with(query, json!({ "after": after })).await;
            let search = &answer.data()["search"];
            assert_eq!(search["totalCount"], 1_000);
            names.extend(
                search["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()),
            );
            if search["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = search["pageInfo"]["endCursor"].clone();
        }
        let of = |begin: &str| names.iter().filter(|name| name.starts_with(begin)).count();
        assert_eq!((names.len(), of("quorbin"), of("council")), (1_000, 600, 400));
        assert!(names[..600].iter().all(|name| name.starts_with("quorbin")), "what begins with the words comes first");
        assert!(!names.contains(&"council of quorbin 00001 00001".to_owned()), "the longest names are left out");
    })
    .await;
}

/// Every other one begins with the word; of the others, the first have the longest names.
fn name(number: u128) -> String {
    match number {
        number if number % 2 == 0 => format!("quorbin {number:05}"),
        number if number < 400 => format!("council of quorbin {number:05} {number:05}"),
        number => format!("council of quorbin {number:05}"),
    }
}

fn institution(id: Uuid, number: u128) -> institution::ActiveModel {
    let now = harness::now();
    institution::ActiveModel {
        id: Set(id),
        slug: Set(format!("quorbin-{number}")),
        names: Set(LocalizedTexts::new(&[LocalizedText { language: "en".into(), text: name(number).into() }])),
        sort_key: Set(name(number)),
        kind: Set(InstitutionKind::Fund),
        descriptions: Set(LocalizedTexts::new(&[])),
        country_id: Set(None),
        city: Set(None),
        website: Set(None),
        policy_areas: Set(0),
        parent_id: Set(None),
        source: Set(None),
        source_url: Set(None),
        verified: Set(false),
        note: Set(None),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        listed: Set(true),
        created_by_agency_id: Set(None),
    }
}

fn entry(id: Uuid, number: u128) -> search_entry::ActiveModel {
    search_entry::ActiveModel {
        id: NotSet,
        subject_id: Set(id),
        kind: Set(SubjectKind::Institution),
        names: Set(name(number)),
        content: Set(name(number)),
    }
}
