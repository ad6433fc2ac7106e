//! Who has applied for membership, as clients see them.
use async_graphql::{Description, Object};
use entity::membership_applicant;

use crate::graphql::{DateTime, EmailAddress};

/// Somebody who applied for a membership without representing the institution: whom to write to, and to invite. Known until
/// the application is rejected, or the membership withdrawn.
#[derive(Description)]
pub(crate) struct Applicant(pub(crate) membership_applicant::Model);

#[Object(use_type_description)]
impl Applicant {
    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The address, which was confirmed.
    async fn email(&self) -> EmailAddress {
        EmailAddress(self.0.email.clone())
    }

    /// What they write to the secretariat and the focal point.
    async fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// When they confirmed the application.
    async fn confirmed_at(&self) -> DateTime {
        DateTime(self.0.confirmed_at)
    }
}
