//! The order of deliveries is held by the lock under which they are numbered. An index of it was one more by which PostgreSQL
//! could look for what comes earlier about the same, and read all of an address for each delivery.
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX webhook_delivery_order").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let order = "CREATE UNIQUE INDEX webhook_delivery_order ON webhook_delivery (webhook_endpoint_id, number)";
        manager.get_connection().execute_unprepared(order).await?;
        Ok(())
    }
}
