//! The program is told to stop while the database keeps what it does beside requests waiting.
use std::{net::TcpStream, process::Command};

use api::db::Access;
use harness::{Backend, backends, empty};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, TransactionTrait as _};
use tempfile::TempDir;

use super::{run, serving};

/// Whether somebody waits for a lock.
async fn is_waited_for(held: &DatabaseTransaction) -> bool {
    let waiting = "SELECT count(*) AS waiting FROM pg_locks JOIN pg_database ON pg_database.oid = database
        WHERE NOT granted AND datname = current_database()";
    let row = held.query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, waiting)).await.unwrap();
    row.unwrap().try_get::<i64>("", "waiting").unwrap() > 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_stop_it_gives_back_the_connections_of_what_it_does_beside_requests() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = empty(Backend::Postgres).await;
    let (folder, flags) = (TempDir::new().unwrap(), database.flags());
    let place = [flags[0].as_str(), flags[1].as_str()];
    assert!(run(&folder, &[&["seed"][..], &place].concat()).status.success());
    let db = database.location().open(Access::Exclusive, None).await.unwrap();
    let held = db.begin().await.unwrap();
    held.execute_unprepared("LOCK TABLE membership IN ACCESS EXCLUSIVE MODE").await.unwrap();

    // Its first round waits for what is held here.
    let (mut service, address) = serving(&folder, &place);
    while !is_waited_for(&held).await {}
    let told = Command::new("kill").args(["-TERM", &service.id().to_string()]).status().unwrap();
    assert!(told.success());
    while TcpStream::connect(&address).is_ok() {}
    held.rollback().await.unwrap();
    assert_eq!(service.wait().unwrap().code(), Some(0));
    db.close().await.unwrap();
}
