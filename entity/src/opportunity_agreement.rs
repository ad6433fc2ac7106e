//! That an opportunity rests on an agreement.
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `opportunity_agreement`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "opportunity_agreement")]
    pub struct Model {
        /// The opportunity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub opportunity_id: Uuid,
        /// The agreement.
        #[sea_orm(primary_key, auto_increment = false)]
        pub agreement_id: Uuid,
    }
}

impl ActiveModelBehavior for ActiveModel {}
