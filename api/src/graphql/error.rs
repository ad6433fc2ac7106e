//! How the domain's errors reach the client: the only place where they become GraphQL errors.
use async_graphql::{PathSegment, Pos, ServerError};
use serde::Serialize;
use uuid::Uuid;

use super::ErrorCode;
use crate::error::Error;

/// What resolvers return.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// An error on its way to the client.
#[derive(Clone, Debug)]
pub(crate) struct Failure(Error);

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<Failure> for async_graphql::Error {
    fn from(Failure(error): Failure) -> Self {
        Self::new_with_source(error)
    }
}

impl Error {
    /// The stable code that clients switch on, sent as `extensions.code`.
    fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid { .. } => ErrorCode::BadUserInput,
            Self::CursorMismatch { .. } => ErrorCode::CursorMismatch,
            Self::CursorExpired { .. } => ErrorCode::CursorExpired,
            Self::SyncTokenInvalid { .. } => ErrorCode::SyncTokenInvalid,
            Self::SyncTokenExpired { .. } => ErrorCode::SyncTokenExpired,
            Self::Unauthenticated => ErrorCode::Unauthenticated,
            Self::Forbidden => ErrorCode::Forbidden,
            Self::InProgress => ErrorCode::IdempotencyInProgress,
            Self::Throttled(_) => ErrorCode::Throttled,
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::Timeout => ErrorCode::Timeout,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. }
            | Self::CursorMismatch { field }
            | Self::CursorExpired { field }
            | Self::SyncTokenInvalid { field }
            | Self::SyncTokenExpired { field } => Some(field),
            Self::Unauthenticated
            | Self::Forbidden
            | Self::InProgress
            | Self::Throttled(_)
            | Self::Unavailable(_)
            | Self::Timeout
            | Self::Internal(_) => None,
        }
    }
}

/// An error as the client gets it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Described {
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Pos>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<PathSegment>,
    extensions: Extensions,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    code: ErrorCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<Uuid>,
}

impl Described {
    /// An error of a request that is not run.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let extensions = Extensions { code, field: None, trace_id: None };
        Self { message: message.into(), locations: vec![], path: vec![], extensions }
    }

    /// Where in the document it is, by line and column, from 1.
    pub(crate) fn at(mut self, line: usize, column: usize) -> Self {
        self.locations.push(Pos { line, column });
        self
    }

    /// Which input is at fault, as a path such as `filter.or.0.openTo`.
    pub(crate) fn in_field(mut self, field: impl Into<String>) -> Self {
        self.extensions.field = Some(field.into());
        self
    }

    pub(crate) fn code(&self) -> ErrorCode {
        self.extensions.code
    }
}

/// The error as the client gets it: every error of a request that was run leaves through here. Ours carry their code
/// and field. What the library found in the arguments is the client's to mend. Anything else is a fault of ours: it is
/// logged under an ID, and the client gets that ID alone.
pub(crate) fn described(error: ServerError) -> Described {
    let told = match error.source::<Error>() {
        Some(Error::Internal(cause)) => concealed(&error, cause),
        Some(ours) => {
            if let Error::Unavailable(cause) = ours {
                tracing::warn!(%cause, "what is needed for an answer cannot be reached");
            }
            let told = Described::new(ours.code(), ours.to_string());
            ours.field().map(|field| told.clone().in_field(field)).unwrap_or(told)
        }
        None if error.source.is_some() || error.path.is_empty() => concealed(&error, &error.message),
        None => Described::new(ErrorCode::BadUserInput, error.message.clone()),
    };
    Described { locations: error.locations, path: error.path, ..told }
}

/// The error as a client gets it that asked for something else than to have a document run.
pub(crate) fn told(error: Error) -> Described {
    let error = async_graphql::Error::from(Failure(error)).into_server_error(Pos::default());
    Described { locations: vec![], ..described(error) }
}

fn concealed(error: &ServerError, cause: &dyn std::fmt::Display) -> Described {
    let trace = Uuid::now_v7();
    tracing::error!(%trace, path = ?error.path, %cause, "a request failed by our fault");
    let mut told = Described::new(ErrorCode::Internal, "something went wrong on our side; report it with its traceId");
    told.extensions.trace_id = Some(trace);
    told
}
