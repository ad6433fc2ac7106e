//! What lets countries work together.
use harness::{Backend, Server, on_each_database};
use serde_json::json;

/// The query that the README shows.
const QUESTION: &str = r#"{
  cooperation(between: ["KR", "VN"], medium: TELEVISION) {
    pairs { bothPartyToConvention openOpportunities agreements { title kind status signedOn provenance { source verified } } }
    competentAuthorities { name country { code } website }
    opportunities(first: 10) { totalCount nodes { title kind deadline leadInstitution { name country { name } } funding { maximum currency covers } } }
  }
}"#;

#[tokio::test]
async fn a_producer_and_a_film_council_learn_what_binds_them() {
    on_each_database(|server| async move {
        let answer = server.ask(QUESTION).await;
        let cooperation = &answer.data()["cooperation"];
        let pair = &cooperation["pairs"][0];
        assert_eq!(cooperation["pairs"].as_array().unwrap().len(), 1);
        assert_eq!(pair["bothPartyToConvention"], true);
        let titles: Vec<_> = pair["agreements"].as_array().unwrap().iter().map(|found| &found["title"]).collect();
        assert_eq!(
            titles,
            [
                "Joint Statement of the 2019 Special ASEAN-ROK Meeting of Ministers Responsible for Culture and Arts",
                "Korea-Viet Nam broadcast programme co-production agreement",
            ]
        );
        assert_eq!(
            cooperation["competentAuthorities"],
            json!([{ "name": "Korea Communications Commission", "country": { "code": "KR" }, "website": "https://kcc.go.kr/" }])
        );
        assert_eq!(pair["openOpportunities"], cooperation["opportunities"]["totalCount"]);
        let nodes = cooperation["opportunities"]["nodes"].as_array().unwrap();
        assert!(!nodes.is_empty() && nodes.iter().all(|node| node["leadInstitution"]["name"].is_string()));
    })
    .await;
}

#[tokio::test]
async fn a_group_binds_its_members_and_no_longer_those_that_left() {
    on_each_database(|server| async move {
        let query = r#"{
            member: cooperation(between: ["KR", "DE"]) { agreements { nodes { title parties { party { __typename } } } } }
            left: cooperation(between: ["KR", "GB"]) { agreements { totalCount } pairs { agreements { title } } }
            germany: country(code: "DE") { agreements { totalCount } }
        }"#;
        let answer = server.ask(query).await;
        let member = &answer.data()["member"]["agreements"]["nodes"];
        assert_eq!(member.as_array().unwrap().len(), 1);
        assert_eq!(member[0]["title"], "EU-Korea Free Trade Agreement, Protocol on Cultural Cooperation");
        assert_eq!(answer.data()["left"], json!({ "agreements": { "totalCount": 0 }, "pairs": [{ "agreements": [] }] }));
        assert_eq!(answer.data()["germany"]["agreements"]["totalCount"], 1);
    })
    .await;
}

#[tokio::test]
async fn every_pair_is_listed_also_one_that_nothing_binds() {
    on_each_database(|server| async move {
        let answer = server
            .ask(
                r#"{ cooperation(between: ["KR", "TL", "BT"]) {
                countries { code }
                agreements { nodes { title } }
                pairs { countries { code } bothPartyToConvention agreements { title } }
            } }"#,
            )
            .await;
        let cooperation = &answer.data()["cooperation"];
        assert_eq!(cooperation["countries"], json!([{ "code": "KR" }, { "code": "TL" }, { "code": "BT" }]));
        let pairs: Vec<_> =
            cooperation["pairs"].as_array().unwrap().iter().map(|pair| pair["countries"].clone()).collect();
        assert_eq!(
            pairs,
            [
                json!([{ "code": "KR" }, { "code": "TL" }]),
                json!([{ "code": "KR" }, { "code": "BT" }]),
                json!([{ "code": "TL" }, { "code": "BT" }]),
            ]
        );
        assert_eq!(cooperation["pairs"][0]["bothPartyToConvention"], true);
        assert_eq!(cooperation["agreements"]["nodes"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn an_agreement_counts_only_while_it_is_in_force_and_for_its_media() {
    on_each_database(|server| async move {
        let titles = async |medium: &str| {
            let query = format!(
                r#"{{ cooperation(between: ["KR", "KH"]{medium}) {{ agreements {{ nodes {{ title status }} }} }} }}"#
            );
            let answer = server.ask(&query).await;
            let nodes = answer.data()["cooperation"]["agreements"]["nodes"].as_array().unwrap().clone();
            assert!(nodes.iter().all(|node| node["status"] == "IN_FORCE"));
            nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        // The agreement on broadcast programmes with Cambodia is signed, not in force.
        assert!(!titles("").await.iter().any(|title| title.contains("broadcast")));
        let film = titles(", medium: FILM").await;
        assert!(film.iter().any(|title| title.starts_with("Film Policy Plus")), "{film:?}");
        assert!(!titles(", medium: MUSIC").await.iter().any(|title| title.starts_with("Film Policy Plus")));
    })
    .await;
}

#[tokio::test]
async fn an_opportunity_counts_when_it_is_open_to_all_of_the_countries() {
    on_each_database(|server| async move {
        let answer = server
            .ask(
                r#"{
                two: cooperation(between: ["PH", "TH"]) { opportunities(first: 100) { nodes { title } } pairs { openOpportunities } }
                far: cooperation(between: ["PH", "BR"]) { opportunities(first: 100) { nodes { title acceptsInterest eligibility { everyone } } } }
            }"#,
            )
            .await;
        let near = answer.data()["two"]["opportunities"]["nodes"].as_array().unwrap();
        assert!(near.contains(&json!({ "title": "Purin Pictures grants" })));
        assert_eq!(answer.data()["two"]["pairs"][0]["openOpportunities"], near.len());
        let far = answer.data()["far"]["opportunities"]["nodes"].as_array().unwrap();
        assert!(!far.is_empty());
        for found in far {
            assert_eq!((&found["acceptsInterest"], &found["eligibility"]["everyone"]), (&json!(true), &json!(true)));
        }
    })
    .await;
}

#[tokio::test]
async fn two_to_five_different_countries_are_asked_about() {
    let server = Server::start(Backend::Sqlite).await;
    for (between, field) in [
        (r#"["KR"]"#, "between"),
        (r#"["KR", "VN", "TH", "LA", "KH", "MY"]"#, "between"),
        (r#"["KR", "KR"]"#, "between.1"),
        (r#"["KR", "EU"]"#, "between.1"),
    ] {
        let answer = server.ask(&format!("{{ cooperation(between: {between}) {{ countries {{ code }} }} }}")).await;
        assert_eq!(answer.error(), ("BAD_USER_INPUT", field), "{between}");
        assert_eq!(answer.json["data"], json!({ "cooperation": null }));
    }
}
