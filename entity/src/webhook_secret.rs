//! What signs the events that are sent to an address: a secret that both sides know, and a pair of keys (Ed25519).
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `webhook_secret`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_secret")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Of which address.
        pub webhook_endpoint_id: Uuid,
        /// The secret, in base64.
        pub secret: String,
        /// The private key: PKCS #8, in base64.
        pub private_key: String,
        /// The public key, in base64.
        pub public_key: String,
        /// When it was made.
        pub created_at: DateTimeUtc,
        /// Until when it signs, if another one has taken its place.
        pub expires_at: Option<DateTimeUtc>,
    }
}

impl ActiveModelBehavior for ActiveModel {}
