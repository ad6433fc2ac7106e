//! How entries that are past their time leave the log for the archive.
use chrono::{DateTime, Utc};
use entity::{
    change_log::{Column, Entity as Log, Model as Logged},
    vocabulary::SubjectKind,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _,
    sea_query::{Expr, Query},
};

use super::{
    Position,
    follow::{after, compacted},
};
use crate::{db::change, error::Error};

/// How many entries are moved in one transaction.
const BATCH: u64 = 1_000;

/// What the archive keeps of an entry: all but who could have known the subject, which only those ask who follow the log.
const KEPT: [Column; 12] = [
    Column::Sequence,
    Column::Id,
    Column::Epoch,
    Column::TransactionId,
    Column::At,
    Column::AccountId,
    Column::AgencyClientId,
    Column::Subject,
    Column::SubjectId,
    Column::Operation,
    Column::Version,
    Column::Fields,
];

/// The reason, too, but for people: should one of them be erased, nothing has to be blanked in the archive.
const REASON: &str =
    "CASE WHEN subject IN ('POLICYMAKER', 'ACCOUNT') AND operation <> 'ERASED' THEN NULL ELSE reason END";

/// Whether an entry stays where it is: the history of a membership is read from the log, for as long as there is one.
fn stays(entry: &Logged) -> bool {
    entry.subject == SubjectKind::Membership
}

/// Moves the entries that are older to the archive, in the order in which they are read and up to the first that is not
/// older: how many there were. One at a time may do so. Those that stay are behind the place up to which the log was
/// compacted, and whoever follows it reads them no more.
pub(crate) async fn compact(db: &DatabaseConnection, before: DateTime<Utc>) -> Result<usize, Error> {
    let mut moved = 0;
    loop {
        let change = change(db).await?;
        let from = compacted(&change).await?;
        let old = after(&change, from, &[], BATCH).await?.into_iter().take_while(|entry| entry.at < before);
        let old: Vec<Logged> = old.collect();
        let Some(last) = old.last().map(Position::behind) else { return Ok(moved) };
        let gone: Vec<i64> = old.iter().filter(|entry| !stays(entry)).map(|entry| entry.sequence).collect();
        let sequences = || Column::Sequence.is_in(gone.iter().copied());
        let mut entries = Query::select();
        entries.columns(KEPT).expr(Expr::cust(REASON)).from(Log).and_where(sequences());
        let mut archive = Query::insert();
        archive.into_table("change_log_archive").columns(KEPT.into_iter().chain([Column::Reason]));
        archive.select_from(entries).map_err(|_| Error::internal("the archive has other columns"))?;
        change.execute(&archive).await?;
        Log::delete_many().filter(sequences()).exec(&change).await?;
        let mut remember = Query::update();
        remember.table("change_epoch").values([
            ("compacted_epoch", Expr::val(last.epoch)),
            ("compacted_transaction", Expr::val(last.transaction)),
            ("compacted_sequence", Expr::val(last.sequence)),
        ]);
        change.execute(&remember).await?;
        change.commit().await?;
        moved += gone.len();
    }
}
