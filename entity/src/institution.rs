//! A ministry, agency, council, film body or other body of cultural policy.
use crate::{localized::LocalizedTexts, vocabulary::InstitutionKind};
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `institution`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "institution")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Readable key, unique.
        #[sea_orm(unique)]
        pub slug: String,
        /// Names.
        #[sea_orm(column_type = "JsonBinary")]
        pub names: LocalizedTexts,
        /// What lists are ordered by: the folded name, compared as bytes.
        pub sort_key: String,
        /// What sort of institution.
        pub kind: InstitutionKind,
        /// What it does.
        #[sea_orm(column_type = "JsonBinary")]
        pub descriptions: LocalizedTexts,
        /// Where it is; none if it is regional or international.
        pub country_id: Option<Uuid>,
        /// City of its seat.
        pub city: Option<String>,
        /// Its website.
        pub website: Option<String>,
        /// A set of policy areas ([`crate::vocabulary::Flag`]).
        pub policy_areas: i32,
        /// The institution that it is a part of.
        pub parent_id: Option<Uuid>,
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
        /// Whether everybody may know of it. One that only applied for membership, or that an
        /// agency's machine made, is not listed until it is admitted.
        pub listed: bool,
        /// The agency's machine that made it; none: somebody in the network did.
        pub created_by_agency_id: Option<Uuid>,
    }
}

impl ActiveModelBehavior for ActiveModel {}
