//! The tokens that events carry, and that are handed back to be told again: those of the feed of contacts, for all of them.
use uuid::Uuid;

use crate::{
    access::Reading,
    changes::Position,
    domain::contacts::{Place, Tokens},
    error::Error,
    graphql::SyncToken,
};

/// The place of a token of an agency's machine, also where the feed has yet to come to the log.
///
/// # Errors
///
/// If it is none of the machine's, or leads nowhere any more.
pub(super) async fn read(reading: &Reading, machine: Uuid, token: &SyncToken) -> Result<Position, Error> {
    let field = || "input.since".to_owned();
    let place =
        Tokens::of_machine(reading, machine).await?.place(reading, token).await.map_err(|error| match error {
            Error::SyncTokenInvalid { .. } => Error::SyncTokenInvalid { field: field() },
            Error::SyncTokenExpired { .. } => Error::SyncTokenExpired { field: field() },
            other => other,
        })?;
    let (Place::Snapshot { start, .. } | Place::Log(start)) = place;
    Ok(start)
}
