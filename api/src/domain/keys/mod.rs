//! The keys that sign access tokens, as the database keeps them.
mod service;

pub(crate) use service::{ring, ring_of_links, rotate};
