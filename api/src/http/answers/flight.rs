//! Requests for the same answer at the same time: one makes it, the others wait for it.
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use tokio::sync::watch;

/// What comes of an answer that others wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Landed {
    /// It is kept now, or nothing came of it: it is to be looked for again.
    LookAgain,
    /// It is not one to be shared: each makes their own.
    Alone,
}

/// The answers that are being made.
#[derive(Debug)]
pub(super) struct Flights<K>(Mutex<HashMap<K, watch::Receiver<Option<Landed>>>>);

impl<K> Default for Flights<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// An answer, to whoever asks for it while it is being made.
pub(super) enum Flight<'flights, K: Clone + Eq + Hash> {
    /// It is theirs to make.
    Own(Pilot<'flights, K>),
    /// Somebody else makes it.
    Others(watch::Receiver<Option<Landed>>),
}

/// Whoever makes an answer. If they go away, the next one makes it.
pub(super) struct Pilot<'flights, K: Clone + Eq + Hash> {
    flights: &'flights Flights<K>,
    key: K,
    tells: watch::Sender<Option<Landed>>,
}

impl<K: Clone + Eq + Hash> Flights<K> {
    pub(super) fn board(&self, key: &K) -> Flight<'_, K> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(under_way) = flights.get(key) {
            return Flight::Others(under_way.clone());
        }
        let (tells, told) = watch::channel(None);
        flights.insert(key.clone(), told);
        Flight::Own(Pilot { flights: self, key: key.clone(), tells })
    }
}

impl<K: Clone + Eq + Hash> Pilot<'_, K> {
    /// Tells those who wait what came of it.
    pub(super) fn land(self, landed: Landed) {
        self.tells.send_replace(Some(landed));
    }
}

impl<K: Clone + Eq + Hash> Drop for Pilot<'_, K> {
    fn drop(&mut self) {
        self.flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// Waits for an answer that somebody else makes.
pub(super) async fn landed(mut told: watch::Receiver<Option<Landed>>) -> Landed {
    match told.wait_for(Option::is_some).await {
        Ok(landed) => landed.unwrap_or(Landed::LookAgain),
        // Whoever made it went away.
        Err(_) => Landed::LookAgain,
    }
}
