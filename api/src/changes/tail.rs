//! The log's tail, told as it grows: one reader of the log for all that wait in a worker, and none where nobody waits.
use std::sync::Arc;

use tokio::{
    sync::{
        Mutex,
        broadcast::{Receiver, Sender, WeakSender, channel},
    },
    time::{Duration, MissedTickBehavior, interval},
};

use super::{Logged, Position, after, end};
use crate::{db::Turns, error::Error};

/// How often the log is looked at while somebody waits.
const OFTEN: Duration = Duration::from_millis(200);
/// How many entries are read at once.
const AT_ONCE: usize = 500;
/// How many things whoever waits may be behind: who is further behind is cut off, and nothing is kept for them.
const BEHIND: usize = 256;

/// The tail of the log, for those who wait for what some entries tell.
pub(crate) struct Tail<T> {
    db: Turns,
    told: fn(&Logged) -> Option<T>,
    /// The one reader's end, while there is one.
    reader: Arc<Mutex<Option<WeakSender<T>>>>,
}

impl<T: Clone + Send + 'static> Tail<T> {
    /// The tail of a database's log; `told` is what an entry tells those who wait, if anything.
    pub(crate) fn of(db: Turns, told: fn(&Logged) -> Option<T>) -> Self {
        Self { db, told, reader: Arc::default() }
    }

    /// All that is told from now on: what is committed after this returns is not missed. What was committed just before
    /// may be told, too.
    ///
    /// # Errors
    ///
    /// If the log cannot be read.
    pub(crate) async fn listen(&self) -> Result<Receiver<T>, Error> {
        let mut reader = self.reader.lock().await;
        if let Some(sender) = reader.as_ref().and_then(WeakSender::upgrade) {
            return Ok(sender.subscribe());
        }
        let place = end(&self.db).await?;
        let (sender, receiver) = channel(BEHIND);
        *reader = Some(sender.downgrade());
        tokio::spawn(follow(self.db.clone(), self.told, (place, sender), Arc::clone(&self.reader)));
        Ok(receiver)
    }
}

/// Reads the log for as long as somebody waits.
async fn follow<T: Clone>(
    db: Turns,
    told: fn(&Logged) -> Option<T>,
    (mut place, sender): (Position, Sender<T>),
    reader: Arc<Mutex<Option<WeakSender<T>>>>,
) {
    let mut turns = interval(OFTEN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reached = true;
    loop {
        turns.tick().await;
        if sender.receiver_count() == 0 {
            let mut reader = reader.lock().await;
            // Somebody may have come while the lock was waited for.
            if sender.receiver_count() == 0 {
                *reader = None;
                return;
            }
        }
        let read = caught_up(&db, told, (&mut place, &sender)).await;
        // The place stays: what could not be read is read once the database is back.
        if let Err(cause) = &read
            && reached
        {
            tracing::warn!(%cause, "the log cannot be followed; it is tried again until it can");
        }
        reached = read.is_ok();
    }
}

/// Tells all that there is by now.
async fn caught_up<T>(
    db: &Turns,
    told: fn(&Logged) -> Option<T>,
    (place, sender): (&mut Position, &Sender<T>),
) -> Result<(), Error> {
    loop {
        let entries = after(db, *place, &[], AT_ONCE as u64).await?;
        for entry in &entries {
            *place = Position::behind(entry);
            if let Some(something) = told(entry) {
                // Nobody may be left to hear it.
                let _ = sender.send(something);
            }
        }
        if entries.len() < AT_ONCE {
            return Ok(());
        }
    }
}
