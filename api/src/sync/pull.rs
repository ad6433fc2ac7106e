//! The way from the network into the book.
use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    Filter, Network, SyncError,
    contact::{Contact, FIELDS},
    keeper::{Change, Keeper},
    network::Refusal,
    state::Step,
};
use crate::access::hash_of;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Pulled {
    /// How many contacts of the network the book has now.
    pub(crate) contacts: usize,
    /// How many of them are new, are other than they were, and are gone.
    pub(crate) new: usize,
    pub(crate) changed: usize,
    pub(crate) removed: usize,
}

impl Pulled {
    pub(super) fn count(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::New => self.new += 1,
                Change::Changed => self.changed += 1,
                Change::Removed => self.removed += 1,
                Change::None => {}
            }
        }
    }
}

/// Brings a book up to date.
pub(super) async fn pull(
    keeper: &mut Keeper,
    network: &mut Network,
    filter: Option<Filter>,
    page: u16,
) -> Result<Pulled, SyncError> {
    let mut pulled = Pulled::default();
    let other = filter.as_ref().filter(|filter| **filter != keeper.state.filter);
    if other.is_some() || keeper.is_new() {
        let filter = filter.unwrap_or_else(|| keeper.state.filter.clone());
        keeper.apply(vec![Step::Begin { filter }], None)?;
    }
    let mut tidings = Tidings::default();
    loop {
        let told = match ask(keeper, network, page).await? {
            Ok(told) => told,
            Err(refusal) if refusal.code.starts_with("SYNC_TOKEN_") && keeper.state.token.is_some() => {
                network.progress().say("the network has forgotten where this book was: all contacts come again");
                keeper.apply(vec![Step::Begin { filter: keeper.state.filter.clone() }], None)?;
                continue;
            }
            Err(refusal) => return Err(refusal.into()),
        };
        let changes = told["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut steps = vec![];
        for change in changes {
            steps.extend(tidings.step(keeper, change)?);
        }
        let token = told["token"].as_str().map(str::to_owned);
        if token.is_none() {
            return Err(SyncError::new("the network tells a page without a token: check --url"));
        }
        pulled.count(&keeper.apply(steps, token)?);
        network.progress().more(changes.len());
        if told["hasMore"] != json!(true) {
            break;
        }
    }
    if !keeper.state.complete {
        let mut steps: Vec<Step> = vec![];
        for (id, known) in keeper.state.absent() {
            steps.push(if known.own.is_some() {
                tidings.gone += 1;
                Step::Release { id: id.clone() }
            } else {
                Step::Remove { id: id.clone() }
            });
        }
        steps.extend(keeper.book.strays(&keeper.state)?.into_iter().map(|key| Step::Discard { key }));
        steps.push(Step::Finish);
        pulled.count(&keeper.apply(steps, None)?);
    }
    keeper.compact()?;
    tidings.say(network);
    pulled.contacts = keeper.state.carried().count();
    Ok(pulled)
}

async fn ask(keeper: &Keeper, network: &mut Network, page: u16) -> Result<Result<Value, Refusal>, SyncError> {
    let format = keeper.book.format();
    let query = format!(
        "query Pull($since: SyncToken, $first: Int!, $filter: ContactFilter, $format: CardFormat!) {{
          contactChanges(since: $since, first: $first, filter: $filter) {{
            hasMore token
            changes {{
              ... on ContactUpserted {{ contact {{ ...Told }} }}
              ... on ContactRemoved {{ contactId reason externalIds {{ value }} }}
            }}
          }}
        }} {FIELDS}"
    );
    let filter = serde_json::to_value(&keeper.state.filter).unwrap_or_default();
    let variables = json!({ "since": keeper.state.token, "first": page, "filter": filter, "format": format });
    let answer = network.ask(&query, &variables).await?;
    Ok(answer.map(|mut data| data["contactChanges"].take()))
}

/// What is to be told of own entries.
#[derive(Default)]
pub(super) struct Tidings {
    /// Where own entries are that were pushed and are not known as such, by their external IDs: as after a crash.
    own: Option<HashMap<String, String>>,
    /// How many own entries have changed here and there.
    both: usize,
    /// How many the network does not give any more.
    gone: usize,
    /// How many were removed, since the person was erased or agrees no more.
    withdrawn: usize,
    /// How many cannot be brought up to date.
    unread: usize,
}

impl Tidings {
    /// What is to be done about a change.
    fn step(&mut self, keeper: &Keeper, change: &Value) -> Result<Option<Step>, SyncError> {
        if let Some(contact) = Contact::of(&change["contact"]) {
            return self.upserted(keeper, &contact).map(Some);
        }
        let Some(id) = change["contactId"].as_str() else {
            return Err(SyncError::new("the network tells a change that this release does not know: take a later one"));
        };
        let reason = change["reason"].as_str().unwrap_or_default();
        Ok(self.removed(keeper, id, reason))
    }

    /// What is to be done about a contact that is there.
    pub(super) fn upserted(&mut self, keeper: &Keeper, contact: &Contact) -> Result<Step, SyncError> {
        let known = keeper.state.contacts.get(&contact.id);
        if known.is_none_or(|known| known.own.is_some())
            && let Some((external_id, key)) = self.own(keeper, contact)?
            && let Some(text) = keeper.book.text(&key)?
        {
            return Ok(self.merged(keeper, contact, (external_id, key), &text));
        }
        let entry = keeper.book.entry(contact)?;
        // Another file of this name is somebody's own.
        if known.is_none()
            && let Some(there) = keeper.book.text(&entry.key)?
            && !keeper.book.is_same(&there, &entry)
        {
            let key = entry.key;
            return Err(SyncError::new(format!("{key} is in the place of a contact of the network: rename it")));
        }
        let (id, version) = (contact.id.clone(), contact.version);
        Ok(Step::Put { id, version, key: entry.key, uid: entry.uid, text: entry.text })
    }

    /// The own entry that a contact is: its external ID, and where it is.
    fn own(&mut self, keeper: &Keeper, contact: &Contact) -> Result<Option<(String, String)>, SyncError> {
        let known = keeper.state.contacts.get(&contact.id).and_then(|known| Some((known.own.as_ref()?, known)));
        let of = |external_id: &String, key: &String| Some((external_id.clone(), key.clone()));
        if let Some((own, known)) = known {
            return Ok(of(&own.external_id, &known.key));
        }
        for external_id in &contact.external_ids {
            if let Some((_, known)) = keeper.state.own_by_external_id(external_id) {
                return Ok(of(external_id, &known.key));
            }
        }
        if contact.external_ids.is_empty() {
            return Ok(None);
        }
        if self.own.is_none() {
            let own = keeper.book.own(&keeper.state)?;
            let own = own.into_iter().filter_map(|entry| Some((entry.external_id()?.to_owned(), entry.key)));
            self.own = Some(own.collect());
        }
        let own = self.own.iter().flatten();
        let mut own = own.filter(|(external_id, _)| contact.external_ids.contains(external_id));
        Ok(own.next().and_then(|(external_id, key)| of(external_id, key)))
    }

    fn merged(&mut self, keeper: &Keeper, contact: &Contact, (external_id, key): (String, String), text: &str) -> Step {
        let (id, version) = (contact.id.clone(), contact.version);
        let known = keeper.state.own_by_external_id(&external_id).map(|(_, known)| known);
        let was = hash_of(text);
        let as_it_was = known.is_some_and(|known| known.hash == was);
        match keeper.book.merged(text, contact) {
            Ok(text) if as_it_was => Step::Merge { id, version, key, external_id, was, text },
            Ok(text) => {
                let news = known.is_none_or(|known| known.version != version);
                self.both += usize::from(news && hash_of(&text) != was);
                Step::Note { id, version, key, external_id }
            }
            Err(_) => {
                self.unread += 1;
                Step::Note { id, version, key, external_id }
            }
        }
    }

    fn removed(&mut self, keeper: &Keeper, id: &str, reason: &str) -> Option<Step> {
        let known = keeper.state.contacts.get(id)?;
        let id = id.to_owned();
        if known.own.is_none() {
            return Some(Step::Remove { id });
        }
        if matches!(reason, "ERASED" | "CONSENT_WITHDRAWN") {
            self.withdrawn += 1;
            return Some(Step::Remove { id });
        }
        self.gone += 1;
        Some(Step::Release { id })
    }

    /// Says it.
    pub(super) fn say(&self, network: &Network) {
        let told = [
            (
                self.both,
                "own entries have changed here and in the network, and stay as they are here; balai sync push \
                         --on-conflict tells what is to be done",
            ),
            (self.gone, "own entries are not in the network any more, or not for this machine; they stay here"),
            (
                self.withdrawn,
                "own entries were removed: the network has erased these people, or they do not agree to be \
                              shared any more",
            ),
            (self.unread, "own entries cannot be read and stay as they are; balai sync push says why"),
        ];
        for (count, what) in told.into_iter().filter(|(count, _)| *count > 0) {
            network.progress().say(&format!("{count} {what}"));
        }
    }
}
