//! Roles count from a day to a day, accounts are looked for by words, and people are invited.
use sea_orm_migration::{
    prelude::*,
    schema::{date, date_null, integer, timestamp_with_time_zone, timestamp_with_time_zone_null},
    sea_orm::DbBackend,
};

use crate::columns::{Columns, drop, index, keyed_table, reference_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Roles, and where those are kept that an institution has twice: in the same order.
const ROLES: [&str; 2] = ["role_grant", "merged_role_grant"];
const TABLE: &str = "invitation";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let connection = manager.get_connection();
        // Until now a role counted from the moment when it was given.
        let given = match manager.get_database_backend() {
            DbBackend::Postgres => "(granted_at AT TIME ZONE 'UTC')::date",
            _ => "substr(granted_at, 1, 10)",
        };
        for table in ROLES {
            let since = date("since").default("1970-01-01").to_owned();
            for column in [since, date_null("until")] {
                manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
            }
            connection.execute_unprepared(&format!("UPDATE {table} SET since = {given}")).await?;
        }

        let folded = c.text("sort_key").default("").to_owned();
        manager.alter_table(Table::alter().table("account").add_column(folded).to_owned()).await?;
        let told = ["@", ".", "-", "_", "+"]
            .iter()
            .fold("lower(name || ' ' || email)".to_owned(), |text, sign| format!("replace({text}, '{sign}', ' ')"));
        connection.execute_unprepared(&format!("UPDATE account SET sort_key = {told}")).await?;
        index(manager, "account", &[&["sort_key", "id"]]).await?;

        let mut table = keyed_table(TABLE);
        table.col(c.text("email")).col(c.text("email_key")).col(c.text_null("name")).col(c.text("role"));
        reference_null(&mut table, TABLE, "country_id", "country", ForeignKeyAction::NoAction);
        reference_null(&mut table, TABLE, "institution_id", "institution", ForeignKeyAction::Cascade);
        reference_null(&mut table, TABLE, "invited_by", "account", ForeignKeyAction::SetNull);
        table
            .col(c.text("hash"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("accepted_at"))
            .col(timestamp_with_time_zone_null("revoked_at"))
            .col(integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"));
        manager.create_table(table).await?;
        index(manager, TABLE, &[&["invited_by"], &["email_key"], &["institution_id"], &["created_at", "id"]]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TABLE]).await?;
        manager.drop_index(Index::drop().name("account_by_sort_key_id").table("account").to_owned()).await?;
        manager.alter_table(Table::alter().table("account").drop_column("sort_key").to_owned()).await?;
        for table in ROLES {
            for column in ["until", "since"] {
                manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
            }
        }
        Ok(())
    }
}
