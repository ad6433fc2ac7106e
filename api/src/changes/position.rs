//! A place in the log.
use entity::change_log::Model as Logged;
use serde::{Deserialize, Serialize};

/// A place between two entries of the log: all that is before it has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Which count of transactions `transaction` belongs to.
    pub(crate) epoch: i32,
    /// The transaction of the entry before it; 0 where there is one writer at a time.
    pub(crate) transaction: i64,
    /// The sequence of the entry before it.
    pub(crate) sequence: i64,
}

impl Position {
    /// The place behind an entry.
    pub(crate) fn behind(row: &Logged) -> Self {
        Self { epoch: row.epoch, transaction: row.transaction_id, sequence: row.sequence }
    }
}
