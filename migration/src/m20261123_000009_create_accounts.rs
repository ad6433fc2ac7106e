//! Accounts and their roles, sessions, one-time links, and the keys that sign access tokens.
use sea_orm_migration::{
    prelude::*,
    schema::{boolean, integer, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid_null},
};

use crate::columns::{Columns, drop, history, index, keyed_table, reference, reference_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = keyed_table("account");
        table
            .col(c.text("email"))
            .col(c.text_unique("email_key"))
            .col(c.text("name"))
            .col(c.text_null("password_hash"))
            .col(c.text("status"));
        reference_null(&mut table, "account", "policymaker_id", "policymaker", ForeignKeyAction::SetNull);
        table.col(timestamp_with_time_zone_null("last_sign_in_at"));
        history(&mut table);
        manager.create_table(table).await?;

        let mut table = keyed_table("role_grant");
        reference(&mut table, "role_grant", "account_id", "account", ForeignKeyAction::Cascade);
        table.col(c.text("role"));
        reference_null(&mut table, "role_grant", "country_id", "country", ForeignKeyAction::NoAction);
        reference_null(&mut table, "role_grant", "institution_id", "institution", ForeignKeyAction::Cascade);
        table.col(timestamp_with_time_zone("granted_at"));
        manager.create_table(table).await?;
        index(manager, "role_grant", &[&["account_id"], &["country_id"], &["institution_id"]]).await?;

        let mut table = keyed_table("session");
        reference(&mut table, "session", "account_id", "account", ForeignKeyAction::Cascade);
        table
            .col(c.text_null("agent"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("last_used_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("revoked_at"));
        manager.create_table(table).await?;
        index(manager, "session", &[&["account_id"]]).await?;

        let mut table = keyed_table("refresh_token");
        reference(&mut table, "refresh_token", "session_id", "session", ForeignKeyAction::Cascade);
        table
            .col(c.text_unique("hash"))
            .col(uuid_null("successor_id"))
            .col(boolean("retried"))
            .col(timestamp_with_time_zone("issued_at"))
            .col(timestamp_with_time_zone_null("used_at"));
        manager.create_table(table).await?;
        index(manager, "refresh_token", &[&["session_id"]]).await?;

        let mut table = keyed_table("one_time_link");
        table.col(c.text_unique("hash")).col(c.text("purpose"));
        reference_null(&mut table, "one_time_link", "account_id", "account", ForeignKeyAction::Cascade);
        table
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("used_at"));
        manager.create_table(table).await?;
        index(manager, "one_time_link", &[&["account_id"]]).await?;

        let mut table = keyed_table("signing_key");
        table
            .col(c.text("private_key"))
            .col(c.text("public_key"))
            .col(integer("generation").unique_key().to_owned())
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("retired_at"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["signing_key", "one_time_link", "refresh_token", "session", "role_grant", "account"]).await
    }
}
