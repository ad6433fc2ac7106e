//! What an update says of a value that may be missing.
use super::faults::Faults;
use crate::error::FaultCode;

/// What an update says of a value that may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Edit<T> {
    /// Nothing: it stays as it is.
    #[default]
    Keep,
    /// It is removed.
    Remove,
    /// It is this.
    Put(T),
}

impl<T> Edit<T> {
    /// The value after the update.
    pub(crate) fn of(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Keep => old,
            Self::Remove => None,
            Self::Put(value) => Some(value),
        }
    }

    /// The value after the update, if it is put and passes the check.
    pub(crate) fn checked(self, old: Option<T>, check: impl FnOnce(T) -> Option<T>) -> Option<T> {
        match self {
            Self::Put(value) => check(value),
            kept => kept.of(old),
        }
    }

    /// The value after the update, where there must be one.
    pub(crate) fn required(self, old: Option<T>, path: &[&str], faults: &mut Faults) -> Option<T> {
        if matches!(self, Self::Remove) {
            faults.add(path, FaultCode::Required, "cannot be removed");
        }
        self.of(old)
    }

    /// The same of another value.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Edit<U> {
        match self {
            Self::Keep => Edit::Keep,
            Self::Remove => Edit::Remove,
            Self::Put(value) => Edit::Put(change(value)),
        }
    }
}

impl<T> From<Option<T>> for Edit<T> {
    /// Of something new: what is absent is missing.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Remove, Self::Put)
    }
}
