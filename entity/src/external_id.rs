//! What agencies call contacts.
use crate::vocabulary::SubjectKind;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `external_id`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "external_id")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The agency's machine whose ID it is.
        pub agency_client_id: Uuid,
        /// The ID itself, unique for the machine.
        pub value: String,
        /// What sort of contact it was given to.
        pub kind: SubjectKind,
        /// The contact that it was given to, which may be gone by now.
        pub subject_id: Uuid,
        /// The contact that it names now: the survivor, where that was merged into another one.
        pub contact_id: Uuid,
        /// When it was given.
        pub created_at: DateTimeUtc,
    }
}

impl ActiveModelBehavior for ActiveModel {}
