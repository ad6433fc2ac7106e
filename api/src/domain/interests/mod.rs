//! Institutions' expressions of interest in opportunities.
mod lifecycle;
mod mutation;
mod service;
mod types;
mod writing;

pub(crate) use mutation::InterestMutation;
pub(crate) use service::{Interests, InterestsUnder, compete, court};
pub(crate) use types::Interest;
pub(crate) use writing::{delete_interests, forget_address, forget_sender};
