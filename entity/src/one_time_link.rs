//! A link that lets somebody set a password, once.
use crate::vocabulary::LinkPurpose;
use sea_orm::entity::prelude::*;

/// One row of `one_time_link`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_link")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The SHA-256 of its secret, in hexadecimal.
    #[sea_orm(unique)]
    pub hash: String,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// The account whose password it sets; none: the first administrator's, which it makes.
    pub account_id: Option<Uuid>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Until when it is good.
    pub expires_at: DateTimeUtc,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
