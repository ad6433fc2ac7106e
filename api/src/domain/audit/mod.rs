//! The log of changes, as administrators read it.
mod filter;
mod query;
mod service;
mod types;

use filter::AuditFilter;
pub(crate) use query::AuditQuery;
pub(crate) use service::AuditEntries;
pub(crate) use types::{AuditChange, AuditEntry};
