//! Policymakers and the positions that they hold.
mod content;
mod filter;
mod input;
mod mutation;
mod query;
mod service;
mod shown_writing;
mod stored;
mod types;
mod writing;

pub(crate) use filter::{PolicymakerFilter, PolicymakerOrder};
pub(crate) use mutation::PolicymakerMutation;
pub(crate) use query::PolicymakerQuery;
pub(crate) use service::{
    Appointments, Policymakers, PolicymakersUnder, consenting, held_within, is_held, newest_first, of_consenting,
};
pub(crate) use shown_writing::{known_anew, known_at, shown_anew, tell_of_days};
pub(crate) use stored::audience_of;
pub(crate) use types::{Policymaker, SeniorityLevel};
