//! The text that is searched, with an index of its trigrams that finds candidates.
use sea_orm_migration::{
    prelude::*,
    schema::{big_pk_auto, uuid_uniq},
    sea_orm::DbBackend,
};

use crate::columns::{Columns, drop};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// `PostgreSQL` keeps the index up to date by itself.
const POSTGRES: [&str; 2] = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX search_entry_trigrams ON search_entry USING gin (content gin_trgm_ops)",
];

/// An FTS5 index over another table's text is kept up to date by triggers
/// (<https://sqlite.org/fts5.html#external_content_tables>).
const SQLITE: [&str; 4] = [
    "CREATE VIRTUAL TABLE search_trigrams
        USING fts5(content, content = 'search_entry', content_rowid = 'id', tokenize = 'trigram')",
    "CREATE TRIGGER search_entry_inserted AFTER INSERT ON search_entry BEGIN
        INSERT INTO search_trigrams (rowid, content) VALUES (new.id, new.content);
     END",
    "CREATE TRIGGER search_entry_deleted AFTER DELETE ON search_entry BEGIN
        INSERT INTO search_trigrams (search_trigrams, rowid, content) VALUES ('delete', old.id, old.content);
     END",
    "CREATE TRIGGER search_entry_updated AFTER UPDATE ON search_entry BEGIN
        INSERT INTO search_trigrams (search_trigrams, rowid, content) VALUES ('delete', old.id, old.content);
        INSERT INTO search_trigrams (rowid, content) VALUES (new.id, new.content);
     END",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        let mut table = Table::create();
        table
            .table("search_entry")
            .col(big_pk_auto("id"))
            .col(uuid_uniq("subject_id"))
            .col(c.text("kind"))
            .col(c.text("names"))
            .col(c.text("content"));
        manager.create_table(table).await?;
        let statements: &[&str] = match manager.get_database_backend() {
            DbBackend::Postgres => &POSTGRES,
            _ => &SQLITE,
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            manager.get_connection().execute_unprepared("DROP TABLE search_trigrams").await?;
        }
        drop(manager, &["search_entry"]).await
    }
}
