//! That an institution takes part in an opportunity.
use crate::vocabulary::PartnerRole;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `opportunity_partner`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "opportunity_partner")]
    pub struct Model {
        /// The opportunity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub opportunity_id: Uuid,
        /// The institution.
        #[sea_orm(primary_key, auto_increment = false)]
        pub institution_id: Uuid,
        /// In which capacity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub role: PartnerRole,
    }
}

impl ActiveModelBehavior for ActiveModel {}
