//! What was told of the ends of memberships' terms, once each; and which part of a term was added to it before its end.
use sea_orm_migration::{
    prelude::*,
    schema::{date, date_null, timestamp_with_time_zone, timestamp_with_time_zone_null},
};

use crate::columns::{Columns, drop, reference};

const TABLE: &str = "membership_notice";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = Table::create();
        table.table(TABLE);
        reference(&mut table, TABLE, "membership_id", "membership", ForeignKeyAction::Cascade);
        table
            .col(date("until"))
            .col(c.text("notice"))
            .col(timestamp_with_time_zone("begun_at"))
            .col(timestamp_with_time_zone_null("told_at"))
            .primary_key(Index::create().col("membership_id").col("until").col("notice"));
        manager.create_table(table).await?;
        let extended = Table::alter().table("membership").add_column(date_null("extended_from")).to_owned();
        manager.alter_table(extended).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("membership").drop_column("extended_from").to_owned()).await?;
        drop(manager, &[TABLE]).await
    }
}
