//! What ends a connection that stays open, beside its ends: the token's time, its withdrawal, and the service's stop.
use std::sync::atomic::Ordering;

use actix_web::http::StatusCode;
use tokio::time::{Duration, Interval, MissedTickBehavior, interval};

use super::{super::server::Service, Credentials};

/// How often it is looked at what needs no database.
const OFTEN: Duration = Duration::from_secs(1);
/// After how many times whoever is there is asked whether they are, and who they are is looked up.
const ROUND: u32 = 15;

/// Why the service ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The token is good no more.
    Forbidden,
    /// The service stops.
    Stopping,
    /// Whoever is there is too far behind.
    Slow,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Nothing.
    Nothing,
    /// To see whether anybody is there.
    Ask,
    /// To end the connection.
    End(Cut),
}

/// Looks after a connection.
pub(super) struct Watch {
    turns: Interval,
    passed: u32,
}

impl Watch {
    pub(super) fn new() -> Self {
        let mut turns = interval(OFTEN);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { turns, passed: 0 }
    }

    /// Waits until it is time to look.
    pub(super) async fn turn(&mut self) {
        self.turns.tick().await;
    }

    /// What is to be done now.
    pub(super) async fn beat(&mut self, service: &Service, credentials: &Credentials) -> Beat {
        if service.front.draining.load(Ordering::Relaxed) {
            return Beat::End(Cut::Stopping);
        }
        if credentials.expired(service.clock.now()) {
            return Beat::End(Cut::Forbidden);
        }
        self.passed += 1;
        if self.passed < ROUND {
            return Beat::Nothing;
        }
        self.passed = 0;
        match credentials.viewer(service).await {
            Err(refusal) if refusal.status == StatusCode::UNAUTHORIZED => Beat::End(Cut::Forbidden),
            // Where it cannot be found out who is there, nothing is told to them either.
            _ => Beat::Ask,
        }
    }
}
