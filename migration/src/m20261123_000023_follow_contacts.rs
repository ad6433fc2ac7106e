//! What whoever follows contacts needs: with what places in the log are sealed, and up to which day the people were told
//! whose positions have begun or ended.
use sea_orm_migration::{
    prelude::*,
    schema::{date, integer},
    sea_orm::DbBackend,
};

use crate::columns::drop;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The first key; each epoch that begins makes another one.
fn key(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))",
        _ => "randomblob(32)",
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let blank = if manager.get_database_backend() == DbBackend::Postgres { "'\\x'::bytea" } else { "x''" };
        let mut column = ColumnDef::new("token_key");
        column.blob().not_null().default(Expr::cust(blank));
        manager.alter_table(Table::alter().table("change_epoch").add_column(column).to_owned()).await?;
        let key = key(manager.get_database_backend());
        manager.get_connection().execute_unprepared(&format!("UPDATE change_epoch SET token_key = {key}")).await?;
        let mut table = Table::create();
        table.table("noted_day").col(integer("id").primary_key().to_owned()).col(date("day"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["noted_day"]).await?;
        manager.alter_table(Table::alter().table("change_epoch").drop_column("token_key").to_owned()).await
    }
}
