//! What a hostile stranger sends: after each of it the service answers, soon and with bounded memory.
use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::serving;

/// How long the service may take for any of it: a build for debugging, on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much memory the service may have taken at any moment, in MiB.
const MEMORY: u64 = 250;

fn corpus(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/hostile").join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// What the service says to these bytes until it hangs up.
fn said(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // It may hang up before it has read all, and without a word.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut heard = vec![];
    let _ = stream.read_to_end(&mut heard);
    heard
}

fn posted(address: &str, document: &str) -> String {
    let name = document.lines().next().and_then(|line| line.strip_prefix("# operationName: "));
    let body = serde_json::json!({ "query": document, "operationName": name }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    String::from_utf8(said(address, format!("{head}{body}").as_bytes())).unwrap()
}

fn answers(address: &str) -> bool {
    posted(address, "{ __typename }").ends_with(r#"{"data":{"__typename":"Query"}}"#)
}

/// The most memory that a process has taken, in MiB.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
fn it_answers_after_all_that_strangers_send() {
    let folder = TempDir::new().unwrap();
    let settings = ["--workers", "1", "--limit-requests", "1000000", "--limit-budget", "1000000000"];
    let (mut service, address) = serving(&folder, &settings);
    let (documents, requests) = (corpus("documents"), corpus("requests"));
    assert!(documents.len() + requests.len() >= 60);
    for path in documents.iter().chain(&requests) {
        let name = path.file_stem().unwrap().to_string_lossy();
        let started = Instant::now();
        if path.extension().is_some_and(|extension| extension == "graphql") {
            let answer = posted(&address, &fs::read_to_string(path).unwrap());
            let fine = ["HTTP/1.1 200 ", "HTTP/1.1 400 ", "HTTP/1.1 413 "].iter().any(|head| answer.starts_with(head));
            assert!(fine && !answer.contains("\"INTERNAL\""), "{name}: {answer:.300}");
        } else {
            said(&address, &fs::read(path).unwrap());
        }
        let took = started.elapsed();
        eprintln!("{:6} ms  {name}", took.as_millis());
        assert!(took < PATIENCE, "{name} took {took:?}");
        assert!(answers(&address), "after {name}");
    }
    if cfg!(target_os = "linux") {
        let peak = peak(service.id());
        eprintln!("{peak} MiB at most");
        assert!(peak < MEMORY, "{peak} MiB");
    }
    service.kill().unwrap();
    service.wait().unwrap();
}
