//! How an event is sent: to addresses that anybody can reach, without following anybody elsewhere, and for no longer than
//! somebody should have to answer.
use std::{
    error::Error as StdError,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use entity::vocabulary::WebhookFailure;
use reqwest::{
    Client, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT},
    redirect::Policy,
};
use tokio::time::timeout;
use url::{Host, Url};

use super::{address::is_public, schedule::asked_for};
use crate::config::{self, Retries};

/// How much of an answer is read, in bytes: nothing of it is kept.
const LARGEST: usize = 64 * 1_024;
/// How long whoever tests an address waits at most: less than for any answer of the service.
const TEST: Duration = Duration::from_secs(5);
/// How many connections to one host are kept open by a replica that sends, and for how long.
const IDLE: (usize, Duration) = (4, Duration::from_secs(30));

/// Sends events.
pub(crate) struct Sender {
    client: Client,
    allowed: Arc<[Host]>,
    patience: Duration,
    /// When what could not be sent is tried again.
    pub(super) retries: Retries,
}

/// An event that is ready to be sent.
pub(super) struct Ready {
    /// Where to.
    pub(super) url: String,
    /// What tells it from others.
    pub(super) id: String,
    /// When it is sent, in seconds.
    pub(super) timestamp: i64,
    /// What it says.
    pub(super) body: String,
    /// What shows that it is ours.
    pub(super) signatures: String,
}

/// What came of an attempt.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The HTTP status, if there was an answer.
    pub(super) http_status: Option<u16>,
    /// Why it came to nothing, if it did.
    pub(super) failure: Option<WebhookFailure>,
    /// For how long whoever answered asks to be left alone.
    pub(super) asked: Option<Duration>,
    /// How long it took.
    pub(super) took: Duration,
}

impl Sender {
    /// By these settings. Connections are kept open for a next event only where one runtime sends them all.
    ///
    /// # Errors
    ///
    /// If this machine can make no connections: a sentence for the operator.
    pub(crate) fn new(settings: &config::Webhooks, keeps: bool) -> Result<Self, String> {
        let allowed: Arc<[Host]> = settings.allowed_hosts.clone().into();
        let (most, longest) = IDLE;
        let client = Client::builder()
            .redirect(Policy::none())
            .referer(false)
            // One would connect in our place, to wherever it likes.
            .no_proxy()
            .dns_resolver(Checked(Arc::clone(&allowed)))
            .pool_max_idle_per_host(if keeps { most } else { 0 })
            .pool_idle_timeout(longest)
            .build()
            .map_err(|_| "no connection to webhooks can be made on this machine")?;
        let patience = Duration::from_secs(settings.seconds);
        Ok(Self { client, allowed, patience, retries: settings.retries.clone() })
    }

    /// How long an attempt may take.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// The same for an attempt that somebody waits for.
    pub(super) fn brief(&self) -> Duration {
        self.patience.min(TEST)
    }

    /// The address, as it is kept, if events can be sent there for all that it says: where a name leads is seen when it is
    /// connected to.
    pub(super) fn target(&self, url: &str) -> Option<Url> {
        let url = Url::parse(url).ok()?;
        let host = url.host()?.to_owned();
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let literal = match &host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address)),
        };
        let public = url.scheme() == "https" && literal.is_none_or(is_public);
        let allowed = matches!(url.scheme(), "https" | "http") && self.allowed.contains(&host);
        (plain && (public || allowed)).then_some(url)
    }

    /// Sends an event, within some time.
    pub(super) async fn send(&self, ready: Ready, within: Duration, now: DateTime<Utc>) -> Outcome {
        let began = Instant::now();
        // Checked again: settings may be other ones by now, and the resolver is not asked about addresses in figures.
        let Some(url) = self.target(&ready.url) else {
            return Outcome::failed(WebhookFailure::Refused, began.elapsed());
        };
        let answer = match timeout(within, self.post(url, ready)).await {
            Err(_) => return Outcome::failed(WebhookFailure::TimedOut, began.elapsed()),
            Ok(Err(error)) => return Outcome::failed(why(&error), began.elapsed()),
            Ok(Ok(answer)) => answer,
        };
        let (status, header) = (answer.status(), answer.headers().get(RETRY_AFTER));
        let asked = header.and_then(|header| header.to_str().ok()).and_then(|header| asked_for(header, now));
        // What is said beside the status changes nothing; it is taken so that the connection may be used again.
        let _ = timeout(within.saturating_sub(began.elapsed()), drain(answer)).await;
        let failure = (!status.is_success()).then_some(WebhookFailure::Answered);
        Outcome { http_status: Some(status.as_u16()), failure, asked, took: began.elapsed() }
    }

    async fn post(&self, url: Url, ready: Ready) -> Result<Response, reqwest::Error> {
        let Ready { url: _, id, timestamp, body, signatures } = ready;
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("Balai/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures);
        request.body(body).send().await
    }
}

impl Outcome {
    fn failed(failure: WebhookFailure, took: Duration) -> Self {
        Self { http_status: None, failure: Some(failure), asked: None, took }
    }
}

/// Takes an answer's body, as far as it may go.
async fn drain(mut answer: Response) {
    let mut taken = 0;
    while let Ok(Some(chunk)) = answer.chunk().await {
        taken += chunk.len();
        if taken > LARGEST {
            return;
        }
    }
}

/// Why there was no answer.
fn why(error: &reqwest::Error) -> WebhookFailure {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return WebhookFailure::Refused;
        }
        cause = error.source();
    }
    WebhookFailure::Unreachable
}

/// Looks up names, and leaves out what is not public: what is connected to is what was looked at.
struct Checked(Arc<[Host]>);

/// A name leads nowhere that anybody can reach.
#[derive(Debug, thiserror::Error)]
#[error("it leads to no public address")]
struct NotPublic;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = Arc::clone(&self.0);
        Box::pin(async move {
            let allowed = Host::parse(name.as_str()).is_ok_and(|host| allowed.contains(&host));
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<_> = found.filter(|address| allowed || is_public(address.ip())).collect();
            if found.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::config::Arguments;

    fn sender(allowed: &str) -> Option<Sender> {
        let settings = Arguments::parse_from(["balai", "--webhook-allowed-hosts", allowed]).settings;
        Sender::new(&settings.webhooks, false).ok()
    }

    #[test]
    fn addresses_are_public_and_encrypted_or_allowed() {
        let goes = |allowed: &str, url: &str| sender(allowed).is_some_and(|sender| sender.target(url).is_some());
        for url in ["https://hooks.example.org/in?key=x", "https://93.184.216.34/", "https://[2606:4700::1]:8443/"] {
            assert!(goes("other.example.org", url), "{url}");
        }
        let refused = [
            "http://hooks.example.org/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://10.1.2.3/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://a:b@hooks.example.org/",
            "ftp://hooks.example.org/",
            "https://hooks.example.org/#part",
            "hooks.example.org",
            "https://",
            "",
        ];
        for url in refused {
            assert!(!goes("other.example.org", url), "{url}");
        }
        assert!(goes("hooks.example.org", "http://HOOKS.example.org:8080/"));
        assert!(goes("127.0.0.1,::1", "http://127.0.0.1:9/") && goes("127.0.0.1,::1", "http://[::1]:9/"));
        assert!(!goes("hooks.example.org", "http://hooks.example.org./"), "another name");
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_leads_nowhere() {
        let resolved = async |allowed: &[Host], name: &str| {
            let Ok(name) = name.parse() else { return Ok(0) };
            Checked(allowed.into()).resolve(name).await.map(Iterator::count)
        };
        let refused = resolved(&[], "localhost").await;
        assert!(refused.is_err_and(|error| error.is::<NotPublic>()));
        let allowed = [Host::Domain("localhost".to_owned())];
        assert!(resolved(&allowed, "localhost").await.is_ok_and(|found| found > 0));
    }
}
