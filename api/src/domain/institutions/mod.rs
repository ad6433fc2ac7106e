//! Institutions of cultural policy: ministries, agencies, councils, film bodies, funds.
mod filter;
mod query;
mod service;
mod types;

pub(crate) use filter::{InstitutionFilter, InstitutionOrder};
pub(crate) use query::InstitutionQuery;
pub(crate) use service::{Institutions, InstitutionsUnder, key_of_slug, known, reached, unknown};
pub(crate) use types::{Institution, InstitutionKind};
