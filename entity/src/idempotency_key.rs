//! A change that was asked for under a key (`Idempotency-Key`), so that it is done once.
use sea_orm::entity::prelude::*;

/// One row of `idempotency_key`. Nothing in it is personal: of who asked, of the key and of what was asked, hashes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// The SHA-256 of who asked and of the key, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// The SHA-256 of what was asked, of who asked and of the key, which nobody finds by trying without the key.
    pub request: String,
    /// What was changed.
    pub subject_id: Uuid,
    /// When: a day later the row is of no use.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
