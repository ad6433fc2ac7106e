//! The one log of changes: appended in the writer's transaction, and read. Nothing else writes or reads it.
mod append;
mod read;

pub(crate) use append::{Actor, Entry, FieldChange, append, differences};
pub(crate) use read::{Log, Logged, Wanted, actor_of, fields_of, newest_first};
