//! What the network's own identity provider calls accounts and agencies' machines.
mod service;

pub(crate) use service::{Linked, link, linked};
