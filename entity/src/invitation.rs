//! Somebody is invited to a role.
use crate::vocabulary::Role;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `invitation`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "invitation")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The e-mail address, as it was given.
        pub email: String,
        /// The address in lower case, as accounts have it.
        pub email_key: String,
        /// What the person is called, if that was told.
        pub name: Option<String>,
        /// The role.
        pub role: Role,
        /// The country that a focal point is to speak for.
        pub country_id: Option<Uuid>,
        /// The institution that a representative is to speak for.
        pub institution_id: Option<Uuid>,
        /// The account that invites; none, once it is gone.
        pub invited_by: Option<Uuid>,
        /// The SHA-256 of what its link alone knows, in hexadecimal.
        pub hash: String,
        /// Until when its link is good.
        pub expires_at: DateTimeUtc,
        /// When it was accepted.
        pub accepted_at: Option<DateTimeUtc>,
        /// When it was taken back.
        pub revoked_at: Option<DateTimeUtc>,
        /// Counts the changes, from 1.
        pub version: i32,
        /// When it was made.
        pub created_at: DateTimeUtc,
        /// When it last changed.
        pub updated_at: DateTimeUtc,
    }
}

impl ActiveModelBehavior for ActiveModel {}
