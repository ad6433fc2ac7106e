//! Up to which day the people were told whose positions have begun or ended: one row.
use sea_orm::entity::prelude::*;

/// The row of `noted_day`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "noted_day")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The day.
    pub day: Date,
}

impl ActiveModelBehavior for ActiveModel {}
