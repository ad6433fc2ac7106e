//! What people agreed to be shared with partner agencies, and which institutions everybody may know of.
use sea_orm_migration::{
    prelude::*,
    schema::{boolean, timestamp_with_time_zone},
};

use crate::columns::{Columns, drop, index, keyed_table, reference, reference_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Few are not listed: to find them takes no look at the others.
const UNLISTED: &str = "CREATE INDEX institution_unlisted ON institution (id) WHERE NOT listed";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        const TABLE: &str = "consent";
        let c = Columns::of(manager);
        let mut table = keyed_table(TABLE);
        reference(&mut table, TABLE, "policymaker_id", "policymaker", ForeignKeyAction::Cascade);
        reference_null(&mut table, TABLE, "agency_client_id", "agency_client", ForeignKeyAction::SetNull);
        table
            .col(boolean("share_with_agencies"))
            .col(c.text_null("basis"))
            .col(boolean("confirmed"))
            .col(timestamp_with_time_zone("recorded_at"));
        table.index(Index::create().unique().name("consent_by_policymaker_id").col("policymaker_id"));
        manager.create_table(table).await?;
        index(manager, TABLE, &[&["agency_client_id"]]).await?;

        let mut listed = boolean("listed");
        listed.default(true);
        manager.alter_table(Table::alter().table("institution").add_column(listed).to_owned()).await?;
        manager.get_connection().execute_unprepared(UNLISTED).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX institution_unlisted").await?;
        manager.alter_table(Table::alter().table("institution").drop_column("listed").to_owned()).await?;
        drop(manager, &["consent"]).await
    }
}
