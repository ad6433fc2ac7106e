//! How much may be asked in a minute: requests for each address, and cost for each viewer, as token buckets
//! that fill up all the time.
use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::{StateInformationMiddleware, StateSnapshot},
    state::keyed::DefaultKeyedStateStore,
};
use tokio::time::Duration;
use uuid::Uuid;

use crate::{access::Viewer, config::Limits};

type Buckets<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// After this many requests the buckets that are full again are forgotten.
const SWEEP: u32 = 10_000;

const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// Whose budget is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Spender {
    /// Nobody in particular: whoever is at this address.
    Address(IpAddr),
    /// A person, by their account.
    Account(Uuid),
    /// An agency's machine.
    Agency(Uuid),
}

impl Spender {
    pub(super) fn of(viewer: &Viewer, address: IpAddr) -> Self {
        match viewer {
            Viewer::Anonymous => Self::Address(address),
            Viewer::Account(person) => Self::Account(person.account),
            Viewer::Agency(machine) => Self::Agency(machine.client),
        }
    }
}

/// The buckets.
pub(super) struct Rates {
    requests: Buckets<IpAddr>,
    cost: Buckets<Spender>,
    agencies: Buckets<Spender>,
    /// How much the buckets hold.
    limits: Limits,
    seen: AtomicU32,
}

/// What is left in a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// When it is full again or, where it is exhausted, has enough again for what was asked.
    pub(super) reset: Duration,
    /// Whether it had too little.
    pub(super) exhausted: bool,
}

impl Left {
    fn exhausted(limit: NonZeroU32, wait: Duration) -> Self {
        Self { limit: limit.get(), remaining: 0, reset: wait, exhausted: true }
    }
}

impl From<&StateSnapshot> for Left {
    fn from(state: &StateSnapshot) -> Self {
        let (limit, remaining) = (state.quota().burst_size().get(), state.remaining_burst_capacity());
        let reset = state.quota().replenish_interval() * limit.saturating_sub(remaining);
        Self { limit, remaining, reset, exhausted: false }
    }
}

impl Rates {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            requests: RateLimiter::keyed(Quota::per_minute(limits.requests)).with_middleware(),
            cost: RateLimiter::keyed(Quota::per_minute(limits.budget)).with_middleware(),
            agencies: RateLimiter::keyed(Quota::per_minute(of_agency(limits.budget))).with_middleware(),
            limits: limits.clone(),
            seen: AtomicU32::new(0),
        }
    }

    /// Counts a request.
    pub(super) fn request(&self, address: IpAddr) -> Left {
        if self.seen.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.requests.retain_recent();
            self.cost.retain_recent();
            self.agencies.retain_recent();
        }
        match self.requests.check_key(&address) {
            Ok(state) => Left::from(&state),
            Err(until) => Left::exhausted(self.limits.requests, until.wait_time_from(DefaultClock::default().now())),
        }
    }

    /// Takes what an answer may cost out of the viewer's budget.
    pub(super) fn spend(&self, spender: Spender, cost: usize) -> Left {
        let cost = u32::try_from(cost).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let (buckets, budget) = match spender {
            Spender::Address(_) | Spender::Account(_) => (&self.cost, self.limits.budget),
            Spender::Agency(_) => (&self.agencies, of_agency(self.limits.budget)),
        };
        match buckets.check_key_n(&spender, cost) {
            Ok(Ok(state)) => Left::from(&state),
            Ok(Err(until)) => Left::exhausted(budget, until.wait_time_from(DefaultClock::default().now())),
            // One answer costs more than the bucket holds.
            Err(_) => Left::exhausted(budget, Duration::from_mins(1)),
        }
    }
}

/// An agency's machine has ten times the budget of a person.
fn of_agency(budget: NonZeroU32) -> NonZeroU32 {
    budget.saturating_mul(TEN)
}

/// Whole seconds, rounded up.
pub(super) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
