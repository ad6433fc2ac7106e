//! A worker's connections, taken in turns.
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::connect::CONNECTIONS;

/// The connections of a worker. A statement waits for its turn here for as long as its request may take, so that what
/// the pool waits for is the database alone: when that takes long, the database is away, and not busy.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    pool: DatabaseConnection,
    free: Arc<Semaphore>,
}

impl Turns {
    pub(crate) fn of(pool: DatabaseConnection) -> Self {
        Self { pool, free: Arc::new(Semaphore::new(CONNECTIONS as usize)) }
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, DbErr> {
        self.free.acquire().await.map_err(|cause| DbErr::Custom(cause.to_string()))
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Turns {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let _turn = self.turn().await?;
        self.pool.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        let _turn = self.turn().await?;
        self.pool.execute_unprepared(text).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let _turn = self.turn().await?;
        self.pool.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let _turn = self.turn().await?;
        self.pool.query_all_raw(statement).await
    }
}
