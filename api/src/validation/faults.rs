//! All that is wrong with an input, found in one go.
use crate::error::{Fault, FaultCode};

/// What is wrong with a value: what sort of fault, and a sentence.
pub(crate) type Wrong = (FaultCode, String);

/// Collects what is wrong with an input, each fault with its path.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    found: Vec<Fault>,
}

impl Faults {
    /// Notes a fault.
    pub(crate) fn add(&mut self, path: &[&str], code: FaultCode, message: impl Into<String>) {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        self.found.push(Fault { path, code, message: message.into() });
    }

    /// The value, if nothing is wrong with it; otherwise the fault is noted.
    pub(crate) fn checked<T>(&mut self, path: &[&str], value: Result<T, Wrong>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err((code, message)) => {
                self.add(path, code, message);
                None
            }
        }
    }

    /// What is found within a part of the input: the faults' paths begin there.
    pub(crate) fn within<T>(&mut self, path: &[&str], find: impl FnOnce(&mut Self) -> T) -> T {
        let mut inner = Self::default();
        let found = find(&mut inner);
        let above = || path.iter().map(|part| (*part).to_owned());
        self.found
            .extend(inner.found.into_iter().map(|fault| Fault { path: above().chain(fault.path).collect(), ..fault }));
        found
    }

    /// Whether something is wrong with what is at this path.
    pub(crate) fn has(&self, path: &[&str]) -> bool {
        self.found.iter().any(|fault| fault.path == path)
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All that is wrong.
    pub(crate) fn into_inner(self) -> Vec<Fault> {
        self.found
    }
}
