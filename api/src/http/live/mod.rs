//! Answers that go on: over a WebSocket, or as a stream of events.
mod connections;
mod credentials;
pub(super) mod events;
mod operation;
mod protocol;
pub(super) mod socket;
mod watch;

pub(super) use connections::{Connections, give_up};
pub(super) use credentials::Credentials;
