//! Countries of ISO 3166-1, where everything in the network comes together.
mod filter;
mod query;
mod service;
mod types;

pub(crate) use filter::{CountryFilter, CountryOrder, CountryOrderField};
pub(crate) use query::CountryQuery;
pub(crate) use service::Countries;
pub(crate) use types::Country;
