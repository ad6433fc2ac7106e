//! The server: its workers, each with a pool of connections of its own.
use std::{
    future::pending,
    io,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use actix_web::{
    App, HttpRequest, HttpServer,
    middleware::{Compress, Condition, from_fn},
};
use futures_util::future::join3;
use ipnet::IpNet;
use tokio::{
    task::JoinHandle,
    time::{Duration, timeout},
};

use super::{
    answers::Answers,
    client,
    documents::Documents,
    encoding,
    idempotency::Running,
    live::{Connections, give_up},
    metrics::Metrics,
    origin,
    pages::Pages,
    persisted::Persisted,
    rates::{Rates, seconds},
    routes,
};
use crate::{
    access::{Identity, Provider, Viewer},
    changes::{Tail, follow_others},
    clock::Clock,
    config::{Limit, Limits, Rules, Settings, Switch},
    db::{Access, Location, Moves, Turns},
    domain::{
        memberships::make_rounds,
        webhooks::{Sender, deliver},
    },
    mail::{Mailer, Templates},
    schema::{BalaiSchema, Event, schema, sdl},
};

/// For how long running requests may go on once the process is told to stop, in seconds.
const DRAIN: u64 = 30;

/// What every handler can use.
pub(super) struct Service {
    pub(super) schema: BalaiSchema,
    pub(super) db: Turns,
    pub(super) clock: Clock,
    pub(super) front: Arc<Front>,
    /// What is told at once: each worker follows the log by itself, since its connections are its own.
    pub(super) tail: Tail<Event>,
}

/// What stands before the schema, shared by all workers.
pub(super) struct Front {
    pub(super) documents: Documents,
    pub(super) persisted: Persisted,
    pub(super) rates: Rates,
    pub(super) running: Running,
    pub(super) answers: Answers,
    /// What was changed when, by whomever: shared by all connections.
    moves: Arc<Moves>,
    pub(super) connections: Arc<Connections>,
    pub(super) limits: Limits,
    /// What an agency's machine may send and ask.
    agency_limits: Limits,
    pub(super) identity: Arc<Identity>,
    /// Sends what somebody waits for.
    pub(super) sender: Arc<Sender>,
    pub(super) proxies: Vec<IpNet>,
    pub(super) introspection: bool,
    /// What the operator has decided.
    pub(super) rules: Rules,
    pub(super) pages: Pages,
    /// Whether the process was told to stop.
    pub(super) draining: AtomicBool,
    pub(super) origins: Vec<String>,
}

impl Front {
    fn new(settings: &Settings) -> Result<Self, String> {
        let agency_limits =
            Limits { body: settings.limits.agency_body, cost: settings.limits.agency_cost, ..settings.limits.clone() };
        let moves = Arc::<Moves>::default();
        Ok(Self {
            agency_limits,
            answers: Answers::new(settings.cache, Arc::clone(&moves)),
            moves,
            identity: Arc::new(identity(settings, settings.listen)?),
            // Workers come with runtimes of their own: what one of them keeps open, another cannot use.
            sender: Arc::new(Sender::new(&settings.webhooks, false)?),
            documents: Documents::new(&sdl(), settings.suggestions == Switch::On)?,
            persisted: Persisted::new(settings.trusted_documents, settings.trusted_documents_dir.as_deref())?,
            rates: Rates::new(&settings.limits),
            running: Running::default(),
            connections: Arc::default(),
            limits: settings.limits.clone(),
            proxies: settings.trusted_proxies.clone(),
            introspection: settings.introspection == Switch::On,
            rules: Rules { four_eyes: settings.four_eyes, retention: settings.retention },
            pages: Pages::new(settings.graphiql_dir.clone())?,
            draining: AtomicBool::new(false),
            origins: settings.cors_origins.clone(),
        })
    }
}

impl Front {
    /// Counts a request of an address, where no answer tells what is left: the seconds to wait, if there were too many.
    pub(super) fn wait(&self, request: &HttpRequest) -> Option<u64> {
        let left = self.rates.request(client::address(request, &self.proxies));
        (left.exhausted && self.limits.enforces(Limit::Requests)).then(|| seconds(left.reset))
    }

    /// How much whoever asks may send and ask.
    pub(super) fn limits_of(&self, viewer: &Viewer) -> &Limits {
        match viewer {
            Viewer::Anonymous | Viewer::Account(_) => &self.limits,
            Viewer::Agency(_) => &self.agency_limits,
        }
    }
}

/// What signs people in, at the service's public address: by default the one that it listens on.
pub(crate) fn identity(settings: &Settings, address: SocketAddr) -> Result<Identity, String> {
    let issuer = settings.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let folder = settings.data_dir().map_err(|error| error.to_string())?.join("mail");
    let templates = Templates::new(&settings.mail.language, settings.mail.templates.as_deref())?;
    let mailer = Mailer::new(&settings.mail.from, settings.mail.server.as_deref(), folder, templates)?;
    let provider = Provider::new(&settings.oidc, &issuer)?;
    Ok(Identity::new(issuer, mailer, provider))
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be had.
    #[error("{0}")]
    Listen(io::Error),
    /// What a setting names is not there, or cannot be used.
    #[error("{0}")]
    Setting(String),
}

/// The service, listening and ready to run.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    workers: usize,
    location: Location,
    clock: Clock,
    front: Arc<Front>,
    metrics: Option<Metrics>,
    statements: Arc<AtomicU64>,
    /// Sends what changes to agencies' addresses.
    sender: Sender,
}

impl Server {
    /// Takes the address.
    ///
    /// # Errors
    ///
    /// If somebody else has it, or a setting names a folder whose files cannot be used.
    pub fn bind(settings: &Settings, location: Location, clock: Clock) -> Result<Self, ServerError> {
        let mut front = Front::new(settings).map_err(ServerError::Setting)?;
        let listener = TcpListener::bind(settings.listen).map_err(ServerError::Listen)?;
        let address = listener.local_addr().map_err(ServerError::Listen)?;
        if address != settings.listen {
            front.identity = Arc::new(identity(settings, address).map_err(ServerError::Setting)?);
        }
        let front = Arc::new(front);
        let sender = Sender::new(&settings.webhooks, true).map_err(ServerError::Setting)?;
        let metrics = settings.metrics_listen.map(Metrics::bind).transpose().map_err(ServerError::Setting)?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers = settings.workers.map_or(cores, usize::from);
        let statements = Arc::default();
        Ok(Self { listener, address, workers, location, clock, front, metrics, statements, sender })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it tells metrics, if it does.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(Metrics::address)
    }

    /// The public address.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.front.identity.issuer
    }

    /// The address of the page of a one-time link.
    #[must_use]
    pub fn link(&self, secret: &str) -> String {
        self.front.identity.link(secret)
    }

    /// The folder into which letters go, if they go into one.
    #[must_use]
    pub fn mail_folder(&self) -> Option<&std::path::Path> {
        self.front.identity.mailer.folder().map(std::path::PathBuf::as_path)
    }

    /// Counts the statements that answering requests has taken so far.
    #[must_use]
    pub fn statements(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.statements)
    }

    /// Answers requests until the process is told to stop; then it finishes those that run.
    ///
    /// # Errors
    ///
    /// If the listener fails.
    pub async fn run(self) -> io::Result<()> {
        self.run_until(pending()).await
    }

    /// Answers requests until that has come, or the process is told to stop; then it finishes those that run.
    ///
    /// # Errors
    ///
    /// If the listener fails.
    pub async fn run_until(self, over: impl Future<Output = ()> + 'static) -> io::Result<()> {
        let Self { listener, address: _, workers, location, clock, front, metrics, statements, sender } = self;
        let (schema, shared) = (schema(), Arc::clone(&front));
        let (rounds, moments) = (location.clone(), clock.clone());
        let limits = front.limits.clone();
        let enforced = !limits.warn_only.contains(&Limit::Seconds);
        let patience = enforced.then(|| Duration::from_secs(limits.seconds));
        let server = HttpServer::new(move || {
            let (schema, location, clock, front) =
                (schema.clone(), location.clone(), clock.clone(), Arc::clone(&shared));
            let (statements, origins) = (Arc::clone(&statements), shared.origins.clone());
            // Each worker has a runtime of its own, and connections belong to the runtime that opened them.
            App::new()
                .data_factory(move || {
                    let (schema, clock, front) = (schema.clone(), clock.clone(), Arc::clone(&front));
                    let statements = Arc::clone(&statements);
                    let location = location.clone();
                    async move {
                        let count = Arc::new(move |_: &sea_orm::metric::Info<'_>| {
                            statements.fetch_add(1, Ordering::Relaxed);
                        });
                        let db = location.open(Access::Shared(patience), Some(count)).await?;
                        let db = Turns::of(db, Arc::clone(&front.moves));
                        let tail = Tail::of(db.clone(), Event::of);
                        Ok::<_, sea_orm::DbErr>(Service { schema, db, clock, front, tail })
                    }
                })
                .wrap(from_fn(encoding::spare_small))
                .wrap(Compress::default())
                .wrap(from_fn(encoding::tell_apart))
                .wrap(from_fn(encoding::unname))
                .wrap(Condition::new(!origins.is_empty(), origin::cors(&origins)))
                .configure(routes)
        })
        .workers(workers)
        .client_request_timeout(Duration::from_secs(limits.head_seconds))
        .shutdown_timeout(DRAIN)
        .on_connect(move |connection, _| give_up(connection, Duration::from_secs(limits.send_seconds)))
        .listen(listener)?
        .run();
        let stopping = Arc::clone(&front);
        let stops = move || stopping.draining.load(Ordering::Relaxed);
        // Its connections are its own, and what it asks is nobody's request.
        let moves = Arc::clone(&front.moves);
        let db = Turns::of(rounds.open(Access::Shared(patience), None).await.map_err(io::Error::other)?, moves);
        let others = actix_web::rt::spawn(follow_others(db.clone(), Arc::clone(&front.moves), stops.clone()));
        let told = (Arc::clone(&front.identity), sender, front.rules);
        let webhooks = actix_web::rt::spawn(deliver(db.clone(), moments.clone(), told, stops.clone()));
        let memberships = actix_web::rt::spawn(make_rounds(db, moments, Arc::clone(&front.identity), stops));
        tell_when_stopping(Arc::clone(&front))?;
        let handle = server.handle();
        let drained = Arc::clone(&front);
        actix_web::rt::spawn(async move {
            over.await;
            front.draining.store(true, Ordering::Relaxed);
            handle.stop(true).await;
        });
        if let Some(metrics) = metrics {
            actix_web::rt::spawn(metrics.run()?);
        }
        let ended = server.await;
        // Whatever has ended it.
        drained.draining.store(true, Ordering::Relaxed);
        join3(ended_in_time(webhooks), ended_in_time(memberships), ended_in_time(others)).await;
        ended
    }
}

/// Has what runs beside the requests end what it has begun, where there is the time, and give its connections back in any
/// case: that cannot be done any more once the runtime is gone.
async fn ended_in_time(mut task: JoinHandle<()>) {
    if timeout(Duration::from_secs(DRAIN), &mut task).await.is_err() {
        task.abort();
        let _ = task.await;
    }
}

/// Has `/readyz` tell that the process was told to stop; that it then finishes what runs is the server's doing.
fn tell_when_stopping(front: Arc<Front>) -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        actix_web::rt::spawn(async move {
            terminated.recv().await;
            front.draining.store(true, Ordering::Relaxed);
        });
    }
    #[cfg(not(unix))]
    drop(front);
    Ok(())
}

/// Runs a server on a runtime of its own, on this thread, until that has come.
///
/// # Errors
///
/// If the listener fails.
pub fn run_until(server: Server, over: impl Future<Output = ()> + 'static) -> io::Result<()> {
    actix_web::rt::System::new().block_on(server.run_until(over))
}
