//! The service, running.
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use api::{
    clock::Clock,
    config::{Arguments, Settings},
    db::{Access, Location},
};
use clap::Parser as _;
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Letter, Relay,
    database::{self, Backend, Private},
    now,
};

/// A running service on a database of its own. Its clock stands at [`now`].
pub struct Server {
    address: String,
    metrics: Option<std::net::SocketAddr>,
    client: reqwest::Client,
    statements: Arc<AtomicU64>,
    database: Private,
    clock: Clock,
    /// Where its letters go.
    folder: TempDir,
    /// The service ends once this is dropped.
    _held: tokio::sync::oneshot::Sender<()>,
}

/// What the service answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as it came.
    pub text: String,
    /// The body, read.
    pub json: Value,
}

impl Answer {
    /// What a response says.
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        Self { status, json: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    /// The data, of an answer that must be without errors.
    #[must_use]
    pub fn data(&self) -> &Value {
        assert!(self.json.get("errors").is_none(), "no errors: {}", self.text);
        &self.json["data"]
    }

    /// The code and the field of the first error.
    #[must_use]
    pub fn error(&self) -> (&str, &str) {
        let extensions = &self.json["errors"][0]["extensions"];
        (extensions["code"].as_str().unwrap_or(""), extensions["field"].as_str().unwrap_or(""))
    }
}

/// The settings of a service that listens on a free port.
fn settings(flags: &[&str]) -> Settings {
    let all = ["balai", "--listen", "127.0.0.1:0", "--workers", "1"].iter().chain(flags);
    Arguments::parse_from(all).settings
}

impl Server {
    /// On a fresh database with the reference data.
    pub async fn start(backend: Backend) -> Self {
        Self::on(database::fresh(backend, false).await, Clock::fixed(now()), &[])
    }

    /// On a fresh database with the reference data and the invented people.
    pub async fn start_with_people(backend: Backend) -> Self {
        Self::on(database::fresh(backend, true).await, Clock::fixed(now()), &[])
    }

    /// On a fresh database with the reference data and the invented people, at another time.
    pub async fn start_at(backend: Backend, at: chrono::DateTime<chrono::Utc>) -> Self {
        Self::on(database::fresh(backend, true).await, Clock::fixed(at), &[])
    }

    /// On a database without tables.
    pub async fn start_empty(backend: Backend) -> Self {
        Self::on(database::empty(backend).await, Clock::fixed(now()), &[])
    }

    /// On a fresh database with the reference data and the invented people, with these settings.
    pub async fn start_with(backend: Backend, flags: &[&str]) -> Self {
        Self::on(database::fresh(backend, true).await, Clock::fixed(now()), flags)
    }

    /// On a fresh database of PostgreSQL that is reached through a relay, with these settings.
    pub async fn start_behind_a_relay(flags: &[&str]) -> (Self, Relay) {
        let mut database = database::fresh(Backend::Postgres, false).await;
        let Location::Server(url) = &mut database.location else { panic!("PostgreSQL is a server") };
        let relay = Relay::to(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432))).await;
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(relay.port())).unwrap();
        (Self::on(database, Clock::fixed(now()), flags), relay)
    }

    /// On a fresh database with the reference data and the invented people, with a clock that the test moves, in seconds.
    pub async fn start_with_time(backend: Backend) -> (Self, Arc<AtomicU64>) {
        Self::start_with_time_and(backend, &[]).await
    }

    /// The same, with these settings.
    pub async fn start_with_time_and(backend: Backend, flags: &[&str]) -> (Self, Arc<AtomicU64>) {
        let passed = Arc::new(AtomicU64::new(0));
        let moved = Arc::clone(&passed);
        let clock = Clock::told(move || now() + std::time::Duration::from_secs(moved.load(Ordering::Relaxed)));
        (Self::on(database::fresh(backend, true).await, clock, flags), passed)
    }

    /// Another service on the same database, with the same clock, known by the same address.
    #[must_use]
    pub fn replica(&self) -> Self {
        self.replica_with(&[])
    }

    /// The same, with these settings.
    #[must_use]
    pub fn replica_with(&self, flags: &[&str]) -> Self {
        let database = Private { location: self.database.location.clone(), _folder: None };
        Self::on(database, self.clock.clone(), &[&["--public-url", &self.address], flags].concat())
    }

    fn on(database: Private, clock: Clock, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(flags);
        settings.data_dir = Some(folder.path().to_owned());
        let server = api::http::Server::bind(&settings, database.location.clone(), clock.clone()).unwrap();
        let (address, statements) = (format!("http://{}", server.address()), server.statements());
        let metrics = server.metrics_address();
        let (held, dropped) = tokio::sync::oneshot::channel();
        let over = async { drop(dropped.await) };
        std::thread::spawn(move || api::http::run_until(server, over).unwrap());
        let client = reqwest::Client::new();
        Self { address, metrics, client, statements, database, clock, folder, _held: held }
    }

    /// Where its data is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.database.location
    }

    /// Waits until who follows the log is told all that was written: what others do on the same server keeps them waiting.
    pub async fn settled(&self) {
        self.database.settled().await;
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What time it is there.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The letters that it has sent.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("mail")) else { return vec![] };
        let letters =
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "eml"));
        // One that is being written is not there yet.
        let whole = |path: std::path::PathBuf| {
            let message = std::fs::read_to_string(path).unwrap();
            message.trim_end().ends_with("--").then(|| Letter::read(&message))
        };
        letters.filter_map(whole).collect()
    }

    /// A connection to its database.
    pub async fn database(&self) -> DatabaseConnection {
        self.database.location.open(Access::Exclusive, None).await.unwrap()
    }

    /// How many statements answering requests has taken so far.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Asks a query.
    pub async fn ask(&self, query: &str) -> Answer {
        self.ask_with(query, Value::Null).await
    }

    /// Asks a query with variables.
    pub async fn ask_with(&self, query: &str, variables: Value) -> Answer {
        self.post(&json!({ "query": query, "variables": variables }).to_string()).await
    }

    /// Asks with an access token.
    pub async fn ask_as(&self, token: &str, query: &str) -> Answer {
        self.ask_as_with(token, query, Value::Null).await
    }

    /// Asks with an access token and variables.
    pub async fn ask_as_with(&self, token: &str, query: &str, variables: Value) -> Answer {
        let request = self.request("POST", "/graphql").bearer_auth(token);
        Answer::of(request.json(&json!({ "query": query, "variables": variables })).send().await.unwrap()).await
    }

    /// Sends a body to the GraphQL endpoint.
    pub async fn post(&self, body: &str) -> Answer {
        let request = self.client.post(format!("{}/graphql", self.address)).body(body.to_owned());
        Answer::of(request.header("content-type", "application/json").send().await.unwrap()).await
    }

    /// A request that is yet to be sent, to an address of the service.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("{}{path}", self.address))
    }

    /// Where it listens: a host and a port.
    #[must_use]
    pub fn host(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    /// Its metrics, where they are told.
    pub async fn metrics(&self) -> String {
        let address = format!("http://{}/metrics", self.metrics.unwrap());
        self.client.get(address).send().await.unwrap().text().await.unwrap()
    }

    /// Gets a page.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.address)).send().await.unwrap()
    }
}
