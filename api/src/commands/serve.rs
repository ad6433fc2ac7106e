//! `balai serve`.
use super::{Failure, output::say, prepare};
use crate::{
    clock::Clock,
    config::Settings,
    db::Access,
    http::{Server, ServerError},
    reference::Loaded,
};

/// Brings the database up to date, says where everything is, and answers requests until it is told to stop.
pub(super) async fn serve(settings: &Settings, clock: &Clock) -> Result<(), Failure> {
    let location = settings.location()?;
    let db = prepare::open(&location, Access::Exclusive).await?;
    prepare::migrate(&db).await?;
    let Loaded { added, renewed } = prepare::load_reference(&db, clock).await?;
    db.close().await?;

    let server = Server::bind(settings, location.clone(), clock.clone()).map_err(|error| match error {
        ServerError::Listen(cause) => Failure::new(format!(
            "cannot listen on {}: {cause}; stop what uses it, or set BALAI_LISTEN to another address",
            settings.listen
        )),
        ServerError::Page(cause) => Failure::new(cause),
    })?;
    say(concat!("Balai ", env!("CARGO_PKG_VERSION")));
    say(&format!("  data      {}", location.name()));
    if added + renewed > 0 {
        say(&format!("  loaded    {added} records of reference data, {renewed} renewed"));
    }
    say(&format!("  open      http://{}/", server.address()));
    say(&format!("  GraphiQL  http://{}/graphiql", server.address()));
    server.run().await.map_err(|cause| Failure::new(format!("the service stopped: {cause}")))
}
