//! Applications for membership: by those who represent an institution, at once; by anybody else with an address that is
//! confirmed first. Until then nothing of it is in the network.
mod input;
mod mutation;
mod service;
mod types;

pub(crate) use mutation::ApplicationMutation;
pub(crate) use service::{Applicants, Waiting, confirm, forget_address, forget_applicants, forget_expired, waiting};
pub(crate) use types::Applicant;
