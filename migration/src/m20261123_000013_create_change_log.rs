//! The log of changes, and institutions' interest in opportunities.
use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, integer, integer_null, json_binary, json_binary_null, timestamp_with_time_zone, uuid, uuid_null,
    },
};

use crate::columns::{Columns, drop, index, keyed_table, reference, reference_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut sequence = big_integer("sequence");
        // A number is never given twice, not even that of a row that is gone.
        sequence.primary_key().auto_increment();
        let mut table = Table::create();
        table
            .table("change_log")
            .col(sequence)
            .col(uuid("id").unique_key().to_owned())
            .col(integer("epoch"))
            .col(big_integer("transaction_id"))
            .col(timestamp_with_time_zone("at"))
            // Whoever did it may be gone by now: these refer to nothing.
            .col(uuid_null("account_id"))
            .col(uuid_null("agency_client_id"))
            .col(c.text("subject"))
            .col(uuid("subject_id"))
            .col(c.text("operation"))
            .col(integer_null("version"))
            .col(json_binary("fields"))
            .col(json_binary_null("audience_before"))
            .col(json_binary_null("audience_after"))
            .col(c.text_null("reason"));
        manager.create_table(table).await?;
        index(manager, "change_log", &[&["epoch", "transaction_id", "sequence"], &["subject_id"], &["at", "id"]])
            .await?;

        // Which epoch it is: a database that was restored from a dump counts its transactions anew.
        let mut table = Table::create();
        table.table("change_epoch").col(integer("epoch").primary_key().to_owned());
        manager.create_table(table).await?;
        manager.get_connection().execute_unprepared("INSERT INTO change_epoch (epoch) VALUES (1)").await?;

        let mut table = keyed_table("interest");
        reference(&mut table, "interest", "opportunity_id", "opportunity", ForeignKeyAction::NoAction);
        reference(&mut table, "interest", "institution_id", "institution", ForeignKeyAction::NoAction);
        reference_null(&mut table, "interest", "account_id", "account", ForeignKeyAction::SetNull);
        table
            .col(c.text("reply_to"))
            .col(c.text("message"))
            .col(c.text("status"))
            .col(c.text_null("reason"))
            .col(integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"));
        manager.create_table(table).await?;
        index(manager, "interest", &[&["opportunity_id", "created_at", "id"], &["institution_id"], &["account_id"]])
            .await?;
        let why = c.text_null("return_reason");
        manager.alter_table(Table::alter().table("opportunity").add_column(why).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("opportunity").drop_column("return_reason").to_owned()).await?;
        drop(manager, &["interest", "change_epoch", "change_log"]).await
    }
}
