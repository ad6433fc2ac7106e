//! How much may be asked in a minute: requests for each address, and cost for each viewer, as token buckets
//! that fill up all the time.
use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use actix_web::http::{StatusCode, header::RETRY_AFTER};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::{StateInformationMiddleware, StateSnapshot},
    state::keyed::DefaultKeyedStateStore,
};
use tokio::time::Duration;

use super::refusal::Refusal;
use crate::{
    access::Viewer,
    config::{Limit, Limits},
    graphql::ErrorCode,
};

type Buckets<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// After this many requests the buckets that are full again are forgotten.
const SWEEP: u32 = 10_000;

/// Whose budget is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Spender {
    /// Nobody in particular: whoever is at this address.
    Address(IpAddr),
}

impl Spender {
    pub(super) fn of(viewer: &Viewer, address: IpAddr) -> Self {
        match viewer {
            Viewer::Anonymous => Self::Address(address),
        }
    }
}

/// The buckets.
pub(super) struct Rates {
    requests: Buckets<IpAddr>,
    cost: Buckets<Spender>,
    seen: AtomicU32,
}

/// What is left in a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// When it is full again.
    pub(super) reset: Duration,
}

impl From<&StateSnapshot> for Left {
    fn from(state: &StateSnapshot) -> Self {
        let (limit, remaining) = (state.quota().burst_size().get(), state.remaining_burst_capacity());
        let reset = state.quota().replenish_interval() * limit.saturating_sub(remaining);
        Self { limit, remaining, reset }
    }
}

impl Rates {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            requests: RateLimiter::keyed(Quota::per_minute(limits.requests)).with_middleware(),
            cost: RateLimiter::keyed(Quota::per_minute(limits.budget)).with_middleware(),
            seen: AtomicU32::new(0),
        }
    }

    /// Counts a request.
    pub(super) fn request(&self, address: IpAddr, limits: &Limits) -> Result<Left, Refusal> {
        if self.seen.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.requests.retain_recent();
            self.cost.retain_recent();
        }
        match self.requests.check_key(&address) {
            Ok(state) => Ok(Left::from(&state)),
            Err(until) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                let left = Left { limit: limits.requests.get(), remaining: 0, reset: wait };
                let message = format!("more than {} requests in a minute came from this address", limits.requests);
                if limits.enforces(Limit::Requests) { Err(throttled(&message, wait)) } else { Ok(left) }
            }
        }
    }

    /// Takes what an answer may cost out of the viewer's budget.
    pub(super) fn spend(&self, spender: Spender, cost: usize, limits: &Limits) -> Result<Left, Refusal> {
        let cost = u32::try_from(cost).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let wait = match self.cost.check_key_n(&spender, cost) {
            Ok(Ok(state)) => return Ok(Left::from(&state)),
            Ok(Err(until)) => until.wait_time_from(DefaultClock::default().now()),
            // One answer costs more than a minute's budget.
            Err(_) => Duration::from_mins(1),
        };
        let left = Left { limit: limits.budget.get(), remaining: 0, reset: wait };
        let message = format!("more than {} points of cost were asked for in a minute", limits.budget);
        if limits.enforces(Limit::Budget) { Err(throttled(&message, wait)) } else { Ok(left) }
    }
}

fn throttled(message: &str, wait: Duration) -> Refusal {
    let seconds = seconds(wait);
    let message = format!("{message}; try again in {seconds} s");
    Refusal::of_request(StatusCode::TOO_MANY_REQUESTS, ErrorCode::Throttled, message)
        .with(RETRY_AFTER, seconds.to_string())
}

/// Whole seconds, rounded up.
pub(super) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
