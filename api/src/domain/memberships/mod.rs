//! Institutions' standing in the network.
mod filter;
mod input;
mod lifecycle;
mod mutation;
mod query;
mod service;
mod summary;
mod types;
mod writing;

pub(crate) use filter::{MembershipFilter, MembershipOrder};
pub(crate) use lifecycle::active;
pub(crate) use mutation::MembershipMutation;
pub(crate) use query::MembershipQuery;
pub(crate) use service::{Memberships, kept_out};
pub(crate) use types::{Membership, MembershipStatus, membership_of, standing_of};
