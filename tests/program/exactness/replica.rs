//! What an agency has kept of the network's contacts, and the token with which it goes on.
use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A copy. It is cheap to keep as it is now.
#[derive(Clone, Debug, Default)]
pub(super) struct Replica {
    /// The contacts as they came, by their IDs, and their versions.
    pub(super) contacts: BTreeMap<String, (i64, Arc<str>)>,
    pub(super) token: Option<String>,
    /// Whether all that there was had been fetched.
    pub(super) complete: bool,
}

impl Replica {
    /// Keeps a change.
    pub(super) fn apply(&mut self, change: &Value) {
        if let Some(gone) = change["contactId"].as_str() {
            self.contacts.remove(gone);
        } else {
            let contact = &change["contact"];
            let kept = (contact["version"].as_i64().unwrap(), contact.to_string().into());
            self.contacts.insert(contact["id"].as_str().unwrap().to_owned(), kept);
        }
    }

    /// The hashes of the 256 buckets, and how many contacts are in each.
    pub(super) fn digest(&self) -> Vec<(usize, String)> {
        let mut buckets = vec![(0, String::new()); 256];
        for (id, (version, _)) in &self.contacts {
            let bucket = &mut buckets[usize::from(Sha256::digest(id.as_bytes())[0])];
            bucket.0 += 1;
            writeln!(bucket.1, "{id} {version}").unwrap();
        }
        let hash = |text: String| {
            Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            })
        };
        buckets.into_iter().map(|(count, lines)| (count, hash(lines))).collect()
    }

    /// Stops where another copy is not the same.
    pub(super) fn is(&self, other: &Self, what: &str) {
        let ids = self.contacts.keys().chain(other.contacts.keys());
        let mut differing: Vec<_> = ids.filter(|id| self.contacts.get(*id) != other.contacts.get(*id)).collect();
        differing.dedup();
        let shown: Vec<_> = differing.iter().map(|id| (self.contacts.get(*id), other.contacts.get(*id))).collect();
        assert!(differing.is_empty(), "{what}: what was kept, and what there is: {shown:#?}");
    }
}
