//! A key that signs access tokens (Ed25519).
use sea_orm::entity::prelude::*;

/// One row of `signing_key`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The private key: PKCS #8, in base64.
    pub private_key: String,
    /// The public key: RFC 8037's `x`.
    pub public_key: String,
    /// Which key it is, from 1: no two processes make the same one.
    #[sea_orm(unique)]
    pub generation: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When another one took its place.
    pub retired_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
