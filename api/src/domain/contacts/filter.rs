//! Which contacts an address book follows.
use async_graphql::{Enum, ID, InputObject};
use entity::vocabulary::SubjectKind;
use serde::{Deserialize, Serialize};

use crate::{
    domain::institutions::InstitutionKind,
    graphql::{CountryCode, PolicyArea},
};

/// Which contacts. All fields that are given must hold; a list holds for any of its values.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct ContactFilter {
    /// People, or organisations.
    pub(crate) kind: Option<Vec<ContactKind>>,
    /// Of these countries.
    pub(crate) country: Option<Vec<CountryCode>>,
    /// These institutions, and the people who hold or held a position there.
    pub(crate) institution: Option<Vec<ID>>,
    /// Organisations of these kinds.
    pub(crate) institution_kind: Option<Vec<InstitutionKind>>,
    /// Active in at least one of these areas.
    pub(crate) policy_area: Option<Vec<PolicyArea>>,
}

/// What sort of contact, as `KIND` of a card tells it.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum ContactKind {
    /// An institution.
    Organization,
    /// A policymaker.
    Person,
}

impl ContactKind {
    /// The subjects that are contacts.
    pub(crate) const SUBJECTS: &'static [SubjectKind] = &[SubjectKind::Institution, SubjectKind::Policymaker];

    /// The kind of a subject; none, where it is no contact.
    pub(crate) fn of(subject: SubjectKind) -> Option<Self> {
        match subject {
            SubjectKind::Institution => Some(Self::Organization),
            SubjectKind::Policymaker => Some(Self::Person),
            _ => None,
        }
    }
}
