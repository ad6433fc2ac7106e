//! Why an address book could not be kept in step.
use std::{io, path::Path};

/// Why an address book could not be kept in step: a sentence for whoever keeps it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct SyncError(String);

impl SyncError {
    /// A sentence that says what was wrong and what to do.
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A file or folder that cannot be used.
    pub(super) fn of(place: &Path) -> impl Fn(io::Error) -> Self {
        move |cause| {
            let place = place.display();
            Self(format!("{place}: {cause}; see that it can be read and written, and that the disk is not full"))
        }
    }
}
