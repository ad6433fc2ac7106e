//! What becomes of places in the log when a backup is restored, and when entries are moved to the archive.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
use chrono::TimeDelta;
use entity::{change_epoch, institution};
use harness::{Backend, backends, fresh};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, EntityTrait as _, PaginatorTrait as _, Statement};
use uuid::Uuid;

use super::{
    Epoch, Log, Position, Seal, begin, compact, end,
    gap::{Folded, location, moment, open, written},
    is_expired, is_foreign, settle,
};
use crate::db::{Location, change};

/// Some institution.
async fn subject(db: &DatabaseConnection) -> Uuid {
    institution::Entity::find().one(db).await.unwrap().unwrap().id
}

/// Changes an institution some times, each in a transaction: its version since.
async fn writes(db: &DatabaseConnection, subject: Uuid, times: usize) -> i32 {
    let mut version = 0;
    for _ in 0..times {
        let change = change(db).await.unwrap();
        version = written(&change, subject, async || {}).await;
        change.commit().await.unwrap();
    }
    version
}

async fn epoch(db: &DatabaseConnection) -> i32 {
    change_epoch::Entity::find().one(db).await.unwrap().unwrap().epoch
}

/// Reads all that can be read behind a place: the place behind it. Transactions of other databases of the cluster may hold
/// up what was just written.
async fn follow(db: &DatabaseConnection, folded: &mut Folded, mut token: Position, entries: usize) -> Position {
    let since = std::time::Instant::now();
    while folded.entries.len() < entries {
        let missing = u64::try_from(entries - folded.entries.len()).unwrap();
        if let Some(next) = folded.page(db, token, missing.min(2)).await {
            token = next;
        }
        assert!(since.elapsed().as_secs() < 120, "what is committed can be read some time");
    }
    token
}

#[tokio::test]
async fn a_copy_begins_an_epoch_and_readers_go_on() {
    for backend in backends() {
        let original = fresh(*backend, false).await;
        let at = location(&original);
        let db = open(&at).await;
        settle(&db).await.unwrap();
        assert_eq!(epoch(&db).await, 1, "{backend:?}: a log without entries needs no new epoch");
        assert_eq!(settle(&db).await.unwrap(), Epoch::Ours);
        let subject = subject(&db).await;
        writes(&db, subject, 3).await;
        let mut folded = Folded::default();
        let token = follow(&db, &mut folded, Position::default(), 3).await;
        // What the reader has yet to read when the backup is made.
        writes(&db, subject, 2).await;
        db.close().await.unwrap();

        let copy = original.copy().await;
        let at = location(&copy);
        let db = open(&at).await;
        if *backend == Backend::Postgres {
            assert!(is_foreign(&db).await.unwrap());
            // As a cluster that has come less far would count them.
            let behind = "UPDATE change_log SET transaction_id = transaction_id + 1000000000000";
            db.execute_unprepared(behind).await.unwrap();
            let Position { epoch, transaction, sequence } = token;
            let token = Position { epoch, transaction: transaction + 1_000_000_000_000, sequence };
            replicas(&at).await;
            assert!(epoch_is_new(&db).await);
            let version = writes(&db, subject, 2).await;
            follow(&db, &mut folded, token, 7).await;
            assert_eq!(folded.versions[&subject], version);
        } else {
            let (seal, sealed) = (Seal::of(&db).await.unwrap(), Seal::of(&db).await.unwrap().seal(b"a place").unwrap());
            assert_eq!(seal.open(&sealed).as_deref(), Some(&b"a place"[..]));
            assert!(begin(&db).await.unwrap() > 1);
            assert_eq!(Seal::of(&db).await.unwrap().open(&sealed), None, "what was sealed before opens no more");
            let version = writes(&db, subject, 2).await;
            follow(&db, &mut folded, token, 7).await;
            assert_eq!(folded.versions[&subject], version);
        }
        assert_eq!(Log::find().count(&db).await.unwrap(), 7, "{backend:?}");
        db.close().await.unwrap();
    }
}

async fn epoch_is_new(db: &DatabaseConnection) -> bool {
    epoch(db).await > 1 && !is_foreign(db).await.unwrap()
}

/// Three replicas start at once: one of them begins the epoch.
async fn replicas(at: &Location) {
    let connections = [open(at).await, open(at).await, open(at).await];
    let [one, two, three] = &connections;
    let (one, two, three) = tokio::join!(settle(one), settle(two), settle(three));
    let settled = [one.unwrap(), two.unwrap(), three.unwrap()];
    assert_eq!(settled.iter().filter(|settled| **settled == Epoch::Begun).count(), 1, "{settled:?}");
    assert!(!settled.contains(&Epoch::Foreign), "{settled:?}");
    for connection in connections {
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn transactions_that_are_counted_anew_begin_an_epoch() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = fresh(Backend::Postgres, false).await;
    let db = open(&location(&database)).await;
    settle(&db).await.unwrap();
    let subject = subject(&db).await;
    writes(&db, subject, 1).await;
    assert!(!is_foreign(&db).await.unwrap());
    db.execute_unprepared("UPDATE change_log SET transaction_id = transaction_id + 1000000000000").await.unwrap();
    assert!(is_foreign(&db).await.unwrap(), "the same database, which has come less far");
    assert_eq!(settle(&db).await.unwrap(), Epoch::Begun);
    assert!(epoch_is_new(&db).await);
}

#[tokio::test]
async fn a_writer_that_is_not_done_holds_up_the_epoch() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = fresh(Backend::Postgres, false).await;
    let at = location(&database);
    let (db, other) = (open(&at).await, open(&at).await);
    let subject = subject(&db).await;
    let under_way = change(&other).await.unwrap();
    written(&under_way, subject, async || {}).await;
    let waits = async {
        let waiting =
            "SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted AND relation = 'change_log'::regclass";
        let watch = open(&at).await;
        loop {
            let asked = Statement::from_string(watch.get_database_backend(), waiting);
            let row = watch.query_one_raw(asked).await.unwrap().unwrap();
            if row.try_get::<i64>("", "waiting").unwrap() == 1 {
                break;
            }
        }
        under_way.commit().await.unwrap();
    };
    let (begun, ()) = tokio::join!(begin(&db), waits);
    let written = Log::find().one(&db).await.unwrap().unwrap();
    assert!(written.epoch < begun.unwrap(), "what was under way belongs to the epoch that is over");
}

#[tokio::test]
async fn a_place_behind_what_a_restored_backup_holds_has_expired() {
    for backend in backends() {
        let database = fresh(*backend, false).await;
        let db = open(&location(&database)).await;
        let subject = subject(&db).await;
        writes(&db, subject, 2).await;
        db.close().await.unwrap();
        let backup = database.copy().await;
        let db = open(&location(&database)).await;
        let mut folded = Folded::default();
        let early = follow(&db, &mut folded, Position::default(), 2).await;
        writes(&db, subject, 2).await;
        let late = follow(&db, &mut folded, early, 4).await;

        let db = open(&location(&backup)).await;
        settle(&db).await.unwrap();
        begin(&db).await.unwrap();
        for writes_since in 0..4 {
            assert!(!is_expired(&db, early).await.unwrap(), "{backend:?}");
            assert!(is_expired(&db, late).await.unwrap(), "{backend:?}: after {writes_since}");
            writes(&db, subject, 1).await;
        }
    }
}

#[tokio::test]
async fn what_is_past_its_time_is_in_the_archive_and_places_before_have_expired() {
    for backend in backends() {
        let database = fresh(*backend, false).await;
        let db = open(&location(&database)).await;
        let subject = subject(&db).await;
        assert_eq!(compact(&db, moment()).await.unwrap(), 0);
        assert_eq!(end(&db).await.unwrap(), Position::default());
        let version = writes(&db, subject, 5).await;
        let mut folded = Folded::default();
        let third = follow(&db, &mut folded, Position::default(), 3).await;
        // Of which the last one is younger.
        let young = format!("UPDATE change_log SET at = '2030-01-01T00:00:00+00:00' WHERE version = {version}");
        db.execute_unprepared(&young).await.unwrap();
        follow(&db, &mut folded, third, 5).await;

        assert_eq!(compact(&db, moment()).await.unwrap(), 0, "{backend:?}: what is as old stays");
        assert_eq!(compact(&db, moment() + TimeDelta::seconds(1)).await.unwrap(), 4, "{backend:?}");
        assert_eq!(compact(&db, moment() + TimeDelta::seconds(1)).await.unwrap(), 0, "{backend:?}: once");
        let left = Log::find().all(&db).await.unwrap();
        assert_eq!(left.iter().map(|row| row.version).collect::<Vec<_>>(), [Some(version)]);
        let moved = "SELECT count(*) AS moved FROM change_log_archive JOIN institution
            ON institution.id = change_log_archive.subject_id WHERE change_log_archive.version < institution.version";
        let moved = db.query_one_raw(Statement::from_string(db.get_database_backend(), moved)).await.unwrap().unwrap();
        assert_eq!(moved.try_get::<i64>("", "moved").unwrap(), 4);
        assert!(is_expired(&db, Position::default()).await.unwrap());
        assert!(is_expired(&db, third).await.unwrap());

        let fourth = change_epoch::Entity::find().one(&db).await.unwrap().unwrap();
        let fourth = Position {
            epoch: fourth.compacted_epoch,
            transaction: fourth.compacted_transaction,
            sequence: fourth.compacted_sequence,
        };
        let mut rest = Folded::default();
        let last = follow(&db, &mut rest, fourth, 1).await;
        assert_eq!(rest.versions[&subject], version, "{backend:?}: whoever was there goes on");
        assert_eq!(compact(&db, moment() + TimeDelta::days(36_500)).await.unwrap(), 1);
        assert_eq!(end(&db).await.unwrap(), last, "{backend:?}: an empty log ends where it was compacted");
        assert!(!is_expired(&db, last).await.unwrap());

        // What memberships went through stays, behind the place that is remembered.
        writes(&db, subject, 1).await;
        db.execute_unprepared("UPDATE change_log SET subject = 'MEMBERSHIP'").await.unwrap();
        writes(&db, subject, 1).await;
        let last = end(&db).await.unwrap();
        assert_eq!(compact(&db, moment() + TimeDelta::days(36_500)).await.unwrap(), 1, "{backend:?}");
        assert_eq!(Log::find().all(&db).await.unwrap().len(), 1, "{backend:?}");
        assert_eq!(end(&db).await.unwrap(), last, "{backend:?}");
        assert!(!is_expired(&db, last).await.unwrap(), "{backend:?}");
    }
}
