//! Why a command could not be done.
use std::process::ExitCode;

use sea_orm::DbErr;

use crate::{config::SettingError, reference::ReleaseError};

/// Why a command could not be done: a sentence for whoever typed it, and the status that the program ends with.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub struct Failure {
    sentence: String,
    status: u8,
}

impl Failure {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), status: 1 }
    }

    /// The same, with another status.
    pub(super) fn with_status(self, status: u8) -> Self {
        Self { status, ..self }
    }

    /// The status that the program ends with.
    #[must_use]
    pub fn status(&self) -> ExitCode {
        ExitCode::from(self.status)
    }
}

impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<ReleaseError> for Failure {
    fn from(error: ReleaseError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        let said = error.to_string();
        let advice = if said.contains("pg_trgm") {
            "; let an administrator of the server say `CREATE EXTENSION pg_trgm` in this database"
        } else if said.contains("is missing, this migration has been applied") {
            "; a later release of Balai has changed this database: start that one"
        } else if said.contains("permission denied") || said.contains("must be owner") {
            "; run `balai migrate`, and then `balai grant` for the service's role, under the role that owns the tables"
        } else {
            ""
        };
        Self::new(format!("the database refused: {said}{advice}"))
    }
}
