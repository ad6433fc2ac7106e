//! Who is at the other end of a connection that stays open, at each moment.
use chrono::{DateTime, Utc};

use super::super::{bearer, refusal::Refusal, server::Service};
use crate::access::{Viewer, expiry};

/// What came along when a connection was opened.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Credentials {
    token: Option<String>,
    ends: Option<DateTime<Utc>>,
}

impl Credentials {
    pub(in crate::http) fn of(token: Option<String>) -> Self {
        Self { ends: token.as_deref().and_then(expiry), token }
    }

    /// Whether the token's time is over: to the second, since what stays open needs no leeway for clocks.
    pub(super) fn expired(&self, now: DateTime<Utc>) -> bool {
        self.token.is_some() && self.ends.is_none_or(|ends| ends <= now)
    }

    /// Who it is now, and what they may do.
    ///
    /// # Errors
    ///
    /// If the token is good no more, or it cannot be found out.
    pub(super) async fn viewer(&self, service: &Service) -> Result<Viewer, Refusal> {
        if self.expired(service.clock.now()) {
            return Err(bearer::refused());
        }
        bearer::holder(service, self.token.as_deref()).await
    }
}
