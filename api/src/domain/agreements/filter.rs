//! Which agreements, in which order.
use async_graphql::{Enum, ID, InputObject};
use serde::Serialize;

use super::{
    service::Binding,
    types::{AgreementKind, AgreementStatus},
};
use crate::{
    access::Order,
    graphql::{CountryCode, Date, DateTimeRange, Medium, combined, order_input},
};

/// Which agreements. All fields that are given must hold; a list holds for any of its values.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct AgreementFilter {
    /// All of these must hold.
    pub(crate) and: Option<Vec<Self>>,
    /// At least one of these must hold.
    pub(crate) or: Option<Vec<Self>>,
    /// This must not hold.
    pub(crate) not: Option<Box<Self>>,
    /// Of these kinds.
    pub(crate) kind: Option<Vec<AgreementKind>>,
    /// In these statuses.
    pub(crate) status: Option<Vec<AgreementStatus>>,
    /// To which this country is a party, directly or through a group that it is a member of today.
    pub(crate) party: Option<CountryCode>,
    /// To which the group with this code is itself a party.
    pub(crate) group: Option<String>,
    /// That cover at least one of these media, or name none and so cover any.
    pub(crate) medium: Option<Vec<Medium>>,
    /// Signed in this range. A partial date counts if the whole of it is in the range.
    pub(crate) signed_on: Option<DateRange>,
    /// Entered into force in this range. A partial date counts if the whole of it is in the range.
    pub(crate) in_force_on: Option<DateRange>,
    /// For which this institution is a competent authority.
    pub(crate) competent_authority: Option<ID>,
    /// Whether somebody has checked them against their source.
    pub(crate) verified: Option<bool>,
    /// Last changed in this range.
    pub(crate) updated_at: Option<DateTimeRange>,
    /// With all of these words in title or summary, as in `search`.
    pub(crate) text: Option<String>,
    /// Binding between countries: what `cooperation` adds.
    #[graphql(skip)]
    pub(crate) binding: Option<Binding>,
}

combined!(AgreementFilter);

/// A range of days.
#[derive(Clone, Copy, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct DateRange {
    /// The first day that counts.
    pub(crate) from: Option<Date>,
    /// The first day that does not count any more.
    pub(crate) before: Option<Date>,
}

/// What agreements can be ordered by. Those without the date come last.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
pub(crate) enum AgreementOrderField {
    /// Their English titles, or else their native ones.
    Title,
    /// When they were signed.
    SignedOn,
    /// When they entered into force.
    InForceOn,
    /// When they last changed.
    UpdatedAt,
}

order_input! {
    /// In which order agreements are listed; by default by title.
    AgreementOrder, AgreementOrderField, Order { field: AgreementOrderField::Title, descending: false }
}
