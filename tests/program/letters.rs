//! What the program says of letters: nothing of whom they are for, and before it starts what is wrong with their files.
use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::Stdio,
};

use harness::{Letter, PASSWORD};
use reqwest::Client;
use serde_json::json;
use tempfile::TempDir;

use super::{balai, failure, run};

#[tokio::test]
async fn the_log_does_not_say_whom_letters_are_for() {
    let folder = TempDir::new().unwrap();
    let mut service = balai(folder.path(), &["--listen", "127.0.0.1:0"])
        .env("BALAI_LOG", "debug,sqlx=debug")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The log is read while it is written, or the service would wait for it.
    let mut stderr = service.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut said = String::new();
        stderr.read_to_string(&mut said).map(|_| said)
    });
    let mut lines = BufReader::new(service.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.find(|line| line.starts_with("  first ")).unwrap();
    let (address, secret) = first.split_once("http://").unwrap().1.split_once("/link/").unwrap();
    let client = Client::new();
    let form = format!("email=quince%40example.org&name=Quince+Invented&password={}", PASSWORD.replace(' ', "+"));
    let made = client.post(format!("http://{address}/link/{secret}"));
    let made = made.header("content-type", "application/x-www-form-urlencoded").body(form).send().await.unwrap();
    assert_eq!(made.status(), 200);
    let query = r#"mutation { requestPasswordReset(input: {email: "quince@example.org"}) { accepted } }"#;
    let asked = client.post(format!("http://{address}/graphql")).json(&json!({ "query": query })).send().await;
    assert_eq!(asked.unwrap().status(), 200);
    let letter = loop {
        let written = std::fs::read_dir(folder.path().join("mail")).into_iter().flatten().next();
        let message = written.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap_or_default();
        if message.trim_end().ends_with("--") {
            break Letter::read(&message);
        }
        tokio::task::yield_now().await;
    };
    assert!(letter.text.contains("Quince Invented") && !letter.subject.contains("Quince"), "{letter:?}");
    service.kill().unwrap();
    service.wait().unwrap();
    let said = log.join().unwrap().unwrap();
    assert!(said.contains("one_time_link"), "that a link was made is told: {said}");
    for personal in ["quince", "Quince", &letter.secret()] {
        assert!(!said.contains(personal), "{personal}: {said}");
    }
}

#[test]
fn letters_that_cannot_be_sent_are_told_of_before_the_start() {
    let folder = TempDir::new().unwrap();
    let letters = TempDir::new().unwrap();
    let set = ["--mail-templates-dir", letters.path().to_str().unwrap()];
    let said = failure(&run(&folder, &["--mail-language", "ko"]));
    assert!(said.contains("BALAI_MAIL_LANGUAGE is ko") && said.contains("reset.ko.jinja"), "{said}");
    std::fs::write(letters.path().join("reset.ko.jinja"), "{% block subject %}새 비밀번호{% endblock %}").unwrap();
    for command in ["serve", "doctor"] {
        let said = failure(&run(&folder, &[&[command], set.as_slice()].concat()));
        assert!(said.contains("reset.ko.jinja cannot be used") && said.contains("block 'text' not found"), "{said}");
    }
    let gone = letters.path().join("gone");
    let said = failure(&run(&folder, &["--mail-templates-dir", gone.to_str().unwrap()]));
    assert!(said.contains("cannot read") && said.contains("BALAI_MAIL_TEMPLATES_DIR"), "{said}");
}
