//! The network's own identity provider: its keys, and what the tokens say that it signed (`OpenID` Connect Discovery
//! 1.0, RFC 7517, RFC 9068).
use std::{
    error::Error as StdError,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{dangerous::insecure_decode_claims, decode_header, jwk::JwkSet};
use serde::Deserialize;
use serde_json::{Number, Value};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use url::Url;

use super::{LEEWAY, jwk, token::time};
use crate::{
    config::{Oidc, is_safe},
    error::Error,
};

/// How long the provider has to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How large its answers may be, in bytes.
const LARGEST: usize = 512 * 1_024;
/// How large its tokens may be, in bytes.
const LONGEST: usize = 16 * 1_024;
/// How long the name of a subject may be: 255 ASCII characters, as `OpenID` Connect has it.
const LONGEST_SUBJECT: usize = 255;

/// After this long the keys are fetched anew, so that one that was withdrawn is taken no more.
const READ_ANEW: TimeDelta = TimeDelta::minutes(10);
/// How often an unknown key is looked for, at the most.
const LOOKED_FOR: TimeDelta = TimeDelta::minutes(1);
/// After this long it is tried again, if the keys were never had.
const TRIED_AGAIN: TimeDelta = TimeDelta::seconds(5);
/// For so long keys are taken that could not be fetched anew.
const GOOD_FOR: TimeDelta = TimeDelta::days(1);

/// The `typ` of a token that has none, in the settings.
const UNTYPED: &str = "-";

/// The network's own identity provider.
pub(crate) struct Provider {
    issuer: String,
    audiences: Vec<String>,
    types: Vec<String>,
    client: reqwest::Client,
    known: RwLock<Known>,
    /// Held by the one request that fetches the keys for all.
    fetching: Arc<Mutex<()>>,
}

/// What is known of the provider's keys.
#[derive(Clone, Default)]
struct Known {
    /// When they were asked for last.
    asked: Option<DateTime<Utc>>,
    /// They, and when they were had.
    keys: Option<(DateTime<Utc>, Arc<JwkSet>)>,
}

/// What one of the provider's tokens says.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Attested {
    /// The provider.
    pub(crate) iss: String,
    /// What it calls whoever asks.
    pub(crate) sub: String,
    /// What the token allows, parted by spaces.
    #[serde(default)]
    pub(crate) scope: String,
    exp: Number,
    nbf: Option<Number>,
    iat: Option<Number>,
    email: Option<String>,
    #[serde(default)]
    email_verified: Value,
}

impl Attested {
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        let ends = time(&self.exp).is_some_and(|ends| ends > now - LEEWAY);
        let begun = [&self.nbf, &self.iat]
            .into_iter()
            .flatten()
            .all(|begins| time(begins).is_some_and(|begins| begins <= now + LEEWAY));
        let named = self.sub.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        ends && begun && named && (1..=LONGEST_SUBJECT).contains(&self.sub.len())
    }

    /// The e-mail address, if the provider says that it is verified.
    pub(crate) fn verified_email(&self) -> Option<&str> {
        // What is folded beyond ASCII may be somebody else's.
        self.email.as_deref().filter(|email| self.email_verified == true && email.is_ascii())
    }
}

/// What is read of the provider's description of itself.
#[derive(Deserialize)]
struct Description {
    issuer: String,
    jwks_uri: String,
}

impl Provider {
    /// The provider that the settings name, if they name one. It is not asked for anything yet.
    ///
    /// # Errors
    ///
    /// If it is the service itself, or no connection to it can be made.
    pub(crate) fn new(settings: &Oidc, own: &str) -> Result<Option<Arc<Self>>, String> {
        let Some(issuer) = settings.issuer.clone() else { return Ok(None) };
        if issuer.trim_end_matches('/') == own {
            return Err("BALAI_OIDC_ISSUER is the service itself: set it to the address of an identity provider".into());
        }
        let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
        // Workers come with runtimes of their own: what one of them keeps open, another cannot use.
        let client = client.pool_max_idle_per_host(0).build();
        let audiences = if settings.audiences.is_empty() { vec![own.to_owned()] } else { settings.audiences.clone() };
        Ok(Some(Arc::new(Self {
            issuer,
            audiences,
            types: settings.types.iter().map(|name| bare(name)).collect(),
            client: client.map_err(|_| "no connection to BALAI_OIDC_ISSUER can be made on this machine")?,
            known: RwLock::default(),
            fetching: Arc::default(),
        })))
    }

    /// Whether a token says that it is the provider's: not to be believed until it is verified.
    pub(crate) fn claims(&self, token: &str) -> bool {
        #[derive(Deserialize)]
        struct Said {
            iss: String,
        }
        token.len() <= LONGEST && insecure_decode_claims::<Said>(token).is_ok_and(|said| said.iss == self.issuer)
    }

    /// What a token says, if the provider has signed it, and it is for us, and good now.
    ///
    /// # Errors
    ///
    /// If the provider's keys are not known, and it does not tell them.
    pub(crate) async fn verify(self: &Arc<Self>, token: &str, now: DateTime<Utc>) -> Result<Option<Attested>, Error> {
        let Some(header) = decode_header(token).ok().filter(|_| token.len() <= LONGEST) else { return Ok(None) };
        let sort = header.typ.as_deref().map_or_else(|| UNTYPED.to_owned(), bare);
        let Some(id) = header.kid.filter(|_| self.types.contains(&sort)) else { return Ok(None) };
        let mut keys = self.keys(false, now).await?;
        if keys.find(&id).is_none() {
            keys = self.keys(true, now).await?;
        }
        let said: Option<Attested> = jwk::verified(token, &keys, &self.issuer, &self.audiences);
        Ok(said.filter(|said| said.is_good(now)))
    }

    /// The provider's keys: fetched anew for an unknown one, or when they are old, or were never had. One request has them
    /// fetched; the others take those that are known, or wait for it.
    async fn keys(self: &Arc<Self>, unknown: bool, now: DateTime<Utc>) -> Result<Arc<JwkSet>, Error> {
        let known = self.known();
        if let Some(keys) = known.fresh(unknown, now)? {
            return Ok(keys);
        }
        let fetching = match (Arc::clone(&self.fetching).try_lock_owned(), known.usable(now)) {
            (Ok(fetching), _) => fetching,
            (Err(_), Some(keys)) if !unknown => return Ok(keys),
            (Err(_), _) => Arc::clone(&self.fetching).lock_owned().await,
        };
        if self.known().asked == known.asked {
            // Whoever asks may hang up; that it was fetched is to be known all the same, or they would have it fetched anew
            // each time.
            let provider = Arc::clone(self);
            let fetched = tokio::spawn(async move {
                let _fetching = fetching;
                provider.refresh(now).await;
            });
            fetched.await.map_err(|_| Error::internal("the identity provider's keys were not fetched"))?;
        }
        let silent = || Error::Unavailable(refused("it does not tell its keys"));
        self.known().usable(now).ok_or_else(silent)
    }

    /// Fetches the keys.
    async fn refresh(&self, now: DateTime<Utc>) {
        let started = Instant::now();
        let fetched = timeout(PATIENCE, self.fetch()).await.unwrap_or_else(|_| Err(refused("it takes too long")));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Counted from the end: what took long is not tried again at once.
        known.asked = Some(now + started.elapsed());
        match fetched {
            Ok(keys) => known.keys = Some((now, Arc::new(keys))),
            Err(cause) => tracing::warn!(%cause, "the identity provider does not tell its keys"),
        }
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the provider tells: its keys.
    pub(crate) async fn fetch(&self) -> Result<JwkSet, Arc<dyn StdError + Send + Sync>> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let unexpected = |_| refused("its answer is not what is expected");
        let told: Description = serde_json::from_value(self.get(&address).await?).map_err(unexpected)?;
        if told.issuer != self.issuer {
            return Err(refused("its description is another issuer's"));
        }
        if !Url::parse(&told.jwks_uri).is_ok_and(|url| is_safe(&url)) {
            return Err(refused("the address of its keys is not https"));
        }
        let keys = self.get(&told.jwks_uri).await?;
        if !keys["keys"].is_array() {
            return Err(refused("its keys are not a key set"));
        }
        Ok(jwk::usable(&keys))
    }

    async fn get(&self, address: &str) -> Result<Value, Arc<dyn StdError + Send + Sync>> {
        let failed = |cause: reqwest::Error| -> Arc<dyn StdError + Send + Sync> { Arc::new(cause) };
        let answer = self.client.get(address).send().await.and_then(reqwest::Response::error_for_status);
        let mut answer = answer.map_err(failed)?;
        let mut body = vec![];
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err(refused("its answer is too large"));
            }
        }
        serde_json::from_slice(&body).map_err(|_| refused("its answer is not JSON"))
    }
}

impl Known {
    /// The keys, if they need not be fetched.
    fn fresh(&self, unknown: bool, now: DateTime<Utc>) -> Result<Option<Arc<JwkSet>>, Error> {
        let within = |time: TimeDelta| self.asked.is_some_and(|asked| now < asked + time);
        match self.usable(now) {
            Some(keys) => Ok(Some(keys).filter(|_| within(if unknown { LOOKED_FOR } else { READ_ANEW }))),
            None if within(TRIED_AGAIN) => Err(Error::Unavailable(refused("it did not answer a moment ago"))),
            None => Ok(None),
        }
    }

    /// The keys, if they are not too old to be believed.
    fn usable(&self, now: DateTime<Utc>) -> Option<Arc<JwkSet>> {
        self.keys.as_ref().filter(|(had, _)| now < *had + GOOD_FOR).map(|(_, keys)| Arc::clone(keys))
    }
}

fn refused(why: &'static str) -> Arc<dyn StdError + Send + Sync> {
    Arc::from(Box::<dyn StdError + Send + Sync>::from(why))
}

/// A `typ` as it is compared: without regard to case, and to the `application/` that may be left out (RFC 7515,
/// section 4.1.9).
fn bare(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    name.strip_prefix("application/").unwrap_or(&name).to_owned()
}
