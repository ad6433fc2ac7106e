//! What lets countries work together: a question, not a table.
mod query;
mod types;

pub(crate) use query::CooperationQuery;
