//! The epochs of the log: a new one begins where transactions are counted anew, or by another database.
use entity::change_epoch;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait as _, Statement};

use crate::{db::change, error::Error};

/// Which database counts the transactions: of which cluster, on which of its timelines (a restore to a point in time
/// begins one, and so does a standby that takes over), and which of its databases.
const COUNTER: &str = "(SELECT system_identifier FROM pg_control_system())
    || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)
    || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())";

/// The minutes since 1970.
const NOW_ON_SERVER: &str = "floor(extract(epoch FROM now()) / 60)::integer";
const NOW_IN_FILE: &str = "CAST(strftime('%s', 'now') AS INTEGER) / 60";

/// A new key, with which the places of earlier epochs are none.
const KEY_ON_SERVER: &str = "sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))";
const KEY_IN_FILE: &str = "randomblob(32)";

/// Whether the log's epoch is this database's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Epoch {
    /// It is.
    Ours,
    /// It was not: a new one has begun.
    Begun,
    /// It is not, and this connection's role may not begin a new one.
    Foreign,
}

/// Begins a new epoch if the log's was counted by another database: then this one is a copy, and what other transactions
/// wrote must not be taken for what its own have written.
///
/// One file of SQLite cannot be told from another one.
pub(crate) async fn settle(db: &DatabaseConnection) -> Result<Epoch, DbErr> {
    if !is_foreign(db).await? {
        return Ok(Epoch::Ours);
    }
    if !keeps_log(db).await? {
        return Ok(Epoch::Foreign);
    }
    let change = change(db).await?;
    wait_for_writers(&change).await?;
    // A replica may have been faster.
    if !is_foreign(&change).await? {
        return Ok(Epoch::Ours);
    }
    let fresh = "counted_by IS NULL AND NOT EXISTS (SELECT 1 FROM change_log)";
    let next = format!("CASE WHEN {fresh} THEN epoch ELSE greatest(epoch + 1, {NOW_ON_SERVER}) END");
    change
        .execute_unprepared(&format!(
            "UPDATE change_epoch SET epoch = {next}, counted_by = {COUNTER}, token_key = {KEY_ON_SERVER}"
        ))
        .await?;
    change.commit().await?;
    Ok(Epoch::Begun)
}

/// Begins a new epoch, since somebody knows that this is a database from before: its number.
///
/// It is the minute, so that of two databases that were made of one backup none takes the other's places for its own.
pub(crate) async fn begin(db: &DatabaseConnection) -> Result<i32, DbErr> {
    let change = change(db).await?;
    wait_for_writers(&change).await?;
    let backend = db.get_database_backend();
    let next = match backend {
        DbBackend::Postgres => {
            format!("greatest(epoch + 1, {NOW_ON_SERVER}), counted_by = {COUNTER}, token_key = {KEY_ON_SERVER}")
        }
        _ => format!("max(epoch + 1, {NOW_IN_FILE}), token_key = {KEY_IN_FILE}"),
    };
    change.execute_unprepared(&format!("UPDATE change_epoch SET epoch = {next}")).await?;
    let row = change.query_one_raw(Statement::from_string(backend, "SELECT epoch FROM change_epoch")).await?;
    let epoch = row.map(|row| row.try_get("", "epoch")).transpose()?.unwrap_or_default();
    change.commit().await?;
    Ok(epoch)
}

/// Which epoch it is.
pub(crate) async fn epoch(db: &impl ConnectionTrait) -> Result<i32, Error> {
    let row = change_epoch::Entity::find().one(db).await?.ok_or(Error::internal("the log has no epoch"))?;
    Ok(row.epoch)
}

/// Whether another database counted the log's epoch, or this one has not come so far.
pub(crate) async fn is_foreign(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(false);
    }
    let ahead = "coalesce((SELECT max(transaction_id) FROM change_log WHERE epoch = change_epoch.epoch)
        >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint, false)";
    told(db, &format!("SELECT counted_by IS DISTINCT FROM {COUNTER} OR {ahead} AS told FROM change_epoch")).await
}

/// Whether this connection's role may move entries of the log and begin an epoch: that of the service need not.
pub(crate) async fn keeps_log(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(true);
    }
    let may =
        "SELECT has_table_privilege('change_log', 'DELETE') AND has_table_privilege('change_log_archive', 'INSERT')
        AND has_table_privilege('change_epoch', 'UPDATE') AS told";
    told(db, may).await
}

async fn told(db: &impl ConnectionTrait, question: &str) -> Result<bool, DbErr> {
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, question)).await?;
    row.map_or(Ok(false), |row| row.try_get("", "told"))
}

/// Waits until nobody writes, and has those who come wait: an entry of an epoch that is over may not appear later.
async fn wait_for_writers(change: &impl ConnectionTrait) -> Result<(), DbErr> {
    if change.get_database_backend() == DbBackend::Postgres {
        change.execute_unprepared("LOCK TABLE change_log IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    Ok(())
}
