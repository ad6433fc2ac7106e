//! The one log of changes: appended in the writer's transaction, and read. Nothing else writes or reads it.
mod append;
mod audience;
mod follow;
mod read;
mod tail;

pub(crate) use append::{Actor, Entry, FieldChange, append, append_for, differences, forget_audiences};
pub(crate) use audience::{Audience, Audiences};
use follow::{Position, after, end};
pub(crate) use read::{Log, Logged, Wanted, actor_of, fields_of, newest_first};
pub(crate) use tail::Tail;
