//! Contacts that were merged into others: where their IDs lead, and what they were, so that it can be undone.
use sea_orm_migration::{
    prelude::*,
    schema::{integer_null, json_binary, timestamp_with_time_zone, uuid},
    sea_orm::DbBackend,
};

use crate::columns::{Columns, drop, index, keyed_table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Each has the columns of the table whose rows it takes, in their order: a column that is added there is added here.
const TAKEN_OUT: [(&str, &str); 8] = [
    ("merged_policymaker", "policymaker"),
    ("merged_institution", "institution"),
    ("merged_consent", "consent"),
    ("merged_role_grant", "role_grant"),
    ("merged_contact_email", "contact_email"),
    ("merged_contact_phone", "contact_phone"),
    ("merged_opportunity_partner", "opportunity_partner"),
    ("merged_search_entry", "search_entry"),
];

/// What is erased is gone from the index, too, at once (<https://sqlite.org/fts5.html#the_secure_delete_configuration_option>).
const SECURE_DELETE: &str = "INSERT INTO search_trigrams (search_trigrams, rank) VALUES ('secure-delete', 1)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        const TABLE: &str = "contact_merge";
        let c = Columns::of(manager);
        let mut table = keyed_table(TABLE);
        table
            .col(uuid("survivor_id"))
            .col(c.text("kind"))
            .col(integer_null("survivor_version"))
            .col(json_binary("moved"))
            .col(timestamp_with_time_zone("merged_at"));
        manager.create_table(table).await?;
        index(manager, TABLE, &[&["survivor_id"]]).await?;
        let connection = manager.get_connection();
        for (taken_out, from) in TAKEN_OUT {
            connection
                .execute_unprepared(&format!("CREATE TABLE {taken_out} AS SELECT * FROM {from} WHERE 1 = 0"))
                .await?;
        }
        if manager.get_database_backend() == DbBackend::Sqlite {
            connection.execute_unprepared(SECURE_DELETE).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &TAKEN_OUT.map(|(taken_out, _)| taken_out)).await?;
        drop(manager, &["contact_merge"]).await
    }
}
