//! That a country or a group is party to a convention.
use crate::vocabulary::AccessionInstrument;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `accession`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "accession")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The convention.
        pub convention_id: Uuid,
        /// The party, if it is a country.
        pub country_id: Option<Uuid>,
        /// The party, if it is a group.
        pub group_id: Option<Uuid>,
        /// By which instrument.
        pub instrument: Option<AccessionInstrument>,
        /// When the instrument was deposited (partial date).
        pub deposited_on: Option<String>,
        /// When the convention entered into force for the party (partial date).
        pub in_force_on: Option<String>,
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
