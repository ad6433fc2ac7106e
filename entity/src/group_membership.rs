//! That a country belongs, or belonged, to a group.
use crate::vocabulary::GroupRole;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `group_membership`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "group_membership")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The group.
        pub group_id: Uuid,
        /// The country.
        pub country_id: Uuid,
        /// In which capacity.
        pub role: GroupRole,
        /// From when, as precisely as is known (partial date).
        pub since: Option<String>,
        /// Until when (partial date).
        pub until: Option<String>,
        /// Where the statement comes from.
        pub source: Option<String>,
        /// Where that can be read.
        pub source_url: Option<String>,
        /// Whether somebody has checked it against the source.
        pub verified: bool,
        /// What a reader should know about it.
        pub note: Option<String>,
        /// Counts the changes, from 1.
        pub version: i32,
    }
}

impl ActiveModelBehavior for ActiveModel {}
