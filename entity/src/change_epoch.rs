//! Which count of transactions the log is in: one row.
use sea_orm::entity::prelude::*;

/// The row of `change_epoch`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change_epoch")]
pub struct Model {
    /// Which count of transactions the log is in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub epoch: i32,
    /// Which database counts them.
    pub counted_by: Option<String>,
    /// The epoch of the last entry that was moved to the archive; 0 if none was.
    pub compacted_epoch: i32,
    /// Its transaction.
    pub compacted_transaction: i64,
    /// Its sequence.
    pub compacted_sequence: i64,
    /// With what places in the log are sealed that clients get.
    pub token_key: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
