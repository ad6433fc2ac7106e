//! `balai sync`.
use std::process::ExitCode;

use super::{Failure, output::say};
use crate::{
    clock::Clock,
    config::{SyncBook, SyncCommand},
    sync::{self, Checked, Credentials, Network, Progress, Pulled, Pushed, SyncError},
};

/// The status that says that a book cannot be checked; 1 says that it was not right.
const UNCHECKED: u8 = 2;

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Self {
        Self::new(error.to_string())
    }
}

/// Keeps an agency's address book in step with a network.
pub(super) async fn sync(command: SyncCommand) -> Result<ExitCode, Failure> {
    match command {
        SyncCommand::Pull { book, filter, page } => {
            let network = network(&book, "contacts that have changed")?;
            let Pulled { contacts, new, changed, removed } = sync::pull(&book.place, network, &filter, page).await?;
            say(&format!("{contacts} contacts: {new} new, {changed} changed, {removed} removed"));
            Ok(ExitCode::SUCCESS)
        }
        SyncCommand::Push { book, pushing } => {
            let network = network(&book, "own entries")?;
            let pushed = sync::push(&book.place, network, &pushing, &Clock::system()).await?;
            let Pushed { entries, created, updated, unchanged, skipped, failed } = pushed;
            let only = if pushing.dry_run { "nothing was written; it would be: " } else { "" };
            say(&format!(
                "{entries} own entries: {only}{created} created, {updated} updated, {unchanged} unchanged, {skipped} \
                 skipped, {failed} failed"
            ));
            Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        SyncCommand::Check { book, filter, dry_run } => checked(&book, &filter, dry_run).await,
    }
}

async fn checked(book: &SyncBook, filter: &crate::config::SyncFilter, dry_run: bool) -> Result<ExitCode, Failure> {
    let unchecked = |failure: Failure| failure.with_status(UNCHECKED);
    let network = network(book, "parts that differ").map_err(unchecked)?;
    let checked = sync::check(&book.place, network, filter, dry_run).await;
    let checked = checked.map_err(|error| unchecked(error.into()))?;
    let right = checked.is_right();
    let Checked { contacts, missing, superfluous, outdated, altered } = checked;
    if right {
        say(&format!("{contacts} contacts: the book is right"));
        return Ok(ExitCode::SUCCESS);
    }
    let what = if dry_run { "not mended" } else { "mended" };
    say(&format!(
        "{contacts} contacts: {missing} missing, {outdated} outdated, {superfluous} superfluous, {altered} altered: {what}"
    ));
    Ok(ExitCode::FAILURE)
}

fn network(book: &SyncBook, what: &'static str) -> Result<Network, Failure> {
    Ok(Network::new(&book.url, Credentials::read(&book.credentials)?, Progress::begin(what))?)
}
