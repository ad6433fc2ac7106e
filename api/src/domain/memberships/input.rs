//! What is said of memberships that are to be.
use async_graphql::{ID, InputObject};

use super::types::MembershipTier;
use crate::graphql::Date;

/// An institution is admitted.
#[derive(InputObject)]
pub(crate) struct ApproveMembershipInput {
    /// The membership.
    pub(super) id: ID,
    /// The version that was seen: if it has changed since, nothing is done.
    pub(super) expected_version: Option<i32>,
    /// What it becomes; what was applied for, if this is left out.
    pub(super) tier: Option<MembershipTier>,
    /// The first day of its term, today or earlier; today, if this is left out.
    pub(super) since: Option<Date>,
    /// The last day of its term; without end, if this is left out.
    pub(super) until: Option<Date>,
    /// What is to be kept of why.
    pub(super) reason: Option<String>,
}

/// A membership begins a new term, or goes on in its own.
#[derive(InputObject)]
pub(crate) struct RenewMembershipInput {
    /// The membership.
    pub(super) id: ID,
    /// The version that was seen: if it has changed since, nothing is done.
    pub(super) expected_version: Option<i32>,
    /// The last day of the new term, which begins today; of the one that ends soon, if it goes on.
    pub(super) until: Date,
}
