//! Which entries of the log.
use async_graphql::{ID, InputObject};
use serde::Serialize;

use super::types::AuditOperation;
use crate::graphql::DateTimeRange;

/// Which entries of the log. All fields that are given must hold; a list holds for any of its values.
#[derive(Clone, Debug, Default, InputObject, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct AuditFilter {
    /// What this account or agency's machine has done.
    pub(crate) actor: Option<ID>,
    /// What was done to this.
    pub(crate) subject: Option<ID>,
    /// These operations.
    pub(crate) operation: Option<Vec<AuditOperation>>,
    /// Done in this range.
    pub(crate) at: Option<DateTimeRange>,
}
