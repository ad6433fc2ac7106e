//! One set of queries, answered alike by both databases, to the byte, and as they were last reviewed.
use std::{collections::BTreeMap, fs};

use harness::{Server, backends};
use serde_json::json;

pub(crate) const QUERIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/answers.graphql");
const REVIEWED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/answers.json");

/// The operations by name, each with the fragments that it spreads.
pub(crate) fn operations(document: &str) -> BTreeMap<&str, String> {
    let definitions: Vec<&str> = document.split_inclusive("\n}\n").collect();
    let named = |kind: &str| -> BTreeMap<_, _> {
        let line = format!("\n{kind} ");
        definitions
            .iter()
            .filter_map(|text| {
                let start = text.find(&line)? + line.len();
                let name = text[start..].split(|c: char| !c.is_alphanumeric()).next()?;
                Some((name, *text))
            })
            .collect()
    };
    let fragments = named("fragment");
    let whole = |text: &str| {
        let spread = fragments.iter().filter(|(name, _)| text.contains(&format!("...{name}")));
        spread.fold(text.to_owned(), |all, (_, fragment)| all + fragment)
    };
    named("query").into_iter().map(|(name, text)| (name, whole(text))).collect()
}

#[tokio::test]
async fn are_the_same_on_both_databases_and_as_reviewed() {
    let document = fs::read_to_string(QUERIES).unwrap();
    let operations = operations(&document);
    assert!(operations.len() >= 60, "{} operations", operations.len());
    let mut answers: BTreeMap<&str, String> = BTreeMap::new();
    for backend in backends() {
        let server = Server::start_with(*backend, &["--limit-cost=50000", "--limit-budget=100000000"]).await;
        for (name, operation) in &operations {
            let answer = server.ask(operation).await;
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
