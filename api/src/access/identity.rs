//! What signing in and tokens need, shared by all workers.
use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use moka::sync::Cache;

use super::{KeyRing, Passwords, Provider, Viewer, hash_of};
use crate::{error::Error, mail::Mailer};

/// How long it may take until a token's withdrawal is noticed: within a second, on every replica.
const NOTICED: Duration = Duration::from_millis(800);
/// How many tokens are remembered.
const REMEMBERED: u64 = 10_000;
/// After this long the keys are read anew, so that a replica learns of a rotation.
const READ_ANEW: TimeDelta = TimeDelta::seconds(30);
/// An unknown key is looked for so often at most.
const LOOKED_FOR: TimeDelta = TimeDelta::seconds(1);

/// How many attempts an account may have at once; then one a minute.
const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// How many letters an account gets at once; then one in twenty minutes. Strangers ask for them.
const LETTERS: NonZeroU32 = NonZeroU32::new(3).unwrap();
/// How many applications for membership an address may make at once; then one in ten minutes. Each is kept for a week.
const APPLICATIONS: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// How many attempts an address may make at once; then one in two seconds.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(60).unwrap();
const ONE_A_SECOND: Quota = Quota::per_second(NonZeroU32::MIN);
/// With so many accounts tried, those are forgotten that may be tried again.
const SWEPT: usize = 10_000;

/// What signing in and tokens need.
pub(crate) struct Identity {
    /// The service's public address: who makes the tokens, and for whom.
    pub(crate) issuer: String,
    /// Hashes passwords.
    pub(crate) passwords: Passwords,
    /// Sends links.
    pub(crate) mailer: Mailer,
    /// The network's own identity provider.
    pub(crate) provider: Option<Arc<Provider>>,
    attempts: Attempts,
    ring: RwLock<Option<(DateTime<Utc>, Arc<KeyRing>)>>,
    viewers: Cache<String, Viewer>,
}

/// Who sent a request, for what signs them in.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Where they are.
    pub(crate) address: IpAddr,
    /// What their program calls itself.
    pub(crate) agent: Option<String>,
    /// The refresh token that came in a cookie.
    pub(crate) cookie: Option<String>,
    /// What signs them in.
    pub(crate) identity: Arc<Identity>,
}

impl Identity {
    /// For the service at this address.
    pub(crate) fn new(issuer: String, mailer: Mailer, provider: Option<Arc<Provider>>) -> Self {
        let viewers = Cache::builder().max_capacity(REMEMBERED).time_to_live(NOTICED).build();
        Self {
            issuer,
            passwords: Passwords::new(),
            mailer,
            provider,
            attempts: Attempts::new(),
            ring: RwLock::new(None),
            viewers,
        }
    }

    /// The address of the page on which whoever has this secret sets a password.
    pub(crate) fn link(&self, secret: &str) -> String {
        format!("{}/link/{secret}", self.issuer)
    }

    /// The address of the page on which whoever has this secret confirms an application for membership.
    pub(crate) fn application(&self, secret: &str) -> String {
        format!("{}/application/{secret}", self.issuer)
    }

    /// The address of the page on which whoever is invited with this token accepts.
    pub(crate) fn invitation_link(&self, token: &str) -> String {
        format!("{}/link/invitation/{token}", self.issuer)
    }

    /// Who a token was found to belong to, within the last second.
    pub(crate) fn remembered(&self, token: &str) -> Option<Viewer> {
        self.viewers.get(&hash_of(token))
    }

    /// Remembers who a token belongs to, for less than a second.
    pub(crate) fn remember(&self, token: &str, viewer: Viewer) {
        self.viewers.insert(hash_of(token), viewer);
    }

    /// The keys, if they were read lately: for a key that is not among them, if they were read just now.
    pub(crate) fn ring(&self, unknown: bool, now: DateTime<Utc>) -> Option<Arc<KeyRing>> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = if unknown { LOOKED_FOR } else { READ_ANEW };
        ring.as_ref().filter(|(read, _)| now < *read + fresh).map(|(_, ring)| Arc::clone(ring))
    }

    /// Keeps the keys that were read.
    pub(crate) fn keep(&self, ring: KeyRing, now: DateTime<Utc>) -> Arc<KeyRing> {
        let ring = Arc::new(ring);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&ring)));
        ring
    }

    /// Counts an attempt to get into an account.
    ///
    /// # Errors
    ///
    /// If there were too many, for this account or from this address.
    pub(crate) fn attempt(&self, account: &str, address: IpAddr) -> Result<(), Error> {
        self.attempts.count(account, address)
    }

    /// Whether a letter that somebody asks for is sent: beyond a few it is not, and nobody is told.
    ///
    /// # Errors
    ///
    /// If there were too many attempts from this address.
    pub(crate) fn letter(&self, account: &str, address: IpAddr) -> Result<bool, Error> {
        self.attempts.letter(account, address)
    }

    /// Whether a letter is sent to whoever applies for membership: beyond a few to one person it is not, and nobody is told.
    ///
    /// # Errors
    ///
    /// If there were too many applications from this address.
    pub(crate) fn applies(&self, applicant: &str, address: IpAddr) -> Result<bool, Error> {
        self.attempts.application(applicant, address)
    }
}

/// Attempts to sign in, counted for each account (by the hash of its address) and for each address of the network.
struct Attempts {
    accounts: DefaultKeyedRateLimiter<String>,
    letters: DefaultKeyedRateLimiter<String>,
    applications: DefaultKeyedRateLimiter<IpAddr>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
}

impl Attempts {
    fn new() -> Self {
        let often = |burst, every| Quota::with_period(every).unwrap_or(ONE_A_SECOND).allow_burst(burst);
        let accounts = often(PER_ACCOUNT, Duration::from_mins(1));
        let addresses = often(PER_ADDRESS, Duration::from_secs(2));
        let letters = often(LETTERS, Duration::from_mins(20));
        let applications = often(APPLICATIONS, Duration::from_mins(10));
        Self {
            accounts: RateLimiter::keyed(accounts),
            letters: RateLimiter::keyed(letters),
            applications: RateLimiter::keyed(applications),
            addresses: RateLimiter::keyed(addresses),
        }
    }

    fn count(&self, account: &str, address: IpAddr) -> Result<(), Error> {
        self.sweep();
        let now = DefaultClock::default().now();
        self.addresses.check_key(&address).map_err(|until| Error::Throttled(until.wait_time_from(now)))?;
        self.accounts.check_key(&hash_of(account)).map_err(|until| Error::Throttled(until.wait_time_from(now)))
    }

    fn letter(&self, account: &str, address: IpAddr) -> Result<bool, Error> {
        self.sweep();
        let now = DefaultClock::default().now();
        self.addresses.check_key(&address).map_err(|until| Error::Throttled(until.wait_time_from(now)))?;
        Ok(self.letters.check_key(&hash_of(account)).is_ok())
    }

    fn application(&self, applicant: &str, address: IpAddr) -> Result<bool, Error> {
        self.sweep();
        let now = DefaultClock::default().now();
        self.applications.check_key(&address).map_err(|until| Error::Throttled(until.wait_time_from(now)))?;
        // Counted apart from others: who is applied for can still reset a password.
        Ok(self.letters.check_key(&hash_of(&format!("application of {applicant}"))).is_ok())
    }

    fn sweep(&self) {
        let lengths = [self.accounts.len(), self.addresses.len(), self.letters.len(), self.applications.len()];
        if lengths.into_iter().any(|length| length > SWEPT) {
            self.accounts.retain_recent();
            self.addresses.retain_recent();
            self.letters.retain_recent();
            self.applications.retain_recent();
        }
    }
}
