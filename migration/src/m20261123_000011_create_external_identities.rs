//! What the network's own identity provider calls accounts and agencies' machines.
use sea_orm_migration::{
    prelude::*,
    schema::{boolean, timestamp_with_time_zone, timestamp_with_time_zone_null},
};

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
        table.col(boolean("by_hand")).col(timestamp_with_time_zone("linked_at"));
        table.index(Index::create().unique().name("external_identity_subject").col("issuer").col("subject"));
        manager.create_table(table).await?;
        index(manager, TABLE, &[&["account_id"], &["agency_client_id"]]).await?;
        let connected = timestamp_with_time_zone_null("connected_at");
        manager.alter_table(Table::alter().table("account").add_column(connected).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("account").drop_column("connected_at").to_owned()).await?;
        drop(manager, &["external_identity"]).await
    }
}
