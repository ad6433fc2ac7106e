//! The database: how it is opened, how text is folded for it, pages of rows, and the few places where
//! PostgreSQL and SQLite differ.
mod backend;
mod connect;
mod cursor;
mod fold;
mod list;
mod logged;
mod made_of;
mod moves;
mod name_keys;
mod once;
mod page;
mod period;
mod reference_key;
mod searchable;
mod slug;
mod tables;
mod turns;

pub(crate) use backend::{Parents, among, contains_words};
pub use connect::{Access, Listener, Location};
pub(crate) use cursor::{Key, KeyKind, fingerprint};
pub(crate) use fold::{fold, words};
pub(crate) use list::{
    CHILD, List, PARENT, Sort, beginning, children, column, count, count_under, fetch, fetch_under, id, models, pairs,
};
pub(crate) use logged::told_of;
pub(crate) use made_of::MadeOf;
pub(crate) use moves::{Moves, Stamp};
pub(crate) use name_keys::{forget_names, key_names, name_keys_of};
pub(crate) use once::{Before, Once};
pub(crate) use page::{PageArgs, Place, Slice};
pub(crate) use period::{covers, within};
pub use reference_key::reference_id;
pub(crate) use searchable::{Searchable, forget_searchable, make_searchable, search_entry_of};
pub(crate) use slug::{has_slug, own_slug};
pub(crate) use tables::Tables;
#[cfg(test)]
pub(crate) use tables::{Touch, touch};
pub(crate) use turns::{Change, Turns, change};
