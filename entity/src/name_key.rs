//! By what contacts are found that may have the same name.
use crate::vocabulary::SubjectKind;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `name_key`: a key that names which may be the same have in common.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "name_key")]
    pub struct Model {
        /// The contact.
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject_id: Uuid,
        /// The key, made of a folded name.
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        /// What sort of contact.
        pub kind: SubjectKind,
    }
}

impl ActiveModelBehavior for ActiveModel {}
