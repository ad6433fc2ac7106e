//! What the service's role may do on PostgreSQL: use all tables, and add to the log; not change what is in it.
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait as _};

/// What a role has to be for the service to run under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// It has it now.
    Given,
    /// There is no such role.
    NoRole,
    /// It owns the log, or may act for who does: nothing can be kept from it.
    Owner,
}

/// The tables of which the service's role has less than of the others, and what it has.
const LESS: &[(&str, &str)] = &[
    ("change_log", "SELECT, INSERT"),
    ("change_log_archive", "SELECT"),
    ("change_epoch", "SELECT"),
    ("seaql_migrations", "SELECT"),
];

/// What blanks a person's entries.
const FORGET: &str = "change_log_forget(uuid)";

/// What the others are for.
const MORE: &str = "SELECT, INSERT, UPDATE, DELETE";

/// The tables of the schema, each with its owner.
const TABLES: &str = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename";

/// Gives a role what the service needs, and takes from it what else it has of the tables.
pub(crate) async fn grant(db: &DatabaseConnection, role: &str) -> Result<Grant, DbErr> {
    let change = db.begin().await?;
    let known = "SELECT quote_ident(rolname) AS role, quote_ident(current_schema()) AS schema,
            quote_ident(current_database()) AS database, rolsuper OR pg_has_role(oid,
            (SELECT relowner FROM pg_class WHERE oid = 'change_log'::regclass), 'MEMBER') AS owns,
            has_database_privilege(oid, current_database(), 'CONNECT') AS connects,
            has_schema_privilege(oid, current_schema(), 'USAGE') AS finds
        FROM pg_roles WHERE rolname = $1";
    let known = Statement::from_sql_and_values(DbBackend::Postgres, known, [role.into()]);
    let Some(known) = change.query_one_raw(known).await? else { return Ok(Grant::NoRole) };
    let text = |name| known.try_get::<String>("", name);
    let is = |name| known.try_get::<bool>("", name);
    if is("owns")? {
        return Ok(Grant::Owner);
    }
    let (role, schema) = (text("role")?, text("schema")?);
    let mut statements = vec![];
    // Who owns the tables need not own what they are in, where everybody may come in anyway.
    if !is("connects")? {
        statements.push(format!("GRANT CONNECT ON DATABASE {} TO {role}", text("database")?));
    }
    if !is("finds")? {
        statements.push(format!("GRANT USAGE ON SCHEMA {schema} TO {role}"));
    }
    for table in names(&change, TABLES).await? {
        let less = LESS.iter().find(|(name, _)| *name == table);
        let given = less.map_or(MORE, |(_, given)| given);
        statements.push(format!("REVOKE ALL ON {schema}.\"{table}\" FROM {role}"));
        statements.push(format!("GRANT {given} ON {schema}.\"{table}\" TO {role}"));
    }
    statements.push(format!("REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {role}"));
    statements.push(format!("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"));
    // Erasing a person blanks who could have known them: that, and nothing else, the role has the database do for it.
    statements.push(format!("GRANT EXECUTE ON FUNCTION {schema}.{FORGET} TO {role}"));
    for statement in &statements {
        change.execute_unprepared(statement).await?;
    }
    change.commit().await?;
    Ok(Grant::Given)
}

/// Whether this connection's role owns the log, or may act for who does.
pub(crate) async fn owns_log(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let question = "SELECT pg_has_role(relowner, 'MEMBER') AS told FROM pg_class WHERE oid = 'change_log'::regclass";
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, question)).await?;
    row.map_or(Ok(false), |row| row.try_get("", "told"))
}

/// What this connection's role may do to the log beyond adding to it, such as `DELETE of change_log`.
pub(crate) async fn too_much(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let question = "SELECT privilege || ' of ' || relname AS name
        FROM pg_class, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS privilege
        WHERE oid IN ('change_log'::regclass, 'change_log_archive'::regclass, 'change_epoch'::regclass)
        AND CASE privilege
            WHEN 'INSERT' THEN relname <> 'change_log' AND has_any_column_privilege(oid, 'INSERT')
            WHEN 'UPDATE' THEN EXISTS (SELECT 1 FROM pg_attribute
                WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
                AND has_column_privilege(pg_class.oid, attnum, 'UPDATE'))
            ELSE has_table_privilege(oid, privilege) END
        ORDER BY 1";
    names(db, question).await
}

/// The tables that the service needs and this connection's role may not use.
pub(crate) async fn too_little(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let less: Vec<String> = LESS.iter().map(|(name, _)| format!("'{name}'")).collect();
    let less = less.join(", ");
    let question = format!(
        "SELECT tablename AS name FROM pg_tables CROSS JOIN quote_ident(tablename) AS quoted
        WHERE schemaname = current_schema() AND NOT (has_table_privilege(quoted, 'SELECT')
        AND (tablename <> 'change_log' OR has_table_privilege(quoted, 'INSERT'))
        AND (tablename IN ({less}) OR has_table_privilege(quoted, 'INSERT') AND has_table_privilege(quoted, 'UPDATE')
            AND has_table_privilege(quoted, 'DELETE')))
        UNION ALL SELECT 'change_log_forget' WHERE NOT has_function_privilege('{FORGET}', 'EXECUTE')
        ORDER BY 1"
    );
    names(db, &question).await
}

async fn names(db: &impl ConnectionTrait, question: &str) -> Result<Vec<String>, DbErr> {
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, question)).await?;
    rows.iter().map(|row| row.try_get("", "name")).collect()
}
