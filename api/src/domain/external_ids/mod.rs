//! What agencies call contacts: their own IDs, by which they find them again.
mod service;
mod stored;
mod types;

pub(crate) use service::called;
pub(crate) use stored::{FIELD, LONGEST, forget, give, holders, known};
pub(crate) use types::{ExternalId, external_ids_given_to, external_ids_of};
