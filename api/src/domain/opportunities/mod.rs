//! Opportunities: calls, grants, residencies, workshops, and who may take them up.
mod filter;
mod lifecycle;
mod query;
mod service;
mod types;

pub(crate) use filter::{OpportunityFilter, OpportunityOrder};
pub(crate) use query::OpportunityQuery;
pub(crate) use service::{OpenToAll, Opportunities, OpportunitiesUnder, counts_open_to, open_to_countries};
pub(crate) use types::Opportunity;
