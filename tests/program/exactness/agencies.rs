//! Agencies that follow contacts: they stop, crash and go on from what they have kept.
use std::{collections::HashSet, sync::Arc};

use serde_json::{Value, json};
use tokio::time::{Duration, timeout};

use super::{
    dice::Dice,
    network::{BUSY, Line},
    replica::Replica,
    truth::{Sight, Truth},
};

const CHANGE: &str =
    "... on ContactUpserted { token contact { __typename id displayName version updatedAt country { code }
        emails { address kind preferred visibility } phones { number kind preferred visibility }
        externalIds { agency value } card(format: VCARD_4)
        ... on Policymaker { givenName familyName nativeName languages policyAreas
            appointments { title level since until public institution { id name } emails { address } } }
        ... on Institution { name kind city website policyAreas } } }
    ... on ContactRemoved { token contactId reason mergedInto }";

/// How long it is listened at most.
const LISTENS: Duration = Duration::from_millis(300);
/// How many of the copies that were kept are gone on from in the end.
const RESUMED: usize = 2;

#[derive(Clone, Copy)]
enum Step {
    Fetch,
    FetchInPart,
    FetchInVain,
    Crash,
    Listen,
    StartOver,
}

const STEPS: [(usize, Step); 6] = [
    (10, Step::Fetch),
    (3, Step::FetchInPart),
    (1, Step::FetchInVain),
    (2, Step::Crash),
    (3, Step::Listen),
    (1, Step::StartOver),
];

/// An agency's machine, and its copy.
pub(super) struct Agency {
    number: usize,
    line: Line,
    filter: Value,
    reads: bool,
    truth: Arc<Truth>,
    dice: Dice,
    replica: Replica,
    /// All that was ever kept.
    kept: Vec<Replica>,
}

impl Agency {
    pub(super) fn new(
        line: Line,
        (number, filter, reads): (usize, Value, bool),
        truth: &Arc<Truth>,
        dice: Dice,
    ) -> Self {
        let (replica, kept) = (Replica::default(), vec![Replica::default()]);
        Self { number, line, filter, reads, truth: Arc::clone(truth), dice, replica, kept }
    }

    /// Follows contacts while others write.
    pub(super) async fn follow(&mut self) {
        loop {
            let (done, rests) = self.truth.progress();
            if rests {
                return;
            }
            if !self.reads {
                self.is_refused().await;
            }
            match self.dice.weighted(&STEPS) {
                _ if !self.reads => {}
                Step::FetchInPart => {
                    let part = self.dice.below(8);
                    self.fetch(Some(part)).await;
                }
                Step::FetchInVain => drop(self.page().await),
                Step::Crash => self.replica = self.dice.one(&self.kept),
                Step::Listen if self.replica.complete => self.listen().await,
                // Who has not fetched all has nothing to listen to.
                Step::Fetch | Step::Listen => self.fetch(None).await,
                Step::StartOver => self.replica = Replica::default(),
            }
            if self.replica.complete || !self.reads {
                let more = self.dice.below(4) + 1;
                self.truth.reaches(done + more).await;
            }
        }
    }

    async fn is_refused(&mut self) {
        for query in ["{ contactChanges { token } }", "{ contactDigest { count } }"] {
            if let Some(heard) = self.line.ask(query, &Value::Null).await {
                assert_eq!(heard.error(), Some("FORBIDDEN"), "{}", heard.json);
            }
        }
    }

    /// Asks for a page of some length: what it says, unless the program was killed.
    async fn page(&mut self) -> Option<Value> {
        let first = self.dice.below(50) + 1;
        self.page_of(first).await
    }

    async fn page_of(&mut self, first: usize) -> Option<Value> {
        let query = format!(
            "query($since: SyncToken, $first: Int!, $filter: ContactFilter) {{
                contactChanges(since: $since, first: $first, filter: $filter) {{ hasMore token changes {{ {CHANGE} }} }} }}"
        );
        let variables = json!({ "since": self.replica.token, "first": first, "filter": self.filter });
        let mut heard = self.line.ask(&query, &variables).await?;
        assert_eq!(heard.error(), None, "{}", heard.json);
        let page = heard.json["data"]["contactChanges"].take();
        let changes = page["changes"].as_array().unwrap();
        let ids = changes.iter().map(|change| change["contact"]["id"].as_str().or(change["contactId"].as_str()));
        let mut seen = HashSet::new();
        assert!(ids.into_iter().all(|id| seen.insert(id.unwrap())), "each contact is on a page once: {page:#}");
        assert!(changes.len() <= first, "no more than were asked for");
        for change in changes {
            self.saw((heard.sent, heard.answered), change);
        }
        Some(page)
    }

    /// Notes what was told, and that it passes the filter.
    fn saw(&self, between: (u64, u64), change: &Value) {
        let contact = &change["contact"];
        let has = |name: &str, value: &Value| {
            let wanted = self.filter[name].as_array();
            wanted.is_none_or(|wanted| match value {
                Value::Array(values) => values.iter().any(|value| wanted.contains(value)),
                value => wanted.contains(value),
            })
        };
        let kind = if contact["__typename"] == "Policymaker" { "PERSON" } else { "ORGANIZATION" };
        let passes = has("country", &contact["country"]["code"])
            && has("policyArea", &contact["policyAreas"])
            && has("institutionKind", &contact["kind"])
            && has("kind", &json!(kind));
        assert!(contact.is_null() || passes, "{contact} does not pass {}", self.filter);
        let sight = Sight { machine: self.number, filter: self.filter.clone(), between, change: change.clone() };
        self.truth.note(|known| known.sights.push(sight));
    }

    /// Fetches a page and keeps it, or as many changes of it.
    async fn fetch(&mut self, part: Option<usize>) {
        let Some(page) = self.page().await else { return };
        let changes = page["changes"].as_array().unwrap();
        let part = part.unwrap_or(changes.len()).min(changes.len());
        for change in &changes[..part] {
            self.replica.apply(change);
        }
        if part == changes.len() {
            self.replica.token = page["token"].as_str().map(ToOwned::to_owned);
            self.replica.complete = page["hasMore"] == false;
        } else if part > 0 {
            self.replica.token = changes[part - 1]["token"].as_str().map(ToOwned::to_owned);
            self.replica.complete = false;
        }
        self.kept.push(self.replica.clone());
    }

    /// Listens for a while, and keeps each change by itself.
    async fn listen(&mut self) {
        let query = format!(
            "subscription($since: SyncToken, $filter: ContactFilter) {{
                contactChanged(since: $since, filter: $filter) {{ {CHANGE} }} }}"
        );
        let variables = json!({ "since": self.replica.token, "filter": self.filter });
        let Some((sent, mut stream)) = self.line.listen(&query, &variables).await else { return };
        let mut bytes: Vec<u8> = vec![];
        let mut left = self.dice.below(12);
        while left > 0
            && let Ok(Ok(Some(piece))) = timeout(LISTENS, stream.chunk()).await
        {
            bytes.extend_from_slice(&piece);
            while let Some(end) = bytes.windows(2).position(|two| two == b"\n\n") {
                let event = String::from_utf8(bytes.drain(..end + 2).collect()).unwrap();
                let told = event.lines().find_map(|line| line.strip_prefix("data: {"));
                if let Some(told) = told {
                    let told: Value = serde_json::from_str(&format!("{{{told}")).unwrap();
                    if told["errors"][0]["extensions"]["code"] == BUSY {
                        return;
                    }
                    assert!(told["errors"].is_null(), "{told}");
                    let change = &told["data"]["contactChanged"];
                    self.saw((sent, self.truth.tick()), change);
                    self.replica.apply(change);
                    self.replica.token = change["token"].as_str().map(ToOwned::to_owned);
                    self.kept.push(self.replica.clone());
                    left = left.saturating_sub(1);
                }
            }
        }
    }

    /// Fetches all that there is: how often each contact was told.
    async fn catches_up(&mut self, first: Option<usize>) -> Vec<String> {
        let mut told = vec![];
        loop {
            let first = first.unwrap_or_else(|| self.dice.below(60) + 1);
            let page = self.page_of(first).await.unwrap();
            for change in page["changes"].as_array().unwrap() {
                told.extend(change["contact"]["id"].as_str().map(ToOwned::to_owned));
                self.replica.apply(change);
            }
            self.replica.token = page["token"].as_str().map(ToOwned::to_owned);
            if page["hasMore"] == false {
                return told;
            }
        }
    }

    /// That the copy is right now that nobody writes, from wherever it is gone on.
    pub(super) async fn rests(&mut self) {
        if !self.reads {
            return self.is_refused().await;
        }
        let kept = self.replica.clone();
        self.replica = Replica::default();
        let told = self.catches_up(Some(200)).await;
        let there = self.replica.clone();
        assert_eq!(told.len(), there.contacts.len(), "who starts over is told of each contact once");
        self.is_digested().await;

        let old: Vec<Replica> = (0..RESUMED).map(|_| self.dice.one(&self.kept)).collect();
        for (place, replica) in [kept].into_iter().chain(old).enumerate() {
            self.replica = replica;
            self.catches_up(None).await;
            self.replica.is(&there, &format!("machine {} with {}, from {place}", self.number, self.filter));
            assert_eq!(self.catches_up(None).await, [""; 0], "nothing has changed since");
        }
    }

    async fn is_digested(&mut self) {
        let query = "query($filter: ContactFilter) { contactDigest(filter: $filter) { count buckets { count hash } } }";
        let digest = self.line.must(query, json!({ "filter": self.filter })).await["contactDigest"].take();
        assert_eq!(digest["count"], json!(self.replica.contacts.len()));
        let told = digest["buckets"].as_array().unwrap().iter();
        let told: Vec<_> = told.map(|bucket| (bucket["count"].clone(), bucket["hash"].clone())).collect();
        let own: Vec<_> = self.replica.digest().into_iter().map(|(count, hash)| (json!(count), json!(hash))).collect();
        assert_eq!(told, own);
    }
}
