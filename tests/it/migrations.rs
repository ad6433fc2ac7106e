//! The schema's changes go up and down again, on both databases.
use harness::{Server, backends};
use migration::{Migrator, MigratorTrait as _};

#[tokio::test]
async fn go_up_and_down_and_up_again() {
    for backend in backends() {
        let server = Server::start_empty(*backend).await;
        let db = server.database().await;
        Migrator::up(&db, None).await.unwrap();
        Migrator::down(&db, None).await.unwrap();
        assert_eq!(
            server.ask("{ countries { totalCount } }").await.error().0,
            "INTERNAL",
            "{backend:?}: no table is left"
        );
        Migrator::up(&db, None).await.unwrap();
        assert_eq!(
            server.ask("{ countries { totalCount } }").await.data()["countries"]["totalCount"],
            0,
            "{backend:?}"
        );
    }
}
