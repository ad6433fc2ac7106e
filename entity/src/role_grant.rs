//! What an account may do, and where.
use crate::vocabulary::Role;
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `role_grant`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "role_grant")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The account.
        pub account_id: Uuid,
        /// The role.
        pub role: Role,
        /// The country that a focal point speaks for.
        pub country_id: Option<Uuid>,
        /// The institution that a representative speaks for.
        pub institution_id: Option<Uuid>,
        /// When it was given.
        pub granted_at: DateTimeUtc,
        /// The first day (UTC) on which it counts.
        pub since: Date,
        /// The last day on which it counts; none: without end.
        pub until: Option<Date>,
    }
}

impl ActiveModelBehavior for ActiveModel {}
