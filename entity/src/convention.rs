//! An international convention on culture.
use crate::localized::LocalizedTexts;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `convention`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "convention")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Short code, such as UNESCO-2005.
        #[sea_orm(unique)]
        pub code: String,
        /// Titles.
        #[sea_orm(column_type = "JsonBinary")]
        pub titles: LocalizedTexts,
        /// When it was adopted.
        pub adopted_on: Date,
        /// When it entered into force.
        pub in_force_on: Option<Date>,
        /// Its text.
        pub url: Option<String>,
        /// Counts the changes, from 1.
        pub version: i32,
    }
}

impl ActiveModelBehavior for ActiveModel {}
