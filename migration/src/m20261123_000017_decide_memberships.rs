//! Memberships are decided about: an institution has one that goes on, at most, and lists of them are ordered.
use sea_orm_migration::prelude::*;

use crate::columns::index;

const TABLE: &str = "membership";
const GOING_ON: &str = "membership_going_on";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let going_on = format!(
            "CREATE UNIQUE INDEX {GOING_ON} ON {TABLE} (institution_id) WHERE status NOT IN ('REJECTED', 'WITHDRAWN')"
        );
        manager.get_connection().execute_unprepared(&going_on).await?;
        index(manager, TABLE, &[&["applied_at", "id"], &["until", "id"]]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in [GOING_ON, "membership_by_applied_at_id", "membership_by_until_id"] {
            manager.drop_index(Index::drop().name(name).table(TABLE).to_owned()).await?;
        }
        Ok(())
    }
}
