//! An application for membership that nobody has confirmed yet.
use sea_orm::entity::prelude::*;

/// One row of `membership_application`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership_application")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The SHA-256 of the secret that confirms it, in hexadecimal.
    #[sea_orm(unique)]
    pub hash: String,
    /// What is applied for.
    #[sea_orm(column_type = "JsonBinary")]
    pub content: Json,
    /// The name of whoever applies.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The address without regard to case.
    pub email_key: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Until when it can be confirmed.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
