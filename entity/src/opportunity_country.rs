//! That an opportunity is open to a country.
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `opportunity_country`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "opportunity_country")]
    pub struct Model {
        /// The opportunity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub opportunity_id: Uuid,
        /// The country.
        #[sea_orm(primary_key, auto_increment = false)]
        pub country_id: Uuid,
    }
}

impl ActiveModelBehavior for ActiveModel {}
