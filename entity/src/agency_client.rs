//! A partner agency's machine.
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `agency_client`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agency_client")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// What it is called.
        pub name: String,
        /// The institution that answers for it.
        pub institution_id: Uuid,
        /// What it calls itself when it asks for a token.
        #[sea_orm(unique)]
        pub client_id: String,
        /// A set of scopes ([`crate::vocabulary::Flag`]).
        pub scopes: i32,
        /// Its public keys (JSON Web Key Set), if it signs what it asks with.
        pub public_keys: Option<Json>,
        /// When it last got or used a token, to the minute.
        pub last_used_at: Option<DateTimeUtc>,
        /// When it was revoked.
        pub revoked_at: Option<DateTimeUtc>,
        /// Counts the changes, from 1.
        pub version: i32,
        /// When the row was made.
        pub created_at: DateTimeUtc,
        /// When it last changed.
        pub updated_at: DateTimeUtc,
    }
}

impl ActiveModelBehavior for ActiveModel {}
