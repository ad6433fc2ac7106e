//! Memberships, partner agencies' machines and their secrets, and what was taken back or used up of what they show.
use sea_orm_migration::{
    prelude::*,
    schema::{date_null, integer, json_binary_null, timestamp_with_time_zone, timestamp_with_time_zone_null},
};

use crate::columns::{Columns, drop, history, index, keyed_table, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = keyed_table("membership");
        reference(&mut table, "membership", "institution_id", "institution", ForeignKeyAction::Cascade);
        table
            .col(c.text("status"))
            .col(c.text("tier"))
            .col(date_null("since"))
            .col(date_null("until"))
            .col(timestamp_with_time_zone("applied_at"))
            .col(integer("version"));
        manager.create_table(table).await?;
        index(manager, "membership", &[&["institution_id"]]).await?;

        let mut table = keyed_table("agency_client");
        table.col(c.text("name"));
        reference(&mut table, "agency_client", "institution_id", "institution", ForeignKeyAction::NoAction);
        table
            .col(c.text_unique("client_id"))
            .col(integer("scopes"))
            .col(json_binary_null("public_keys"))
            .col(timestamp_with_time_zone_null("last_used_at"))
            .col(timestamp_with_time_zone_null("revoked_at"));
        history(&mut table);
        manager.create_table(table).await?;
        index(manager, "agency_client", &[&["name", "id"], &["institution_id"]]).await?;

        let mut table = keyed_table("agency_secret");
        reference(&mut table, "agency_secret", "agency_client_id", "agency_client", ForeignKeyAction::Cascade);
        table
            .col(c.text("hash"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("expires_at"));
        manager.create_table(table).await?;
        index(manager, "agency_secret", &[&["agency_client_id"]]).await?;

        let mut table = Table::create();
        table
            .table("spent_token")
            .col(c.text("hash").primary_key().to_owned())
            .col(timestamp_with_time_zone("expires_at"));
        manager.create_table(table).await?;
        index(manager, "spent_token", &[&["expires_at"]]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["spent_token", "agency_secret", "agency_client", "membership"]).await
    }
}
