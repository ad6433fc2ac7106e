//! Opportunities: calls, grants, residencies, workshops, and who may take them up.
mod closing_service;
mod content;
mod filter;
mod input;
mod lifecycle;
mod mutation;
mod published;
mod query;
mod service;
mod stored;
mod subscription;
mod types;
mod writing;

pub(crate) use closing_service::next_closing;
pub(crate) use filter::{OpportunityFilter, OpportunityOrder};
pub(crate) use lifecycle::accepts_interest;
pub(crate) use mutation::OpportunityMutation;
pub(crate) use published::{Published, published};
pub(crate) use query::OpportunityQuery;
pub(crate) use service::{OpenToAll, Opportunities, OpportunitiesUnder, counts_open_to, open_to_countries};
pub(crate) use subscription::OpportunitySubscription;
pub(crate) use types::Opportunity;
pub(crate) use writing::is_open_to;
