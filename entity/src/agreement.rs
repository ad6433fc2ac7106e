//! A standing instrument between countries or groups.
use crate::{
    localized::LocalizedTexts,
    vocabulary::{AgreementKind, AgreementStatus},
};
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `agreement`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Readable key, unique.
        #[sea_orm(unique)]
        pub slug: String,
        /// Titles.
        #[sea_orm(column_type = "JsonBinary")]
        pub titles: LocalizedTexts,
        /// What lists are ordered by: the folded name, compared as bytes.
        pub sort_key: String,
        /// What sort of agreement.
        pub kind: AgreementKind,
        /// Where it stands.
        pub status: AgreementStatus,
        /// A set of media ([`crate::vocabulary::Flag`]); empty means any.
        pub media: i32,
        /// Summaries.
        #[sea_orm(column_type = "JsonBinary")]
        pub summaries: LocalizedTexts,
        /// When it was signed (partial date).
        pub signed_on: Option<String>,
        /// When it entered into force (partial date).
        pub in_force_on: Option<String>,
        /// When it ended (partial date).
        pub terminated_on: Option<String>,
        /// Its text.
        pub text_url: Option<String>,
        /// Least contribution of a side in per cent (decimal).
        pub minimum_percent: Option<String>,
        /// Greatest contribution of a side in per cent (decimal).
        pub maximum_percent: Option<String>,
        /// Whether producers of a third country may take part.
        pub third_country_allowed: Option<bool>,
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
        /// When the row was made.
        pub created_at: DateTimeUtc,
        /// When it last changed.
        pub updated_at: DateTimeUtc,
    }
}

impl ActiveModelBehavior for ActiveModel {}
