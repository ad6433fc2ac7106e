//! Inviting people to roles, and how they accept.
mod acceptance_writing;
mod filter;
mod lifecycle;
mod mutation;
mod query;
mod service;
mod types;
mod writing;

pub(crate) use acceptance_writing::{Accepting, Offer, join, offer};
pub(crate) use filter::InvitationFilter;
pub(crate) use mutation::InvitationMutation;
pub(crate) use query::InvitationQuery;
pub(crate) use service::Invitations;
pub(crate) use types::Invitation;
pub(crate) use writing::{forget_of, void_of};
