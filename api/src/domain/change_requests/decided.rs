//! What came of a decision that may need a second administrator.
use chrono::{DateTime, Utc};
use entity::{change_request, vocabulary::ChangeRequestStatus};
use uuid::Uuid;

use super::lifecycle::status;
use crate::{
    changes::FieldChange,
    db::Change,
    error::{Checked, Error, Fault, FaultCode, Written},
};

/// Whether something may be done.
pub(crate) enum Leave {
    /// It may: this is what the log tells of that, beside the fields that change.
    Granted(Vec<FieldChange>),
    /// It waits for another administrator.
    Awaited(Box<change_request::Model>),
}

/// What came of a decision: what was written, or the request that is to be approved before anything is.
pub(crate) struct Decided<T> {
    pub(crate) written: Written<T>,
    pub(crate) request: Option<Box<change_request::Model>>,
}

impl<T> Decided<T> {
    /// Nothing was done yet.
    pub(crate) fn awaited(now: T, request: Box<change_request::Model>) -> Self {
        Self { written: Written { now: Some(now), faults: vec![awaits(&request)] }, request: Some(request) }
    }

    /// What is told of a request to which a repeated mutation leads: whatever became of it.
    pub(super) fn again(now: Option<T>, request: Option<Box<change_request::Model>>, at: DateTime<Utc>) -> Self {
        let over = |code, what: &str| Fault { path: vec![], code, message: format!("what was asked for {what}") };
        let fault = |request: &change_request::Model| match status(request, at) {
            ChangeRequestStatus::Pending => Some(awaits(request)),
            ChangeRequestStatus::Approved => None,
            ChangeRequestStatus::Rejected => Some(over(FaultCode::IllegalTransition, "was rejected")),
            ChangeRequestStatus::Stale => Some(over(FaultCode::Stale, "could be done no more")),
            ChangeRequestStatus::Expired => Some(over(FaultCode::Expired, "was approved by nobody in time")),
        };
        let faults = request.as_deref().and_then(fault).into_iter().collect();
        Self { written: Written { now, faults }, request }
    }

    /// Has what was done, or asked for, be so. What is wrong with the input leaves all as it was.
    pub(crate) async fn commit(self, change: Change, key: impl FnOnce(&T) -> Uuid) -> Result<Self, Error> {
        let Written { now, faults } = &self.written;
        let subject = match &self.request {
            Some(request) => Some(request.id),
            None => now.as_ref().filter(|_| faults.is_empty()).map(key),
        };
        if let Some(subject) = subject {
            change.commit_to(subject).await?;
        }
        Ok(self)
    }
}

impl<T> From<Written<T>> for Decided<T> {
    fn from(written: Written<T>) -> Self {
        Self { written, request: None }
    }
}

impl<T> From<Checked<T>> for Decided<T> {
    fn from(outcome: Checked<T>) -> Self {
        Written::from(outcome).into()
    }
}

fn awaits(request: &change_request::Model) -> Fault {
    let day = request.expires_at.date_naive();
    let message = format!("another administrator has to approve this first, by {day}: see `changeRequest`");
    Fault { path: vec![], code: FaultCode::ApprovalRequired, message }
}
