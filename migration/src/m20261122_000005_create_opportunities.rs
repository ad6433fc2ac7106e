//! Opportunities, who may take them up, and what they rest on.
use sea_orm_migration::{
    prelude::*,
    schema::{boolean, date_null, integer, json_binary, timestamp_with_time_zone_null},
};

use crate::columns::{Columns, drop, history, index, keyed_table, provenance, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = keyed_table("opportunity");
        table
            .col(c.text_unique("slug"))
            .col(json_binary("titles"))
            .col(c.text("sort_key"))
            .col(json_binary("summaries"))
            .col(json_binary("descriptions"))
            .col(c.text("kind"))
            .col(c.text("status"))
            .col(date_null("opens_on"))
            .col(timestamp_with_time_zone_null("deadline"))
            .col(date_null("starts_on"))
            .col(date_null("ends_on"))
            .col(integer("policy_areas"))
            .col(integer("media"));
        reference(&mut table, "opportunity", "lead_institution_id", "institution", ForeignKeyAction::NoAction);
        table
            .col(boolean("eligible_everyone"))
            .col(c.text_null("eligibility_note"))
            .col(boolean("recurring"))
            .col(c.text_null("funding_minimum"))
            .col(c.text_null("funding_maximum"))
            .col(c.text_null("funding_currency"))
            .col(integer("covers"))
            .col(json_binary("languages"))
            .col(c.text_null("url"));
        provenance(&mut table, &c);
        history(&mut table);
        table.col(timestamp_with_time_zone_null("published_at"));
        manager.create_table(table).await?;
        index(
            manager,
            "opportunity",
            &[
                &["sort_key", "id"],
                &["deadline", "id"],
                &["published_at", "id"],
                &["updated_at", "id"],
                &["lead_institution_id"],
            ],
        )
        .await?;

        let mut table = Table::create();
        table.table("opportunity_country");
        reference(&mut table, "opportunity_country", "opportunity_id", "opportunity", ForeignKeyAction::Cascade);
        reference(&mut table, "opportunity_country", "country_id", "country", ForeignKeyAction::NoAction);
        table.primary_key(Index::create().col("opportunity_id").col("country_id"));
        manager.create_table(table).await?;
        index(manager, "opportunity_country", &[&["country_id"]]).await?;

        let mut table = Table::create();
        table.table("opportunity_group");
        reference(&mut table, "opportunity_group", "opportunity_id", "opportunity", ForeignKeyAction::Cascade);
        reference(&mut table, "opportunity_group", "group_id", "country_group", ForeignKeyAction::NoAction);
        table.primary_key(Index::create().col("opportunity_id").col("group_id"));
        manager.create_table(table).await?;
        index(manager, "opportunity_group", &[&["group_id"]]).await?;

        let mut table = Table::create();
        table.table("opportunity_host");
        reference(&mut table, "opportunity_host", "opportunity_id", "opportunity", ForeignKeyAction::Cascade);
        reference(&mut table, "opportunity_host", "country_id", "country", ForeignKeyAction::NoAction);
        table.primary_key(Index::create().col("opportunity_id").col("country_id"));
        manager.create_table(table).await?;
        index(manager, "opportunity_host", &[&["country_id"]]).await?;

        let mut table = Table::create();
        table.table("opportunity_agreement");
        reference(&mut table, "opportunity_agreement", "opportunity_id", "opportunity", ForeignKeyAction::Cascade);
        reference(&mut table, "opportunity_agreement", "agreement_id", "agreement", ForeignKeyAction::NoAction);
        table.primary_key(Index::create().col("opportunity_id").col("agreement_id"));
        manager.create_table(table).await?;
        index(manager, "opportunity_agreement", &[&["agreement_id"]]).await?;

        let mut table = Table::create();
        table.table("opportunity_partner");
        reference(&mut table, "opportunity_partner", "opportunity_id", "opportunity", ForeignKeyAction::Cascade);
        reference(&mut table, "opportunity_partner", "institution_id", "institution", ForeignKeyAction::NoAction);
        table.col(c.text("role"));
        table.primary_key(Index::create().col("opportunity_id").col("institution_id").col("role"));
        manager.create_table(table).await?;
        index(manager, "opportunity_partner", &[&["institution_id"]]).await?;

        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(
            manager,
            &[
                "opportunity_partner",
                "opportunity_agreement",
                "opportunity_host",
                "opportunity_group",
                "opportunity_country",
                "opportunity",
            ],
        )
        .await
    }
}
