//! How the domain's errors reach the client: the only place where they become GraphQL errors.
use async_graphql::{ErrorExtensionValues, ServerError, Value};
use uuid::Uuid;

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
    fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "BAD_USER_INPUT",
            Self::CursorMismatch { .. } => "CURSOR_MISMATCH",
            Self::CursorExpired { .. } => "CURSOR_EXPIRED",
            Self::Internal(_) => "INTERNAL",
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. } | Self::CursorMismatch { field } | Self::CursorExpired { field } => Some(field),
            Self::Internal(_) => None,
        }
    }
}

/// The error as the client gets it: every error leaves through here. Ours carry their code and field. What the
/// library found in the document or the arguments is the client's to mend. Anything else is a fault of ours: it is
/// logged under an ID, and the client gets that ID alone.
pub(crate) fn described(mut error: ServerError) -> ServerError {
    let mut extensions = ErrorExtensionValues::default();
    match error.source::<Error>().cloned() {
        Some(Error::Internal(cause)) => return concealed(&error, &cause),
        Some(ours) => {
            error.message = ours.to_string();
            extensions.set("code", ours.code());
            if let Some(field) = ours.field() {
                extensions.set("field", field);
            }
        }
        None if error.source.is_some() => return concealed(&error, &error.message),
        None if error.path.is_empty() => extensions.set("code", document_code(&error)),
        None => extensions.set("code", "BAD_USER_INPUT"),
    }
    error.extensions = Some(extensions);
    error
}

/// What is wrong with a document that was not run.
fn document_code(error: &ServerError) -> &'static str {
    // The library tells a syntax error from others by nothing but the parser's wording.
    if error.message.starts_with(" -->") { "GRAPHQL_PARSE_FAILED" } else { "GRAPHQL_VALIDATION_FAILED" }
}

fn concealed(error: &ServerError, cause: &dyn std::fmt::Display) -> ServerError {
    let trace = Uuid::now_v7();
    tracing::error!(%trace, path = ?error.path, %cause, "a request failed by our fault");
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", "INTERNAL");
    extensions.set("traceId", Value::from(trace.to_string()));
    let mut shown = ServerError::new("something went wrong on our side; report it with its traceId", None);
    shown.locations.clone_from(&error.locations);
    shown.path.clone_from(&error.path);
    shown.extensions = Some(extensions);
    shown
}
