//! Who is who: countries, groups, conventions, institutions, and the way from each to each.
use harness::on_each_database;
use serde_json::{Value, json};

/// The codes of countries in an answer, in order.
fn codes(nodes: &Value) -> Vec<&str> {
    nodes.as_array().unwrap().iter().map(|node| node["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn in_2021_four_asean_states_were_parties_to_the_2005_convention() {
    on_each_database(|server| async move {
        let query = r#"query($on: Date) {
            countries(filter: {group: "ASEAN", partyTo: "UNESCO-2005", on: $on}, orderBy: {field: CODE}) {
                nodes { code }
            }
        }"#;
        let then = server.ask_with(query, json!({ "on": "2021-06-18" })).await;
        assert_eq!(codes(&then.data()["countries"]["nodes"]), ["ID", "KH", "LA", "VN"]);
        let today = server.ask(query).await;
        assert_eq!(codes(&today.data()["countries"]["nodes"]), ["ID", "KH", "LA", "PH", "TL", "VN"]);
    })
    .await;
}

#[tokio::test]
async fn asean_was_ten_states_until_the_eleventh_joined() {
    on_each_database(|server| async move {
        let query = r#"query($on: Date) {
            countryGroup(code: "ASEAN") { members(on: $on) { role country { code } } }
            countries(filter: {group: "ASEAN", on: $on}) { totalCount }
        }"#;
        for (day, members) in [("1967-08-07", 0), ("1967-08-08", 5), ("2025-10-25", 10), ("2025-10-26", 11)] {
            let answer = server.ask_with(query, json!({ "on": day })).await;
            let all = answer.data()["countryGroup"]["members"].as_array().unwrap();
            let full = all.iter().filter(|member| member["role"] == "MEMBER").count();
            assert_eq!(full, members, "on {day}");
            assert_eq!(answer.data()["countries"]["totalCount"], members, "on {day}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_has_no_date_counts_only_for_today() {
    on_each_database(|server| async move {
        let query = r#"query($on: Date) { country(code: KR) { groups(on: $on) { group { code } role since } } }"#
            .replace("code: KR", "code: \"KR\"");
        let groups = |answer: &harness::Answer| {
            let groups = answer.data()["country"]["groups"].as_array().unwrap().clone();
            groups.iter().map(|found| found["group"]["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(groups(&server.ask(&query).await), ["ASEM", "ASEAN"], "ordered by name");
        assert_eq!(groups(&server.ask_with(&query, json!({ "on": "2020-01-01" })).await), ["ASEAN"]);
        assert_eq!(groups(&server.ask_with(&query, json!({ "on": "1990-12-31" })).await), [""; 0]);
        // A year counts from its first day.
        assert_eq!(groups(&server.ask_with(&query, json!({ "on": "1991-01-01" })).await), ["ASEAN"]);
    })
    .await;
}

#[tokio::test]
async fn a_name_falls_back_from_the_asked_language_to_its_parents_to_english() {
    on_each_database(|server| async move {
        let answer = server
            .ask(
                r#"{
                country(code: "VN") {
                    korean: name(language: "ko-KR") traditional: name(language: "zh-TW") unknown: name(language: "xx")
                    plain: name
                }
                institution(by: {slug: "kr-kofic"}) { ko: name(language: "ko") th: name(language: "th") names { language } }
            }"#,
            )
            .await;
        let names = &answer.data()["country"];
        assert_eq!(names["korean"], "베트남");
        assert_eq!(names["traditional"], "越南");
        assert_eq!((&names["unknown"], &names["plain"]), (&json!("Viet Nam"), &json!("Viet Nam")));
        let council = &answer.data()["institution"];
        assert_eq!(council["ko"], "영화진흥위원회");
        assert_eq!(council["th"], "Korean Film Council (KOFIC)");
        assert_eq!(council["names"], json!([{ "language": "en" }, { "language": "ko" }]));
    })
    .await;
}

#[tokio::test]
async fn every_subject_leads_to_the_others_and_back() {
    on_each_database(|server| async move {
        let answer = server
            .ask(
                r#"{
                institution(by: {slug: "kr-kofic"}) {
                    country { institutions(filter: {text: "film council"}) { nodes { slug } } }
                    agreements(first: 1) { nodes { parties { competentAuthority { slug } party { __typename ... on Country { code } } } } }
                    opportunities { nodes { leadInstitution { slug } } }
                }
                sfc: institution(by: {slug: "sg-sfc"}) { parent { slug children { nodes { slug } } } }
                workshop: opportunity(by: {slug: "unesco-asean-rok-cultural-policymakers-workshop"}) {
                    status hostCountries { code } partners { role institution { slug } }
                    eligibility { everyone countries { code } }
                    legalBasis { title opportunities { nodes { slug } } }
                }
                protocol: agreements(filter: {group: "EU"}) {
                    nodes { parties { party { ... on CountryGroup { group: code agreements { totalCount } } ... on Country { code } } } }
                }
                convention(code: "UNESCO-2005") { accessions(on: "2007-03-18") { party { __typename } convention { code } } }
            }"#,
            )
            .await;
        let data = answer.data();
        assert_eq!(data["institution"]["country"]["institutions"]["nodes"], json!([{ "slug": "kr-kofic" }]));
        let parties = data["institution"]["agreements"]["nodes"][0]["parties"].as_array().unwrap();
        assert!(parties.iter().any(|party| party["competentAuthority"]["slug"] == "kr-kofic"));
        for led in data["institution"]["opportunities"]["nodes"].as_array().unwrap() {
            assert_eq!(led["leadInstitution"]["slug"], "kr-kofic");
        }
        assert_eq!(data["sfc"]["parent"], json!({ "slug": "sg-imda", "children": { "nodes": [{ "slug": "sg-sfc" }] } }));
        let workshop = &data["workshop"];
        assert_eq!((&workshop["status"], &workshop["hostCountries"]), (&json!("POSTPONED"), &json!([{ "code": "KR" }])));
        assert_eq!(workshop["eligibility"]["countries"].as_array().unwrap().len(), 10);
        let resting = workshop["legalBasis"][0]["opportunities"]["nodes"].as_array().unwrap();
        assert_eq!(resting, json!([{ "slug": "unesco-asean-rok-cultural-policymakers-workshop" }]).as_array().unwrap());
        assert_eq!(
            data["protocol"]["nodes"][0]["parties"],
            json!([{ "party": { "group": "EU", "agreements": { "totalCount": 1 } } }, { "party": { "code": "KR" } }])
        );
        let first = data["convention"]["accessions"].as_array().unwrap();
        assert!(first.len() > 30 && first.last().unwrap()["party"]["__typename"] == "CountryGroup", "{}", first.len());
    })
    .await;
}

#[tokio::test]
async fn dates_stay_as_precise_as_they_are_known() {
    on_each_database(|server| async move {
        let answer = server
            .ask(
                r#"{
                dated: agreements(first: 100, orderBy: {field: SIGNED_ON}) { nodes { signedOn } }
                latest: agreements(first: 100, orderBy: {field: SIGNED_ON, direction: DESC}) { nodes { signedOn } }
                y2014: agreements(filter: {signedOn: {from: "2014-01-01", before: "2015-01-01"}}, orderBy: {field: SIGNED_ON}) {
                    nodes { signedOn }
                }
                spring: agreements(filter: {signedOn: {from: "2014-04-01", before: "2014-05-01"}}) { nodes { signedOn } }
            }"#,
            )
            .await;
        let signed = |list: &str| {
            let nodes = answer.data()[list]["nodes"].as_array().unwrap().clone();
            nodes.iter().map(|node| node["signedOn"].as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let (up, down) = (signed("dated"), signed("latest"));
        let known = up.iter().take_while(|date| date.is_some()).count();
        assert_eq!(known, 45, "those without a date come last");
        assert!(up[known..].iter().chain(&down[known..]).all(Option::is_none), "in both directions");
        assert!(up[..known].is_sorted() && down[..known].iter().rev().is_sorted());
        assert!(up.contains(&Some("2014".to_owned())) && up.contains(&Some("2006-10".to_owned())));
        let year: Vec<_> = signed("y2014").into_iter().flatten().collect();
        assert_eq!(year, ["2014", "2014-04-08", "2014-09-18", "2014-10-04", "2014-11-20"]);
        assert_eq!(signed("spring"), [Some("2014-04-08".to_owned())], "a year is not wholly in its spring");
    })
    .await;
}

#[tokio::test]
async fn filters_are_joined_by_and_or_not() {
    on_each_database(|server| async move {
        let count = async |filter: &str| {
            let answer = server.ask(&format!("{{ institutions(filter: {filter}) {{ totalCount }} }}")).await;
            answer.data()["institutions"]["totalCount"].as_i64().unwrap()
        };
        let all = count("{}").await;
        assert_eq!(all, 150);
        let korean = count(r#"{country: "KR"}"#).await;
        assert_eq!(count(r#"{not: {country: "KR"}}"#).await, all - korean, "those without a country are not Korean");
        let films = count("{kind: FILM_BODY}").await;
        let both = count(r#"{country: "KR", kind: FILM_BODY}"#).await;
        assert_eq!(count(r#"{and: [{country: "KR"}, {kind: FILM_BODY}]}"#).await, both);
        assert_eq!(count(r#"{or: [{country: "KR"}, {kind: FILM_BODY}]}"#).await, korean + films - both);
        assert_eq!(count(r#"{not: {or: [{country: "KR"}, {kind: FILM_BODY}]}}"#).await, all - korean - films + both);
        assert_eq!(count("{kind: []}").await, 0, "an empty list holds for nothing");
        assert_eq!(count("{or: []}").await, 0);
        assert_eq!(count("{and: []}").await, all);
        assert_eq!(count("{kind: null}").await, all, "null is as good as absent");
        assert_eq!(count("{regional: true}").await, 17);
    })
    .await;
}
