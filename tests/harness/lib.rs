//! The real service on a database of its own, asked over HTTP as a client asks it.
mod accounts;
mod database;
mod hook;
mod letter;
mod postbox;
mod postgres;
mod provider;
mod relay;
mod server;
mod world;

pub use accounts::{Grant, PASSWORD};
pub use database::{Backend, Private, backends, empty, fresh};
pub use hook::{Hook, Reply, Told};
pub use letter::Letter;
pub use postbox::Postbox;
pub use provider::Provider;
pub use relay::Relay;
pub use server::{Answer, Server};
pub use world::{Viewer, hide, id, viewers};

use chrono::{DateTime, TimeZone as _, Utc};

/// The moment at which the tests' clock stands.
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
}

/// Runs a test on a fresh database with the reference data, once for each kind of database that this machine has.
pub async fn on_each_database<F, Fut>(test: F)
where
    F: Fn(Server) -> Fut,
    Fut: Future<Output = ()>,
{
    for backend in backends() {
        eprintln!("on {backend:?}");
        test(Server::start(*backend).await).await;
    }
}

/// Like [`on_each_database`], with the invented people too.
pub async fn with_people_on_each_database<F, Fut>(test: F)
where
    F: Fn(Server) -> Fut,
    Fut: Future<Output = ()>,
{
    for backend in backends() {
        eprintln!("on {backend:?}");
        test(Server::start_with_people(*backend).await).await;
    }
}
