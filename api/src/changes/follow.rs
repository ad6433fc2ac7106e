//! How the log is followed without a gap: in the order of transactions, and no further than all of them are done.
use entity::{
    change_log::{Column, Entity as Log, Model as Logged},
    vocabulary::SubjectKind,
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement, sea_query::Expr,
};

use crate::error::Error;

/// A place between two entries of the log: all that is before it has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// Which count of transactions `transaction` belongs to.
    pub(crate) epoch: i32,
    /// The transaction of the entry before it; 0 where there is one writer at a time.
    pub(crate) transaction: i64,
    /// The sequence of the entry before it.
    pub(crate) sequence: i64,
}

impl Position {
    /// The place behind an entry.
    pub(crate) fn behind(row: &Logged) -> Self {
        Self { epoch: row.epoch, transaction: row.transaction_id, sequence: row.sequence }
    }
}

/// PostgreSQL's first transaction that may still be running: sequences are given before a transaction ends, and
/// transactions end in another order than they began.
const RUNNING: &str = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint";

/// Where the log ends now: behind all that can be read, and before all that cannot be yet.
pub(crate) async fn end(db: &impl ConnectionTrait) -> Result<Position, Error> {
    let backend = db.get_database_backend();
    let statement = match backend {
        DbBackend::Postgres => {
            format!("SELECT epoch, {RUNNING} - 1 AS transaction, 9223372036854775807 AS sequence FROM change_epoch")
        }
        _ => "SELECT epoch, 0 AS \"transaction\", (SELECT coalesce(max(sequence), 0) FROM change_log) AS sequence
              FROM change_epoch"
            .to_owned(),
    };
    let row = db.query_one_raw(Statement::from_string(backend, statement)).await?;
    let row = row.ok_or(Error::internal("the log has no epoch"))?;
    let get = |name| row.try_get("", name);
    Ok(Position { epoch: row.try_get("", "epoch")?, transaction: get("transaction")?, sequence: get("sequence")? })
}

/// The entries behind a place, in order, of one sort of subject or of all. None is left out that could come later: what
/// is not among them is behind the last of them.
pub(crate) async fn after(
    db: &impl ConnectionTrait,
    place: Position,
    kind: Option<SubjectKind>,
    at_most: u64,
) -> Result<Vec<Logged>, Error> {
    let Position { epoch, transaction, sequence } = place;
    let same_epoch = || Condition::all().add(Column::Epoch.eq(epoch));
    let behind = Condition::any()
        .add(Column::Epoch.gt(epoch))
        .add(same_epoch().add(Column::TransactionId.gt(transaction)))
        .add(same_epoch().add(Column::TransactionId.eq(transaction)).add(Column::Sequence.gt(sequence)));
    let mut entries = Log::find()
        .filter(behind)
        .order_by_asc(Column::Epoch)
        .order_by_asc(Column::TransactionId)
        .order_by_asc(Column::Sequence)
        .limit(at_most);
    if db.get_database_backend() == DbBackend::Postgres {
        // What was written in an earlier epoch is done, whatever its transactions were called.
        let done = format!("(epoch < (SELECT epoch FROM change_epoch) OR transaction_id < {RUNNING})");
        entries = entries.filter(Expr::cust(done));
    }
    if let Some(kind) = kind {
        entries = entries.filter(Column::Subject.eq(kind));
    }
    Ok(entries.all(db).await?)
}
