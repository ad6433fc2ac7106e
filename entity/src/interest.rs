//! An institution's expression of interest in an opportunity.
use crate::vocabulary::InterestStatus;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `interest`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "interest")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// In what.
        pub opportunity_id: Uuid,
        /// Whose.
        pub institution_id: Uuid,
        /// The account that sent it; none, once it is gone.
        pub account_id: Option<Uuid>,
        /// The e-mail address that the answer goes to.
        pub reply_to: String,
        /// What they write.
        pub message: String,
        /// Where it stands.
        pub status: InterestStatus,
        /// What was told with the last decision.
        pub reason: Option<String>,
        /// Counts the changes, from 1.
        pub version: i32,
        /// When it was sent.
        pub created_at: DateTimeUtc,
        /// When it last changed.
        pub updated_at: DateTimeUtc,
    }
}

impl ActiveModelBehavior for ActiveModel {}
