//! A position that a policymaker holds, or held, at an institution.
use crate::vocabulary::SeniorityLevel;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `appointment`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "appointment")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Who holds it.
        pub policymaker_id: Uuid,
        /// Where.
        pub institution_id: Uuid,
        /// The position's title.
        pub title: String,
        /// How senior it is.
        pub level: Option<SeniorityLevel>,
        /// From when.
        pub since: Option<Date>,
        /// Until when; none while it is held.
        pub until: Option<Date>,
        /// Whether everybody may know of it.
        pub public: bool,
    }
}

impl ActiveModelBehavior for ActiveModel {}
