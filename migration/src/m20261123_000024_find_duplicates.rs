//! Contacts that are likely the same, and by what they are found.
use sea_orm_migration::{
    prelude::*,
    schema::{integer, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid},
};

use crate::columns::{Columns, drop, index, keyed_table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        const TABLE: &str = "duplicate_contact";
        let c = Columns::of(manager);
        let mut table = Table::create();
        table
            .table("name_key")
            // A contact is of one of two tables: this refers to nothing.
            .col(uuid("subject_id"))
            .col(c.text("key"))
            .col(c.text("kind"))
            .primary_key(Index::create().col("subject_id").col("key"));
        manager.create_table(table).await?;
        index(manager, "name_key", &[&["key", "kind"]]).await?;

        let mut table = keyed_table(TABLE);
        table
            .col(c.text("kind"))
            .col(uuid("one_id"))
            .col(uuid("two_id"))
            .col(integer("score"))
            .col(integer("matched"))
            .col(timestamp_with_time_zone("found_at"))
            .col(timestamp_with_time_zone_null("dismissed_at"))
            .col(integer("version"));
        table.index(Index::create().unique().name("duplicate_contact_by_pair").col("one_id").col("two_id"));
        manager.create_table(table).await?;
        index(manager, TABLE, &[&["two_id"], &["score", "id"]]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["duplicate_contact", "name_key"]).await
    }
}
