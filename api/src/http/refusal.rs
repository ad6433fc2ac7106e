//! A request that is not run, and what is answered instead.
use actix_web::http::{StatusCode, header::HeaderName};

use crate::graphql::{Described, ErrorCode};

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

    pub(super) fn with(mut self, header: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }
}
