//! The guides' queries, as readers paste them, and the answers that the guides show.
use std::fs;

use harness::{Server, backends};
use serde_json::Value;

const GUIDES: [&str; 4] = ["front-ends", "partner-agencies", "administrators", "operators"];

/// The blocks of a guide: their language and their text.
pub(crate) fn blocks(guide: &str) -> Vec<(String, String)> {
    let path = format!("{}/../api/docs/{guide}.md", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    let mut found: Vec<(String, String)> = vec![];
    let mut inside = false;
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(language) => {
                inside = true;
                found.push((language.to_owned(), String::new()));
            }
            None if inside => {
                let (_, block) = found.last_mut().unwrap();
                block.push_str(line);
                block.push('\n');
            }
            None => {}
        }
    }
    found
}

#[tokio::test]
async fn show_queries_that_are_answered_as_they_say() {
    for backend in backends() {
        let server = Server::start_with_people(*backend).await;
        let (mut answered, mut understood) = (0, 0);
        for guide in GUIDES {
            let blocks = blocks(guide);
            for (place, (language, query)) in blocks.iter().enumerate() {
                let next = blocks.get(place + 1);
                // The documents of a program are run with it, by the clients' tests.
                if language != "graphql" || next.is_some_and(|(language, _)| language == "ts") {
                    continue;
                }
                let shown = next.filter(|(language, _)| language == "json");
                let shown: Option<Value> = shown.map(|(_, text)| serde_json::from_str(text).unwrap());
                let shown = shown.filter(|shown| shown.get("data").is_some());
                let answer = server.ask(query).await;
                if let Some(shown) = shown {
                    assert_eq!(answer.json, shown, "{guide} on {backend:?}: {query}");
                    answered += 1;
                } else {
                    // What wants variables is understood up to there.
                    let (code, _) = answer.error();
                    assert!(
                        ["", "BAD_USER_INPUT", "UNAUTHENTICATED"].contains(&code),
                        "{guide}: {query}{}",
                        answer.text
                    );
                    understood += 1;
                }
            }
        }
        assert!(answered >= 15 && understood >= 5, "{answered} {understood}");
    }
}
