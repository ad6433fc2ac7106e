//! What others have written: read in the log as soon as it is committed, in whatever order, to know what is not as it was.
use std::sync::Arc;

use entity::vocabulary::{ChangeOperation, SubjectKind};
use sea_orm::{ActiveEnum, ConnectionTrait as _, DbBackend, DbErr, Statement};
use tokio::time::{Duration, MissedTickBehavior, interval};

use crate::db::{Moves, Tables, Turns, told_of};

/// How often the log is looked at.
const OFTEN: Duration = Duration::from_millis(200);

/// What a transaction has written that was not to be seen in an earlier snapshot, and the snapshot now. Transactions end in
/// another order than they begin.
const POSTGRES: &str = "
    SELECT pg_current_snapshot()::text AS place, epoch, (
        SELECT string_agg(DISTINCT subject || ' ' || operation, ',') FROM change_log
        WHERE change_log.epoch = change_epoch.epoch
            AND transaction_id >= pg_snapshot_xmin($1::pg_snapshot)::text::bigint
            AND NOT pg_visible_in_snapshot(transaction_id::text::xid8, $1::pg_snapshot)
    ) AS told FROM change_epoch";
/// What was written behind a place, and the place now: there is one writer at a time.
const SQLITE: &str = "
    SELECT CAST(coalesce((SELECT max(sequence) FROM change_log), 0) AS TEXT) AS place, epoch, (
        SELECT group_concat(DISTINCT subject || ' ' || operation) FROM change_log WHERE sequence > CAST(? AS INTEGER)
    ) AS told FROM change_epoch";

/// How far the log was read.
#[derive(PartialEq, Eq)]
struct Read {
    place: String,
    epoch: i32,
}

/// Tells `moves` what others write, until it is over.
pub(crate) async fn follow_others(db: Turns, moves: Arc<Moves>, over: impl Fn() -> bool) {
    let mut turns = interval(OFTEN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut read = None;
    while !over() {
        turns.tick().await;
        match more(&db, read.as_ref()).await {
            Ok((now, told)) => {
                // Nothing is known of what was written before a first look, or before a backup was restored.
                let known = read.as_ref().is_some_and(|read| read.epoch == now.epoch);
                moves.moved(if known { told } else { Tables::ALL_LOGGED });
                moves.follow();
                read = Some(now);
            }
            // Nothing is kept meanwhile, and whoever asks is told that the database is away.
            Err(cause) => tracing::debug!(%cause, "the log cannot be looked at"),
        }
    }
}

async fn more(db: &Turns, before: Option<&Read>) -> Result<(Read, Tables), DbErr> {
    let backend = db.get_database_backend();
    let (text, first) = match backend {
        DbBackend::Postgres => (POSTGRES, "9223372036854775807:9223372036854775807:"),
        _ => (SQLITE, "9223372036854775807"),
    };
    let place = before.map_or(first, |read| read.place.as_str());
    let statement = Statement::from_sql_and_values(backend, text, [place.into()]);
    let row = db.query_one_raw(statement).await?.ok_or_else(|| DbErr::Custom("the log has no epoch".into()))?;
    let told: Option<String> = row.try_get("", "told")?;
    let told = told.iter().flat_map(|told| told.split(',')).map(tables).fold(Tables::NONE, Tables::and);
    Ok((Read { place: row.try_get("", "place")?, epoch: row.try_get("", "epoch")? }, told))
}

/// What an entry of this subject and operation tells of: of everything, if a later release wrote it.
fn tables(entry: &str) -> Tables {
    let known = entry.split_once(' ').and_then(|(kind, operation)| {
        let kind = SubjectKind::try_from_value(&kind.to_owned()).ok()?;
        Some((kind, ChangeOperation::try_from_value(&operation.to_owned()).ok()?))
    });
    known.map_or(Tables::ALL_LOGGED, |(kind, operation)| told_of(kind, operation))
}
