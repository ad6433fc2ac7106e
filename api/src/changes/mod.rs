//! The one log of changes: appended in the writer's transaction, and read. Nothing else writes or reads it.
mod append;
mod audience;
mod compact;
mod epoch;
mod follow;
#[cfg(test)]
mod gap;
mod others;
mod position;
mod privileges;
mod read;
#[cfg(test)]
mod restored;
mod sealing;
mod state;
#[cfg(test)]
mod tables;
mod tail;

pub(crate) use append::{
    Actor, Entry, FieldChange, append, append_all, append_for, differences, forget_audiences, known_once,
};
pub(crate) use audience::{Audience, Audiences};
pub(crate) use compact::compact;
pub(crate) use epoch::{Epoch, begin, epoch, is_foreign, keeps_log, settle};
pub(crate) use follow::{after, before, end, is_expired};
pub(crate) use others::follow_others;
pub(crate) use position::Position;
pub(crate) use privileges::{Grant, grant, owns_log, too_little, too_much};
pub(crate) use read::{
    Log, Logged, Wanted, actor_of, audiences_of, changed_by_others, fates, fields_in, fields_of, newest_first,
};
pub(crate) use sealing::Seal;
pub(crate) use state::state;
pub(crate) use tail::Tail;
