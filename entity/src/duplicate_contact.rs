//! Two contacts that are likely the same.
use crate::vocabulary::SubjectKind;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `duplicate_contact`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duplicate_contact")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// What sort of contacts.
        pub kind: SubjectKind,
        /// The one with the smaller key.
        pub one_id: Uuid,
        /// The other one.
        pub two_id: Uuid,
        /// How likely they are the same, in thousandths.
        pub score: i32,
        /// In what they are alike: a set ([`crate::vocabulary::Flag`]).
        pub matched: i32,
        /// When it was found.
        pub found_at: DateTimeUtc,
        /// When an administrator said that they are two.
        pub dismissed_at: Option<DateTimeUtc>,
        /// Counts the changes, from 1.
        pub version: i32,
    }
}

impl ActiveModelBehavior for ActiveModel {}
