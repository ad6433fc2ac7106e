//! What a release of the reference data brought.
use sea_orm_migration::{
    prelude::*,
    schema::{integer, uuid},
};

use crate::columns::{Columns, drop};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = Table::create();
        table
            .table("reference_record")
            .col(uuid("subject_id").primary_key())
            .col(c.text("kind"))
            .col(c.text("digest"))
            .col(integer("version"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["reference_record"]).await
    }
}
