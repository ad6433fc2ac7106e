//! Which database counted an epoch's transactions, and the archive of entries that are past their time.
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer, integer_null, json_binary, timestamp_with_time_zone, uuid, uuid_null},
    sea_orm::DbBackend,
};

use crate::columns::{Columns, drop};

/// What `change_epoch` remembers beside the epoch: the place up to which entries were moved to the archive.
const COMPACTED: [&str; 2] = ["compacted_transaction", "compacted_sequence"];

/// How a person is blanked who is erased, on `PostgreSQL`: the service's role may do this to the log, and change nothing else
/// of it. It runs as who owns the log, whatever tables of the same names the caller can make.
const FORGET: &str = "DO $do$ BEGIN EXECUTE format($make$
    CREATE FUNCTION change_log_forget(person uuid) RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = %I, pg_temp AS $body$
        WITH blanked AS (
            UPDATE change_log SET audience_before = NULL, audience_after = NULL, reason = NULL
            WHERE subject_id = person AND subject IN ('POLICYMAKER', 'ACCOUNT') RETURNING 1
        ) SELECT count(*) FROM blanked
    $body$;
    REVOKE ALL ON FUNCTION change_log_forget(uuid) FROM PUBLIC
$make$, current_schema()); END $do$";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        add(manager, c.text_null("counted_by")).await?;
        add(manager, integer("compacted_epoch").default(0).to_owned()).await?;
        for name in COMPACTED {
            add(manager, big_integer(name).default(0).to_owned()).await?;
        }

        // As the log, but for the audiences: nobody follows what is here, and erasing a person has nothing to blank.
        let mut table = Table::create();
        table
            .table("change_log_archive")
            .col(big_integer("sequence").primary_key().to_owned())
            .col(uuid("id").unique_key().to_owned())
            .col(integer("epoch"))
            .col(big_integer("transaction_id"))
            .col(timestamp_with_time_zone("at"))
            .col(uuid_null("account_id"))
            .col(uuid_null("agency_client_id"))
            .col(c.text("subject"))
            .col(uuid("subject_id"))
            .col(c.text("operation"))
            .col(integer_null("version"))
            .col(json_binary("fields"))
            .col(c.text_null("reason"));
        manager.create_table(table).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(FORGET).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared("DROP FUNCTION change_log_forget(uuid)").await?;
        }
        drop(manager, &["change_log_archive"]).await?;
        for name in ["compacted_sequence", "compacted_transaction", "compacted_epoch", "counted_by"] {
            manager.alter_table(Table::alter().table("change_epoch").drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}

/// `SQLite` adds one column at a time.
async fn add(manager: &SchemaManager<'_>, column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table("change_epoch").add_column(column).to_owned()).await
}
