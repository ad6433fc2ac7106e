//! Whose a token is, and what they may do now.
mod service;

pub(crate) use service::{Holder, access_token, authenticate, person, scope_name};
