//! How many statements a query takes: it does not depend on how many rows it meets.
use harness::{Answer, Server, backends, with_people_on_each_database};

/// Asks, and counts the statements that the answer took.
async fn counted(server: &Server, query: &str) -> (Answer, u64) {
    let before = server.statements();
    let answer = server.ask(query).await;
    (answer, server.statements() - before)
}

#[tokio::test]
async fn four_levels_with_two_lists_side_by_side_take_as_many_for_one_row_as_for_a_hundred() {
    for backend in backends() {
        let server =
            Server::start_with(*backend, &["--cache=0", "--limit-cost=100000000", "--limit-budget=1000000000"]).await;
        let query = |countries: &str, size: usize| {
            format!(
                "{{ countries({countries}) {{ nodes {{ name groups {{ role group {{ code }} }} accessions {{ convention {{ code }} }}
                    institutions(first: {size}) {{ totalCount nodes {{ name
                        policymakers(first: {size}) {{ totalCount nodes {{ displayName
                            appointments {{ title institution {{ name country {{ name }} }} }} emails {{ address }} }} }}
                        opportunities(first: {size}) {{ nodes {{ title
                            hostCountries {{ name }} partners {{ institution {{ name }} }} eligibility {{ countries {{ name }} }} }} }}
                    }} }}
                    agreements(first: 50) {{ nodes {{ title parties {{ party {{ __typename ... on Country {{ name }} }}
                        competentAuthority {{ name }} }} opportunities {{ totalCount }} }} }}
                }} }} }}"
            )
        };
        let (one, few) = counted(&server, &query(r#"filter: {code: "KR"}"#, 30)).await;
        let (hundred, many) =
            counted(&server, &query(r#"first: 100, orderBy: {field: CODE}, filter: {or: [{group: "ASEAN"}, {group: "ASEM"}, {partyTo: "UNESCO-2005"}]}"#, 30)).await;
        assert_eq!(one.data()["countries"]["nodes"].as_array().unwrap().len(), 1);
        let rows = hundred.text.matches("\"name\"").count();
        assert_eq!(hundred.data()["countries"]["nodes"].as_array().unwrap().len(), 100);
        assert!(rows > 1_000, "{rows}");
        assert_eq!(few, many, "statements for one country, and for many");
        assert!(few < 40, "{few}");
    }
}

#[tokio::test]
async fn a_count_costs_nothing_when_it_is_not_asked_for() {
    with_people_on_each_database(|server| async move {
        let server = server.replica_with(&["--cache=0"]);
        for list in ["institutions", "policymakers", "opportunities", "agreements", "countries"] {
            let (_, without) = counted(&server, &format!("{{ {list}(first: 1) {{ nodes {{ id }} }} }}")).await;
            let (_, with) = counted(&server, &format!("{{ {list}(first: 1) {{ totalCount nodes {{ id }} }} }}")).await;
            assert_eq!((without, with), (1, 2), "{list}");
        }
        let nested = |count: &str| {
            format!("{{ countries(first: 100) {{ nodes {{ institutions {{ {count} nodes {{ id }} }} }} }} }}")
        };
        assert_eq!(counted(&server, &nested("")).await.1, 2);
        assert_eq!(counted(&server, &nested("totalCount")).await.1, 3);
    })
    .await;
}

#[tokio::test]
async fn cooperation_takes_as_many_for_five_countries_as_for_two() {
    with_people_on_each_database(|server| async move {
        let server = server.replica_with(&["--cache=0"]);
        let query = |between: &str| {
            format!(
                "{{ cooperation(between: [{between}]) {{ agreements {{ totalCount nodes {{ title }} }}
                    pairs {{ openOpportunities bothPartyToConvention agreements {{ title parties {{ party {{ __typename }} }} }} }}
                    competentAuthorities {{ name }} opportunities {{ totalCount nodes {{ leadInstitution {{ name }} }} }} }} }}"
            )
        };
        let (_, two) = counted(&server, &query(r#""KR", "VN""#)).await;
        let (_, five) = counted(&server, &query(r#""KR", "VN", "TH", "PH", "SG""#)).await;
        assert_eq!(two, five);
    })
    .await;
}
