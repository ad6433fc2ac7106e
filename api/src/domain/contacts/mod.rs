//! What goes into a partner's address book: the interface that institutions and policymakers share.
mod input;
mod points;
mod service;
mod types;

pub(crate) use input::{ContactEmailInput, ContactPhoneInput};
pub(crate) use points::{Point, emails, phones};
pub(crate) use service::{InstitutionEmails, InstitutionPhones};
pub(crate) use types::{
    Contact, ContactEmail, ContactPhone, emails_of_appointments, emails_of_institution, phones_of_appointments,
    phones_of_institution,
};
