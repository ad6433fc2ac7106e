//! The network's service, as a machine asks it: a token that is renewed in time, and patience.
use std::{
    future::pending,
    time::{Duration, Instant},
};

use reqwest::{Client, RequestBuilder, StatusCode, header, redirect::Policy};
use serde_json::{Value, json};
use tokio::time::timeout;
use url::{Host, Url, form_urlencoded};

use super::{Credentials, SyncError, progress::Progress};

/// How long a connection may take, and an answer.
const CONNECTING: Duration = Duration::from_secs(10);
const ANSWERING: Duration = Duration::from_mins(1);
/// For how long in all a request is tried again while the service cannot be reached or cannot answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long is waited in all where the service asks for it: what may be asked in a minute is there again after one.
const TURN: Duration = Duration::from_mins(5);
/// How long before its end a token is renewed.
const MARGIN: Duration = Duration::from_secs(30);

/// The network's service.
pub(crate) struct Network {
    client: Client,
    base: Url,
    credentials: Credentials,
    token: Option<(String, Instant)>,
    progress: Progress,
}

/// What the service refuses.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The code of the error; empty, if it has none.
    pub(super) code: String,
    /// What it says.
    pub(super) message: String,
}

impl From<Refusal> for SyncError {
    fn from(refusal: Refusal) -> Self {
        let Refusal { code, message } = refusal;
        let advice = match code.as_str() {
            "FORBIDDEN" => "; the machine lacks a scope: ask the secretariat for CONTACTS_READ or CONTACTS_WRITE",
            "COST_EXCEEDED" => "; ask for fewer contacts at once with --page",
            _ => "",
        };
        Self::new(format!("the network refuses: {message}{advice}"))
    }
}

/// What is tried: again, or not.
enum Tried {
    Answered(StatusCode, Value),
    /// The service asks to wait.
    Wait(Duration),
    Failed(String),
}

impl Network {
    /// The service at an address.
    ///
    /// # Errors
    ///
    /// If the address is none, or others could read what is sent there.
    pub(crate) fn new(address: &str, credentials: Credentials, progress: Progress) -> Result<Self, SyncError> {
        let base = base(address)?;
        let mut builder = Client::builder()
            .user_agent(concat!("balai-sync/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECTING)
            .timeout(ANSWERING);
        if base.scheme() == "http" {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|_| SyncError::new("no connections can be made on this machine"))?;
        Ok(Self { client, base, credentials, token: None, progress })
    }

    /// Where it is.
    pub(super) fn address(&self) -> &str {
        self.base.as_str()
    }

    /// What the machine calls itself.
    pub(super) fn client_id(&self) -> &str {
        &self.credentials.client_id
    }

    /// How far it is.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Asks: the data of the answer, or what is refused first.
    pub(super) async fn ask(&mut self, query: &str, variables: &Value) -> Result<Result<Value, Refusal>, SyncError> {
        let body = json!({ "query": query, "variables": variables });
        let mut renewed = false;
        loop {
            let token = self.token().await?;
            let request = || {
                self.client
                    .post(self.at("graphql"))
                    .header(header::ACCEPT, "application/graphql-response+json")
                    .bearer_auth(&token)
                    .json(&body)
            };
            let (status, mut answer) = self.answered(request).await?;
            if status == StatusCode::UNAUTHORIZED && !renewed {
                (renewed, self.token) = (true, None);
                continue;
            }
            let error = &answer["errors"][0];
            if error.is_object() {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                return Ok(Err(Refusal { code: text(&error["extensions"]["code"]), message: text(&error["message"]) }));
            }
            if !status.is_success() || !answer["data"].is_object() {
                return Err(self.stranger(status));
            }
            return Ok(Ok(answer["data"].take()));
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.base.as_str().trim_end_matches('/'))
    }

    fn stranger(&self, status: StatusCode) -> SyncError {
        let place = &self.base;
        SyncError::new(format!("{place} answers with status {status} as this service does not: check --url"))
    }

    /// A token that is good for a while.
    async fn token(&mut self) -> Result<String, SyncError> {
        if let Some((token, until)) = &self.token
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let Credentials { client_id, client_secret } = &self.credentials;
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let request = || {
            self.client
                .post(self.at("oauth/token"))
                .basic_auth(encoded(client_id), Some(encoded(client_secret)))
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body("grant_type=client_credentials")
        };
        let (status, answer) = self.answered(request).await?;
        let Some(token) = answer["access_token"].as_str().filter(|_| status.is_success()) else {
            let said = answer["error_description"].as_str();
            return Err(match (answer["error"].as_str(), said) {
                (Some("invalid_client"), _) => SyncError::new(
                    "the network does not know these credentials: check the file of --credentials, or ask the secretariat",
                ),
                (Some(_), Some(said)) => SyncError::new(format!("the network gives no token: {said}")),
                _ => self.stranger(status),
            });
        };
        let lasts = Duration::from_secs(answer["expires_in"].as_u64().unwrap_or_default());
        let until = Instant::now() + lasts.saturating_sub(MARGIN);
        Ok(self.token.insert((token.to_owned(), until)).0.clone())
    }

    /// Sends until there is an answer, as long as patience lasts.
    async fn answered(&self, request: impl Fn() -> RequestBuilder) -> Result<(StatusCode, Value), SyncError> {
        let (begun, mut pause, mut asked) = (Instant::now(), Duration::from_millis(500), Duration::ZERO);
        loop {
            match tried(request()).await {
                Tried::Answered(status, answer) => return Ok((status, answer)),
                Tried::Wait(time) => {
                    asked += time;
                    if asked > TURN {
                        return Err(SyncError::new("the network asks to wait longer than this waits: try again later"));
                    }
                    self.progress.say(&format!("the network asks to wait {} s", time.as_secs()));
                    wait(time).await;
                }
                Tried::Failed(why) => {
                    if begun.elapsed().saturating_sub(asked) + pause > PATIENCE {
                        let place = &self.base;
                        return Err(SyncError::new(format!("{place} {why}: try again later, or check --url")));
                    }
                    wait(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(10));
                }
            }
        }
    }
}

/// Waits: something that never happens, for a time.
async fn wait(time: Duration) {
    let _ = timeout(time, pending::<()>()).await;
}

async fn tried(request: RequestBuilder) -> Tried {
    let response = match request.send().await {
        Ok(response) => response,
        Err(cause) if cause.is_timeout() => return Tried::Failed("does not answer in time".to_owned()),
        Err(_) => return Tried::Failed("cannot be reached".to_owned()),
    };
    let status = response.status();
    let after = response.headers().get(header::RETRY_AFTER).and_then(|told| told.to_str().ok()?.parse::<u64>().ok());
    match (status.as_u16(), after) {
        (429, after) => Tried::Wait(Duration::from_secs(after.unwrap_or(5).max(1))),
        (500..=599, _) => Tried::Failed(format!("answers with status {status}")),
        _ => match response.bytes().await {
            // What is no JSON is not this service's.
            Ok(body) => Tried::Answered(status, serde_json::from_slice(&body).unwrap_or_default()),
            Err(_) => Tried::Failed("breaks off its answer".to_owned()),
        },
    }
}

/// The address, without what would be sent along by mistake.
fn base(address: &str) -> Result<Url, SyncError> {
    let expected = || SyncError::new("--url must be the network's address, such as https://balai.example.org");
    let url = Url::parse(address).map_err(|_| expected())?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if !plain {
        return Err(expected());
    }
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(expected()),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        "http" => {
            Err(SyncError::new("--url must begin with https:// , since others could read what is sent by http://"))
        }
        _ => Err(expected()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
    use std::{
        io::{BufRead as _, BufReader, Read as _, Write as _},
        net::TcpListener,
    };

    use serde_json::json;

    use super::{Credentials, Network, Progress, base};

    #[test]
    fn nothing_is_sent_where_others_could_read_it() {
        for good in ["https://balai.example.org", "http://127.0.0.1:8000", "http://localhost:8000/", "http://[::1]:1"] {
            assert!(base(good).is_ok(), "{good}");
        }
        for bad in ["http://balai.example.org", "ftp://balai.example.org", "balai", "https://a:b@balai.example.org"] {
            assert!(base(bad).is_err(), "{bad}");
        }
    }

    /// Answers requests, each with what comes next: what was asked.
    fn answering(listener: &TcpListener, answers: &[(&str, &str)]) -> Vec<String> {
        let answer = |(head, body): &(&str, &str)| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap());
            let (mut asked, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                lines.read_line(&mut line).unwrap();
                if let Some(told) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = told.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                asked.push_str(&line);
            }
            lines.read_exact(&mut vec![0; length]).unwrap();
            let length = body.len();
            write!(stream, "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
            asked.lines().next().unwrap().to_owned()
        };
        answers.iter().map(answer).collect()
    }

    #[tokio::test]
    async fn it_asks_again_and_gets_a_new_token_where_that_helps() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let token = ("200 OK", r#"{ "access_token": "t", "expires_in": 600 }"#);
        let answers = [
            token,
            ("503 Service Unavailable", ""),
            ("401 Unauthorized", r#"{ "errors": [{ "extensions": { "code": "UNAUTHENTICATED" } }] }"#),
            token,
            ("429 Too Many Requests\r\nretry-after: 1", ""),
            ("200 OK", r#"{ "data": { "viewer": null } }"#),
            ("400 Bad Request", r#"{ "errors": [{ "message": "no", "extensions": { "code": "BAD_USER_INPUT" } }] }"#),
        ];
        let service = std::thread::spawn(move || answering(&listener, &answers));
        let credentials = Credentials { client_id: "ours".to_owned(), client_secret: "hidden".to_owned() };
        let mut network = Network::new(&address, credentials, Progress::begin("nothing")).unwrap();
        let data = network.ask("{ viewer { __typename } }", &json!({})).await.unwrap().unwrap();
        assert_eq!(data, json!({ "viewer": null }));
        let refused = network.ask("{ nothing }", &json!({})).await.unwrap().unwrap_err();
        assert_eq!((&*refused.code, &*refused.message), ("BAD_USER_INPUT", "no"), "what is wrong is not asked again");
        let asked = service.join().unwrap();
        let paths: Vec<&str> = asked.iter().filter_map(|line| line.split(' ').nth(1)).collect();
        let (oauth, graphql) = ("/oauth/token", "/graphql");
        assert_eq!(paths, [oauth, graphql, graphql, oauth, graphql, graphql, graphql]);
    }
}
