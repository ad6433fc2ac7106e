//! Whoever follows the log misses nothing and reads nothing twice, however writers overlap.
//!
//! Eight writers change the same few institutions in transactions that overlap: they take their numbers and their places in
//! the log in different orders, linger, and commit in yet another order, or not at all. Three readers page through the log
//! meanwhile, with nothing but the text of their place from one page to the next. What each folds together is what the table
//! holds at the end. Ten runs, each with a seed of its own; `GAP_RUNS=200 cargo test gap` for more.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use entity::{
    change_log::Column,
    institution,
    vocabulary::{ChangeOperation, SubjectKind},
};
use futures_util::future::join_all;
use harness::{Backend, Private, backends, fresh};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait as _, ExprTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};
use uuid::Uuid;

use super::{Actor, Entry, FieldChange, Log, Logged, Position, after, append, end, is_expired};
use crate::db::{Access, Location, change};

const WRITERS: u64 = 8;
const READERS: u64 = 3;
/// How many transactions each writer begins.
const TRANSACTIONS: usize = 12;
/// How many institutions they change.
const SUBJECTS: u64 = 12;
/// How long readers may wait for what is written to be readable: transactions of other databases of a cluster count, too.
const PATIENCE: Duration = Duration::from_mins(2);

/// `SplitMix64` of Steele, Lea and Flood: the same numbers for the same seed.
pub(super) struct Seeded(pub(super) u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of the numbers below this one.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// Where a database of the harness is, in the words of the code that is tested.
pub(super) fn location(database: &Private) -> Location {
    use clap::Parser as _;
    let flags = database.flags();
    let settings = crate::config::Arguments::parse_from(["balai", &flags[0], &flags[1]]).settings;
    settings.location().unwrap()
}

pub(super) async fn open(location: &Location) -> DatabaseConnection {
    location.open(Access::Exclusive, None).await.unwrap()
}

/// When all of it happens.
pub(super) fn moment() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

/// Changes an institution and writes it down: its version since.
pub(super) async fn written(change: &impl ConnectionTrait, subject: Uuid, linger: impl AsyncFn()) -> i32 {
    let next = Expr::col(institution::Column::Version).add(1);
    let rows = institution::Entity::update_many()
        .col_expr(institution::Column::Version, next)
        .filter(institution::Column::Id.eq(subject))
        .exec_with_returning(change)
        .await
        .unwrap();
    linger().await;
    let version = rows[0].version;
    let entry = Entry {
        subject: (SubjectKind::Institution, subject),
        operation: ChangeOperation::Updated,
        version: Some(version),
        fields: vec![FieldChange::of("version", version - 1, version)],
        reason: None,
    };
    append(change, Actor::Nobody, moment(), entry).await.unwrap();
    version
}

/// Lets others go on for a while.
async fn linger(db: &impl ConnectionTrait, turns: u64) {
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared(&format!("SELECT pg_sleep({turns} * 0.0005)")).await.unwrap();
    }
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

/// Writes some transactions: how many entries were committed.
async fn write(location: &Location, subjects: &[Uuid], mut seeded: Seeded) -> usize {
    let db = open(location).await;
    let mut entries = 0;
    for _ in 0..TRANSACTIONS {
        let change = change(&db).await.unwrap();
        if db.get_database_backend() == DbBackend::Postgres && seeded.below(2) == 0 {
            // It has its number long before it has its place in the log.
            change.execute_unprepared("SELECT pg_current_xact_id()").await.unwrap();
            linger(&change, seeded.below(8)).await;
        }
        // In one order, or two of them would wait for each other for ever.
        let several: BTreeSet<u64> = (0..=seeded.below(3)).map(|_| seeded.below(SUBJECTS)).collect();
        for place in &several {
            let (between, behind) = (seeded.below(6), seeded.below(10));
            written(&change, subjects[usize::try_from(*place).unwrap()], async || linger(&change, between).await).await;
            linger(&change, behind).await;
        }
        if seeded.below(8) == 0 {
            change.rollback().await.unwrap();
        } else {
            change.commit().await.unwrap();
            entries += several.len();
        }
    }
    db.close().await.unwrap();
    entries
}

/// What a reader has folded together: the entries that it was given, and the versions that they tell of.
#[derive(Default)]
pub(super) struct Folded {
    pub(super) entries: BTreeSet<Uuid>,
    pub(super) versions: BTreeMap<Uuid, i32>,
}

impl Folded {
    /// Reads a page behind a place: the place behind the page, none if there is nothing on it yet.
    pub(super) async fn page(&mut self, db: &DatabaseConnection, place: Position, at_most: u64) -> Option<Position> {
        let page = after(db, place, &[SubjectKind::Institution], at_most).await.unwrap();
        assert!(!is_expired(db, place).await.unwrap());
        let places: Vec<Position> = page.iter().map(Position::behind).collect();
        assert!(places.iter().all(|found| *found > place) && places.is_sorted(), "{places:?} behind {place:?}");
        for entry in &page {
            assert!(self.entries.insert(entry.id), "nothing is read twice");
            // A subject's versions need not come in their order.
            let version = self.versions.entry(entry.subject_id).or_default();
            *version = Ord::max(*version, entry.version.unwrap());
        }
        places.last().copied()
    }
}

/// Reads from a place until the log's end, which is there once nobody writes any more.
async fn read(location: &Location, from: Position, quiet: &AtomicBool, mut seeded: Seeded) -> Folded {
    let db = open(location).await;
    let (mut folded, mut place, since) = (Folded::default(), from, Instant::now());
    loop {
        let last = if quiet.load(Ordering::Acquire) { Some(last(&db).await.unwrap()) } else { None };
        match folded.page(&db, place, 1 + seeded.below(5)).await {
            Some(next) => place = next,
            None => linger(&db, seeded.below(8)).await,
        }
        if last.is_some_and(|last| place >= last) {
            db.close().await.unwrap();
            return folded;
        }
        assert!(since.elapsed() < PATIENCE, "what is committed can be read some time");
    }
}

/// The place behind the last entry, whether it can be read yet or not.
async fn last(db: &DatabaseConnection) -> Result<Position, DbErr> {
    let newest = Log::find().order_by_desc(Column::Epoch).order_by_desc(Column::TransactionId);
    let row = newest.order_by_desc(Column::Sequence).one(db).await?;
    Ok(row.as_ref().map(Position::behind).unwrap_or_default())
}

/// One run: the entries that it made.
async fn run(location: &Location, subjects: &[Uuid], run: u64) -> Vec<Logged> {
    let db = open(location).await;
    // Readers of this run begin behind the runs before it, all of which can be read some time.
    let mut from = end(&db).await.unwrap();
    while from != last(&db).await.unwrap() {
        from = end(&db).await.unwrap();
    }
    let known = Log::find().order_by_desc(Column::Sequence).one(&db).await.unwrap().map_or(0, |row| row.sequence);
    let (quiet, running) = (AtomicBool::new(false), AtomicUsize::new(usize::try_from(WRITERS).unwrap()));
    let writers = (0..WRITERS).map(async |writer| {
        let entries = write(location, subjects, Seeded(run << 16 | writer)).await;
        if running.fetch_sub(1, Ordering::AcqRel) == 1 {
            quiet.store(true, Ordering::Release);
        }
        entries
    });
    let readers = (0..READERS).map(|reader| read(location, from, &quiet, Seeded(run << 16 | 1 << 8 | reader)));
    let (written, read) = tokio::join!(join_all(writers), join_all(readers));

    let made = Log::find().filter(Column::Sequence.gt(known)).order_by_asc(Column::Sequence);
    let made: Vec<Logged> = made.all(&db).await.unwrap();
    assert_eq!(made.len(), written.iter().sum::<usize>(), "run {run}: what was committed is there");
    let entries: BTreeSet<Uuid> = made.iter().map(|row| row.id).collect();
    let changed: BTreeSet<Uuid> = made.iter().map(|row| row.subject_id).collect();
    let table = institution::Entity::find().filter(institution::Column::Id.is_in(changed)).all(&db).await.unwrap();
    let table: BTreeMap<Uuid, i32> = table.into_iter().map(|row| (row.id, row.version)).collect();
    for folded in read {
        let missed: Vec<&Logged> = made.iter().filter(|row| !folded.entries.contains(&row.id)).collect();
        assert!(missed.is_empty(), "run {run}: a reader missed {} entries of {}", missed.len(), made.len());
        assert_eq!(folded.entries, entries, "run {run}");
        assert_eq!(folded.versions, table, "run {run}");
    }
    db.close().await.unwrap();
    made
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_reader_folds_together_is_what_the_table_holds() {
    let runs = std::env::var("GAP_RUNS").map_or(10, |runs| runs.parse().unwrap());
    for backend in backends() {
        let database = fresh(*backend, false).await;
        let location = location(&database);
        let db = open(&location).await;
        let subjects = institution::Entity::find().select_only().column(institution::Column::Id).limit(SUBJECTS);
        let subjects: Vec<Uuid> = subjects.into_tuple().all(&db).await.unwrap();
        db.close().await.unwrap();
        let (mut crossed, mut entries) = (0, 0);
        for seed in 1..=runs {
            let made = run(&location, &subjects, seed).await;
            entries += made.len();
            crossed += made.windows(2).filter(|pair| pair[0].transaction_id > pair[1].transaction_id).count();
        }
        eprintln!("{backend:?}: {runs} runs, {entries} entries, {crossed} in another order than their transactions");
        assert!(*backend == Backend::Sqlite || crossed > 0, "the orders differ");
    }
}
