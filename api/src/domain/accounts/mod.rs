//! The people who sign in, and their roles.
mod actor;
mod deciding;
mod mutation;
mod query;
mod service;
mod types;

pub(crate) use actor::Actor;
pub(crate) use deciding::carry_out;
pub(crate) use mutation::AccountMutation;
pub(crate) use query::AccountQuery;
pub(crate) use service::{Accounts, by_email, erase_of, key_of, log, named, part_from};
pub(crate) use types::{Account, Viewer};
