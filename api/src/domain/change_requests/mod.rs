//! What an administrator asks another one to approve.
mod decided;
mod filter;
mod lifecycle;
mod mutation;
mod once;
mod query;
mod service;
mod types;
mod writing;

pub(crate) use decided::{Decided, Leave};
pub(crate) use filter::ChangeRequestFilter;
pub(crate) use mutation::ChangeRequestMutation;
pub(crate) use once::decided_once;
pub(crate) use query::ChangeRequestQuery;
pub(crate) use service::ChangeRequests;
pub(crate) use types::ChangeRequest;
pub(crate) use writing::{Approval, Wanted, forget, leave};
