//! What is wrong with an input that whoever sent it can mend: told beside an answer, all of it at once.

use uuid::Uuid;

/// What something is, if its input is as it should be.
pub(crate) type Checked<T> = std::result::Result<T, Vec<Fault>>;

/// Something wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Which field, from the outside in.
    pub(crate) path: Vec<String>,
    /// What sort of fault.
    pub(crate) code: FaultCode,
    /// What is wrong, and what would be right.
    pub(crate) message: String,
}

/// What sort of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultCode {
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

/// What a client names of a subject to change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Which.
    pub(crate) key: Uuid,
    /// The version that was seen, if it matters.
    pub(crate) version: Option<i32>,
}

impl Target {
    /// What to answer where the subject, at this version, is not what the client saw: nothing was written.
    pub(crate) fn stale<T: Clone>(self, now: &T, version: i32) -> Option<Written<T>> {
        self.version.filter(|seen| *seen != version)?;
        let message = format!("it has changed since you saw it, and is at version {version}");
        let fault = Fault::of("expectedVersion", FaultCode::Conflict, message);
        Some(Written { now: Some(now.clone()), faults: vec![fault] })
    }
}

/// What came of a change: the subject as it is now, and what was wrong with the input. Where nothing was, it is as it was
/// written; where it has changed since it was seen, it is there, too.
#[derive(Clone, Debug)]
pub(crate) struct Written<T> {
    /// The subject, if it is there.
    pub(crate) now: Option<T>,
    /// What was wrong; nothing, if it was written.
    pub(crate) faults: Vec<Fault>,
}

impl<T> Written<T> {
    /// It was written.
    pub(crate) fn done(now: T) -> Self {
        Self { now: Some(now), faults: vec![] }
    }

    /// Nothing was written.
    pub(crate) fn refused(faults: Vec<Fault>) -> Self {
        Self { now: None, faults }
    }

    /// The same, of something else that is told of the subject.
    pub(crate) fn map<U>(self, told: impl FnOnce(T) -> U) -> Written<U> {
        Written { now: self.now.map(told), faults: self.faults }
    }

    /// Nothing was written: there is no such subject.
    pub(crate) fn not_there(what: &str) -> Self {
        Self::refused(vec![Fault::of("id", FaultCode::NotFound, format!("there is no such {what}"))])
    }
}

impl<T> From<Checked<T>> for Written<T> {
    fn from(outcome: Checked<T>) -> Self {
        outcome.map_or_else(Self::refused, Self::done)
    }
}

impl Fault {
    /// A fault in a field of the input.
    pub(crate) fn of(field: &str, code: FaultCode, message: impl Into<String>) -> Self {
        Self { path: vec![field.to_owned()], code, message: message.into() }
    }
}
