//! What one administrator asks for and another approves: of each thing that is to be done to a subject one request is pending,
//! at most.
use sea_orm_migration::{
    prelude::*,
    schema::{integer, json_binary, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid},
};

use crate::columns::{Columns, drop, index, keyed_table, reference_null};

const TABLE: &str = "change_request";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = keyed_table(TABLE);
        table
            .col(c.text("action"))
            .col(c.text("subject"))
            // What it is about may be gone by now: this refers to nothing.
            .col(uuid("subject_id"))
            .col(integer("subject_version"))
            .col(json_binary("input"))
            .col(json_binary("changes"))
            .col(c.text_null("reason"));
        reference_null(&mut table, TABLE, "requested_by", "account", ForeignKeyAction::SetNull);
        table
            .col(timestamp_with_time_zone("requested_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(c.text("status"));
        reference_null(&mut table, TABLE, "decided_by", "account", ForeignKeyAction::SetNull);
        table
            .col(timestamp_with_time_zone_null("decided_at"))
            .col(c.text_null("decision_reason"))
            .col(integer("version"));
        manager.create_table(table).await?;
        let pending =
            format!("CREATE UNIQUE INDEX {TABLE}_pending ON {TABLE} (action, subject_id) WHERE status = 'PENDING'");
        manager.get_connection().execute_unprepared(&pending).await?;
        index(manager, TABLE, &[&["requested_at", "id"], &["subject_id"], &["requested_by"], &["decided_by"]]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TABLE]).await
    }
}
