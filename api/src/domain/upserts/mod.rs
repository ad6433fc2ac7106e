//! What agencies push into the network: contacts of their address books.
mod input;
mod known_service;
mod lifecycle;
mod mutation;
mod types;
mod writing;

pub(crate) use lifecycle::Standing;
pub(crate) use mutation::UpsertMutation;
