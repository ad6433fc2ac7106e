//! Agreements between countries and groups of countries.
mod content;
mod filter;
mod input;
mod lifecycle;
mod mutation;
mod query;
mod service;
mod stored;
mod types;
mod writing;

pub(crate) use filter::{AgreementFilter, AgreementOrder};
pub(crate) use mutation::AgreementMutation;
pub(crate) use query::AgreementQuery;
pub(crate) use service::{Agreements, AgreementsUnder, Binding, authorities, bound_countries};
pub(crate) use types::Agreement;
