//! Why a command could not be done.
use sea_orm::DbErr;

use crate::{config::SettingError, reference::ReleaseError};

/// Why a command could not be done: a sentence for whoever typed it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Self {
        Self(error.to_string())
    }
}

impl From<ReleaseError> for Failure {
    fn from(error: ReleaseError) -> Self {
        Self(error.to_string())
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
        Self(format!("the database refused: {said}{advice}"))
    }
}
