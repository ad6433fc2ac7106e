//! Policymakers, the positions that they hold, and how they and institutions are reached.
use sea_orm_migration::{
    prelude::*,
    schema::{boolean, date_null, integer, json_binary},
};

use crate::columns::{Columns, drop, history, index, keyed_table, reference, reference_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = keyed_table("policymaker");
        table
            .col(c.text("given_name"))
            .col(c.text_null("family_name"))
            .col(c.text_null("honorific"))
            .col(c.text_null("native_name"))
            .col(c.text("sort_key"));
        reference_null(&mut table, "policymaker", "country_id", "country", ForeignKeyAction::NoAction);
        table.col(json_binary("biographies")).col(json_binary("languages")).col(integer("policy_areas"));
        history(&mut table);
        manager.create_table(table).await?;
        index(manager, "policymaker", &[&["sort_key", "id"], &["country_id", "sort_key", "id"], &["updated_at", "id"]])
            .await?;

        let mut table = keyed_table("appointment");
        reference(&mut table, "appointment", "policymaker_id", "policymaker", ForeignKeyAction::Cascade);
        reference(&mut table, "appointment", "institution_id", "institution", ForeignKeyAction::NoAction);
        table
            .col(c.text("title"))
            .col(c.text_null("level"))
            .col(date_null("since"))
            .col(date_null("until"))
            .col(boolean("public"));
        manager.create_table(table).await?;
        index(manager, "appointment", &[&["policymaker_id"], &["institution_id"]]).await?;

        let mut table = keyed_table("contact_email");
        reference_null(&mut table, "contact_email", "appointment_id", "appointment", ForeignKeyAction::Cascade);
        reference_null(&mut table, "contact_email", "institution_id", "institution", ForeignKeyAction::Cascade);
        table
            .col(integer("position"))
            .col(c.text("address"))
            .col(c.text("kind"))
            .col(boolean("preferred"))
            .col(c.text("visibility"));
        manager.create_table(table).await?;
        index(manager, "contact_email", &[&["appointment_id"], &["institution_id"]]).await?;

        let mut table = keyed_table("contact_phone");
        reference_null(&mut table, "contact_phone", "appointment_id", "appointment", ForeignKeyAction::Cascade);
        reference_null(&mut table, "contact_phone", "institution_id", "institution", ForeignKeyAction::Cascade);
        table
            .col(integer("position"))
            .col(c.text("number"))
            .col(c.text("kind"))
            .col(boolean("preferred"))
            .col(c.text("visibility"));
        manager.create_table(table).await?;
        index(manager, "contact_phone", &[&["appointment_id"], &["institution_id"]]).await?;

        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["contact_phone", "contact_email", "appointment", "policymaker"]).await
    }
}
