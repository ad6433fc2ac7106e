//! The kinds of columns that tables are made of, alike on both databases.
use sea_orm_migration::{prelude::*, schema, sea_orm::DbBackend};

/// Makes columns for one database.
pub(crate) struct Columns(DbBackend);

impl Columns {
    pub(crate) fn of(manager: &SchemaManager<'_>) -> Self {
        Self(manager.get_database_backend())
    }

    /// Text that is compared as bytes. `SQLite` does so anyway; `PostgreSQL` would follow the database's
    /// collation, and lists would be ordered differently from one installation to the next.
    pub(crate) fn text(&self, name: &'static str) -> ColumnDef {
        let mut column = self.text_null(name);
        column.not_null();
        column
    }

    pub(crate) fn text_null(&self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.text();
        if self.0 == DbBackend::Postgres {
            column.extra(r#"COLLATE "C""#);
        }
        column
    }

    pub(crate) fn text_unique(&self, name: &'static str) -> ColumnDef {
        let mut column = self.text(name);
        column.unique_key();
        column
    }
}

/// Adds the columns that say where a statement comes from.
pub(crate) fn provenance(table: &mut TableCreateStatement, columns: &Columns) {
    table
        .col(columns.text_null("source"))
        .col(columns.text_null("source_url"))
        .col(schema::boolean("verified"))
        .col(columns.text_null("note"));
}

/// Adds the columns of a row that counts and dates its changes.
pub(crate) fn history(table: &mut TableCreateStatement) {
    table
        .col(schema::integer("version"))
        .col(schema::timestamp_with_time_zone("created_at"))
        .col(schema::timestamp_with_time_zone("updated_at"));
}

/// A table with a UUID as its key.
pub(crate) fn keyed_table(name: &'static str) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name).col(schema::pk_uuid("id"));
    table
}

/// Adds a column that must refer to another table's key.
pub(crate) fn reference(
    table: &mut TableCreateStatement,
    from: &'static str,
    column: &'static str,
    to: &'static str,
    on_delete: ForeignKeyAction,
) {
    refer(table, from, schema::uuid(column), column, to, on_delete);
}

/// Adds a column that may refer to another table's key.
pub(crate) fn reference_null(
    table: &mut TableCreateStatement,
    from: &'static str,
    column: &'static str,
    to: &'static str,
    on_delete: ForeignKeyAction,
) {
    refer(table, from, schema::uuid_null(column), column, to, on_delete);
}

fn refer(
    table: &mut TableCreateStatement,
    from: &'static str,
    definition: ColumnDef,
    column: &'static str,
    to: &'static str,
    on_delete: ForeignKeyAction,
) {
    table.col(definition).foreign_key(ForeignKey::create().from(from, column).to(to, "id").on_delete(on_delete));
}

/// Creates an index on each of these sets of columns.
pub(crate) async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    sets: &[&[&'static str]],
) -> Result<(), DbErr> {
    for columns in sets {
        let mut index = Index::create();
        index.table(table).name(format!("{table}_by_{}", columns.join("_")));
        for column in *columns {
            index.col(*column);
        }
        manager.create_index(index).await?;
    }
    Ok(())
}

/// Drops these tables, in this order.
pub(crate) async fn drop(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).to_owned()).await?;
    }
    Ok(())
}
