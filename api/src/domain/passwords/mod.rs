//! Setting, changing and resetting passwords, and the one-time links that let people do so.
mod mutation;
mod service;

pub(crate) use mutation::PasswordMutation;
pub(crate) use service::{Chosen, bootstrap, choose, link, needs_bootstrap, of_password};
