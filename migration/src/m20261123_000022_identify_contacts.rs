//! What agencies call contacts, and which of these an agency's machine has made.
use sea_orm_migration::{
    prelude::*,
    schema::{timestamp_with_time_zone, uuid, uuid_null},
};

use crate::columns::{Columns, drop, index, keyed_table, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The column is added where contacts are kept, and where they are while they are merged into others.
const CONTACTS: [&str; 4] = ["policymaker", "merged_policymaker", "institution", "merged_institution"];
const MAKER: &str = "created_by_agency_id";

/// Most contacts were made by no machine: the index is of the others.
const MADE: [(&str, &str); 2] = [("policymaker_by_agency", "policymaker"), ("institution_by_agency", "institution")];
/// Addresses are looked for without regard to case.
const ADDRESSES: &str = "CREATE INDEX contact_email_by_lower_address ON contact_email (lower(address))";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        const TABLE: &str = "external_id";
        let c = Columns::of(manager);
        let mut table = keyed_table(TABLE);
        reference(&mut table, TABLE, "agency_client_id", "agency_client", ForeignKeyAction::Cascade);
        table
            .col(c.text("value"))
            .col(c.text("kind"))
            // It outlives what it names, and a contact is of one of two tables: these refer to nothing.
            .col(uuid("subject_id"))
            .col(uuid("contact_id"))
            .col(timestamp_with_time_zone("created_at"));
        table.index(Index::create().unique().name("external_id_by_value").col("agency_client_id").col("value"));
        manager.create_table(table).await?;
        index(manager, TABLE, &[&["contact_id"], &["subject_id"]]).await?;

        for table in CONTACTS {
            manager.alter_table(Table::alter().table(table).add_column(uuid_null(MAKER)).to_owned()).await?;
        }
        let connection = manager.get_connection();
        for (index, table) in MADE {
            let statement = format!("CREATE INDEX {index} ON {table} ({MAKER}, id) WHERE {MAKER} IS NOT NULL");
            connection.execute_unprepared(&statement).await?;
        }
        connection.execute_unprepared(ADDRESSES).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("DROP INDEX contact_email_by_lower_address").await?;
        for (index, _) in MADE {
            connection.execute_unprepared(&format!("DROP INDEX {index}")).await?;
        }
        for table in CONTACTS {
            manager.alter_table(Table::alter().table(table).drop_column(MAKER).to_owned()).await?;
        }
        drop(manager, &["external_id"]).await
    }
}
