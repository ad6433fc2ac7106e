//! What was changed under a key, for a repetition.
use sea_orm_migration::{
    prelude::*,
    schema::{timestamp_with_time_zone, uuid},
};

use crate::columns::{Columns, drop, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = Table::create();
        table
            .table("idempotency_key")
            .col(c.text("hash").primary_key().to_owned())
            .col(c.text("request"))
            // What was deleted is a subject, too: it refers to nothing.
            .col(uuid("subject_id"))
            .col(timestamp_with_time_zone("created_at"));
        manager.create_table(table).await?;
        index(manager, "idempotency_key", &[&["created_at"]]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["idempotency_key"]).await
    }
}
