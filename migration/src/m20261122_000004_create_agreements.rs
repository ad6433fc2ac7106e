//! Agreements and their parties.
use sea_orm_migration::{
    prelude::*,
    schema::{boolean, boolean_null, integer, json_binary},
};

use crate::columns::{Columns, drop, history, index, keyed_table, provenance, reference, reference_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = keyed_table("agreement");
        table
            .col(c.text_unique("slug"))
            .col(json_binary("titles"))
            .col(c.text("sort_key"))
            .col(c.text("kind"))
            .col(c.text("status"))
            .col(integer("media"))
            .col(json_binary("summaries"))
            .col(c.text_null("signed_on"))
            .col(c.text_null("in_force_on"))
            .col(c.text_null("terminated_on"))
            .col(c.text_null("text_url"))
            .col(c.text_null("minimum_percent"))
            .col(c.text_null("maximum_percent"))
            .col(boolean_null("third_country_allowed"));
        provenance(&mut table, &c);
        history(&mut table);
        manager.create_table(table).await?;
        index(manager, "agreement", &[&["sort_key", "id"], &["signed_on", "id"], &["updated_at", "id"]]).await?;

        let mut table = keyed_table("agreement_party");
        reference(&mut table, "agreement_party", "agreement_id", "agreement", ForeignKeyAction::Cascade);
        table.col(integer("position"));
        reference_null(&mut table, "agreement_party", "country_id", "country", ForeignKeyAction::NoAction);
        reference_null(&mut table, "agreement_party", "group_id", "country_group", ForeignKeyAction::NoAction);
        reference_null(
            &mut table,
            "agreement_party",
            "competent_authority_id",
            "institution",
            ForeignKeyAction::NoAction,
        );
        table.col(c.text_null("ratified_on")).col(c.text_null("authority_source")).col(boolean("authority_verified"));
        manager.create_table(table).await?;
        index(
            manager,
            "agreement_party",
            &[&["agreement_id", "position"], &["country_id"], &["group_id"], &["competent_authority_id"]],
        )
        .await?;

        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["agreement_party", "agreement"]).await
    }
}
