//! Policymakers and the positions that they hold.
mod filter;
mod query;
mod service;
mod types;

pub(crate) use filter::{PolicymakerFilter, PolicymakerOrder};
pub(crate) use query::PolicymakerQuery;
pub(crate) use service::{Policymakers, PolicymakersUnder, held_within, of_consenting};
pub(crate) use types::{Policymaker, SeniorityLevel};
