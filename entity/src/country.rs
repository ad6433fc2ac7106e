//! A country of ISO 3166-1.
use crate::localized::LocalizedTexts;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `country`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "country")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// ISO 3166-1 alpha-2.
        #[sea_orm(unique)]
        pub code: String,
        /// ISO 3166-1 alpha-3.
        pub alpha3: String,
        /// Short names.
        #[sea_orm(column_type = "JsonBinary")]
        pub names: LocalizedTexts,
        /// Official names.
        #[sea_orm(column_type = "JsonBinary")]
        pub official_names: LocalizedTexts,
        /// Region of the UN M49 standard.
        pub region: Option<String>,
        /// Subregion of the UN M49 standard.
        pub subregion: Option<String>,
        /// What lists are ordered by: the folded name, compared as bytes.
        pub sort_key: String,
        /// Counts the changes, from 1.
        pub version: i32,
    }
}

impl ActiveModelBehavior for ActiveModel {}
