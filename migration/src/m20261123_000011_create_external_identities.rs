//! What the network's own identity provider calls accounts and agencies' machines.
use sea_orm_migration::{prelude::*, schema::timestamp_with_time_zone};

use crate::columns::{Columns, drop, index, keyed_table, reference_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        const TABLE: &str = "external_identity";
        let c = Columns::of(manager);
        let mut table = keyed_table(TABLE);
        table.col(c.text("issuer")).col(c.text("subject"));
        reference_null(&mut table, TABLE, "account_id", "account", ForeignKeyAction::Cascade);
        reference_null(&mut table, TABLE, "agency_client_id", "agency_client", ForeignKeyAction::Cascade);
        table.col(timestamp_with_time_zone("linked_at"));
        table.index(Index::create().unique().name("external_identity_subject").col("issuer").col("subject"));
        manager.create_table(table).await?;
        index(manager, TABLE, &[&["account_id"], &["agency_client_id"]]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["external_identity"]).await
    }
}
