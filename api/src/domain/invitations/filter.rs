//! Which invitations.
use async_graphql::{ID, InputObject};
use serde::Serialize;

use super::types::InvitationStatus;
use crate::{
    domain::accounts::Role,
    graphql::{CountryCode, combined},
};

/// Which invitations. All fields that are given must hold; a list holds for any of its values.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct InvitationFilter {
    /// All of these must hold.
    pub(crate) and: Option<Vec<Self>>,
    /// At least one of these must hold.
    pub(crate) or: Option<Vec<Self>>,
    /// This must not hold.
    pub(crate) not: Option<Box<Self>>,
    /// That stand at one of these now.
    pub(crate) status: Option<Vec<InvitationStatus>>,
    /// To one of these roles.
    pub(crate) role: Option<Vec<Role>>,
    /// To be a focal point of one of these countries.
    pub(crate) country: Option<Vec<CountryCode>>,
    /// To represent this institution.
    pub(crate) institution: Option<ID>,
}

combined!(InvitationFilter);
