//! Signing in and out, and staying signed in.
mod lifecycle;
mod mutation;
mod query;
mod service;
mod types;

pub(crate) use mutation::{SessionMutation, entry};
pub(crate) use query::SessionQuery;
pub(crate) use service::{Entry, Opened, Sessions, begin, end_all, open};
pub(crate) use types::{COOKIE, Session, SessionPayload, session_goes_on, session_payload};
