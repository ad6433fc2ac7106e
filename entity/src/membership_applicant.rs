//! Somebody who has applied for a membership without an account.
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `membership_applicant`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "membership_applicant")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The membership.
        pub membership_id: Uuid,
        /// The name.
        pub name: String,
        /// The address, which was confirmed.
        pub email: String,
        /// The address without regard to case.
        pub email_key: String,
        /// What they write to the secretariat.
        pub message: Option<String>,
        /// When the address was confirmed.
        pub confirmed_at: DateTimeUtc,
    }
}

impl ActiveModelBehavior for ActiveModel {}
