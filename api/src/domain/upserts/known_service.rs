//! What is known of contacts that are pushed: looked up at once.
use std::collections::HashMap;

use entity::{external_id, vocabulary::SubjectKind};
use uuid::Uuid;

use super::{
    lifecycle::Standing,
    writing::{Item, Told},
};
use crate::{
    access::Reading,
    db::Change,
    domain::{
        contacts::Row,
        external_ids::{holders, known},
        institutions::PushedInstitutions,
        policymakers::PushedPeople,
    },
    error::Error,
};

/// What is known of the contacts that are pushed.
pub(super) struct Known {
    /// What the agency's IDs name.
    pub(super) ids: HashMap<String, external_id::Model>,
    /// The contacts that have an e-mail address.
    pub(super) holders: HashMap<(SubjectKind, String), Vec<Uuid>>,
    pub(super) people: PushedPeople,
    pub(super) institutions: PushedInstitutions,
}

impl Known {
    /// Looks up all that some items name, and what is named by these IDs.
    pub(super) async fn of(
        reading: &Reading,
        change: &Change,
        (machine, match_by_email): (Uuid, bool),
        (ids, items): (&[String], &[(usize, Item)]),
    ) -> Result<Self, Error> {
        let named_now = || known(change, machine, ids.iter().map(String::as_str));
        let ids = named_now().await?;
        let mut keys: HashMap<SubjectKind, Vec<Uuid>> = HashMap::new();
        for row in items.iter().filter_map(|(_, item)| ids.get(&item.external_id)) {
            keys.entry(row.kind).or_default().push(row.contact_id);
        }
        let mut found = HashMap::new();
        for kind in [SubjectKind::Policymaker, SubjectKind::Institution] {
            let strangers = items
                .iter()
                .map(|(_, item)| item)
                .filter(|item| match_by_email && item.told.kind() == kind && !ids.contains_key(&item.external_id));
            let addresses: Vec<String> = strangers.flat_map(|item| item.told.addresses()).collect();
            for (address, holders) in holders(change, machine, kind, &addresses).await? {
                keys.entry(kind).or_default().extend(&holders);
                found.insert((kind, address), holders);
            }
        }
        let of = |kind| keys.get(&kind).map(Vec::as_slice).unwrap_or_default();
        let named = |kind: SubjectKind| -> Vec<Uuid> {
            let alike = items.iter().map(|(_, item)| &item.told).filter(|told| told.kind() == kind);
            alike.flat_map(Told::institutions).collect()
        };
        let (person, house) = (SubjectKind::Policymaker, SubjectKind::Institution);
        let (theirs, its) = ((of(person), &*named(person)), (of(house), &*named(house)));
        let people = PushedPeople::of(reading, change, machine, theirs).await?;
        let institutions = PushedInstitutions::of(reading, change, machine, its).await?;
        // Until the contacts were had, one of them may have been merged or erased.
        if named_now().await? != ids {
            return Err(Error::overtaken("an ID names another contact since"));
        }
        Ok(Self { ids, holders: found, people, institutions })
    }

    /// How the machine stands to a contact.
    pub(super) fn standing(&self, kind: SubjectKind, key: Uuid) -> Standing<Row> {
        if kind == SubjectKind::Policymaker {
            self.people.standing(key).map(|row| Row::Policymaker(row.clone()))
        } else {
            self.institutions.standing(key).map(|row| Row::Institution(row.clone()))
        }
    }
}

impl Told {
    /// The e-mail addresses, in small letters.
    pub(super) fn addresses(&self) -> Vec<String> {
        let small = |address: &str| address.trim().to_ascii_lowercase();
        match self {
            Self::Policymaker(patch, _) => patch.addresses().map(small).collect(),
            Self::Institution(patch) => patch.addresses().map(small).collect(),
        }
    }

    /// The institutions that are named.
    fn institutions(&self) -> Vec<Uuid> {
        match self {
            Self::Policymaker(patch, _) => patch.institutions(),
            Self::Institution(patch) => patch.above().into_iter().collect(),
        }
    }
}
