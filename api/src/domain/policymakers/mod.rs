//! Policymakers and the positions that they hold.
mod content;
mod filter;
mod input;
mod mutation;
mod pushed_input;
mod pushed_writing;
mod query;
mod service;
mod shown_writing;
mod stored;
mod types;
mod writing;

pub(crate) use content::Patch as PolicymakerPatch;
pub(crate) use filter::{PolicymakerFilter, PolicymakerOrder};
pub(crate) use mutation::PolicymakerMutation;
pub(crate) use pushed_input::PolicymakerContactInput;
pub(crate) use pushed_writing::{PushedPeople, PushedPerson};
pub(crate) use query::PolicymakerQuery;
pub(crate) use service::{
    Appointments, Policymakers, PolicymakersUnder, agreeing, consenting, held_within, is_held, names_of, newest_first,
    of_shared,
};
pub(crate) use shown_writing::{known_anew, known_at, shown_anew, tell_of_days};
pub(crate) use stored::audience_of;
pub(crate) use types::{Policymaker, SeniorityLevel};
pub(crate) use writing::Agreed;
