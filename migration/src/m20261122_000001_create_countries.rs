//! Countries, the groups that they belong to, and the conventions that they are party to.
use sea_orm_migration::{
    prelude::*,
    schema::{date, date_null, integer, json_binary},
};

use crate::columns::{Columns, drop, index, keyed_table, provenance, reference, reference_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = keyed_table("country");
        table
            .col(c.text_unique("code"))
            .col(c.text("alpha3"))
            .col(json_binary("names"))
            .col(json_binary("official_names"))
            .col(c.text_null("region"))
            .col(c.text_null("subregion"))
            .col(c.text("sort_key"))
            .col(integer("version"));
        manager.create_table(table).await?;
        index(manager, "country", &[&["sort_key", "id"]]).await?;

        let mut table = keyed_table("country_group");
        table.col(c.text_unique("code")).col(json_binary("names")).col(c.text("sort_key")).col(integer("version"));
        manager.create_table(table).await?;

        let mut table = keyed_table("group_membership");
        reference(&mut table, "group_membership", "group_id", "country_group", ForeignKeyAction::NoAction);
        reference(&mut table, "group_membership", "country_id", "country", ForeignKeyAction::NoAction);
        table.col(c.text("role")).col(c.text_null("since")).col(c.text_null("until"));
        provenance(&mut table, &c);
        table.col(integer("version"));
        manager.create_table(table).await?;
        index(manager, "group_membership", &[&["group_id", "role"], &["country_id", "role"]]).await?;

        let mut table = keyed_table("convention");
        table
            .col(c.text_unique("code"))
            .col(json_binary("titles"))
            .col(date("adopted_on"))
            .col(date_null("in_force_on"))
            .col(c.text_null("url"))
            .col(integer("version"));
        manager.create_table(table).await?;

        let mut table = keyed_table("accession");
        reference(&mut table, "accession", "convention_id", "convention", ForeignKeyAction::NoAction);
        reference_null(&mut table, "accession", "country_id", "country", ForeignKeyAction::NoAction);
        reference_null(&mut table, "accession", "group_id", "country_group", ForeignKeyAction::NoAction);
        table.col(c.text_null("instrument")).col(c.text_null("deposited_on")).col(c.text_null("in_force_on"));
        provenance(&mut table, &c);
        table.col(integer("version"));
        manager.create_table(table).await?;
        index(manager, "accession", &[&["convention_id"], &["country_id"], &["group_id"]]).await?;

        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["accession", "convention", "group_membership", "country_group", "country"]).await
    }
}
