//! One set of queries, answered alike by both databases, to the byte, and as they were last reviewed.
use std::{collections::BTreeMap, fs};

use harness::{Server, backends};
use serde_json::json;

const QUERIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/answers.graphql");
const REVIEWED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/answers.json");

/// The names of the operations, in order.
fn operations(document: &str) -> Vec<&str> {
    document
        .lines()
        .filter_map(|line| line.strip_prefix("query "))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        .collect()
}

#[tokio::test]
async fn are_the_same_on_both_databases_and_as_reviewed() {
    let document = fs::read_to_string(QUERIES).unwrap();
    let names = operations(&document);
    assert!(names.len() >= 60, "{} operations", names.len());
    let mut answers: BTreeMap<&str, String> = BTreeMap::new();
    for backend in backends() {
        let server = Server::start(*backend).await;
        for name in &names {
            let body = json!({ "query": document, "operationName": name }).to_string();
            let answer = server.post(&body).await;
            assert_eq!(answer.status, 200, "{name} on {backend:?}: {}", answer.text);
            assert!(!answer.text.contains("INTERNAL"), "{name} on {backend:?}: {}", answer.text);
            let first = answers.entry(name).or_insert_with(|| answer.text.clone());
            assert_eq!(*first, answer.text, "{name} on {backend:?}");
        }
    }
    let lines: Vec<String> = answers.iter().map(|(name, answer)| format!("{}: {answer}", json!(name))).collect();
    let answered = format!("{{\n{}\n}}\n", lines.join(",\n"));
    if fs::read_to_string(REVIEWED).unwrap_or_default() != answered {
        fs::write(REVIEWED, answered).unwrap();
        panic!("tests/it/answers.json was out of date; it is now rewritten: read its diff");
    }
}
