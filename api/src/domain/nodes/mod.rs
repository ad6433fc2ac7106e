//! Anything by its ID.
mod query;
mod types;

pub(crate) use query::NodeQuery;
pub(crate) use types::{Node, kind, nodes, prefix};
