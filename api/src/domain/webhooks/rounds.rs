//! What each replica does for agencies' addresses, all the time: it follows the log for them, sends what is due, and tells
//! their owners of those that were given up. What one replica has taken upon itself, none does beside it.
use std::{
    collections::{BTreeMap, HashMap},
    future::pending,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{agency_client, webhook_endpoint};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use url::Url;
use uuid::Uuid;

use super::{
    Sender,
    claims_writing::{Claimed, claim, record},
    notices_writing::{Notice, found, take, told},
    planning_writing::{events, machine, note, tidy},
    service::{listeners, place},
};
use crate::{
    access::{Identity, Reading},
    changes::{Logged, Position, Tail, after},
    clock::Clock,
    config::Rules,
    db::Turns,
    error::Error,
    mail::{Letter, Recipient},
};

/// How often it is looked whether the process is to stop.
const BEAT: Duration = Duration::from_millis(200);
/// How often it is looked for what is due, also where nothing has happened.
const OFTEN: Duration = Duration::from_secs(1);
/// How often old deliveries are forgotten and owners told, by the service's clock.
const ROUND: TimeDelta = TimeDelta::minutes(1);
/// How many entries of the log are read together.
const ENTRIES: usize = 500;
/// How often that is done before it is looked at anything else.
const PAGES: usize = 20;
/// After how many entries that tell an address nothing it is noted how far the log was followed for it.
const UNNOTED: usize = 1_000;
/// How many deliveries are under way at once, and how many of them to one address.
const AT_ONCE: (usize, usize) = (32, 4);

/// How far the log was followed for an address without anything to note.
struct Followed {
    /// The address's version and place when that began: if they are other ones, it begins anew.
    since: (i32, Position),
    /// Up to where.
    place: Position,
    /// How many entries that were.
    entries: usize,
}

struct Deliverer {
    db: Turns,
    clock: Clock,
    identity: Arc<Identity>,
    rules: Rules,
    sender: Arc<Sender>,
    tail: Tail<()>,
    /// Hears of the log, while somebody listens to what it tells.
    heard: Option<Receiver<()>>,
    followed: HashMap<Uuid, Followed>,
    under_way: JoinSet<Uuid>,
    busy: HashMap<Uuid, usize>,
    tidied: Option<DateTime<Utc>>,
}

/// Tells agencies' addresses what changes, until the process is to stop: then what is under way is ended.
pub(crate) async fn deliver(
    db: Turns,
    clock: Clock,
    (identity, sender, rules): (Arc<Identity>, Sender, Rules),
    stops: impl Fn() -> bool,
) {
    let mut deliverer = Deliverer {
        tail: Tail::of(db.clone(), |entry| tells(entry).then_some(())),
        db,
        clock,
        identity,
        rules,
        sender: Arc::new(sender),
        heard: None,
        followed: HashMap::new(),
        under_way: JoinSet::new(),
        busy: HashMap::new(),
        tidied: None,
    };
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut looked, mut reached) = (None::<Instant>, true);
    loop {
        let (mut ended, mut heard) = (false, false);
        tokio::select! {
            _ = beat.tick() => {}
            () = hear(&mut deliverer.heard) => heard = true,
            Some(done) = deliverer.under_way.join_next() => ended = deliverer.is_done(done.ok()),
        }
        if stops() {
            break;
        }
        let due = heard || looked.is_none_or(|looked| looked.elapsed() >= OFTEN);
        let made = if due {
            looked = Some(Instant::now());
            deliverer.round().await
        } else if ended {
            deliverer.send().await
        } else {
            continue;
        };
        if let Err(cause) = &made
            && reached
        {
            tracing::warn!(%cause, "webhooks cannot be told; it is tried again until they can");
        }
        reached = made.is_ok();
    }
    while deliverer.under_way.join_next().await.is_some() {}
}

/// Whether an entry of the log may tell some address something.
fn tells(entry: &Logged) -> bool {
    use entity::vocabulary::SubjectKind::{Institution, Opportunity, Policymaker};
    matches!(entry.subject, Institution | Policymaker | Opportunity)
}

/// Waits until the log has something new.
async fn hear(heard: &mut Option<Receiver<()>>) {
    let Some(receiver) = heard else { return pending().await };
    if matches!(receiver.recv().await, Err(RecvError::Closed)) {
        *heard = None;
        return;
    }
    // What came together is heard once.
    while receiver.try_recv().is_ok() {}
}

impl Deliverer {
    async fn round(&mut self) -> Result<(), Error> {
        let now = self.clock.now();
        let listening = listeners(&self.db).await?;
        if listening.is_empty() {
            self.heard = None;
        } else if self.heard.is_none() {
            self.heard = Some(self.tail.listen().await?);
        }
        self.followed.retain(|key, _| listening.iter().any(|(endpoint, _)| endpoint.id == *key));
        let mut more = self.follow(now, listening).await?;
        self.send().await?;
        for _ in 1..PAGES {
            if !more {
                break;
            }
            more = self.follow(now, listeners(&self.db).await?).await?;
            self.send().await?;
        }
        // A clock may be set back, too.
        if self.tidied.is_some_and(|tidied| (tidied..tidied + ROUND).contains(&now)) {
            return Ok(());
        }
        tidy(&self.db, now).await?;
        for key in found(&self.db, now).await? {
            if let Some(notice) = take(&self.db, now, key).await?
                && notify(&notice, &self.identity).await
            {
                told(&self.db, now, &notice).await?;
            }
        }
        self.tidied = Some(now);
        Ok(())
    }

    /// Follows the log for those who listen, once for all who are at the same place: whether there is more of it.
    async fn follow(
        &mut self,
        now: DateTime<Utc>,
        listeners: Vec<(webhook_endpoint::Model, agency_client::Model)>,
    ) -> Result<bool, Error> {
        let mut more = false;
        let mut places: BTreeMap<Position, Vec<_>> = BTreeMap::new();
        for listener in listeners {
            places.entry(self.place_of(&listener.0)).or_default().push(listener);
        }
        for (from, listeners) in places {
            let entries = after(&self.db, from, &[], ENTRIES as u64).await?;
            let Some(behind) = entries.last().map(Position::behind) else { continue };
            for (endpoint, client) in &listeners {
                let reading = Reading::new(self.db.clone(), machine(client), now, self.rules);
                let events = events(&reading, endpoint, from, &entries).await?;
                let followed = self.followed.entry(endpoint.id).or_insert(Followed {
                    since: (endpoint.version, place(endpoint)),
                    place: from,
                    entries: 0,
                });
                followed.place = behind;
                followed.entries += entries.len();
                if !events.is_empty() || followed.entries >= UNNOTED {
                    self.followed.remove(&endpoint.id);
                    note(&reading, endpoint, (&events, behind)).await?;
                }
            }
            more |= entries.len() == ENTRIES;
        }
        Ok(more)
    }

    /// From where the log is read for an address.
    fn place_of(&mut self, endpoint: &webhook_endpoint::Model) -> Position {
        let noted = place(endpoint);
        match self.followed.get(&endpoint.id) {
            Some(followed) if followed.since == (endpoint.version, noted) => followed.place,
            _ => {
                self.followed.remove(&endpoint.id);
                noted
            }
        }
    }

    /// Sends what is due, as far as there is room.
    async fn send(&mut self) -> Result<(), Error> {
        let (most, each) = AT_ONCE;
        loop {
            while let Some(done) = self.under_way.try_join_next() {
                self.is_done(done.ok());
            }
            let room = most.saturating_sub(self.under_way.len());
            if room == 0 {
                return Ok(());
            }
            let within = self.sender.patience();
            let claimed = claim(&self.db, self.clock.now(), within, (&self.busy, each, room)).await?;
            if claimed.is_empty() {
                return Ok(());
            }
            for claimed in claimed {
                *self.busy.entry(claimed.row.webhook_endpoint_id).or_default() += 1;
                let (db, clock, sender) = (self.db.clone(), self.clock.clone(), Arc::clone(&self.sender));
                self.under_way.spawn(attempt(db, clock, sender, claimed));
            }
        }
    }

    /// Makes room for another delivery to the same address.
    fn is_done(&mut self, endpoint: Option<Uuid>) -> bool {
        if let Some(endpoint) = endpoint
            && let Some(busy) = self.busy.get_mut(&endpoint)
        {
            *busy = busy.saturating_sub(1);
        }
        self.busy.retain(|_, busy| *busy > 0);
        true
    }
}

/// Sends a delivery, and writes down what came of it: to which address it went.
async fn attempt(db: Turns, clock: Clock, sender: Arc<Sender>, claimed: Claimed) -> Uuid {
    let (endpoint, delivery, now) = (claimed.row.webhook_endpoint_id, claimed.row.id, clock.now());
    let recorded = async {
        let outcome = claimed.send(&sender, sender.patience(), now).await?;
        record(&db, &sender, (claimed.row, outcome), now).await
    };
    if let Err(error) = recorded.await {
        tracing::error!(%error, %delivery, "what came of a delivery is not known; it is sent again");
    }
    endpoint
}

/// Tells an address's owners that it is told nothing any longer: whether anybody got it.
async fn notify(notice: &Notice, identity: &Identity) -> bool {
    let Notice { endpoint, client, recipients } = notice;
    // The rest of the address may be as good as a secret.
    let host = Url::parse(&endpoint.url).ok().and_then(|url| url.host_str().map(ToOwned::to_owned)).unwrap_or_default();
    let network = format!("{}/", identity.issuer);
    let letter = Letter::WebhookDisabled { agency: &client.name, host: &host, network: &network };
    let mut reached = false;
    for account in recipients {
        let recipient = Recipient { address: &account.email, name: &account.name };
        match identity.mailer.send(recipient, letter).await {
            Ok(()) => reached = true,
            Err(error) => tracing::error!(%error, webhook = %endpoint.id, "a letter about a webhook was not sent"),
        }
    }
    reached
}
