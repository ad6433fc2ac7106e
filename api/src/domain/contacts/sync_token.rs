//! A place in the feed, as clients keep it: whose it is, for which filter, since when, and where it goes on.
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::filter::{ContactFilter, ContactKind};
use crate::{
    access::Reading,
    changes::{Position, Seal, is_expired},
    db::fingerprint,
    error::Error,
    graphql::SyncToken,
};

/// Where the feed goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    /// In a snapshot.
    Snapshot {
        /// Where the log ended when it began: what has changed since is told after it.
        start: Position,
        /// The last contact that was told.
        last: Option<(ContactKind, Uuid)>,
    },
    /// In the log.
    Log(Position),
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    /// The machine or the account that it was given to.
    #[serde(rename = "w")]
    who: Uuid,
    /// Which filter.
    #[serde(rename = "f")]
    filter: String,
    /// When it was given, in seconds since 1970.
    #[serde(rename = "t")]
    at: i64,
    #[serde(rename = "p")]
    place: Place,
}

/// What makes and reads the tokens of one reader of the feed.
pub(crate) struct Tokens {
    seal: Seal,
    who: Uuid,
    filter: String,
    now: DateTime<Utc>,
}

impl Tokens {
    /// Those of whoever asks, for a filter.
    ///
    /// # Errors
    ///
    /// If it may not follow contacts.
    pub(crate) async fn of(reading: &Reading, filter: &ContactFilter) -> Result<Self, Error> {
        let who = reading.viewer.follows_contacts()?;
        let seal = Seal::of(&reading.db).await?;
        Ok(Self { seal, who, filter: fingerprint(filter)?, now: reading.now() })
    }

    /// Those that an agency's machine is handed for all contacts, whoever asks.
    ///
    /// # Errors
    ///
    /// If the log cannot be asked.
    pub(crate) async fn of_machine(reading: &Reading, machine: Uuid) -> Result<Self, Error> {
        let (seal, filter) = (Seal::of(&reading.db).await?, fingerprint(&ContactFilter::default())?);
        Ok(Self { seal, who: machine, filter, now: reading.now() })
    }

    /// The token of a place.
    pub(crate) fn token(&self, place: Place) -> Result<SyncToken, Error> {
        let said = Said { who: self.who, filter: self.filter.clone(), at: self.now.timestamp(), place };
        let said = serde_json::to_vec(&said).map_err(|_| Error::internal("a token cannot be written down"))?;
        Ok(SyncToken(self.seal.seal(&said)?))
    }

    /// The place of a token.
    ///
    /// # Errors
    ///
    /// If it was given to somebody else, for another filter, or in an epoch that is over; or is older than tokens live.
    pub(crate) async fn place(&self, reading: &Reading, token: &SyncToken) -> Result<Place, Error> {
        let invalid = || Error::SyncTokenInvalid { field: "since".into() };
        let said = self.seal.open(&token.0).ok_or_else(invalid)?;
        let said: Said = serde_json::from_slice(&said).map_err(|_| invalid())?;
        if said.who != self.who || said.filter != self.filter {
            return Err(invalid());
        }
        let given = DateTime::from_timestamp(said.at, 0).ok_or_else(invalid)?;
        if self.now - given > TimeDelta::days(reading.rules.retention.days.into()) {
            return Err(expired());
        }
        followed(reading, said.place).await?;
        Ok(said.place)
    }
}

fn expired() -> Error {
    Error::SyncTokenExpired { field: "since".into() }
}

/// That the log still has what comes after a place. Whoever has read from it asks again: meanwhile some of it may have gone.
pub(super) async fn followed(reading: &Reading, place: Place) -> Result<(), Error> {
    let (Place::Snapshot { start, .. } | Place::Log(start)) = place;
    if is_expired(&reading.db, start).await? { Err(expired()) } else { Ok(()) }
}
