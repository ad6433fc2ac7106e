//! What can go wrong, in the words of the domain. Knows neither HTTP nor GraphQL.
mod fault;
mod trouble;

use std::{sync::Arc, time::Duration};

use sea_orm::DbErr;

pub(crate) use fault::{Checked, Fault, FaultCode, Target, Written};
use trouble::{Trouble, trouble};

/// Every failure of a request. The user's faults and ours are different variants: the text of the former is
/// for the user, the cause of the latter is for the log alone.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The input breaks a rule.
    #[error("{field}: {message}")]
    Invalid {
        /// The argument at fault, as a path such as `filter.or.0.openTo`.
        field: String,
        /// What is wrong with it and what would be right.
        message: String,
    },
    /// A cursor was used with another list than the one that it came from.
    #[error("{field}: this cursor comes from a list with another order or filter; start again without it")]
    CursorMismatch {
        /// The argument at fault.
        field: String,
    },
    /// The row that a cursor points at is no longer in the list.
    #[error("{field}: the entry that this cursor points at is gone; start again without it")]
    CursorExpired {
        /// The argument at fault.
        field: String,
    },
    /// A sync token is none, somebody else's, for another filter, or of a time before the data was restored.
    #[error("{field}: this token is not good for whoever asks and this filter; start again without it")]
    SyncTokenInvalid {
        /// The argument at fault.
        field: String,
    },
    /// What came after a sync token is not kept any more.
    #[error("{field}: this token is too old; start again without it")]
    SyncTokenExpired {
        /// The argument at fault.
        field: String,
    },
    /// Nobody has signed in, and somebody must.
    #[error("sign in first: send an access token")]
    Unauthenticated,
    /// Whoever asks may not do this.
    #[error("this is not for whoever asks")]
    Forbidden,
    /// The same request is running, or was done just now.
    #[error("a request with this `Idempotency-Key` is still running; try again in a moment")]
    InProgress,
    /// It was tried too often; it may be tried again after this time.
    #[error("this was tried too often; try again in {} s", .0.as_secs() + 1)]
    Throttled(Duration),
    /// The database, or the identity provider, cannot be reached.
    #[error("the service cannot answer now; try again in a few seconds")]
    Unavailable(Arc<dyn std::error::Error + Send + Sync>),
    /// The database took longer than it may.
    #[error("the answer took longer than it may; ask for less at once")]
    Timeout,
    /// Our fault.
    #[error("something went wrong on our side")]
    Internal(Arc<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The input at `field` breaks a rule.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    /// Another change came in between, and what was there a moment ago is there no more: it may be tried again.
    pub(crate) fn overtaken(message: &'static str) -> Self {
        Self::Unavailable(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(message)))
    }

    /// Something that cannot be has happened.
    pub(crate) fn internal(message: &'static str) -> Self {
        Self::Internal(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(message)))
    }
}

impl From<DbErr> for Error {
    fn from(cause: DbErr) -> Self {
        match trouble(&cause) {
            // Neither was anything done: it may be tried again.
            Trouble::Unreachable | Trouble::Crossed => Self::Unavailable(Arc::new(cause)),
            Trouble::Cancelled => Self::Timeout,
            Trouble::Other => Self::Internal(Arc::new(cause)),
        }
    }
}
