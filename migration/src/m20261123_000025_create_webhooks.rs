//! Where agencies' machines are told at once what changes, what signs it, and what was sent there.
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer, integer_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid_null},
};

use crate::columns::{Columns, drop, history, index, keyed_table, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = keyed_table("webhook_endpoint");
        reference(&mut table, "webhook_endpoint", "agency_client_id", "agency_client", ForeignKeyAction::Cascade);
        table
            .col(c.text("url"))
            .col(integer("events"))
            .col(integer("epoch"))
            .col(big_integer("transaction_id"))
            .col(big_integer("sequence"))
            .col(big_integer("numbered"))
            .col(c.text_null("disabled_reason"))
            .col(timestamp_with_time_zone_null("disabled_at"))
            .col(timestamp_with_time_zone_null("notice_begun_at"))
            .col(timestamp_with_time_zone_null("noticed_at"));
        history(&mut table);
        manager.create_table(table).await?;
        index(manager, "webhook_endpoint", &[&["agency_client_id"]]).await?;

        let mut table = keyed_table("webhook_secret");
        reference(&mut table, "webhook_secret", "webhook_endpoint_id", "webhook_endpoint", ForeignKeyAction::Cascade);
        table
            .col(c.text("secret"))
            .col(c.text("private_key"))
            .col(c.text("public_key"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("expires_at"));
        manager.create_table(table).await?;
        index(manager, "webhook_secret", &[&["webhook_endpoint_id"], &["expires_at"]]).await?;

        let mut table = keyed_table("webhook_delivery");
        reference(&mut table, "webhook_delivery", "webhook_endpoint_id", "webhook_endpoint", ForeignKeyAction::Cascade);
        table
            .col(big_integer("number"))
            .col(c.text_null("event"))
            .col(c.text_null("subject"))
            // What it is about may be gone by now: this refers to nothing.
            .col(uuid_null("subject_id"))
            .col(c.text_null("sync_token"))
            .col(timestamp_with_time_zone("occurred_at"))
            .col(c.text("status"))
            .col(c.text_null("failure"))
            .col(integer_null("http_status"))
            .col(integer_null("duration_ms"))
            .col(integer("attempts"))
            .col(integer("tries"))
            .col(timestamp_with_time_zone_null("last_attempt_at"))
            .col(timestamp_with_time_zone_null("next_attempt_at"))
            .col(timestamp_with_time_zone_null("claimed_until"))
            .col(integer("version"))
            .col(timestamp_with_time_zone("created_at"));
        manager.create_table(table).await?;
        index(manager, "webhook_delivery", &[&["webhook_endpoint_id", "created_at", "id"], &["created_at"]]).await?;
        let pending = [
            "CREATE INDEX webhook_delivery_due ON webhook_delivery (next_attempt_at) WHERE status = 'PENDING'",
            "CREATE UNIQUE INDEX webhook_delivery_order ON webhook_delivery (webhook_endpoint_id, number)",
            "CREATE INDEX webhook_delivery_waiting ON webhook_delivery (webhook_endpoint_id, subject_id, number)
                WHERE status = 'PENDING'",
        ];
        for statement in pending {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["webhook_delivery", "webhook_secret", "webhook_endpoint"]).await
    }
}
