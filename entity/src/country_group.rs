//! A group of countries, such as ASEAN: a party to agreements and a measure of eligibility.
use crate::localized::LocalizedTexts;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `country_group`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "country_group")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Short code, such as ASEAN.
        #[sea_orm(unique)]
        pub code: String,
        /// Names.
        #[sea_orm(column_type = "JsonBinary")]
        pub names: LocalizedTexts,
        /// What lists are ordered by: the folded name, compared as bytes.
        pub sort_key: String,
        /// Counts the changes, from 1.
        pub version: i32,
    }
}

impl ActiveModelBehavior for ActiveModel {}
