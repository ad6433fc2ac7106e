//! Answers that are kept: nobody can tell, but by the time that it takes.
use std::{
    collections::BTreeMap,
    fs,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use entity::opportunity;
use futures_util::future::join_all;
use harness::{Grant, Server, Viewer, backends, viewers};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use serde_json::{Value, json};

use crate::answers::{QUERIES, operations};

const UNLIMITED: [&str; 3] = ["--limit-requests=1000000", "--limit-cost=50000", "--limit-budget=100000000"];
const NOTHING_KEPT: [&str; 4] =
    ["--limit-requests=1000000", "--limit-cost=50000", "--limit-budget=100000000", "--cache=0"];
/// How long a replica may take to know what another one has written, with all that runs beside the test.
const PATIENCE: Duration = Duration::from_secs(20);

const CITY: &str = r#"{ institution(by: {slug: "kr-kofic"}) { city country { name } } }"#;

/// Asks until the answer comes without a statement: it is kept then.
async fn asked_until_kept(server: &Server, query: &str) -> String {
    let begun = Instant::now();
    loop {
        let before = server.statements();
        let answer = server.ask(query).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        if server.statements() == before {
            return answer.text;
        }
        assert!(begun.elapsed() < PATIENCE, "it is never kept: {query}");
    }
}

/// An institution's ID and version.
async fn institution(server: &Server, slug: &str) -> Value {
    let answer = server.ask(&format!(r#"{{ institution(by: {{slug: "{slug}"}}) {{ id version }} }}"#)).await;
    answer.data()["institution"].clone()
}

async fn moved_to(server: &Server, admin: &str, slug: &str, city: &str) {
    let query = "mutation($input: UpdateInstitutionInput!) { updateInstitution(input: $input) {
        institution { city } userErrors { code message } } }";
    let found = institution(server, slug).await;
    let input = json!({ "input": { "id": found["id"], "expectedVersion": found["version"], "city": city } });
    let answer = server.ask_as_with(admin, query, input).await;
    assert_eq!(answer.data()["updateInstitution"]["institution"]["city"], city, "{}", answer.text);
}

#[tokio::test]
async fn an_answer_is_kept_until_what_it_was_made_of_changes() {
    for backend in backends() {
        let server = Server::start_with(*backend, &UNLIMITED).await;
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let kept = asked_until_kept(&server, CITY).await;
        for city in ["Jeju", "Busan", "Seoul"] {
            moved_to(&server, &admin, "kr-kofic", city).await;
            let answer = server.ask(CITY).await;
            assert_eq!(answer.data()["institution"]["city"], city, "a write is seen by the next read");
        }
        assert_ne!(asked_until_kept(&server, CITY).await, kept);
        // What has nothing to do with it stays.
        let conventions = "{ conventions { nodes { code } } }";
        asked_until_kept(&server, conventions).await;
        moved_to(&server, &admin, "kr-kofic", "Jeonju").await;
        let before = server.statements();
        server.ask(conventions).await;
        assert_eq!(server.statements(), before, "what others are made of is kept");
    }
}

#[tokio::test]
async fn what_a_replica_writes_is_known_soon() {
    for backend in backends() {
        let server = Server::start_with(*backend, &UNLIMITED).await;
        let replica = server.replica_with(&UNLIMITED);
        let admin = server.account("secretary@example.org", &[Grant::Admin]).await;
        let old = asked_until_kept(&replica, CITY).await;
        moved_to(&server, &admin, "kr-kofic", "Jeju").await;
        let begun = Instant::now();
        loop {
            let answer = replica.ask(CITY).await;
            if answer.data()["institution"]["city"] == "Jeju" {
                break;
            }
            assert_eq!(answer.text, old);
            assert!(begun.elapsed() < PATIENCE, "the replica does not learn of it");
        }
    }
}

#[tokio::test]
async fn the_same_is_made_once_for_all_who_ask_at_the_same_time() {
    for backend in backends() {
        let server = Server::start_with(*backend, &UNLIMITED).await;
        let query = |language: &str| {
            format!(
                r#"{{ countries(first: 50) {{ nodes {{ name(language: "{language}")
            institutions {{ totalCount nodes {{ name policymakers {{ nodes {{ displayName }} }} }} }} }} }} }}"#
            )
        };
        asked_until_kept(&server, &query("fr")).await;
        let before = server.statements();
        server.ask(&query("ms")).await;
        let alone = server.statements() - before;
        assert!(alone > 2);
        let korean = query("ko");
        let before = server.statements();
        let answers = join_all((0..32).map(|_| server.ask(&korean))).await;
        assert_eq!(server.statements() - before, alone);
        assert!(answers.iter().all(|answer| answer.status == 200 && answer.text == answers[0].text));
    }
}

#[tokio::test]
async fn what_the_clock_changes_is_not_kept_longer() {
    for backend in backends() {
        let (server, passed) = Server::start_with_time_and(*backend, &UNLIMITED).await;
        let db = server.database().await;
        let open = opportunity::Entity::find().filter(opportunity::Column::Slug.eq("purin-pictures-grants"));
        let mut open = open.one(&db).await.unwrap().unwrap().into_active_model();
        open.deadline = Set(Some(harness::now() + chrono::TimeDelta::hours(2)));
        open.update(&db).await.unwrap();
        let query = "{ opportunities(filter: {acceptsInterest: true}, orderBy: {field: DEADLINE}, first: 1) {
            totalCount nodes { slug deadline acceptsInterest } } }";
        let kept: Value = serde_json::from_str(&asked_until_kept(&server, query).await).unwrap();
        let deadline = kept["data"]["opportunities"]["nodes"][0]["deadline"].as_str().unwrap();
        let left = (deadline.parse::<chrono::DateTime<chrono::Utc>>().unwrap() - harness::now()).num_seconds();
        let left = u64::try_from(left).unwrap();
        passed.store(left - 1, Ordering::Relaxed);
        let still: Value = serde_json::from_str(&asked_until_kept(&server, query).await).unwrap();
        assert_eq!(still["data"]["opportunities"]["nodes"][0], kept["data"]["opportunities"]["nodes"][0]);
        passed.store(left, Ordering::Relaxed);
        let later = server.ask(query).await;
        assert_ne!(later.data()["opportunities"]["nodes"][0], kept["data"]["opportunities"]["nodes"][0]);
    }
}

#[tokio::test]
async fn its_cost_and_its_tag_are_told_of_a_kept_answer_as_of_any_other() {
    for backend in backends() {
        let server = Server::start_with(*backend, &UNLIMITED).await;
        let made = server.replica_with(&NOTHING_KEPT);
        asked_until_kept(&server, CITY).await;
        let mut told = vec![];
        for one in [&server, &made] {
            let request = one.request("POST", "/graphql").header("graphql-include-cost", "1");
            let answer = request.json(&json!({ "query": CITY })).send().await.unwrap().json::<Value>().await.unwrap();
            let mut cost = answer["extensions"]["cost"].clone();
            for moving in ["remaining", "resetAt"] {
                assert!(!cost[moving].take().is_null());
            }
            let address = format!("/graphql?query={}", CITY.replace(' ', "%20").replace('"', "%22"));
            let page = one.get(&address).await;
            let tag = page.headers()["etag"].to_str().unwrap().to_owned();
            let again = one.request("GET", &address).header("if-none-match", &tag).send().await.unwrap();
            assert_eq!(again.status(), 304);
            told.push((answer["data"].clone(), cost, tag, page.text().await.unwrap()));
        }
        assert_eq!(told[0], told[1]);
    }
}

/// Everything that there is to be asked about without knowing more, in each viewer's words.
fn questions() -> Vec<(String, String)> {
    let document = fs::read_to_string(QUERIES).unwrap();
    let own = [
        "{ viewer { __typename } }",
        "{ institution(by: {slug: \"kr-kofic\"}) { city membershipStatus membership { status since until } } }",
        "{ memberships { totalCount nodes { status tier institution { slug city } } } }",
        "{ membershipSummary { byTier { tier count } } }",
        "{ institution(by: {slug: \"kr-kofic\"}) { policymakers { nodes { displayName emails { address } } } } }",
        "{ opportunities(filter: {status: [DRAFT]}) { totalCount nodes { slug status } } }",
        "{ countries { nodes { code hasOpenOpportunities: institutions { totalCount } } } }",
        "{ search(query: \"film\") { totalCount nodes { __typename } } }",
        "{ agreements(first: 5) { nodes { title version } } }",
    ];
    let reviewed = operations(&document).into_iter().map(|(name, text)| (name.to_owned(), text));
    reviewed.chain(own.into_iter().map(|text| (text.to_owned(), text.to_owned()))).collect()
}

async fn asked(server: &Server, viewer: &Viewer, query: &str) -> (u16, String) {
    let answer = match &viewer.token {
        Some(token) => server.ask_as(token, query).await,
        None => server.ask(query).await,
    };
    (answer.status, answer.text)
}

/// What somebody does: a mutation, what it takes, and the name of its input.
struct Act {
    mutation: &'static str,
    input: &'static str,
    takes: Value,
}

/// What is to be done next, to what there is by now.
async fn next_act(server: &Server, admin: &str, runner: &mut TestRunner) -> Act {
    let mut pick = |most: usize| (0..most).new_tree(runner).unwrap().current();
    let (which, number, slug) = (pick(7), pick(1_000_000), ["kr-kofic", "kh-mcfa", "kr-kocca"][pick(3)]);
    let home = institution(server, slug).await;
    let lists = server
        .ask_as(
            admin,
            "{ opportunities(first: 100) { nodes { id version status } }
            policymakers(first: 100) { nodes { id version } }
            memberships(first: 50) { nodes { id version } } agreements(first: 50) { nodes { id version } } }",
        )
        .await;
    let mut one = |list: &str| {
        let nodes = lists.data()[list]["nodes"].as_array().unwrap();
        nodes.get(pick(nodes.len().max(1))).cloned().unwrap_or_else(|| home.clone())
    };
    let (mutation, input, takes) = match which {
        0 | 1 => (
            "updateInstitution",
            "UpdateInstitutionInput",
            json!({
                "id": home["id"], "expectedVersion": home["version"], "city": format!("City {number}"),
            }),
        ),
        2 => {
            let call = one("opportunities");
            (
                "updateOpportunity",
                "UpdateOpportunityInput",
                json!({
                    "id": call["id"], "expectedVersion": call["version"],
                    "titles": [{ "language": "en", "text": format!("Call {number}") }],
                }),
            )
        }
        3 => {
            let call = one("opportunities");
            let mutation = ["closeOpportunity", "withdrawOpportunity", "publishOpportunity"][number % 3];
            (mutation, "TransitionInput", json!({ "id": call["id"], "reason": "because" }))
        }
        4 => {
            let person = one("policymakers");
            (
                "updatePolicymaker",
                "UpdatePolicymakerInput",
                json!({
                    "id": person["id"], "expectedVersion": person["version"], "givenName": format!("Name {number}"),
                }),
            )
        }
        5 => ("applyForMembership", "ApplyForMembershipInput", json!({ "institution": home["id"], "tier": "FULL" })),
        _ => {
            let agreement = one("agreements");
            (
                "updateAgreement",
                "UpdateAgreementInput",
                json!({
                    "id": agreement["id"], "expectedVersion": agreement["version"],
                    "titles": [{ "language": "en", "text": format!("Agreement {number}") }],
                }),
            )
        }
    };
    Act { mutation, input, takes }
}

/// A server that keeps answers and one that keeps none are asked the same, by whomever, while things are changed on the first.
/// `KEPT_SEEDS=50 cargo test kept` for more.
#[tokio::test]
async fn whoever_asks_whenever_gets_what_a_server_without_kept_answers_says() {
    let seeds = std::env::var("KEPT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1_u8);
    for backend in backends() {
        for seed in 0..seeds {
            let server = Server::start_with(*backend, &UNLIMITED).await;
            let plain = server.replica_with(&NOTHING_KEPT);
            let everybody = viewers(&server).await;
            let admin = everybody.iter().find(|viewer| viewer.name == "admin").unwrap().token.clone().unwrap();
            let questions = questions();
            let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
            let mut runner = TestRunner::new_with_rng(Config::default(), rng);
            let (mut kept, mut done, mut failed) = (0, BTreeMap::<&str, usize>::new(), vec![]);
            asked_until_kept(&server, CITY).await;
            for turn in 0..40 {
                let act = next_act(&server, &admin, &mut runner).await;
                let Act { mutation, input, takes } = act;
                let query = format!(
                    "mutation($input: {input}!) {{ {mutation}(input: $input) {{ userErrors {{ code field }} }} }}"
                );
                let answer = server.ask_as_with(&admin, &query, json!({ "input": takes })).await;
                let faults = &answer.json["data"][mutation]["userErrors"];
                if faults.as_array().is_some_and(Vec::is_empty) {
                    *done.entry(mutation).or_default() += 1;
                } else {
                    failed.push((mutation, answer.text.clone()));
                }
                for _ in 0..12 {
                    let mut pick = |most: usize| (0..most).new_tree(&mut runner).unwrap().current();
                    let viewer = &everybody[pick(everybody.len())];
                    // Few enough that they come again.
                    let (name, query) = &questions[questions.len() - 1 - pick(24)];
                    let before = server.statements();
                    let first = asked(&server, viewer, query).await;
                    kept += usize::from(server.statements() == before);
                    let second = asked(&plain, viewer, query).await;
                    assert_eq!(first, second, "seed {seed}, turn {turn}, {}: {name}", viewer.name);
                }
            }
            assert!(done.len() >= 4, "{done:?} {failed:?}");
            assert!(kept > 20, "{kept} answers were kept");
        }
    }
}

#[tokio::test]
async fn nobody_gets_what_was_made_for_somebody_else() {
    for backend in backends() {
        let server = Server::start_with(*backend, &UNLIMITED).await;
        let plain = server.replica_with(&NOTHING_KEPT);
        let everybody = viewers(&server).await;
        for (name, query) in questions() {
            for viewer in everybody.iter().rev().chain(&everybody) {
                let (kept, made) = (asked(&server, viewer, &query).await, asked(&plain, viewer, &query).await);
                assert_eq!(kept, made, "{}: {name}", viewer.name);
            }
        }
    }
}

#[tokio::test]
async fn a_server_keeps_nothing_that_is_told_to() {
    for backend in backends() {
        let server = Server::start_with(*backend, &NOTHING_KEPT).await;
        for _ in 0..3 {
            let before = server.statements();
            server.ask(CITY).await;
            assert!(server.statements() > before);
        }
    }
}
