//! `balai serve`.
use super::{Failure, demo::is_demo, first_link, output::say, prepare};
use crate::{
    clock::Clock,
    config::Settings,
    db::Location,
    http::{Server, ServerError},
    reference::Loaded,
};

/// Brings the database up to date, says where everything is, and answers requests until it is told to stop.
pub(super) async fn serve(settings: &Settings, clock: &Clock) -> Result<(), Failure> {
    let location = settings.location()?;
    // The address comes first: a start that cannot have it changes nothing.
    let server = Server::bind(settings, location.clone(), clock.clone()).map_err(|error| match error {
        ServerError::Listen(cause) => Failure::new(format!(
            "cannot listen on {}: {cause}; stop what uses it, or set BALAI_LISTEN to another address",
            settings.listen
        )),
        ServerError::Setting(cause) => Failure::new(cause),
    })?;
    let Prepared { loaded, first, demo } = prepared(&location, clock).await?;

    say(concat!("Balai ", env!("CARGO_PKG_VERSION")));
    say(&format!("  data      {}", location.name()));
    if demo {
        say("  demo      with invented people and accounts: not for real ones");
    }
    if !loaded.is_nothing() {
        say(&format!("  loaded    reference data: {loaded}"));
    }
    say(&format!("  open      http://{}/", server.address()));
    say(&format!("  GraphiQL  http://{}/graphiql", server.address()));
    if let Some(folder) = server.mail_folder() {
        say(&format!("  letters   {}", folder.display()));
    }
    if let Some(secret) = first {
        say(&format!("  first     make the first administrator's account within a day: {}", server.link(&secret)));
    }
    if let Some(address) = server.metrics_address() {
        say(&format!("  metrics   http://{address}/metrics"));
    }
    server.run().await.map_err(|cause| Failure::new(format!("the service stopped: {cause}")))
}

/// What was found, or done, before the service answers.
struct Prepared {
    loaded: Loaded,
    /// The secret of a link for the first administrator, if there is none yet.
    first: Option<String>,
    /// Whether the database is a demonstration's.
    demo: bool,
}

/// Brings the database up to date.
async fn prepared(location: &Location, clock: &Clock) -> Result<Prepared, Failure> {
    let turn = prepare::turn(location).await?;
    prepare::migrate(&turn).await?;
    prepare::can_serve(&turn).await?;
    let loaded = prepare::load_reference(&turn, clock).await?;
    let first = first_link(&turn.db, clock).await?;
    let demo = is_demo(&turn.db).await?;
    turn.db.close().await?;
    Ok(Prepared { loaded, first, demo })
}
