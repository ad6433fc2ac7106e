//! The network of a run: the program, on a database of its own, killed now and then; and the lines on which it is asked.
use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Stdio},
    sync::Arc,
};

use api::db::Location;
use harness::{Backend, Grant, Private, fresh};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Duration, timeout},
};

use super::{super::balai, truth::Truth};

/// How the network is called outside, wherever it listens.
const PUBLIC: &str = "https://balai.example.org";
/// Longer than anything takes that is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// Codes of errors that nobody who asks can help.
const OURS: [&str; 2] = ["INTERNAL", "TIMEOUT"];
/// What is answered where changes crossed each other, or the database was too busy: it is to be tried again.
pub(super) const BUSY: &str = "UNAVAILABLE";

/// A network that is running.
pub(super) struct Network {
    database: Private,
    folder: TempDir,
    service: Child,
    moved: watch::Sender<String>,
    truth: Arc<Truth>,
    /// Whether all went as it should: otherwise its log is shown.
    well: bool,
}

impl Network {
    /// One on a database of its own, and the tokens of accounts with these roles.
    pub(super) async fn start<const N: usize>(
        backend: Backend,
        truth: &Arc<Truth>,
        accounts: [&[Grant<'_>]; N],
    ) -> (Self, [String; N]) {
        let (database, folder) = (fresh(backend, false).await, TempDir::new().unwrap());
        let mut tokens = vec![];
        for (number, grants) in accounts.into_iter().enumerate() {
            tokens.push(database.account(PUBLIC, &format!("somebody.{number}@example.org"), grants).await);
        }
        let (service, address) = serve(&database, &folder);
        let network =
            Self { database, folder, service, moved: watch::channel(address).0, truth: Arc::clone(truth), well: false };
        (network, tokens.try_into().unwrap())
    }

    /// A line on which somebody asks with a token.
    pub(super) fn line(&self, token: &str) -> Line {
        let (truth, address) = (Arc::clone(&self.truth), self.moved.subscribe());
        Line { client: Client::new(), token: token.to_owned(), address, truth }
    }

    /// The line on which an agency's machine asks.
    pub(super) async fn machine(&self, client: &str, secret: &str) -> Line {
        let url = format!("http://{}/oauth/token", *self.moved.borrow());
        let request = Client::new().post(url).basic_auth(client, Some(secret));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let given: Value = request.body("grant_type=client_credentials").send().await.unwrap().json().await.unwrap();
        self.line(given["access_token"].as_str().unwrap())
    }

    /// Where its letters go.
    pub(super) fn mail(&self) -> PathBuf {
        let folder = match self.database.location() {
            Location::File(file) => file.parent().unwrap(),
            Location::Server(_) => self.folder.path(),
        };
        folder.join("mail")
    }

    /// Kills the program, in the midst of whatever it does, and starts it again.
    pub(super) fn kill(&mut self) {
        self.end();
        let address;
        (self.service, address) = serve(&self.database, &self.folder);
        self.moved.send_replace(address);
    }

    fn end(&mut self) {
        self.service.kill().unwrap();
        self.service.wait().unwrap();
    }

    /// All went as it should.
    pub(super) fn is_well(&mut self) {
        self.well = true;
    }

    /// Waits until the log can be read to its end: what others do on the same server may keep followers waiting.
    pub(super) async fn settled(&self) {
        self.database.settled().await;
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.end();
        if !self.well {
            eprintln!("{}", std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default());
        }
    }
}

fn serve(database: &Private, folder: &TempDir) -> (Child, String) {
    let log = File::options().create(true).append(true).open(folder.path().join("log")).unwrap();
    let mut service = balai(folder.path(), &["--listen", "127.0.0.1:0", "--public-url", PUBLIC, "--workers", "2"])
        .args(["--limit-requests", "1000000000", "--limit-budget", "1000000000", "--limit-connections", "1000"])
        // A machine that does other things as well takes its time.
        .args(["--limit-seconds", "60"])
        .args(database.flags())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(service.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.starts_with("  open ")).unwrap();
    let address = line.split("http://").nth(1).unwrap().trim_end_matches('/').to_owned();
    (service, address)
}

/// What was answered, and when that was asked for and came.
pub(super) struct Heard {
    pub(super) sent: u64,
    pub(super) answered: u64,
    pub(super) json: Value,
}

impl Heard {
    /// The code of the first error.
    pub(super) fn error(&self) -> Option<&str> {
        self.json["errors"][0]["extensions"]["code"].as_str()
    }
}

/// A line on which somebody asks.
#[derive(Clone)]
pub(super) struct Line {
    client: Client,
    token: String,
    address: watch::Receiver<String>,
    truth: Arc<Truth>,
}

impl Line {
    fn post(&mut self, query: &str, variables: &Value) -> reqwest::RequestBuilder {
        let url = format!("http://{}/graphql", *self.address.borrow_and_update());
        let body = json!({ "query": query, "variables": variables });
        self.client.post(url).bearer_auth(&self.token).json(&body)
    }

    /// Asks: the answer, unless there came none since the program was killed, or it is to be tried again; by then it can be
    /// reached.
    pub(super) async fn ask(&mut self, query: &str, variables: &Value) -> Option<Heard> {
        let (sent, request) = (self.truth.tick(), self.post(query, variables));
        let answer = async {
            let response = request.send().await?;
            let status = response.status();
            Ok::<_, reqwest::Error>((status, response.text().await?))
        };
        let Ok((status, text)) = timeout(PATIENCE, answer).await.unwrap() else {
            self.is_back().await;
            return None;
        };
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        let heard = Heard { sent, answered: self.truth.tick(), json };
        if heard.error() == Some(BUSY) {
            return None;
        }
        let ours = heard.error().is_some_and(|code| OURS.contains(&code));
        assert!(!status.is_server_error() && !ours && heard.json.is_object(), "{status}: {text}\n{query}\n{variables}");
        Some(heard)
    }

    /// Asks what must be answered without an error: the data.
    pub(super) async fn must(&mut self, query: &str, variables: Value) -> Value {
        let mut heard = self.ask(query, &variables).await.unwrap();
        assert!(heard.error().is_none(), "{}", heard.json);
        heard.json["data"].take()
    }

    /// Begins to listen: when, and the stream.
    pub(super) async fn listen(&mut self, query: &str, variables: &Value) -> Option<(u64, Response)> {
        let (sent, request) = (self.truth.tick(), self.post(query, variables).header("accept", "text/event-stream"));
        let Ok(response) = timeout(PATIENCE, request.send()).await.unwrap() else {
            self.is_back().await;
            return None;
        };
        assert!(response.status().is_success() || response.status() == 503, "{response:?}");
        response.status().is_success().then_some((sent, response))
    }

    /// Waits until the program can be reached.
    pub(super) async fn is_back(&mut self) {
        loop {
            let address = self.address.borrow_and_update().clone();
            if TcpStream::connect(&address).await.is_ok() {
                return;
            }
            timeout(PATIENCE, self.address.changed()).await.unwrap().unwrap();
        }
    }
}
