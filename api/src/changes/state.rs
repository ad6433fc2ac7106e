//! What can be seen of the log now, in a text that is another one as soon as more can.
use entity::{
    change_log::{Column, Entity as Log},
    vocabulary::SubjectKind,
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, ExprTrait, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, Order, Query},
};
use uuid::Uuid;

use super::follow::{DONE, compacted};
use crate::error::Error;

/// How far the log of these sorts of subjects has come: whoever reads their tables afterwards finds at least what is told
/// by it. It tells also of entries that followers do not read yet, since transactions that began before are not done: what
/// these entries tell of is in the tables. While that is so, it may change without that more was written.
///
/// Entries are told by their keys, and not by their places: a backup that is restored comes to the same places again.
pub(crate) async fn state(db: &impl ConnectionTrait, kinds: &[SubjectKind]) -> Result<String, Error> {
    let done = || (db.get_database_backend() == DbBackend::Postgres).then(|| Expr::cust(DONE));
    let wanted = || Column::Subject.is_in(kinds.iter().copied());
    let mut last = Query::select();
    last.column(Column::Sequence)
        .from(Log)
        .cond_where(Condition::all().add(wanted()).add_option(done()))
        .order_by(Column::Epoch, Order::Desc)
        .order_by(Column::TransactionId, Order::Desc)
        .order_by(Column::Sequence, Order::Desc)
        .limit(1);
    // One statement, so that no entry is told by neither half.
    let entries: Vec<(Uuid, bool)> = Log::find()
        .select_only()
        .column(Column::Id)
        .expr_as(done().unwrap_or_else(|| Expr::val(true)), "done")
        .filter(wanted())
        .filter(Condition::any().add(Column::Sequence.in_subquery(last)).add_option(done().map(ExprTrait::not)))
        .order_by_asc(Column::Sequence)
        .into_tuple()
        .all(db)
        .await?;
    // Once what began before it is done, too, an entry tells also of that.
    Ok(format!("{:?} {entries:?}", compacted(db).await?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
mod tests {
    use entity::institution;
    use harness::{Backend, backends, fresh};

    use super::*;
    use crate::{
        changes::{
            end,
            gap::{location, open, written},
        },
        db::change,
    };

    #[tokio::test]
    async fn it_changes_with_what_is_written_of_a_sort_also_while_others_write() {
        for backend in backends() {
            let database = fresh(*backend, false).await;
            let at = location(&database);
            let (db, other) = (open(&at).await, open(&at).await);
            let mut two = institution::Entity::find().limit(2).all(&db).await.unwrap().into_iter();
            let (one, two) = (two.next().unwrap().id, two.next().unwrap().id);
            let (of, of_others) = ([SubjectKind::Institution, SubjectKind::Policymaker], [SubjectKind::Agreement]);
            let (first, theirs) = (state(&db, &of).await.unwrap(), state(&db, &of_others).await.unwrap());
            assert_eq!(state(&db, &of).await.unwrap(), first);

            // On SQLite nobody else writes meanwhile.
            let under_way = if *backend == Backend::Postgres { Some(change(&other).await.unwrap()) } else { None };
            if let Some(under_way) = &under_way {
                written(under_way, two, async || {}).await;
            }
            let before = end(&db).await.unwrap();
            let writing = change(&db).await.unwrap();
            written(&writing, one, async || {}).await;
            assert_eq!(state(&open(&at).await, &of).await.unwrap(), first, "nothing before it is done");
            writing.commit().await.unwrap();
            let second = state(&db, &of).await.unwrap();
            assert_ne!(second, first, "{backend:?}: what is done can be seen in the tables");
            assert_eq!(under_way.is_some(), end(&db).await.unwrap() == before, "though followers wait");
            if let Some(under_way) = under_way {
                under_way.commit().await.unwrap();
                assert_ne!(state(&db, &of).await.unwrap(), second, "what began before it and is done after it");
            }
            assert_eq!(state(&db, &of_others).await.unwrap(), theirs, "nothing was written of others");
        }
    }
}
