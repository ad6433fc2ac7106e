//! A person who signs in.
use crate::vocabulary::AccountStatus;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `account`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The e-mail address, as it was given.
        pub email: String,
        /// The address in lower case: one account has it.
        #[sea_orm(unique)]
        pub email_key: String,
        /// The person's name.
        pub name: String,
        /// The password's argon2id hash (PHC string); none until one is set.
        pub password_hash: Option<String>,
        /// Whether it may be used.
        pub status: AccountStatus,
        /// The policymaker that the person is.
        pub policymaker_id: Option<Uuid>,
        /// When somebody last signed in to it.
        pub last_sign_in_at: Option<DateTimeUtc>,
        /// Counts the changes, from 1.
        pub version: i32,
        /// When the row was made.
        pub created_at: DateTimeUtc,
        /// When it last changed.
        pub updated_at: DateTimeUtc,
        /// When its address connected it with the identity provider: that happens once.
        pub connected_at: Option<DateTimeUtc>,
        /// What lists are ordered by, and words are looked for in: the folded name and address.
        pub sort_key: String,
    }
}

impl ActiveModelBehavior for ActiveModel {}
