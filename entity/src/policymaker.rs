//! A person who makes or carries out cultural policy.
use crate::localized::{LanguageTags, LocalizedTexts};
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `policymaker`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "policymaker")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Given name.
        pub given_name: String,
        /// Family name, if the person has one.
        pub family_name: Option<String>,
        /// Honorific.
        pub honorific: Option<String>,
        /// The name in its own script.
        pub native_name: Option<String>,
        /// What lists are ordered by: the folded name, compared as bytes.
        pub sort_key: String,
        /// The person's country; none for regional bodies' officials.
        pub country_id: Option<Uuid>,
        /// Biographies.
        #[sea_orm(column_type = "JsonBinary")]
        pub biographies: LocalizedTexts,
        /// Languages that the person works in.
        #[sea_orm(column_type = "JsonBinary")]
        pub languages: LanguageTags,
        /// A set of policy areas ([`crate::vocabulary::Flag`]).
        pub policy_areas: i32,
        /// Counts the changes, from 1.
        pub version: i32,
        /// When the row was made.
        pub created_at: DateTimeUtc,
        /// When it last changed.
        pub updated_at: DateTimeUtc,
        /// The agency's machine that made it; none: somebody in the network did.
        pub created_by_agency_id: Option<Uuid>,
    }
}

impl ActiveModelBehavior for ActiveModel {}
