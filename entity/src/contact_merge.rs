//! Contacts that were merged into others.
use crate::vocabulary::SubjectKind;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `contact_merge`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "contact_merge")]
    pub struct Model {
        /// Primary key: that of the contact that was merged, which is no row of its own table any more.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The contact that it was merged into, which its ID leads to.
        pub survivor_id: Uuid,
        /// What sort of contact.
        pub kind: SubjectKind,
        /// The survivor's version since: while it is this one, the merge can be undone. None, once the survivor was merged
        /// into another contact itself.
        pub survivor_version: Option<i32>,
        /// What was moved to the survivor: keys of rows, by table and column.
        #[sea_orm(column_type = "JsonBinary")]
        pub moved: Json,
        /// When.
        pub merged_at: DateTimeUtc,
    }
}

impl ActiveModelBehavior for ActiveModel {}
