//! Which institutions, in which order.
use async_graphql::{Enum, ID, InputObject};
use serde::Serialize;

use super::InstitutionKind;
use crate::{
    access::Order,
    graphql::{CountryCode, DateTimeRange, PolicyArea, combined, order_input},
};

/// Which institutions. All fields that are given must hold; a list holds for any of its values.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct InstitutionFilter {
    /// All of these must hold.
    pub(crate) and: Option<Vec<Self>>,
    /// At least one of these must hold.
    pub(crate) or: Option<Vec<Self>>,
    /// This must not hold.
    pub(crate) not: Option<Box<Self>>,
    /// Of these kinds.
    pub(crate) kind: Option<Vec<InstitutionKind>>,
    /// In these countries.
    pub(crate) country: Option<Vec<CountryCode>>,
    /// Whether they are regional or international: in no country.
    pub(crate) regional: Option<bool>,
    /// Active in at least one of these areas.
    pub(crate) policy_area: Option<Vec<PolicyArea>>,
    /// Parts of this institution.
    pub(crate) parent: Option<ID>,
    /// Last changed in this range.
    pub(crate) updated_at: Option<DateTimeRange>,
    /// With all of these words in names, city or description, as in `search`.
    pub(crate) text: Option<String>,
}

combined!(InstitutionFilter);

/// What institutions can be ordered by.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
pub(crate) enum InstitutionOrderField {
    /// Their English names, or else their native ones.
    Name,
    /// When they last changed.
    UpdatedAt,
}

order_input! {
    /// In which order institutions are listed; by default by name.
    InstitutionOrder, InstitutionOrderField, Order { field: InstitutionOrderField::Name, descending: false }
}
