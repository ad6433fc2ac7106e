//! Whether the book is what the network has; and what is not is mended.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    Filter, Network, SyncError,
    contact::{Contact, FIELDS},
    keeper::Keeper,
    pull::Tidings,
    state::{Known, Step},
};
use crate::access::hash_of;

/// How many buckets' contacts the service lists at once, and how many contacts it gives by their IDs.
const BUCKETS: usize = 16;
const ASKED: usize = 100;

const DIGEST: &str = "query Digest($filter: ContactFilter) {
  contactDigest(filter: $filter) { count buckets { number count hash } } }";
const LISTED: &str = "query Listed($filter: ContactFilter, $buckets: [Int!]!) {
  contactDigest(filter: $filter, buckets: $buckets) { buckets { contacts { id version } } } }";

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// How many contacts the network has.
    pub(crate) contacts: usize,
    /// How many the book has not, has and should not, has as they were, and has otherwise than they were written.
    pub(crate) missing: usize,
    pub(crate) superfluous: usize,
    pub(crate) outdated: usize,
    pub(crate) altered: usize,
}

impl Checked {
    /// Whether the book is what the network has.
    pub(crate) fn is_right(&self) -> bool {
        self.missing + self.superfluous + self.outdated + self.altered == 0
    }
}

/// Compares a book with the network, and mends what differs unless it is only to be said.
pub(super) async fn check(
    keeper: &mut Keeper,
    network: &mut Network,
    filter: Option<Filter>,
    dry_run: bool,
) -> Result<Checked, SyncError> {
    if !keeper.state.complete {
        return Err(SyncError::new("this book does not hold all contacts yet: run balai sync pull first"));
    }
    if filter.is_some_and(|filter| filter != keeper.state.filter) {
        return Err(SyncError::new("this book holds other contacts than these: run balai sync pull with them first"));
    }
    let mut checked = Checked::default();
    let there = listed(keeper, network, &mut checked).await?;
    let mut fetched = BTreeSet::new();
    let strays = keeper.book.strays(&keeper.state)?;
    checked.superfluous += strays.len();
    let mut steps: Vec<Step> = strays.into_iter().map(|key| Step::Discard { key }).collect();
    let mut behind = 0;
    for (id, version) in &there {
        let Some(version) = version else {
            let own = keeper.state.contacts.get(id).is_some_and(|known| known.own.is_some());
            if own {
                behind += 1;
            } else {
                checked.superfluous += 1;
                steps.push(Step::Remove { id: id.clone() });
            }
            continue;
        };
        match keeper.state.contacts.get(id) {
            Some(known) if known.own.is_some() => behind += usize::from(known.version != *version || !known.carried),
            Some(known) if known.version != *version => {
                checked.outdated += 1;
                fetched.insert(id.clone());
            }
            Some(_) => {}
            None => {
                checked.missing += 1;
                fetched.insert(id.clone());
            }
        }
    }
    for (id, known) in keeper.state.carried().filter(|(_, known)| known.own.is_none()) {
        if fetched.contains(id) || there.get(id).is_some_and(Option::is_none) {
            continue;
        }
        match keeper.book.text(&known.key)? {
            None => checked.missing += 1,
            Some(text) if hash_of(&text) != known.hash => checked.altered += 1,
            Some(_) => continue,
        }
        fetched.insert(id.clone());
    }
    if behind > 0 {
        let what = "own entries are other in the network; balai sync pull brings them up to date";
        network.progress().say(&format!("{behind} {what}"));
    }
    if !dry_run && !checked.is_right() {
        keeper.apply(steps, None)?;
        mend(keeper, network, &fetched.into_iter().collect::<Vec<_>>()).await?;
        keeper.compact()?;
    }
    Ok(checked)
}

/// The contacts of the buckets that differ, with the versions that the network has of them; none, where it has none.
async fn listed(
    keeper: &Keeper,
    network: &mut Network,
    checked: &mut Checked,
) -> Result<BTreeMap<String, Option<i64>>, SyncError> {
    let filter = serde_json::to_value(&keeper.state.filter).unwrap_or_default();
    let data = network.ask(DIGEST, &json!({ "filter": filter })).await??;
    let digest = &data["contactDigest"];
    let count = digest["count"].as_u64().and_then(|count| usize::try_from(count).ok());
    checked.contacts = count.ok_or_else(|| SyncError::new("the network gives no digest: check --url"))?;
    let mut ours = buckets(keeper.state.carried());
    let mut differing = vec![];
    for bucket in digest["buckets"].as_array().into_iter().flatten() {
        let number = bucket["number"].as_u64().and_then(|number| u8::try_from(number).ok()).unwrap_or_default();
        let own = ours.get(&number).map(Vec::as_slice).unwrap_or_default();
        if bucket["hash"].as_str() != Some(&hash(own)) {
            differing.push(number);
        }
    }
    let mut found = BTreeMap::new();
    for some in differing.chunks(BUCKETS) {
        let data = network.ask(LISTED, &json!({ "filter": filter, "buckets": some })).await??;
        for number in some {
            found.extend(ours.remove(number).unwrap_or_default().into_iter().map(|(id, _)| (id, None)));
        }
        for bucket in data["contactDigest"]["buckets"].as_array().into_iter().flatten() {
            for contact in bucket["contacts"].as_array().into_iter().flatten() {
                if let (Some(id), Some(version)) = (contact["id"].as_str(), contact["version"].as_i64()) {
                    found.insert(id.to_owned(), Some(version));
                }
            }
        }
        network.progress().more(some.len());
    }
    Ok(found)
}

/// The contacts that the network gave, by the first byte of their IDs' SHA-256, in the order of the IDs.
fn buckets<'k>(contacts: impl Iterator<Item = (&'k String, &'k Known)>) -> BTreeMap<u8, Vec<(String, i64)>> {
    let mut buckets: BTreeMap<u8, Vec<(String, i64)>> = BTreeMap::new();
    for (id, known) in contacts {
        buckets.entry(Sha256::digest(id)[0]).or_default().push((id.clone(), known.version));
    }
    buckets
}

/// The hash of a bucket: of a line for each contact.
fn hash(contacts: &[(String, i64)]) -> String {
    let lines: String = contacts.iter().flat_map(|(id, version)| [id.clone(), format!(" {version}\n")]).collect();
    hash_of(&lines)
}

/// Fetches contacts again; what is not there any more is removed.
async fn mend(keeper: &mut Keeper, network: &mut Network, ids: &[String]) -> Result<(), SyncError> {
    let query =
        format!("query Mended($ids: [ID!]!, $format: CardFormat!) {{ nodes(ids: $ids) {{ ...Told }} }} {FIELDS}");
    let mut tidings = Tidings::default();
    for some in ids.chunks(ASKED) {
        let variables = json!({ "ids": some, "format": keeper.book.format() });
        let data = network.ask(&query, &variables).await??;
        let mut steps = vec![];
        for (n, id) in some.iter().enumerate() {
            steps.push(match Contact::of(&data["nodes"][n]) {
                Some(contact) => tidings.upserted(keeper, &contact)?,
                None => Step::Remove { id: id.clone() },
            });
        }
        keeper.apply(steps, None)?;
    }
    tidings.say(network);
    Ok(())
}
