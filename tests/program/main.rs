//! The program, as somebody types it: what it prints and how it exits.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

mod exactness;
mod hostile;
mod killed;
mod letters;
mod roles;
mod stopped;
#[cfg(unix)]
mod sync;

/// The program with its data in `folder`, and no settings but these.
fn balai(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_balai"));
    for (name, _) in std::env::vars_os() {
        let name = name.into_string().unwrap_or_default();
        if name.starts_with("BALAI_") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command.env("BALAI_DATA_DIR", folder).args(arguments);
    command
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    balai(folder.path(), arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What it says where it cannot do what it was told: one sentence, status 1.
fn failure(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

#[test]
fn a_bare_start_makes_the_database_and_says_where_everything_is() {
    let folder = TempDir::new().unwrap();
    let mut service = balai(folder.path(), &["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines: Vec<String> =
        BufReader::new(service.stdout.take().unwrap()).lines().take(5).map(Result::unwrap).collect();
    service.kill().unwrap();
    service.wait().unwrap();
    let file = folder.path().join("balai.db");
    assert!(file.exists());
    assert_eq!(lines[1], format!("  data      {}", file.display()));
    assert_eq!(lines[2], "  loaded    reference data: 786 records added, 0 renewed, 0 removed");
    assert!(lines[3].starts_with("  open      http://127.0.0.1:"), "{lines:?}");
    assert!(lines[4].ends_with("/graphiql"), "{lines:?}");
}

/// A running service, and where it listens.
fn serving(folder: &TempDir, arguments: &[&str]) -> (Child, String) {
    let mut service = balai(folder.path(), &["--listen", "127.0.0.1:0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(service.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.starts_with("  open ")).unwrap();
    let address = line.split("http://").nth(1).unwrap().trim_end_matches('/').to_owned();
    (service, address)
}

/// All that a service says on a connection until it hangs up.
fn heard(mut stream: TcpStream) -> String {
    let mut text = String::new();
    // Hanging up without a word is an answer, too.
    let _ = stream.read_to_string(&mut text);
    text
}

#[test]
fn told_to_stop_it_finishes_what_runs_and_takes_nothing_new() {
    let folder = TempDir::new().unwrap();
    let (mut service, address) = serving(&folder, &["--workers", "1"]);
    let body = r#"{"query": "{ __typename }"}"#;
    let (sent, held) = body.split_at(10);
    let mut running = TcpStream::connect(&address).unwrap();
    write!(
        running,
        "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    // It says so once it waits for the body: then the request runs.
    let mut begun = [0; 25];
    running.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 100 Continue\r\n\r\n");
    write!(running, "{sent}").unwrap();

    let told = Command::new("kill").args(["-TERM", &service.id().to_string()]).status().unwrap();
    assert!(told.success());
    while TcpStream::connect(&address).is_ok() {}
    write!(running, "{held}").unwrap();
    let answer = heard(running);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(r#"{"data":{"__typename":"Query"}}"#), "{answer}");
    assert_eq!(service.wait().unwrap().code(), Some(0));
}

#[test]
fn told_to_stop_it_ends_what_goes_on() {
    let folder = TempDir::new().unwrap();
    let (mut service, address) = serving(&folder, &["--workers", "1"]);
    let head = |more: &str, query: &str| format!("GET /graphql{query} HTTP/1.1\r\nhost: x\r\n{more}\r\n");
    let mut events = TcpStream::connect(&address).unwrap();
    let query = "?query=subscription%20%7B%20opportunityPublished%20%7B%20id%20%7D%20%7D";
    write!(events, "{}", head("accept: text/event-stream\r\nconnection: close\r\n", query)).unwrap();
    let mut socket = TcpStream::connect(&address).unwrap();
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n";
    write!(socket, "{}", head(upgrade, "")).unwrap();
    // A frame of text, with a mask of nothing.
    let hello = br#"{"type":"connection_init"}"#;
    socket.write_all(&[0x81, 0x80 | u8::try_from(hello.len()).unwrap(), 0, 0, 0, 0]).unwrap();
    socket.write_all(hello).unwrap();
    for (stream, begun) in [(&mut events, ":\n\n"), (&mut socket, "connection_ack")] {
        let mut text = String::new();
        while !text.contains(begun) {
            let mut bytes = [0; 512];
            let length = stream.read(&mut bytes).unwrap();
            assert!(length > 0, "{text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..length]));
        }
    }

    let told = Command::new("kill").args(["-TERM", &service.id().to_string()]).status().unwrap();
    assert!(told.success());
    let mut end = vec![];
    socket.read_to_end(&mut end).unwrap();
    assert_eq!(&end[..4], &[0x88, 12, 0x03, 0xe9], "closed, and going away (1001): {end:?}");
    let rest = heard(events);
    assert!(rest.ends_with("0\r\n\r\n") && !rest.contains("complete"), "ended, and not complete: {rest}");
    assert_eq!(service.wait().unwrap().code(), Some(0));
}

#[test]
fn a_folder_of_manifests_that_cannot_be_read_is_a_sentence() {
    let folder = TempDir::new().unwrap();
    let said = failure(&balai(folder.path(), &["--trusted-documents", "enforce"]).output().unwrap());
    assert!(said.contains("BALAI_TRUSTED_DOCUMENTS_DIR"), "{said}");
    let manifests = TempDir::new().unwrap();
    std::fs::write(manifests.path().join("wrong.json"), "[]").unwrap();
    let path = manifests.path().to_str().unwrap();
    let said = failure(&balai(folder.path(), &["--trusted-documents-dir", path]).output().unwrap());
    assert!(said.contains("wrong.json: this is no manifest"), "{said}");
}

#[test]
fn an_occupied_port_is_a_sentence() {
    let (folder, taken) = (TempDir::new().unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = taken.local_addr().unwrap().to_string();
    let said = failure(&run(&folder, &["serve", "--listen", &address]));
    assert!(said.starts_with(&format!("balai: cannot listen on {address}: ")), "{said}");
    assert!(said.contains("BALAI_LISTEN"), "{said}");
}

#[test]
fn an_unreachable_database_is_a_sentence_without_its_password() {
    let (folder, free) = (TempDir::new().unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = free.local_addr().unwrap();
    drop(free);
    let url = format!("postgres://somebody:secret@{address}/balai");
    let said = failure(&run(&folder, &["serve", "--listen", "127.0.0.1:0", "--database-url", &url]));
    assert!(said.starts_with(&format!("balai: cannot reach the database PostgreSQL at {address}/balai; ")), "{said}");
    assert!(!said.contains("secret"), "{said}");
}

#[test]
fn an_address_that_cannot_be_read_is_refused_without_a_word_of_it() {
    let folder = TempDir::new().unwrap();
    let said =
        failure(&run(&folder, &["doctor", "--log", "debug", "--database-url", "postgres://a:se/cret@b:c/balai"]));
    assert!(said.contains("percent-encoded") && !said.contains("cret"), "{said}");
}

#[test]
fn a_folder_may_have_any_name() {
    let folder = TempDir::new().unwrap();
    let odd = folder.path().join("my data 50%25?x#y");
    let seeded = balai(&odd, &["seed"]).output().unwrap();
    assert!(seeded.status.success());
    assert!(odd.join("balai.db").exists());
}

#[test]
fn another_kind_of_database_is_refused() {
    let folder = TempDir::new().unwrap();
    let said = failure(&run(&folder, &["serve", "--database-url", "mysql://localhost/balai"]));
    assert!(said.contains("DATABASE_URL must begin with postgres://"), "{said}");
}

#[test]
fn a_misspelt_setting_is_refused() {
    let folder = TempDir::new().unwrap();
    let said = failure(&balai(folder.path(), &["doctor"]).env("BALAI_LISSEN", "127.0.0.1:1").output().unwrap());
    assert_eq!(said, "balai: there is no setting BALAI_LISSEN; did you mean BALAI_LISTEN?\n");
}

#[test]
fn a_wrong_argument_is_a_usage_error() {
    let folder = TempDir::new().unwrap();
    assert_eq!(run(&folder, &["serve", "--listen", "nowhere"]).status.code(), Some(2));
}

#[test]
fn seeding_twice_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let first = out(&run(&folder, &["seed", "--demo"]));
    assert!(first.contains("reference data: 786 records added"), "{first}");
    assert!(first.contains("demo people: 60 records added"), "{first}");
    let second = out(&run(&folder, &["seed", "--demo"]));
    assert!(second.contains("reference data: up to date") && second.contains("demo people: up to date"), "{second}");
    for who in ["admin@example.org", "focal.kh@example.org", "rep.kr@example.org", "demo-agency"] {
        let shown: Vec<&str> = first.lines().filter(|line| line.contains(who)).collect();
        assert_eq!(shown.len(), 1, "{who}: {first}");
        assert!(shown[0].split_whitespace().last().unwrap().len() >= 40, "something that nobody guesses: {shown:?}");
        assert!(!second.contains(who), "a password is shown once: {second}");
    }
}

#[test]
fn a_network_that_people_use_gets_no_invented_ones() {
    let folder = TempDir::new().unwrap();
    out(&run(&folder, &["seed"]));
    let made =
        run(&folder, &["agency", "create", "--name", "Ours", "--institution", "kr-kofic", "--scope", "CONTACTS_READ"]);
    assert!(out(&made).contains("client_secret"), "{made:?}");
    let refused = run(&folder, &["seed", "--demo"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("another one"), "{refused:?}");
    let id = out(&made).lines().find_map(|line| line.strip_prefix("client_id")).unwrap().trim().to_owned();
    let token = out(&run(&folder, &["token", "issue", "--agency", &id]));
    assert_eq!(token.trim().split('.').count(), 3, "{token}");
    let more = run(&folder, &["token", "issue", "--agency", &id, "--scope", "CONTACTS_WRITE"]);
    assert_eq!(more.status.code(), Some(1));
    assert!(out(&run(&folder, &["token", "bootstrap"])).contains("/link/"));
    assert!(run(&folder, &["token", "rotate-keys"]).status.success());
}

#[test]
fn an_account_is_connected_with_the_identity_provider_that_is_set() {
    let folder = TempDir::new().unwrap();
    assert!(run(&folder, &["seed", "--demo"]).status.success());
    let link = ["account", "link", "--subject", "kim", "--account", "rep.kr@example.org"];
    let without = failure(&run(&folder, &link));
    assert!(without.contains("set BALAI_OIDC_ISSUER to its address"), "{without}");
    let issuer = ["--oidc-issuer", "https://login.example.org"];
    assert!(run(&folder, &[&link[..], &issuer].concat()).status.success());
    let nobody = ["account", "link", "--subject", "kim", "--account", "nobody@example.org"];
    let nobody = failure(&run(&folder, &[&nobody[..], &issuer].concat()));
    assert!(nobody.contains("there is no such account"), "{nobody}");
    for unsafe_one in ["http://login.example.org", "https://login.example.org?x", "login.example.org", "file:///etc"] {
        let refused = run(&folder, &["doctor", "--oidc-issuer", unsafe_one]);
        assert_eq!(refused.status.code(), Some(2), "{unsafe_one}");
    }
    let own = failure(&run(
        &folder,
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--oidc-issuer",
            "https://balai.example.org/",
            "--public-url",
            "https://balai.example.org",
        ],
    ));
    assert!(own.contains("BALAI_OIDC_ISSUER is the service itself"), "{own}");
    let absent = run(&folder, &["doctor", "--listen", "127.0.0.1:0", "--oidc-issuer", "http://127.0.0.1:9"]);
    assert!(out(&absent).contains("FAIL  the identity provider tells its keys"), "{}", out(&absent));
}

#[test]
fn the_doctor_says_what_to_do() {
    let folder = TempDir::new().unwrap();
    let before = run(&folder, &["doctor", "--listen", "127.0.0.1:0"]);
    assert!(out(&before).contains("there is no database yet: `balai serve` makes it"), "{}", out(&before));
    assert!(before.status.success());

    assert!(run(&folder, &["migrate"]).status.success());
    let empty = run(&folder, &["doctor", "--listen", "127.0.0.1:0"]);
    assert_eq!(empty.status.code(), Some(1));
    assert!(
        out(&empty).contains("FAIL  reference data: 0 records: none is loaded: run `balai seed`"),
        "{}",
        out(&empty)
    );

    assert!(run(&folder, &["seed"]).status.success());
    let ready = run(&folder, &["doctor", "--listen", "127.0.0.1:0"]);
    assert!(ready.status.success(), "{}", out(&ready));
    assert!(out(&ready).contains("ok    reference data: 786 records"), "{}", out(&ready));
}

#[test]
fn the_doctor_knows_an_outdated_schema() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("balai.db"), "").unwrap();
    let outdated = run(&folder, &["doctor", "--listen", "127.0.0.1:0"]);
    assert!(out(&outdated).contains("run `balai migrate`"), "{}", out(&outdated));
    assert_eq!(outdated.status.code(), Some(1));
}

#[test]
fn the_schema_is_printed_as_it_is_checked_in() {
    let folder = TempDir::new().unwrap();
    let printed = out(&run(&folder, &["schema"]));
    assert!(
        printed == include_str!("../../api/schema.graphql"),
        "`balai schema > api/schema.graphql` changes the file"
    );
}
