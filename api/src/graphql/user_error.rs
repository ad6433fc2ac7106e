//! What is wrong with a mutation's input, as clients get it.
use async_graphql::{Enum, SimpleObject};

use crate::error::{Fault, FaultCode};

/// Something wrong with a mutation's input, which whoever sent it can mend.
#[derive(Debug, SimpleObject)]
pub(crate) struct UserError {
    /// Which field of the input, from the outside in.
    field: Option<Vec<String>>,
    /// What sort of fault, for a program to switch on.
    code: UserErrorCode,
    /// What is wrong and what would be right, for a person to read.
    message: String,
}

/// What sort of fault an input has.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "FaultCode")]
pub(crate) enum UserErrorCode {
    /// It must be there.
    Required,
    /// It breaks a rule.
    Invalid,
    /// It is longer than it may be.
    TooLong,
    /// There is no such thing.
    NotFound,
    /// There is more of it than there may be.
    LimitExceeded,
    /// Somebody else has it.
    Taken,
    /// Something else depends on it.
    InUse,
    /// There is one already.
    Duplicate,
    /// It has changed since it was seen.
    Conflict,
    /// It is good no more.
    Expired,
    /// This cannot be done as things stand.
    IllegalTransition,
    /// It waits for another administrator to approve it.
    ApprovalRequired,
    /// What was asked for can be done no more: things have changed since.
    Stale,
}

impl From<Fault> for UserError {
    fn from(fault: Fault) -> Self {
        let field = (!fault.path.is_empty()).then_some(fault.path);
        Self { field, code: fault.code.into(), message: fault.message }
    }
}

/// The faults of an input, as a payload tells them.
pub(crate) fn user_errors(faults: Vec<Fault>) -> Vec<UserError> {
    faults.into_iter().map(UserError::from).collect()
}
