//! Which opportunities, in which order.
use async_graphql::{Enum, ID, InputObject};
use serde::Serialize;

use super::{
    service::OpenToAll,
    types::{CoveredCost, OpportunityKind, OpportunityStatus},
};
use crate::{
    access::Order,
    graphql::{CountryCode, DateTimeRange, Medium, PolicyArea, combined, order_input},
};

/// Which opportunities. All fields that are given must hold; a list holds for any of its values.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct OpportunityFilter {
    /// All of these must hold.
    pub(crate) and: Option<Vec<Self>>,
    /// At least one of these must hold.
    pub(crate) or: Option<Vec<Self>>,
    /// This must not hold.
    pub(crate) not: Option<Box<Self>>,
    /// Of these kinds.
    pub(crate) kind: Option<Vec<OpportunityKind>>,
    /// In these statuses.
    pub(crate) status: Option<Vec<OpportunityStatus>>,
    /// Open to this country: by name, through a group that it is a member of today, or to everyone.
    pub(crate) open_to: Option<CountryCode>,
    /// That take place in this country.
    pub(crate) host: Option<CountryCode>,
    /// Led by this institution.
    pub(crate) lead: Option<ID>,
    /// In at least one of these areas, or in none in particular and so in any.
    pub(crate) policy_area: Option<Vec<PolicyArea>>,
    /// For at least one of these media, or for none in particular and so for any.
    pub(crate) medium: Option<Vec<Medium>>,
    /// Whether they accept interest now.
    pub(crate) accepts_interest: Option<bool>,
    /// Whether they are standing programmes.
    pub(crate) recurring: Option<bool>,
    /// With a deadline in this range. Rolling ones have none.
    pub(crate) deadline: Option<DateTimeRange>,
    /// Last changed in this range.
    pub(crate) updated_at: Option<DateTimeRange>,
    /// That pay for at least one of these.
    pub(crate) covers: Option<Vec<CoveredCost>>,
    /// That rest on this agreement.
    pub(crate) legal_basis: Option<ID>,
    /// With all of these words in title, summary or description, as in `search`.
    pub(crate) text: Option<String>,
    /// Open to all of these countries: what `cooperation` adds.
    #[graphql(skip)]
    pub(crate) open_to_all: Option<OpenToAll>,
}

combined!(OpportunityFilter);

/// What opportunities can be ordered by. Those without the time come last.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
pub(crate) enum OpportunityOrderField {
    /// Their deadlines; rolling ones come last.
    Deadline,
    /// When they were published.
    PublishedAt,
    /// When they last changed.
    UpdatedAt,
    /// Their English titles, or else their native ones.
    Title,
}

order_input! {
    /// In which order opportunities are listed; by default by title.
    OpportunityOrder, OpportunityOrderField, Order { field: OpportunityOrderField::Title, descending: false }
}
