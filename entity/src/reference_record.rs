//! What a release of the reference data brought, so that the next one knows what it may renew.
use crate::vocabulary::SubjectKind;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `reference_record`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reference_record")]
    pub struct Model {
        /// The subject that it brought.
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject_id: Uuid,
        /// What sort of subject.
        pub kind: SubjectKind,
        /// Digest of the record as it was brought.
        pub digest: String,
        /// The subject's version right after: a later one means that somebody changed it since.
        pub version: i32,
    }
}

impl ActiveModelBehavior for ActiveModel {}
