//! That an opportunity is open to the members of a group.
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `opportunity_group`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "opportunity_group")]
    pub struct Model {
        /// The opportunity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub opportunity_id: Uuid,
        /// The group.
        #[sea_orm(primary_key, auto_increment = false)]
        pub group_id: Uuid,
    }
}

impl ActiveModelBehavior for ActiveModel {}
