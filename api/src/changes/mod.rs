//! The one log of changes: appended in the writer's transaction, and read. Nothing else writes or reads it.
mod append;
mod audience;
mod compact;
mod epoch;
mod follow;
#[cfg(test)]
mod gap;
mod position;
mod privileges;
mod read;
#[cfg(test)]
mod restored;
mod tail;

pub(crate) use append::{Actor, Entry, FieldChange, append, append_for, differences, forget_audiences};
pub(crate) use audience::{Audience, Audiences};
pub(crate) use compact::compact;
pub(crate) use epoch::{Epoch, begin, is_foreign, keeps_log, settle};
#[cfg(test)]
use follow::is_expired;
use follow::{after, end};
use position::Position;
pub(crate) use privileges::{Grant, grant, owns_log, too_little, too_much};
pub(crate) use read::{Log, Logged, Wanted, actor_of, fields_in, fields_of, newest_first};
pub(crate) use tail::Tail;
