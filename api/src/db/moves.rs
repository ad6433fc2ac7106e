//! Which tables were changed since when, as far as this process knows: what it has written itself it knows before whoever
//! wrote is answered, and what others wrote it reads in the log.
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use super::tables::{LOGGED, Tables};

/// For how long it counts that the log was looked at: what others have written since is not known.
const FOLLOWED: Duration = Duration::from_secs(2);

/// A moment between two changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(u64);

/// When each table was changed last.
#[derive(Debug)]
pub(crate) struct Moves {
    changes: AtomicU64,
    last: [AtomicU64; LOGGED.len()],
    begun: Instant,
    /// When the log was looked at last, in milliseconds since the beginning.
    followed: AtomicU64,
}

impl Default for Moves {
    fn default() -> Self {
        Self {
            changes: AtomicU64::new(0),
            last: [const { AtomicU64::new(0) }; LOGGED.len()],
            begun: Instant::now(),
            followed: AtomicU64::new(0),
        }
    }
}

impl Moves {
    /// Now: what is read from now on is not older than all changes until now.
    pub(crate) fn now(&self) -> Stamp {
        Stamp(self.changes.load(Ordering::SeqCst))
    }

    /// That these tables were changed, and that it can be read.
    pub(crate) fn moved(&self, tables: Tables) {
        if tables.logged() == Tables::NONE {
            return;
        }
        let change = self.changes.fetch_add(1, Ordering::SeqCst) + 1;
        for place in tables.places() {
            self.last[place].fetch_max(change, Ordering::SeqCst);
        }
    }

    /// Whether none of these tables was changed since.
    pub(crate) fn are_still(&self, tables: Tables, since: Stamp) -> bool {
        self.now() == since || tables.places().all(|place| self.last[place].load(Ordering::SeqCst) <= since.0)
    }

    /// That all is known which others have written up to now.
    pub(crate) fn follow(&self) {
        self.followed.store(self.since_begun().max(1), Ordering::SeqCst);
    }

    /// Whether it is known what others have written lately.
    pub(crate) fn are_followed(&self) -> bool {
        let followed = self.followed.load(Ordering::SeqCst);
        followed > 0
            && self.since_begun().saturating_sub(followed) <= FOLLOWED.as_millis().try_into().unwrap_or(u64::MAX)
    }

    fn since_begun(&self) -> u64 {
        self.begun.elapsed().as_millis().try_into().unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_old_after_it() {
        let moves = Moves::default();
        let [country, interest] = ["country", "interest"].map(Tables::named);
        let before = moves.now();
        moves.moved(country);
        assert!(!moves.are_still(country.and(interest), before));
        assert!(moves.are_still(interest, before));
        assert!(moves.are_still(country, moves.now()));
    }

    #[test]
    fn nothing_is_known_of_others_before_the_log_was_read() {
        let moves = Moves::default();
        assert!(!moves.are_followed());
        moves.follow();
        assert!(moves.are_followed());
    }
}
