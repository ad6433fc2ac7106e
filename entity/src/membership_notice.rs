//! What was told of the end of a membership's term: each once, by whichever replica comes first.
use crate::vocabulary::MembershipNotice;
use sea_orm::entity::prelude::*;

/// One row of `membership_notice`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership_notice")]
pub struct Model {
    /// Of which membership.
    #[sea_orm(primary_key, auto_increment = false)]
    pub membership_id: Uuid,
    /// Of which term, by its last day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub until: Date,
    /// What.
    #[sea_orm(primary_key, auto_increment = false)]
    pub notice: MembershipNotice,
    /// When somebody last set about telling it.
    pub begun_at: DateTimeUtc,
    /// When it was told; none: it is not yet, or could not be.
    pub told_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
