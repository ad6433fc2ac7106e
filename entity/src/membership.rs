//! An institution's standing in the network.
use crate::vocabulary::{MembershipStatus, MembershipTier};
use sea_orm::entity::prelude::*;

crate::positional::positional! {
    /// One row of `membership`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "membership")]
    pub struct Model {
        /// Primary key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Whose.
        pub institution_id: Uuid,
        /// Where it stands, by what was decided: whether its term has ended is the clock's to say.
        pub status: MembershipStatus,
        /// Which sort.
        pub tier: MembershipTier,
        /// The first day of its term.
        pub since: Option<Date>,
        /// The last day of its term; none: without end.
        pub until: Option<Date>,
        /// Its last day before it was extended; none, if it was not.
        pub extended_from: Option<Date>,
        /// When it was applied for.
        pub applied_at: DateTimeUtc,
        /// Counts the changes, from 1.
        pub version: i32,
    }
}

impl ActiveModelBehavior for ActiveModel {}
