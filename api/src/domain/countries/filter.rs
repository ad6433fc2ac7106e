//! Which countries, in which order.
use async_graphql::{Enum, InputObject};
use serde::Serialize;

use crate::{
    access::Order,
    graphql::{CountryCode, Date, combined, order_input},
};

/// Which countries. All fields that are given must hold; a list holds for any of its values.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct CountryFilter {
    /// All of these must hold.
    pub(crate) and: Option<Vec<Self>>,
    /// At least one of these must hold.
    pub(crate) or: Option<Vec<Self>>,
    /// This must not hold.
    pub(crate) not: Option<Box<Self>>,
    /// Their codes.
    pub(crate) code: Option<Vec<CountryCode>>,
    /// Members of the group with this code, such as ASEAN.
    pub(crate) group: Option<String>,
    /// Parties to the convention with this code, such as UNESCO-2005.
    pub(crate) party_to: Option<String>,
    /// The day for `group` and `partyTo`; today by default. A partial date is an interval: it counts from its first
    /// day, or to its last. What has no date at all counts only for today.
    pub(crate) on: Option<Date>,
    /// The region or subregion of the UN M49 standard, such as South-eastern Asia.
    pub(crate) region: Option<String>,
    /// Whether an opportunity that accepts interest now is open to them.
    pub(crate) has_open_opportunities: Option<bool>,
}

combined!(CountryFilter);

/// What countries can be ordered by.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
pub(crate) enum CountryOrderField {
    /// Their codes.
    Code,
    /// Their English names.
    Name,
}

order_input! {
    /// In which order countries are listed; by default by name.
    CountryOrder, CountryOrderField, Order { field: CountryOrderField::Name, descending: false }
}
