//! `balai serve`.
use super::{Failure, output::say, prepare};
use crate::{
    clock::Clock,
    config::Settings,
    db::{Access, Location},
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
        ServerError::Page(cause) => Failure::new(cause),
    })?;
    let Loaded { added, renewed } = prepared(&location, clock).await?;

    say(concat!("Balai ", env!("CARGO_PKG_VERSION")));
    say(&format!("  data      {}", location.name()));
    if added + renewed > 0 {
        say(&format!("  loaded    {added} records of reference data, {renewed} renewed"));
    }
    say(&format!("  open      http://{}/", server.address()));
    say(&format!("  GraphiQL  http://{}/graphiql", server.address()));
    server.run().await.map_err(|cause| Failure::new(format!("the service stopped: {cause}")))
}

/// Brings the database up to date, and says what was loaded.
async fn prepared(location: &Location, clock: &Clock) -> Result<Loaded, Failure> {
    let db = prepare::open(location, Access::Exclusive).await?;
    let turn = prepare::turn(location, &db).await?;
    prepare::migrate(&db, &turn).await?;
    let loaded = prepare::load_reference(&db, clock, &turn).await?;
    db.close().await?;
    Ok(loaded)
}
