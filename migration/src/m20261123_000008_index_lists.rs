//! Indexes that lists are read from in their order, from any place in it.
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The deadline, or for rolling opportunities the last moment that both databases can write: never null, so that what is
/// still open is one range of an index.
const CLOSES_AT: [&str; 2] = [
    "ALTER TABLE opportunity ADD COLUMN closes_at timestamptz
        GENERATED ALWAYS AS (COALESCE(deadline, '9999-12-31 23:59:59+00'::timestamptz)) STORED",
    "ALTER TABLE opportunity ADD COLUMN closes_at text
        GENERATED ALWAYS AS (COALESCE(deadline, '9999-12-31T23:59:59+00:00')) VIRTUAL",
];

/// What lists are filtered and ordered by, with what else decides, so that the index alone can.
const WANTED: [(&str, &[&str]); 5] = [
    ("opportunity", &["status", "closes_at", "id", "opens_on", "published_at"]),
    ("opportunity", &["kind", "status", "closes_at", "id", "opens_on", "published_at", "eligible_everyone"]),
    ("opportunity_country", &["country_id", "opportunity_id"]),
    ("opportunity_group", &["group_id", "opportunity_id"]),
    ("appointment", &["institution_id", "policymaker_id", "public", "since", "until"]),
];

/// What these are in the place of.
const SUPERSEDED: [(&str, &[&str]); 3] = [
    ("opportunity_country", &["country_id"]),
    ("opportunity_group", &["group_id"]),
    ("appointment", &["institution_id"]),
];

fn name(table: &str, columns: &[&str]) -> String {
    format!("{table}_by_{}", columns.join("_"))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let [postgres, sqlite] = CLOSES_AT;
        let column = if manager.get_database_backend() == DbBackend::Postgres { postgres } else { sqlite };
        manager.get_connection().execute_unprepared(column).await?;
        for (table, columns) in WANTED {
            index(manager, table, &[columns]).await?;
        }
        for (table, columns) in SUPERSEDED {
            manager.drop_index(Index::drop().name(name(table, columns)).table(table).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in SUPERSEDED {
            index(manager, table, &[columns]).await?;
        }
        for (table, columns) in WANTED {
            manager.drop_index(Index::drop().name(name(table, columns)).table(table).to_owned()).await?;
        }
        manager.get_connection().execute_unprepared("ALTER TABLE opportunity DROP COLUMN closes_at").await.map(|_| ())
    }
}
