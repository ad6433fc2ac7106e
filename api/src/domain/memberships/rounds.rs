//! What the clock does: the log is told that memberships' terms have ended, and those whom it concerns that they will; that
//! people's positions have begun or ended; and applications are forgotten that nobody has confirmed.
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Duration, MissedTickBehavior, interval};

use super::notices_writing::{Reminder, found, sent, take};
use crate::{
    access::Identity,
    clock::Clock,
    db::Turns,
    domain::{applications::forget_expired, policymakers::tell_of_days},
    error::Error,
    graphql::{LanguageTag, in_language},
    mail::{Letter, Recipient},
};

/// How often it is looked whether it is time for a round.
const OFTEN: Duration = Duration::from_secs(1);
/// How long after the last round, by the service's clock.
const ROUND: TimeDelta = TimeDelta::minutes(1);

/// Makes rounds, until the process is to stop. Each replica makes its own, and what one has told none tells again. Nothing
/// waits for them: where a membership stands, the clock says.
pub(crate) async fn make_rounds(db: Turns, clock: Clock, identity: Arc<Identity>, stops: impl Fn() -> bool) {
    let mut turns = interval(OFTEN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut last, mut reached) = (None, true);
    loop {
        turns.tick().await;
        if stops() {
            return;
        }
        let now = clock.now();
        // A clock may be set back, too.
        if last.is_some_and(|last| (last..last + ROUND).contains(&now)) {
            continue;
        }
        let made = round(&db, now, &identity).await;
        if let Err(cause) = &made
            && reached
        {
            tracing::warn!(%cause, "what the clock has changed cannot be told; it is tried again until it can");
        }
        reached = made.is_ok();
        last = reached.then_some(now);
    }
}

/// Tells all that is due.
async fn round(db: &Turns, now: DateTime<Utc>, identity: &Identity) -> Result<(), Error> {
    forget_expired(db, now).await?;
    tell_of_days(db, now).await?;
    for membership in found(db, now).await? {
        if let Some(reminder) = take(db, now, membership).await?
            && remind(&reminder, identity).await
        {
            sent(db, now, &reminder).await?;
        }
    }
    Ok(())
}

/// Sends a reminder to all whom it is for: whether anybody got it.
async fn remind(reminder: &Reminder, identity: &Identity) -> bool {
    let Reminder { key: (membership, until, _), days, institution, recipients } = reminder;
    let language = LanguageTag(identity.mailer.language().to_owned());
    let named = in_language(&institution.names, Some(&language)).unwrap_or_default();
    let (until, days) = (until.to_string(), days.to_string());
    let letter =
        Letter::TermEnds { institution: &named, until: &until, days: &days, network: &format!("{}/", identity.issuer) };
    let mut reached = false;
    for account in recipients {
        let recipient = Recipient { address: &account.email, name: &account.name };
        match identity.mailer.send(recipient, letter).await {
            Ok(()) => reached = true,
            Err(error) => tracing::error!(%error, %membership, "a reminder of a term's end was not sent"),
        }
    }
    reached
}
