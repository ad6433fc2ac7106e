//! Institutions' standing in the network.
mod export_service;
mod filter;
mod input;
mod lifecycle;
mod mutation;
mod notices_writing;
mod query;
mod rounds;
mod service;
mod subscription;
mod summary;
mod types;
mod writing;

pub(crate) use filter::{MembershipFilter, MembershipOrder};
pub(crate) use lifecycle::{active, is_public};
pub(crate) use mutation::{MembershipMutation, MembershipPayload};
pub(crate) use query::MembershipQuery;
pub(crate) use rounds::make_rounds;
pub(crate) use service::{Memberships, goes_on, kept_out};
pub(crate) use subscription::{MembershipChange, MembershipSubscription};
pub(crate) use types::{Membership, MembershipStatus, MembershipTier, membership_of, standing_of};
pub(crate) use writing::{Begun, applicants_changed, apply, begin, carry_out};
