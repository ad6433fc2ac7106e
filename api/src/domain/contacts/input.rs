//! E-mail addresses and telephone numbers, as clients write them.
use async_graphql::InputObject;

use super::{
    points::Point,
    types::{ContactPointKind, Visibility},
};
use crate::graphql::{EmailAddress, PhoneNumber};

/// An e-mail address.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ContactEmailInput {
    /// The address itself, which tells it from the others.
    address: EmailAddress,
    /// What it is for.
    #[graphql(default_with = "ContactPointKind::Work")]
    kind: ContactPointKind,
    /// Whether it is the one to use first.
    #[graphql(default)]
    preferred: bool,
    /// Who may see it.
    visibility: Visibility,
}

/// A telephone number.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ContactPhoneInput {
    /// The number itself, which tells it from the others.
    number: PhoneNumber,
    /// What it is for.
    #[graphql(default_with = "ContactPointKind::Work")]
    kind: ContactPointKind,
    /// Whether it is the one to use first.
    #[graphql(default)]
    preferred: bool,
    /// Who may see it.
    visibility: Visibility,
}

impl From<ContactEmailInput> for Point {
    fn from(input: ContactEmailInput) -> Self {
        let ContactEmailInput { address, kind, preferred, visibility } = input;
        Self { value: address.0, kind: kind.into(), preferred, visibility: visibility.into() }
    }
}

impl From<ContactPhoneInput> for Point {
    fn from(input: ContactPhoneInput) -> Self {
        let ContactPhoneInput { number, kind, preferred, visibility } = input;
        Self { value: number.0, kind: kind.into(), preferred, visibility: visibility.into() }
    }
}
