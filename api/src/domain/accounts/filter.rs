//! Which accounts.
use async_graphql::{ID, InputObject};
use serde::Serialize;

use super::types::{AccountStatus, Role};
use crate::graphql::{CountryCode, combined};

/// Which accounts. All fields that are given must hold; a list holds for any of its values. What is said of the role, the
/// country and the institution must hold of one role, which counts today.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct AccountFilter {
    /// All of these must hold.
    pub(crate) and: Option<Vec<Self>>,
    /// At least one of these must hold.
    pub(crate) or: Option<Vec<Self>>,
    /// This must not hold.
    pub(crate) not: Option<Box<Self>>,
    /// With all of these words, or parts of words, in the name and the e-mail address together, without regard to case and
    /// accents: at most 16.
    pub(crate) text: Option<String>,
    /// With one of these roles.
    pub(crate) role: Option<Vec<Role>>,
    /// Of these statuses.
    pub(crate) status: Option<Vec<AccountStatus>>,
    /// With a role in one of these countries, or at an institution there.
    pub(crate) country: Option<Vec<CountryCode>>,
    /// With a role at this institution.
    pub(crate) institution: Option<ID>,
}

combined!(AccountFilter);
