//! That no table is forgotten where it is known which ones are in the log.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
use harness::{Private, backends, fresh};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use super::gap::{location, open};
use crate::db::{Tables, Touch, touch};

/// What a database says of itself, in one column.
async fn told(database: &Private, sqlite: &str, postgres: &str) -> Vec<String> {
    let db = open(&location(database)).await;
    let backend = db.get_database_backend();
    let text = if backend == DbBackend::Sqlite { sqlite } else { postgres };
    let rows = db.query_all_raw(Statement::from_string(backend, text)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

#[tokio::test]
async fn every_table_is_known() {
    for backend in backends() {
        let database = fresh(*backend, false).await;
        let sqlite = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
            AND name NOT LIKE 'search_trigrams_%'";
        let postgres = "SELECT relname::text FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
        let tables = told(&database, sqlite, postgres).await;
        assert!(tables.len() > 40);
        for table in tables.iter().filter(|name| *name != "seaql_migrations") {
            assert_ne!(Tables::named(table), Tables::NONE, "{table}");
        }
    }
}

#[tokio::test]
async fn whoever_deletes_a_row_is_said_to_change_what_goes_with_it() {
    for backend in backends() {
        let database = fresh(*backend, false).await;
        let sqlite = r#"SELECT child.name || ' ' || reference."table"
            FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS reference
            WHERE child.type = 'table' AND on_delete IN ('CASCADE', 'SET NULL')"#;
        let postgres = "SELECT conrelid::regclass || ' ' || confrelid::regclass FROM pg_constraint
            WHERE contype = 'f' AND confdeltype IN ('c', 'n')";
        let references = told(&database, sqlite, postgres).await;
        assert!(references.len() > 20);
        let forgotten = references.iter().filter(|reference| {
            let (child, parent) = reference.split_once(' ').unwrap();
            let Touch::Writes(changed) = touch(&format!("DELETE FROM {parent}")) else { panic!("{parent}") };
            !Tables::named(child).logged().is_within(changed)
        });
        assert_eq!(forgotten.collect::<Vec<_>>(), Vec::<&String>::new());
    }
}
