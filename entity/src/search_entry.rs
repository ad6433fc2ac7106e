//! What of a subject can be searched: folded text, made by our code.
use crate::vocabulary::SubjectKind;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `search_entry`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "search_entry")]
    pub struct Model {
        /// Primary key; the full-text index refers to it.
        #[sea_orm(primary_key)]
        pub id: i64,
        /// The subject.
        #[sea_orm(unique)]
        pub subject_id: Uuid,
        /// What sort of subject.
        pub kind: SubjectKind,
        /// Folded names, one a line.
        pub names: String,
        /// Folded names and everything else, one a line.
        pub content: String,
    }
}

impl ActiveModelBehavior for ActiveModel {}
