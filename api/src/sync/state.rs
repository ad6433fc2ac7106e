//! What is kept beside an address book: what of it came from the network, what was pushed, and where it goes on.
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::Filter;

/// The form in which this is kept.
const FORM: u32 = 1;

/// What is kept beside an address book.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    /// The form in which it is kept.
    pub(super) form: u32,
    /// The network's address.
    pub(super) url: String,
    /// What the machine calls itself.
    pub(super) client: String,
    /// Which contacts.
    pub(super) filter: Filter,
    /// Where it goes on; none: from the start.
    pub(super) token: Option<String>,
    /// Whether all contacts have come since it was last begun.
    pub(super) complete: bool,
    /// How often it was begun.
    round: u64,
    /// The last line of the journal that is in this.
    pub(super) line: u64,
    /// The contacts, by their IDs.
    pub(super) contacts: BTreeMap<String, Known>,
    /// The IDs of own entries, by their external IDs.
    #[serde(skip)]
    own: HashMap<String, String>,
}

/// What is known of a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Known {
    /// The version that the network told last.
    pub(super) version: i64,
    /// Where it is in the book.
    pub(super) key: String,
    /// The SHA-256 of the entry as it was written, or pushed; empty, if neither is known.
    pub(super) hash: String,
    /// What its card calls itself.
    pub(super) uid: String,
    /// Whether the network gives it, under this filter.
    pub(super) carried: bool,
    /// When it came last.
    round: u64,
    /// Of an own entry: which one.
    pub(super) own: Option<Own>,
}

/// An own entry that is in the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Own {
    /// What the agency calls it.
    pub(super) external_id: String,
    /// The version that the entry rests on, if that is known.
    pub(super) base: Option<i64>,
}

/// Something that is done to the book and the state: done twice, it is the same as done once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub(super) enum Step {
    /// Begins from the start.
    Begin { filter: Filter },
    /// Writes what came from the network.
    Put { id: String, version: i64, key: String, uid: String, text: String },
    /// Brings an own entry up to date, if it is still as it `was`.
    Merge { id: String, version: i64, key: String, external_id: String, was: String, text: String },
    /// Notes the version of an own entry that was changed here, too, and stays so.
    Note { id: String, version: i64, key: String, external_id: String },
    /// Removes an entry.
    Remove { id: String },
    /// Removes an entry of the network that nothing is known of.
    Discard { key: String },
    /// Keeps an own entry that the network does not give any more.
    Release { id: String },
    /// Notes what was pushed.
    Pushed { id: String, version: i64, key: String, external_id: String, hash: String },
    /// All contacts have come.
    Finish,
}

impl State {
    /// Of a book that is new.
    pub(super) fn new(url: &str, client: &str) -> Self {
        Self { form: FORM, url: url.to_owned(), client: client.to_owned(), ..Self::default() }
    }

    /// As it was kept.
    pub(super) fn kept(text: &[u8]) -> Option<Self> {
        let mut state: Self = serde_json::from_slice(text).ok().filter(|state: &Self| state.form == FORM)?;
        let own =
            state.contacts.iter().filter_map(|(id, known)| Some((known.own.as_ref()?.external_id.clone(), id.clone())));
        state.own = own.collect();
        Some(state)
    }

    /// Does a step, after which the entry's hash is this.
    pub(super) fn step(&mut self, step: &Step, hash: Option<String>) {
        match step {
            Step::Begin { filter } => {
                self.filter = filter.clone();
                (self.token, self.complete) = (None, false);
                self.round += 1;
            }
            Step::Put { id, version, key, uid, .. } => {
                let known = self.came(*version, key, uid, None);
                self.put(id, Known { hash: hash.unwrap_or_default(), ..known });
            }
            Step::Merge { id, version, key, external_id, .. } => {
                let own = Own { external_id: external_id.clone(), base: Some(*version) };
                let known = self.came(*version, key, external_id, Some(own));
                self.put(id, Known { hash: hash.unwrap_or_default(), ..known });
            }
            Step::Note { id, version, key, external_id } => {
                let before = self.own_by_external_id(external_id).map(|(_, known)| known.clone());
                let base = before.as_ref().and_then(|known| known.own.as_ref()?.base);
                let own = Own { external_id: external_id.clone(), base };
                let known = self.came(*version, key, external_id, Some(own));
                let hash = before.map(|known| known.hash).unwrap_or_default();
                self.put(id, Known { hash, ..known });
            }
            Step::Remove { id } => {
                self.forget(id);
            }
            Step::Release { id } => {
                if let Some(known) = self.contacts.get_mut(id) {
                    known.carried = false;
                }
            }
            Step::Pushed { id, version, key, external_id, hash } => {
                let carried = self.contacts.get(id).is_some_and(|known| known.carried);
                let own = Own { external_id: external_id.clone(), base: Some(*version) };
                let known = self.came(*version, key, external_id, Some(own));
                self.put(id, Known { hash: hash.clone(), carried, ..known });
            }
            Step::Discard { .. } => {}
            Step::Finish => self.complete = true,
        }
    }

    fn came(&self, version: i64, key: &str, uid: &str, own: Option<Own>) -> Known {
        let (key, uid) = (key.to_owned(), uid.to_owned());
        Known { version, key, hash: String::new(), uid, carried: true, round: self.round, own }
    }

    /// Notes a contact. An own entry is one contact: where it was merged into another one, it is that one.
    fn put(&mut self, id: &str, known: Known) {
        self.forget(id);
        if let Some(own) = &known.own
            && let Some(other) = self.own.insert(own.external_id.clone(), id.to_owned())
        {
            self.contacts.remove(&other);
        }
        self.contacts.insert(id.to_owned(), known);
    }

    fn forget(&mut self, id: &str) {
        if let Some(own) = self.contacts.remove(id).and_then(|known| known.own) {
            self.own.remove(&own.external_id);
        }
    }

    /// The own entry with an external ID.
    pub(super) fn own_by_external_id(&self, external_id: &str) -> Option<(&String, &Known)> {
        self.own.get(external_id).and_then(|id| self.contacts.get_key_value(id))
    }

    /// The own entries, by their external IDs.
    pub(super) fn own(&self) -> HashMap<&str, (&str, &Known)> {
        let own = self.contacts.iter().filter_map(|(id, known)| {
            let own = known.own.as_ref()?;
            Some((own.external_id.as_str(), (id.as_str(), known)))
        });
        own.collect()
    }

    /// The contacts that have not come since it was last begun.
    pub(super) fn absent(&self) -> impl Iterator<Item = (&String, &Known)> {
        self.contacts.iter().filter(|(_, known)| known.carried && known.round != self.round)
    }

    /// The contacts that the network gives.
    pub(super) fn carried(&self) -> impl Iterator<Item = (&String, &Known)> {
        self.contacts.iter().filter(|(_, known)| known.carried)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
    use super::{State, Step};
    use crate::sync::Filter;

    fn put(id: &str, version: i64) -> Step {
        let text = String::new();
        Step::Put { id: id.to_owned(), version, key: format!("{id}.vcf"), uid: format!("urn:{id}"), text }
    }

    fn done(state: &mut State, steps: &[Step]) {
        for step in steps {
            state.step(step, Some("hash".to_owned()));
        }
    }

    #[test]
    fn steps_that_are_done_again_change_nothing() {
        let pushed = Step::Pushed {
            id: "c".to_owned(),
            version: 1,
            key: "c.vcf".to_owned(),
            external_id: "crm-1".to_owned(),
            hash: "pushed".to_owned(),
        };
        let note = Step::Note { id: "c".into(), version: 2, key: "c.vcf".into(), external_id: "crm-1".into() };
        let steps = [put("a", 1), put("b", 1), pushed, note, Step::Remove { id: "b".into() }, Step::Finish];
        let mut state = State::new("https://balai.example.org/", "ours");
        done(&mut state, &[Step::Begin { filter: Filter::default() }]);
        done(&mut state, &steps);
        let once = state.clone();
        done(&mut state, &steps);
        assert_eq!(state, once);
        let own = &state.contacts["c"];
        assert_eq!((own.version, own.own.as_ref().unwrap().base, own.hash.as_str()), (2, Some(1), "pushed"));
    }

    #[test]
    fn what_does_not_come_when_all_comes_again_is_absent() {
        let mut state = State::new("https://balai.example.org/", "ours");
        let begin = || Step::Begin { filter: Filter::default() };
        done(&mut state, &[begin(), put("a", 1), put("b", 1), Step::Finish, begin(), put("b", 2)]);
        assert_eq!(state.absent().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["a"]);
        assert!(!state.complete && state.token.is_none());
    }

    #[test]
    fn an_own_entry_that_was_merged_into_another_contact_is_that_one() {
        let mut state = State::new("https://balai.example.org/", "ours");
        let merge = |id: &str, version| Step::Merge {
            id: id.to_owned(),
            version,
            key: "linh.vcf".to_owned(),
            external_id: "crm-1".to_owned(),
            was: String::new(),
            text: String::new(),
        };
        done(&mut state, &[merge("a", 1), Step::Release { id: "a".into() }, merge("b", 7)]);
        assert_eq!(state.contacts.keys().collect::<Vec<_>>(), ["b"]);
        assert_eq!(state.own_by_external_id("crm-1").unwrap().1.version, 7);
    }
}
