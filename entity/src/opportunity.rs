//! Something that somebody can take up: a call, a grant, a residency, a workshop.
use crate::{
    localized::{LanguageTags, LocalizedTexts},
    vocabulary::{OpportunityKind, OpportunityStatus},
};
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `opportunity`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "opportunity")]
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
        /// Summaries.
        #[sea_orm(column_type = "JsonBinary")]
        pub summaries: LocalizedTexts,
        /// Descriptions.
        #[sea_orm(column_type = "JsonBinary")]
        pub descriptions: LocalizedTexts,
        /// What sort of opportunity.
        pub kind: OpportunityKind,
        /// Where it stands.
        pub status: OpportunityStatus,
        /// First day on which interest is accepted.
        pub opens_on: Option<Date>,
        /// When interest is accepted no more; none: rolling.
        pub deadline: Option<DateTimeUtc>,
        /// First day of what is offered.
        pub starts_on: Option<Date>,
        /// Last day of what is offered.
        pub ends_on: Option<Date>,
        /// A set of policy areas ([`crate::vocabulary::Flag`]); empty means any.
        pub policy_areas: i32,
        /// A set of media ([`crate::vocabulary::Flag`]); empty means any.
        pub media: i32,
        /// Who offers it.
        pub lead_institution_id: Uuid,
        /// Whether everyone may apply.
        pub eligible_everyone: bool,
        /// What else decides about who may apply.
        pub eligibility_note: Option<String>,
        /// Whether it is a standing programme.
        pub recurring: bool,
        /// Least amount (decimal).
        pub funding_minimum: Option<String>,
        /// Greatest amount (decimal).
        pub funding_maximum: Option<String>,
        /// ISO 4217 code of the amounts.
        pub funding_currency: Option<String>,
        /// A set of covered costs ([`crate::vocabulary::Flag`]).
        pub covers: i32,
        /// Languages of the application.
        #[sea_orm(column_type = "JsonBinary")]
        pub languages: LanguageTags,
        /// Where to read on.
        pub url: Option<String>,
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
        /// When it was first published; none: it is not public.
        pub published_at: Option<DateTimeUtc>,
        /// Why it was sent back, until something else is done to it.
        pub return_reason: Option<String>,
    }
}

impl ActiveModelBehavior for ActiveModel {}
