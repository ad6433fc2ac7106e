//! Contacts that are likely the same: found when one is written, and shown to administrators.
mod mutation;
mod query;
mod score;
mod service;
mod stored;
mod types;
mod writing;

pub(crate) use mutation::DuplicateMutation;
pub(crate) use query::DuplicateQuery;
pub(crate) use score::tell_apart;
pub(crate) use service::DuplicateContacts;
pub(crate) use stored::{forget, look_again};
pub(crate) use types::DuplicateContact;
