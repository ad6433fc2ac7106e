//! Agreements between countries and groups of countries.
mod filter;
mod query;
mod service;
mod types;

pub(crate) use filter::{AgreementFilter, AgreementOrder};
pub(crate) use query::AgreementQuery;
pub(crate) use service::{Agreements, AgreementsUnder, Binding, authorities, bound_countries};
pub(crate) use types::Agreement;
