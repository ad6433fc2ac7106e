//! The reference client: keeps an agency's address book in step with a network both ways. It speaks to a service as any
//! client does, over HTTP alone.
mod book;
mod card;
mod check;
mod contact;
mod credentials;
mod directory;
mod error;
mod files;
mod filter;
mod folder;
mod item;
mod keeper;
mod lines;
mod network;
mod progress;
mod pull;
mod push;
mod row;
mod state;
mod table;
mod vcard;

use std::path::Path;

pub(crate) use check::Checked;
pub(crate) use credentials::Credentials;
pub(crate) use error::SyncError;
use filter::Filter;
use keeper::Keeper;
pub(crate) use network::Network;
pub(crate) use progress::Progress;
pub(crate) use pull::Pulled;
pub(crate) use push::Pushed;

use crate::{
    clock::Clock,
    config::{Pushing, SyncFilter},
};

/// Brings a book up to date with the network.
///
/// # Errors
///
/// If the network cannot be reached or refuses, or the book cannot be written.
pub(crate) async fn pull(
    place: &Path,
    mut network: Network,
    filter: &SyncFilter,
    page: u16,
) -> Result<Pulled, SyncError> {
    let mut keeper = Keeper::open(place, &network, true)?;
    pull::pull(&mut keeper, &mut network, Filter::of(filter), page).await
}

/// Pushes a book's own entries.
///
/// # Errors
///
/// If the network cannot be reached or refuses, or the book cannot be read.
pub(crate) async fn push(
    place: &Path,
    mut network: Network,
    pushing: &Pushing,
    clock: &Clock,
) -> Result<Pushed, SyncError> {
    let mut keeper = Keeper::open(place, &network, false)?;
    push::push(&mut keeper, &mut network, pushing, clock).await
}

/// Compares a book with what the network has, and mends it unless it is only to be said.
///
/// # Errors
///
/// If the network cannot be reached or refuses, or the book cannot be compared or written.
pub(crate) async fn check(
    place: &Path,
    mut network: Network,
    filter: &SyncFilter,
    dry_run: bool,
) -> Result<Checked, SyncError> {
    let mut keeper = Keeper::open(place, &network, false)?;
    check::check(&mut keeper, &mut network, Filter::of(filter), dry_run).await
}
