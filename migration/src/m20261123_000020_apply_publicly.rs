//! Memberships are applied for by people without an account: their applications, while nobody has confirmed them, and who
//! they are, since.
use sea_orm_migration::{
    prelude::*,
    schema::{json_binary, timestamp_with_time_zone},
};

use crate::columns::{Columns, drop, index, keyed_table, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = keyed_table("membership_application");
        table
            .col(c.text_unique("hash"))
            .col(json_binary("content"))
            .col(c.text("name"))
            .col(c.text("email"))
            .col(c.text("email_key"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"));
        manager.create_table(table).await?;
        index(manager, "membership_application", &[&["expires_at"]]).await?;

        let mut table = keyed_table("membership_applicant");
        reference(&mut table, "membership_applicant", "membership_id", "membership", ForeignKeyAction::Cascade);
        table
            .col(c.text("name"))
            .col(c.text("email"))
            .col(c.text("email_key"))
            .col(c.text_null("message"))
            .col(timestamp_with_time_zone("confirmed_at"));
        manager.create_table(table).await?;
        index(manager, "membership_applicant", &[&["membership_id"]]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["membership_applicant", "membership_application"]).await
    }
}
