//! The server: its workers, each with a pool of connections of its own.
use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use actix_web::{App, HttpServer, web};
use sea_orm::DatabaseConnection;

use super::{pages::Pages, routes};
use crate::{
    clock::Clock,
    config::Settings,
    db::{Access, Location},
    schema::{BalaiSchema, schema},
};

/// What every handler can use.
pub(super) struct Service {
    pub(super) schema: BalaiSchema,
    pub(super) db: DatabaseConnection,
    pub(super) clock: Clock,
    pub(super) pages: Pages,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be had.
    #[error("{0}")]
    Listen(io::Error),
    /// The files of a page are not there.
    #[error("{0}")]
    Page(String),
}

/// The service, listening and ready to run.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    workers: usize,
    location: Location,
    clock: Clock,
    pages: Pages,
    statements: Arc<AtomicU64>,
}

impl Server {
    /// Takes the address.
    ///
    /// # Errors
    ///
    /// If somebody else has it, or GraphiQL's folder has not all of its files.
    pub fn bind(settings: &Settings, location: Location, clock: Clock) -> Result<Self, ServerError> {
        let pages = Pages::new(settings.graphiql_dir.clone()).map_err(ServerError::Page)?;
        let listener = TcpListener::bind(settings.listen).map_err(ServerError::Listen)?;
        let address = listener.local_addr().map_err(ServerError::Listen)?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers = settings.workers.map_or(cores, usize::from);
        Ok(Self { listener, address, workers, location, clock, pages, statements: Arc::default() })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Counts the statements that answering requests has taken so far.
    #[must_use]
    pub fn statements(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.statements)
    }

    /// Answers requests until the process is told to stop.
    ///
    /// # Errors
    ///
    /// If the listener fails.
    pub async fn run(self) -> io::Result<()> {
        let Self { listener, address: _, workers, location, clock, pages, statements } = self;
        let schema = schema();
        HttpServer::new(move || {
            let (schema, location, clock, pages) = (schema.clone(), location.clone(), clock.clone(), pages.clone());
            let statements = Arc::clone(&statements);
            // Each worker has a runtime of its own, and connections belong to the runtime that opened them.
            App::new()
                .data_factory(move || {
                    let (schema, clock, pages) = (schema.clone(), clock.clone(), pages.clone());
                    let statements = Arc::clone(&statements);
                    let location = location.clone();
                    async move {
                        let count = Arc::new(move |_: &sea_orm::metric::Info<'_>| {
                            statements.fetch_add(1, Ordering::Relaxed);
                        });
                        let db = location.open(Access::Shared, Some(count)).await?;
                        Ok::<_, sea_orm::DbErr>(Service { schema, db, clock, pages })
                    }
                })
                .app_data(web::PayloadConfig::new(super::graphql::LARGEST))
                .configure(routes)
        })
        .workers(workers)
        .listen(listener)?
        .run()
        .await
    }
}

/// Runs a server on a runtime of its own, on this thread.
///
/// # Errors
///
/// If the listener fails.
pub fn run_to_end(server: Server) -> io::Result<()> {
    actix_web::rt::System::new().block_on(server.run())
}
