//! The people who sign in, and their roles.
mod actor;
mod administrators_service;
mod deciding;
mod filter;
mod lifecycle;
mod mutation;
mod query;
mod roster_service;
mod service;
mod types;
mod writing;

pub(crate) use actor::{Actor, focal_points_of};
pub(crate) use administrators_service::administrators;
pub(crate) use deciding::carry_out;
pub(crate) use filter::AccountFilter;
pub(crate) use lifecycle::{Period, in_force, not_over};
pub(crate) use mutation::AccountMutation;
pub(crate) use query::AccountQuery;
pub(crate) use service::{Accounts, Post, by_email, give, key_of, log, named, usable};
pub(crate) use types::{Account, Role, Viewer};
pub(crate) use writing::{erase_of, part_from};
