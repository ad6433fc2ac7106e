//! Finding subjects by words, in any script.
mod query;
mod service;
mod types;

pub(crate) use query::SearchQuery;
pub(crate) use service::{subjects_with, words_of};
