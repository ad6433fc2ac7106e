//! What is hidden is as good as absent: to the byte, and in the work that it makes.
use std::{collections::BTreeMap, fs};

use harness::{Server, Viewer, backends, hide, viewers};

use crate::answers::{QUERIES, operations};

const UNLIMITED: [&str; 3] = ["--limit-requests=1000000", "--limit-cost=50000", "--limit-budget=100000000"];

/// Lists in each order, from both ends, page by page, and filters that would find what is hidden by what it holds.
const LISTS: [&str; 14] = [
    "institutions(first: 100, orderBy: {field: NAME}) LIST",
    "institutions(last: 100, orderBy: {field: UPDATED_AT, direction: DESC}) LIST",
    "institutions(first: 3, orderBy: {field: UPDATED_AT, direction: DESC}) LIST",
    "policymakers(first: 100, orderBy: {field: NAME, direction: DESC}) LIST",
    "policymakers(last: 3, orderBy: {field: UPDATED_AT}) LIST",
    "policymakers(filter: {not: {level: [MINISTER]}}) LIST",
    "opportunities(first: 100, orderBy: {field: DEADLINE}) LIST",
    "opportunities(last: 100, orderBy: {field: TITLE, direction: DESC}) LIST",
    "opportunities(first: 2, orderBy: {field: UPDATED_AT, direction: DESC}) LIST",
    "opportunities(filter: {status: [DRAFT]}) LIST",
    "opportunities(filter: {not: {status: [PUBLISHED]}}) LIST",
    "institutions(filter: {text: \"applicant\"}) LIST",
    "policymakers(filter: {text: \"counsellor\"}) LIST",
    "search(query: \"marula\") { totalCount nodes { __typename } }",
];
const LIST: &str =
    "{ totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } } }";

/// Everything that is asked, and what somebody is answered.
async fn answers(server: &Server, token: Option<&str>) -> BTreeMap<String, String> {
    let document = fs::read_to_string(QUERIES).unwrap();
    let reviewed = operations(&document).into_iter().map(|(name, text)| (name.to_owned(), text));
    let lists = LISTS.iter().map(|list| ((*list).to_owned(), format!("{{ {} }}", list.replace("LIST", LIST))));
    let mut found = BTreeMap::new();
    for (name, query) in reviewed.chain(lists) {
        let answer = match token {
            Some(token) => server.ask_as(token, &query).await,
            None => server.ask(&query).await,
        };
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        found.insert(name, answer.text);
    }
    found
}

#[tokio::test]
async fn a_network_with_hidden_things_answers_like_one_without() {
    for backend in backends() {
        let server = Server::start_with(*backend, &UNLIMITED).await;
        let nobody = server.account("nobody@example.org", &[]).await;
        let before = answers(&server, None).await;
        assert_eq!(before, answers(&server, Some(&nobody)).await, "without a role one sees what everybody sees");
        hide(&server).await;
        let admin = server.account("secretary@example.org", &[harness::Grant::Admin]).await;
        for token in [None, Some(nobody.as_str())] {
            for (asked, answer) in answers(&server, token).await {
                assert_eq!(answer, before[&asked], "{asked}");
            }
        }
        let seen = answers(&server, Some(&admin)).await;
        let told = seen.iter().filter(|(asked, answer)| before[*asked] != **answer).count();
        assert!(told >= LISTS.len() - 3, "an administrator is told of them: {told}");
    }
}

/// What might tell whether something is there that must not be known: how it is asked, the hidden one, and the absent one.
const PAIRS: [(&str, &str, &str); 33] = [
    ("{ node(id: $ID) { id } }", "draft", "absentDraft"),
    ("{ nodes(ids: [$ID, $home]) { id } }", "draft", "absentDraft"),
    ("{ opportunity(by: {id: $ID}) { id } }", "draft", "absentDraft"),
    ("{ opportunity(by: {slug: $ID}) { id } }", "draftSlug", "absentSlug"),
    ("{ opportunities(filter: {text: $ID}) { totalCount } }", "draftText", "absentText"),
    ("{ search(query: $ID) { totalCount pageInfo { hasNextPage } } }", "draftText", "absentText"),
    ("{ node(id: $ID) { id } }", "discreet", "absentPerson"),
    ("{ nodes(ids: [$ID]) { id } }", "discreet", "absentPerson"),
    ("{ policymaker(by: {id: $ID}) { id } }", "discreet", "absentPerson"),
    ("{ policymaker(by: {id: $ID}) { id } }", "newcomer", "absentPerson"),
    ("{ policymakers(filter: {text: $ID}) { totalCount } }", "discreetText", "absentText"),
    ("{ search(query: $ID) { totalCount } }", "discreetText", "absentText"),
    ("{ node(id: $ID) { id } }", "applicant", "absentInstitution"),
    ("{ institution(by: {id: $ID}) { id } }", "applicant", "absentInstitution"),
    ("{ institution(by: {slug: $ID}) { id } }", "applicantSlug", "absentSlug"),
    ("{ institutions(filter: {parent: $ID}) { totalCount nodes { id } } }", "applicant", "absentInstitution"),
    ("{ policymakers(filter: {institution: $ID}) { totalCount nodes { id } } }", "applicant", "absentInstitution"),
    ("{ policymakers(filter: {text: $ID}) { totalCount } }", "newcomerText", "absentText"),
    ("{ search(query: $ID) { totalCount } }", "newcomerText", "absentText"),
    ("{ node(id: $ID) { ... on Institution { parent { id } } } }", "child", "orphan"),
    ("{ node(id: $ID) { ... on Agreement { parties { competentAuthority { id } } } } }", "agreement", "unattended"),
    ("{ node(id: $ID) { ... on Opportunity { partners { role } } } }", "published", "alone"),
    ("{ agreements(filter: {competentAuthority: $ID}) { totalCount nodes { id } } }", "applicant", "absentInstitution"),
    ("{ institutions(filter: {text: $ID}) { totalCount } }", "applicantText", "absentText"),
    ("{ institution(by: {id: $ID}) { membershipStatus membership { id } } }", "child", "orphan"),
    ("{ node(id: $ID) { id } }", "application", "absentMembership"),
    (
        "mutation { withdrawMembership(input: {id: $ID}) { userErrors { field code message } } }",
        "application",
        "absentMembership",
    ),
    ("{ node(id: $ID) { id } }", "request", "absentRequest"),
    (
        "mutation { approveChangeRequest(input: {id: $ID}) { userErrors { field code message } } }",
        "request",
        "absentRequest",
    ),
    ("{ node(id: $ID) { id } }", "another", "absentAccount"),
    ("{ node(id: $ID) { id } }", "session", "absentSession"),
    ("{ node(id: $ID) { id } }", "machine", "absentMachine"),
    ("mutation { revokeSession(input: {id: $ID}) { userErrors { field code message } } }", "session", "absentSession"),
];

/// How often what differs is asked again: on a busy machine, whose a token is may have to be read anew in between.
const AGAIN: usize = 5;

#[tokio::test]
async fn the_hidden_and_the_absent_are_answered_alike_with_as_many_statements() {
    for backend in backends() {
        let server = Server::start_with(*backend, &UNLIMITED).await;
        let mut viewers = viewers(&server).await;
        for viewer in &mut viewers {
            viewer.variables.insert("absentText".to_owned(), "zzyzx nowhere".into());
            viewer.variables.insert("absentSlug".to_owned(), "zzyzx-nowhere".into());
        }
        for viewer in &viewers {
            let everything = ["anonymous", "account", "suspended", "agency"].contains(&viewer.name);
            let the_applicant = ["representative", "foreign_representative", "foreign_focal_point", "agency_reading"]
                .contains(&viewer.name);
            for (asked, hidden, absent) in PAIRS {
                if !(everything || (the_applicant && OF_THE_APPLICANT.contains(&hidden))) {
                    continue;
                }
                let both = || async {
                    let one = counted(&server, viewer, &asked.replace("$ID", &format!("${hidden}"))).await;
                    (one, counted(&server, viewer, &asked.replace("$ID", &format!("${absent}"))).await)
                };
                let (mut one, mut other) = both().await;
                for _ in 0..AGAIN {
                    if one == other {
                        break;
                    }
                    (one, other) = both().await;
                }
                assert_eq!(one, other, "{asked}, {hidden}, {}", viewer.name);
            }
        }
    }
}

/// Those of the hidden ones that members may not know of either.
const OF_THE_APPLICANT: [&str; 8] =
    ["applicant", "applicantSlug", "applicantText", "newcomer", "newcomerText", "child", "application", "agreement"];

/// An answer, without the places in a text whose names differ in length, and how many statements it took.
async fn counted(server: &Server, viewer: &Viewer, query: &str) -> (String, u64) {
    // Whose the token is, is remembered for a moment: that is not what is measured.
    viewer.ask(server, "{ __typename }").await;
    let before = server.statements();
    let mut answer = viewer.ask(server, query).await.json;
    for error in answer["errors"].as_array_mut().into_iter().flatten() {
        error["locations"].take();
    }
    (answer.to_string(), server.statements() - before)
}
