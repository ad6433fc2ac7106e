//! A party to an agreement: a country or a group.
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `agreement_party`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement_party")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The agreement.
        pub agreement_id: Uuid,
        /// Its place in the list, from 1.
        pub position: i32,
        /// The party, if it is a country.
        pub country_id: Option<Uuid>,
        /// The party, if it is a group.
        pub group_id: Option<Uuid>,
        /// The institution that carries out the agreement on this side.
        pub competent_authority_id: Option<Uuid>,
        /// When this party ratified it (partial date).
        pub ratified_on: Option<String>,
        /// Where it comes from that this is the competent authority.
        pub authority_source: Option<String>,
        /// Whether somebody has checked that against the source.
        pub authority_verified: bool,
    }
}

impl ActiveModelBehavior for ActiveModel {}
