//! A token that is good no more before its time: one that was revoked, or an assertion that was used.
use sea_orm::entity::prelude::*;

/// One row of `spent_token`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "spent_token")]
pub struct Model {
    /// The SHA-256 of what tells it from others, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// When it would have ended by itself: then the row is of no use.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
