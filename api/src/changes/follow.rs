//! How the log is followed without a gap: in the order of transactions, and no further than all of them are done.
//!
//! That is not always the order of a subject's versions: a transaction may have its number before it waits for another
//! one's change of the same subject. Whoever folds entries together keeps the highest version.
use entity::{
    change_epoch,
    change_log::{Column, Entity as Log, Model as Logged},
    vocabulary::SubjectKind,
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select, sea_query::Expr,
};

use super::Position;
use crate::error::Error;

/// What can be read on PostgreSQL: what all transactions are done with that could write before it. Sequences are given
/// before a transaction ends, and transactions end in another order than they began. What was written in an earlier
/// epoch is done, whatever its transactions were called.
pub(super) const DONE: &str = "(epoch < (SELECT epoch FROM change_epoch)
    OR transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)";

/// Where the log ends now: behind all that can be read, and before all that cannot be yet.
pub(crate) async fn end(db: &impl ConnectionTrait) -> Result<Position, Error> {
    // What stays when the rest is moved to the archive may be all that is left.
    Ok(last(db, readable(db)).await?.unwrap_or_default().max(compacted(db).await?))
}

/// The entries behind a place, in order, of some sorts of subjects, or of all if none is named. None is left out that could come later: what
/// is not among them is behind the last of them.
///
/// What was moved to the archive is not among them: whoever reads asks [`is_expired`] of the place afterwards.
pub(crate) async fn after(
    db: &impl ConnectionTrait,
    place: Position,
    kinds: &[SubjectKind],
    at_most: u64,
) -> Result<Vec<Logged>, Error> {
    let Position { epoch, transaction, sequence } = place;
    let same_epoch = || Condition::all().add(Column::Epoch.eq(epoch));
    let behind = Condition::any()
        .add(Column::Epoch.gt(epoch))
        .add(same_epoch().add(Column::TransactionId.gt(transaction)))
        .add(same_epoch().add(Column::TransactionId.eq(transaction)).add(Column::Sequence.gt(sequence)));
    let mut entries = readable(db)
        .filter(behind)
        .order_by_asc(Column::Epoch)
        .order_by_asc(Column::TransactionId)
        .order_by_asc(Column::Sequence)
        .limit(at_most);
    if !kinds.is_empty() {
        entries = entries.filter(Column::Subject.is_in(kinds.iter().copied()));
    }
    Ok(entries.all(db).await?)
}

/// The entry before a place.
pub(crate) async fn before(db: &impl ConnectionTrait, place: Position) -> Result<Option<Logged>, Error> {
    Ok(Log::find().filter(Column::Sequence.eq(place.sequence)).one(db).await?)
}

/// Whether a place leads nowhere: what follows it was moved to the archive, or what is before it is not in this log, since
/// a backup was restored that is older. Whoever comes with such a place has to start over.
pub(crate) async fn is_expired(db: &impl ConnectionTrait, place: Position) -> Result<bool, Error> {
    let compacted = compacted(db).await?;
    if place < compacted {
        return Ok(true);
    }
    let last = last(db, Log::find().filter(Column::Epoch.eq(place.epoch))).await?;
    Ok(place > last.unwrap_or_default().max(compacted))
}

/// The place up to which entries were moved to the archive.
pub(super) async fn compacted(db: &impl ConnectionTrait) -> Result<Position, Error> {
    let row = change_epoch::Entity::find().one(db).await?.ok_or(Error::internal("the log has no epoch"))?;
    let change_epoch::Model { compacted_epoch, compacted_transaction, compacted_sequence, .. } = row;
    Ok(Position { epoch: compacted_epoch, transaction: compacted_transaction, sequence: compacted_sequence })
}

fn readable(db: &impl ConnectionTrait) -> Select<Log> {
    let done = (db.get_database_backend() == DbBackend::Postgres).then(|| Expr::cust(DONE));
    Log::find().filter(Condition::all().add_option(done))
}

/// The place behind the last of these entries.
async fn last(db: &impl ConnectionTrait, entries: Select<Log>) -> Result<Option<Position>, Error> {
    let entries =
        entries.order_by_desc(Column::Epoch).order_by_desc(Column::TransactionId).order_by_desc(Column::Sequence);
    Ok(entries.one(db).await?.map(|row| Position::behind(&row)))
}
