//! The way from the book into the network, for own entries.
use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::{
    Network, SyncError,
    book::OwnEntry,
    directory::Directory,
    item::{Item, POSITIONS},
    keeper::Keeper,
    state::Step,
};
use crate::{
    access::hash_of,
    clock::Clock,
    config::{Conflict, Pushing},
};

/// How many entries are pushed at once, and how large a push may be: the service takes 4 MiB.
const TOGETHER: usize = 200;
const LARGEST: usize = 3 * 1024 * 1024;
/// How many contacts are asked for by their IDs at once.
const ASKED: usize = 100;

const PUSH: &str = "mutation Push($input: UpsertContactsInput!) { upsertContacts(input: $input) {
  results { index outcome contact { id version } userErrors { field code message } }
  userErrors { field message } } }";

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Pushed {
    /// How many own entries there are.
    pub(crate) entries: usize,
    pub(crate) created: usize,
    pub(crate) updated: usize,
    pub(crate) unchanged: usize,
    pub(crate) skipped: usize,
    pub(crate) failed: usize,
}

/// An entry that is sent.
struct Sent<'a> {
    entry: &'a OwnEntry,
    external_id: &'a str,
    hash: String,
    item: Value,
}

/// A push that is under way.
struct Push<'a> {
    keeper: &'a mut Keeper,
    network: &'a mut Network,
    pushing: &'a Pushing,
    pushed: Pushed,
}

/// Pushes own entries: institutions first, so that people can hold positions there.
pub(super) async fn push(
    keeper: &mut Keeper,
    network: &mut Network,
    pushing: &Pushing,
    clock: &Clock,
) -> Result<Pushed, SyncError> {
    let entries = keeper.book.own(&keeper.state)?;
    let pushed = Pushed { entries: entries.len(), ..Pushed::default() };
    let mut push = Push { keeper, network, pushing, pushed };
    let (people, institutions) = push.sorted(&entries);

    let mut directory = None;
    let mut items = vec![];
    for (entry, external_id, hash) in institutions {
        let told = push.item(entry, external_id).and_then(|item| item.institution());
        push.add(&mut items, entry, (external_id, hash), told);
    }
    let made = push.send(items).await?;

    let mut items = vec![];
    let known = push.positions(&people).await?;
    let today = clock.now().date_naive().to_string();
    for (entry, external_id, hash) in people {
        let card = entry.card.as_ref().ok();
        if directory.is_none() && card.is_some_and(|card| !card.positions.is_empty()) {
            let mut fetched = Directory::fetch(push.network).await?;
            for (id, country, names) in &made {
                fetched.add(id, country.as_deref(), names.iter().map(String::as_str));
            }
            directory = Some(fetched);
        }
        let none = Directory::default();
        let positions = known.get(external_id).unwrap_or(&Value::Null);
        let told = push.item(entry, external_id);
        let told = told.and_then(|item| item.policymaker(directory.as_ref().unwrap_or(&none), positions, &today));
        push.add(&mut items, entry, (external_id, hash), told);
    }
    push.send(items).await?;
    if pushing.dry_run && push.pushed.created > 0 && push.pushed.failed > 0 {
        let what = "people at institutions that are new themselves can only be tried once these are there";
        push.network.progress().say(what);
    }
    let Push { keeper, pushed, .. } = push;
    keeper.compact()?;
    Ok(pushed)
}

/// What is to be pushed: the entry, its external ID, and its hash.
type Due<'a> = (&'a OwnEntry, &'a str, String);

impl Push<'_> {
    /// The entries that are to be pushed, people and institutions; the others are counted.
    fn sorted<'e>(&mut self, entries: &'e [OwnEntry]) -> (Vec<Due<'e>>, Vec<Due<'e>>) {
        let mut seen = HashSet::new();
        let mut due = vec![];
        for entry in entries {
            match (&entry.card, entry.external_id()) {
                (Err(why), _) => self.fail(entry, why),
                (Ok(_), None) => self.fail(entry, "has no UID: give it one, by which it is found again"),
                (Ok(card), Some(external_id)) if seen.insert(external_id) => {
                    let hash = hash_of(&entry.text);
                    let own = self.keeper.state.own_by_external_id(external_id);
                    if own.is_some_and(|(_, known)| known.hash == hash) && !self.pushing.again {
                        self.pushed.unchanged += 1;
                    } else {
                        due.push((card.is_person, (entry, external_id, hash)));
                    }
                }
                (Ok(_), Some(_)) => self.fail(entry, "has the UID of another entry"),
            }
        }
        let (people, institutions): (Vec<_>, Vec<_>) = due.into_iter().partition(|(is_person, _)| *is_person);
        let bare = |due: Vec<(bool, Due<'e>)>| due.into_iter().map(|(_, due)| due).collect();
        (bare(people), bare(institutions))
    }

    fn fail(&mut self, entry: &OwnEntry, why: &str) {
        self.pushed.failed += 1;
        self.network.progress().say(&format!("{}: {why}", entry.place));
    }

    fn item<'i>(&'i self, entry: &'i OwnEntry, external_id: &'i str) -> Result<Item<'i>, String> {
        let card = entry.card.as_ref().map_err(Clone::clone)?;
        let known = self.keeper.state.own_by_external_id(external_id).is_some();
        Ok(Item { card, external_id, known, pushing: self.pushing })
    }

    fn add<'e>(
        &mut self,
        items: &mut Vec<Sent<'e>>,
        entry: &'e OwnEntry,
        (external_id, hash): (&'e str, String),
        told: Result<Value, String>,
    ) {
        match told {
            Ok(mut item) => {
                // What is overwritten is known to be another version.
                let known = self.keeper.state.own_by_external_id(external_id);
                let base = known.and_then(|(_, known)| known.own.as_ref()?.base);
                if let Some(base) = base.filter(|_| self.pushing.on_conflict != Conflict::Overwrite)
                    && let Some(told) = item.as_object_mut().and_then(|item| item.values_mut().next())
                {
                    told["expectedVersion"] = json!(base);
                }
                items.push(Sent { entry, external_id, hash, item });
            }
            Err(why) => self.fail(entry, &why),
        }
    }

    /// The positions that people who are pushed again have in the network, by external IDs: cards do not tell all of them.
    async fn positions(&mut self, people: &[Due<'_>]) -> Result<HashMap<String, Value>, SyncError> {
        let own = self.keeper.state.own();
        let known: Vec<(&str, &str)> =
            people.iter().filter_map(|(_, external_id, _)| Some((*external_id, own.get(external_id)?.0))).collect();
        let query = format!(
            "query Positions($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on Policymaker {{ {POSITIONS} }} }} }}"
        );
        let mut found = HashMap::new();
        for some in known.chunks(ASKED) {
            let ids: Vec<&str> = some.iter().map(|(_, id)| *id).collect();
            let mut data = self.network.ask(&query, &json!({ "ids": ids })).await??;
            for (n, (external_id, _)) in some.iter().enumerate() {
                found.insert((*external_id).to_owned(), data["nodes"][n]["appointments"].take());
            }
        }
        Ok(found)
    }

    /// Sends items, some at a time: the contacts that were made or are known, with their countries and names.
    async fn send(
        &mut self,
        mut items: Vec<Sent<'_>>,
    ) -> Result<Vec<(String, Option<String>, Vec<String>)>, SyncError> {
        let mut there = vec![];
        while !items.is_empty() {
            let mut size = 0;
            let fits = |sent: &Sent| {
                size += sent.item.to_string().len();
                size <= LARGEST
            };
            let count = items.iter().take(TOGETHER).map(fits).take_while(|fits| *fits).count().max(1);
            let rest = items.split_off(count.min(items.len()));
            let some = std::mem::replace(&mut items, rest);
            there.extend(self.send_some(&some).await?);
            self.network.progress().more(some.len());
        }
        Ok(there)
    }

    async fn send_some(&mut self, some: &[Sent<'_>]) -> Result<Vec<(String, Option<String>, Vec<String>)>, SyncError> {
        let Pushing { match_by_email, on_conflict, dry_run, .. } = self.pushing;
        let on_conflict = match on_conflict {
            Conflict::Fail => "FAIL",
            Conflict::Skip => "SKIP",
            Conflict::Overwrite => "OVERWRITE",
        };
        let contacts: Vec<&Value> = some.iter().map(|sent| &sent.item).collect();
        let input = json!({
            "contacts": contacts, "matchByEmail": match_by_email, "onConflict": on_conflict, "dryRun": dry_run,
        });
        let data = self.network.ask(PUSH, &json!({ "input": input })).await??;
        let answer = &data["upsertContacts"];
        if let Some(message) = answer["userErrors"][0]["message"].as_str() {
            return Err(SyncError::new(format!("the network refuses what is pushed: {message}")));
        }
        let (mut steps, mut there) = (vec![], vec![]);
        for result in answer["results"].as_array().into_iter().flatten() {
            let place = result["index"].as_u64().and_then(|index| usize::try_from(index).ok());
            let Some(sent) = place.and_then(|place| some.get(place)) else { continue };
            let contact = &result["contact"];
            match result["outcome"].as_str().unwrap_or_default() {
                "CREATED" => self.pushed.created += 1,
                "UPDATED" => self.pushed.updated += 1,
                "UNCHANGED" => self.pushed.unchanged += 1,
                "SKIPPED" => {
                    self.pushed.skipped += 1;
                    continue;
                }
                _ => {
                    self.fail(sent.entry, &said(&result["userErrors"]));
                    continue;
                }
            }
            let (Some(id), Some(version)) = (contact["id"].as_str(), contact["version"].as_i64()) else { continue };
            if let Some(told) = sent.item.get("institution") {
                let names = told["names"].as_array().into_iter().flatten().filter_map(|name| name["text"].as_str());
                there.push((
                    id.to_owned(),
                    told["country"].as_str().map(str::to_owned),
                    names.map(str::to_owned).collect(),
                ));
            }
            let Sent { entry, external_id, hash, .. } = sent;
            let (id, key, external_id) = (id.to_owned(), entry.key.clone(), (*external_id).to_owned());
            steps.push(Step::Pushed { id, version, key, external_id, hash: hash.clone() });
        }
        if !dry_run {
            self.keeper.apply(steps, None)?;
        }
        Ok(there)
    }
}

/// What was wrong with an item, in a sentence.
fn said(errors: &Value) -> String {
    let told = errors.as_array().into_iter().flatten().map(|error| {
        // The path begins at the input: with the place in it and the sort.
        let path = error["field"].as_array().into_iter().flatten().skip(3).filter_map(Value::as_str);
        let (path, message) = (path.collect::<Vec<_>>().join("."), error["message"].as_str().unwrap_or_default());
        let advice = match error["code"].as_str() {
            Some("CONFLICT") => "; look at what the network says, and push with --on-conflict overwrite or skip",
            Some("ILLEGAL_TRANSITION") => "; the person does not agree to be shared: remove the entry",
            _ => "",
        };
        if path.is_empty() { format!("{message}{advice}") } else { format!("{path}: {message}{advice}") }
    });
    told.collect::<Vec<_>>().join("; ")
}
