//! A request that is not run, and what is answered instead.
use actix_web::http::{
    StatusCode,
    header::{HeaderName, RETRY_AFTER, WWW_AUTHENTICATE},
};

use crate::{
    error::Error,
    graphql::{Described, ErrorCode, told},
};

/// When to try again that finds no database, in seconds.
pub(super) const BACK_IN: &str = "2";

/// A request that is not run.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// The status where errors have one: always, but for faults of the document or its variables, which
    /// `application/json` answers with 200.
    pub(super) status: StatusCode,
    /// Whether the fault is in the document or its variables, and the request as such is a good one.
    pub(super) of_document: bool,
    pub(super) errors: Vec<Described>,
    pub(super) headers: Vec<(HeaderName, String)>,
}

impl Refusal {
    /// A request that is no good as such.
    pub(super) fn of_request(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, of_document: false, errors: vec![Described::new(code, message)], headers: vec![] }
    }

    /// A request that is no good in its form.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::of_request(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, message)
    }

    /// A good request with a document, or variables, that cannot be run.
    pub(super) fn of_document(errors: Vec<Described>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, of_document: true, errors, headers: vec![] }
    }

    /// What is wrong, where no document is run.
    fn of_error(error: Error) -> Self {
        let (status, header) = match &error {
            Error::Invalid { .. }
            | Error::CursorMismatch { .. }
            | Error::CursorExpired { .. }
            | Error::SyncTokenInvalid { .. }
            | Error::SyncTokenExpired { .. } => (StatusCode::BAD_REQUEST, None),
            Error::Unauthenticated => {
                (StatusCode::UNAUTHORIZED, Some((WWW_AUTHENTICATE, r#"Bearer realm="Balai""#.to_owned())))
            }
            Error::Forbidden => (StatusCode::FORBIDDEN, None),
            Error::InProgress => (StatusCode::CONFLICT, None),
            Error::Throttled(wait) => {
                (StatusCode::TOO_MANY_REQUESTS, Some((RETRY_AFTER, (wait.as_secs() + 1).to_string())))
            }
            Error::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, Some((RETRY_AFTER, BACK_IN.to_owned()))),
            Error::Timeout => (StatusCode::GATEWAY_TIMEOUT, None),
            Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, None),
        };
        let refusal = Self { status, of_document: false, errors: vec![told(error)], headers: vec![] };
        header.into_iter().fold(refusal, |refusal, (name, value)| refusal.with(name, value))
    }

    pub(super) fn with(mut self, header: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::of_error(error)
    }
}
