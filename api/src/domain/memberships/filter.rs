//! Which memberships, in which order.
use async_graphql::{Enum, InputObject};
use serde::Serialize;

use super::types::{MembershipStatus, MembershipTier};
use crate::{
    access::Order,
    graphql::{CountryCode, Date, combined, order_input},
};

/// Which memberships. All fields that are given must hold; a list holds for any of its values.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct MembershipFilter {
    /// All of these must hold.
    pub(crate) and: Option<Vec<Self>>,
    /// At least one of these must hold.
    pub(crate) or: Option<Vec<Self>>,
    /// This must not hold.
    pub(crate) not: Option<Box<Self>>,
    /// That stand at one of these today.
    pub(crate) status: Option<Vec<MembershipStatus>>,
    /// Of these sorts.
    pub(crate) tier: Option<Vec<MembershipTier>>,
    /// Of institutions in these countries.
    pub(crate) country: Option<Vec<CountryCode>>,
    /// Whose term's last day is before this one.
    pub(crate) term_ends_before: Option<Date>,
    /// Of institutions with all of these words, as in the filter of institutions.
    pub(crate) text: Option<String>,
}

combined!(MembershipFilter);

/// What memberships can be ordered by.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
pub(crate) enum MembershipOrderField {
    /// When they were applied for.
    AppliedAt,
    /// The last days of their terms; those without end come last.
    TermEnd,
}

order_input! {
    /// In which order memberships are listed; by default the oldest application comes first.
    MembershipOrder, MembershipOrderField, Order { field: MembershipOrderField::AppliedAt, descending: false }
}
