//! A device on which somebody signed in: the family of its refresh tokens.
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `session`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Who signed in.
        pub account_id: Uuid,
        /// What the device called itself.
        pub agent: Option<String>,
        /// When they signed in.
        pub created_at: DateTimeUtc,
        /// When an access token was last made for it.
        pub last_used_at: DateTimeUtc,
        /// When they have to sign in again.
        pub expires_at: DateTimeUtc,
        /// When it was ended.
        pub revoked_at: Option<DateTimeUtc>,
    }
}

impl ActiveModelBehavior for ActiveModel {}
