//! A secret of an agency's machine: two may be live while it is exchanged.
use sea_orm::entity::prelude::*;

/// One row of `agency_secret`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agency_secret")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub agency_client_id: Uuid,
    /// Its SHA-256, in hexadecimal.
    pub hash: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Until when it is good; none: until it is exchanged.
    pub expires_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
