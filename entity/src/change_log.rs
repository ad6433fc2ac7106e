//! The one log of changes.
use crate::vocabulary::{ChangeOperation, SubjectKind};
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `change_log`: what one transaction did to one subject. Nothing in it is personal.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_log")]
    pub struct Model {
        /// Primary key: in the order in which rows were written, which is not that of the transactions.
        #[sea_orm(primary_key)]
        pub sequence: i64,
        /// The entry's key for clients.
        #[sea_orm(unique)]
        pub id: Uuid,
        /// Which count of transactions `transaction_id` belongs to.
        pub epoch: i32,
        /// The transaction; 0 where there is one writer at a time.
        pub transaction_id: i64,
        /// When.
        pub at: DateTimeUtc,
        /// The account that did it.
        pub account_id: Option<Uuid>,
        /// The agency's machine that did it.
        pub agency_client_id: Option<Uuid>,
        /// What it was done to.
        pub subject: SubjectKind,
        /// Its key.
        pub subject_id: Uuid,
        /// What was done.
        pub operation: ChangeOperation,
        /// The subject's version since.
        pub version: Option<i32>,
        /// The fields that changed, with their old and new values where these are not personal.
        #[sea_orm(column_type = "JsonBinary")]
        pub fields: Json,
        /// Who could have known the subject before.
        #[sea_orm(column_type = "JsonBinary")]
        pub audience_before: Option<Json>,
        /// Who can know it since.
        #[sea_orm(column_type = "JsonBinary")]
        pub audience_after: Option<Json>,
        /// Why.
        pub reason: Option<String>,
    }
}

impl ActiveModelBehavior for ActiveModel {}
