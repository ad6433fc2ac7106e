//! What goes into a partner's address book: the interface that institutions and policymakers share.
mod carried_service;
mod digest_service;
mod feed_service;
mod feed_types;
mod filter;
mod input;
mod merges_stored;
mod mutation;
mod points;
mod query;
mod service;
mod stored;
mod subscription;
mod sync_token;
mod types;
mod writing;

pub(crate) use carried_service::Carried;
pub(crate) use filter::{ContactFilter, ContactKind};
pub(crate) use input::{ContactEmailInput, ContactPhoneInput};
pub(crate) use merges_stored::{forget_kept, forget_merged, merged_into};
pub(crate) use mutation::ContactMutation;
pub(crate) use points::{Point, Points, emails, phones};
pub(crate) use query::ContactQuery;
pub(crate) use service::{AppointmentEmails, AppointmentPhones, InstitutionEmails, InstitutionPhones};
pub(crate) use stored::{Holders, points_of, widest, write_points};
pub(crate) use subscription::{ContactChanged, ContactSubscription, Replay};
pub(crate) use sync_token::{Place, Tokens};
pub(crate) use types::{
    Contact, ContactEmail, ContactPhone, emails_of_appointments, emails_of_institution, phones_of_appointments,
    phones_of_institution,
};
pub(crate) use writing::Row;
