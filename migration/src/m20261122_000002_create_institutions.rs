//! Institutions.
use sea_orm_migration::{
    prelude::*,
    schema::{integer, json_binary},
};

use crate::columns::{Columns, drop, history, index, keyed_table, provenance, reference_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = keyed_table("institution");
        table
            .col(c.text_unique("slug"))
            .col(json_binary("names"))
            .col(c.text("sort_key"))
            .col(c.text("kind"))
            .col(json_binary("descriptions"));
        reference_null(&mut table, "institution", "country_id", "country", ForeignKeyAction::NoAction);
        table.col(c.text_null("city")).col(c.text_null("website")).col(integer("policy_areas"));
        reference_null(&mut table, "institution", "parent_id", "institution", ForeignKeyAction::NoAction);
        provenance(&mut table, &c);
        history(&mut table);
        manager.create_table(table).await?;
        index(
            manager,
            "institution",
            &[&["sort_key", "id"], &["country_id", "sort_key", "id"], &["parent_id"], &["updated_at", "id"]],
        )
        .await?;

        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["institution"]).await
    }
}
