//! Balai: the GraphQL service of a regional cultural policy network.
//!
//! The rooms, from the outside in. A request goes from `http` inwards and back; each room uses only those after it.

pub mod commands; // what the program does when it is called

pub(crate) mod sync; // keeps agencies' address books in step with a service, over HTTP alone

pub mod http; // 1. takes the request, hands it on, answers

pub mod schema; // 2. the roots, a line per subject

pub(crate) mod domain; // 3. the subjects: what clients see, and the rules

pub(crate) mod graphql; // what resolvers share

pub(crate) mod access; // who may see and do what

pub(crate) mod changes; // the one log of what has changed

pub(crate) mod mail; // letters to people

pub mod reference; // the data that ships, and how it gets into the database

pub(crate) mod validation; // what people may write

pub mod db; // where the data is, and how it is asked

pub(crate) mod error; // what can go wrong

pub mod clock; // what time it is

pub mod config; // every setting

pub mod telemetry; // what the service says about itself
