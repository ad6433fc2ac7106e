//! How memberships are applied for.
use async_graphql::{ID, InputObject};

use super::service::Asked;
use crate::{
    access::Seen as _,
    domain::{
        institutions::{Institutions, NewInstitutionInput},
        memberships::MembershipTier,
    },
    error::Error,
    graphql::{EmailAddress, Result, decode},
};

/// An application: for `institution` or for `newInstitution`, one of them.
#[derive(InputObject)]
pub(crate) struct ApplyForMembershipInput {
    /// The institution, if the network has its entry.
    institution: Option<ID>,
    /// The institution, if the network does not know it yet.
    new_institution: Option<NewInstitutionInput>,
    /// What it wants to become.
    tier: MembershipTier,
    /// Who applies; left out by those who represent the institution.
    applicant: Option<ApplicantInput>,
    /// What the secretariat and the focal point should know: at most 2,000 characters, of those who name an applicant.
    message: Option<String>,
}

/// Who applies for membership without representing the institution.
#[derive(InputObject)]
pub(crate) struct ApplicantInput {
    /// The person's name.
    name: String,
    /// The person's address, at which the application is confirmed.
    email: EmailAddress,
}

/// Which application is confirmed.
#[derive(InputObject)]
pub(crate) struct ConfirmApplicationInput {
    /// What stands at the end of the link that was mailed.
    #[graphql(secret)]
    pub(super) token: String,
}

impl ApplyForMembershipInput {
    /// What is asked.
    pub(super) fn asked(self) -> Result<Asked> {
        let Self { institution, new_institution, tier, applicant, message } = self;
        let known = institution.map(|id| decode("input.institution", Institutions::PREFIX, &id)).transpose()?;
        let new = new_institution.map(|entry| Ok::<_, Error>((entry.kept()?, entry.patch()))).transpose()?;
        let applicant = applicant.map(|ApplicantInput { name, email }| (name, email.0));
        Ok(Asked { known, new, tier: tier.into(), applicant, message })
    }
}
