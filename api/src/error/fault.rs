//! What is wrong with an input that whoever sent it can mend: told beside an answer, all of it at once.

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
    /// There is no such thing.
    NotFound,
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
}

impl Fault {
    /// A fault in a field of the input.
    pub(crate) fn of(field: &str, code: FaultCode, message: impl Into<String>) -> Self {
        Self { path: vec![field.to_owned()], code, message: message.into() }
    }
}
