//! Which policymakers, in which order.
use async_graphql::{Enum, ID, InputObject};
use serde::Serialize;

use super::SeniorityLevel;
use crate::{
    access::Order,
    graphql::{CountryCode, DateTimeRange, PolicyArea, combined, order_input},
};

/// Which policymakers. All fields that are given must hold; a list holds for any of its values.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct PolicymakerFilter {
    /// All of these must hold.
    pub(crate) and: Option<Vec<Self>>,
    /// At least one of these must hold.
    pub(crate) or: Option<Vec<Self>>,
    /// This must not hold.
    pub(crate) not: Option<Box<Self>>,
    /// Of these countries.
    pub(crate) country: Option<Vec<CountryCode>>,
    /// Who hold a position at this institution today.
    pub(crate) institution: Option<ID>,
    /// Who hold a position of one of these levels today.
    pub(crate) level: Option<Vec<SeniorityLevel>>,
    /// Active in at least one of these areas.
    pub(crate) policy_area: Option<Vec<PolicyArea>>,
    /// Last changed in this range.
    pub(crate) updated_at: Option<DateTimeRange>,
    /// With all of these words in their names, as in `search`.
    pub(crate) text: Option<String>,
}

combined!(PolicymakerFilter);

/// What policymakers can be ordered by.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
pub(crate) enum PolicymakerOrderField {
    /// Their family names, then their given names.
    Name,
    /// When they last changed.
    UpdatedAt,
}

order_input! {
    /// In which order policymakers are listed; by default by name.
    PolicymakerOrder, PolicymakerOrderField, Order { field: PolicymakerOrderField::Name, descending: false }
}
