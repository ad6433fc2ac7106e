//! An address book, in whichever form it is kept.
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use super::{SyncError, card::Card, contact::Contact, folder::Folder, lines::Lines, state::State, table::Table, vcard};

/// What makes the network's cards.
const PRODUCT: &str = "-//Balai//Contacts//EN";

/// An address book.
pub(super) enum Book {
    /// A folder of vCards.
    Folder(Folder),
    /// A file with a JSContact card on each line.
    Lines(Lines),
    /// A file of comma-separated values.
    Table(Table),
}

/// An entry as it is written.
pub(super) struct Entry {
    /// Where it is in the book.
    pub(super) key: String,
    /// What the card calls itself.
    pub(super) uid: String,
    pub(super) text: String,
}

/// An entry that did not come from the network.
pub(super) struct OwnEntry {
    /// Where it is in the book.
    pub(super) key: String,
    /// Where it is, for whoever keeps the book.
    pub(super) place: String,
    pub(super) text: String,
    /// What it says, or what is wrong with it.
    pub(super) card: Result<Card, String>,
}

impl OwnEntry {
    /// What the agency calls it.
    pub(super) fn external_id(&self) -> Option<&str> {
        self.card.as_ref().ok()?.uid.as_deref()
    }
}

macro_rules! each {
    ($book:expr, $form:ident => $what:expr) => {
        match $book {
            Book::Folder($form) => $what,
            Book::Lines($form) => $what,
            Book::Table($form) => $what,
        }
    };
}

impl Book {
    /// Opens a book, whose name tells its form.
    pub(super) fn open(place: &Path, may_make: bool) -> Result<Self, SyncError> {
        let there = place.canonicalize().ok();
        let (told, name) = (place.display(), place.to_string_lossy());
        if there.is_none() && !may_make {
            return Err(SyncError::new(format!("there is no {told}: check the name, or run balai sync pull first")));
        }
        let place = there.as_deref().unwrap_or(place);
        let ending = place.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        if place.is_dir() || (there.is_none() && (ending.is_none() || name.ends_with('/'))) {
            return Folder::open(place).map(Self::Folder);
        }
        match ending.as_deref() {
            Some("jsonl") => Lines::open(place).map(Self::Lines),
            Some("csv") => Table::open(place).map(Self::Table),
            _ => Err(SyncError::new(format!("{told} is no book: name a folder of vCards, a .csv or a .jsonl"))),
        }
    }

    /// The folder beside it.
    pub(super) fn beside(&self) -> PathBuf {
        each!(self, form => form.beside())
    }

    /// The form in which it wants cards.
    pub(super) fn format(&self) -> &'static str {
        if matches!(self, Self::Folder(_)) { "VCARD_4" } else { "JSCONTACT" }
    }

    /// A contact of the network as an entry; none, if something else is in its place.
    pub(super) fn entry(&self, contact: &Contact) -> Result<Entry, SyncError> {
        match self {
            Self::Folder(_) => Folder::entry(contact),
            Self::Lines(_) => Lines::entry(contact),
            Self::Table(_) => Table::entry(contact),
        }
    }

    /// An own entry, as the network says since; what the network does not know stays.
    pub(super) fn merged(&self, text: &str, contact: &Contact) -> Result<String, String> {
        match self {
            Self::Folder(_) => Folder::merged(text, contact),
            Self::Lines(_) => Lines::merged(text, contact),
            Self::Table(_) => Table::merged(text, contact),
        }
    }

    /// Whether what is in an entry's place is that contact, written before.
    pub(super) fn is_same(&self, there: &str, entry: &Entry) -> bool {
        match self {
            Self::Folder(_) => vcard::uid(there).as_deref() == Some(&entry.uid),
            // Their keys are what cards call themselves, and the network's IDs.
            Self::Lines(_) | Self::Table(_) => true,
        }
    }

    /// The text of an entry, if it is there.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, SyncError> {
        each!(self, form => form.text(key))
    }

    /// Puts an entry into its place.
    pub(super) fn put(&mut self, key: &str, text: &str) -> Result<(), SyncError> {
        each!(self, form => form.put(key, text))
    }

    /// Removes an entry, if it is there.
    pub(super) fn remove(&mut self, key: &str) -> Result<(), SyncError> {
        each!(self, form => form.remove(key))
    }

    /// Has the disk hold what was done.
    pub(super) fn save(&mut self) -> Result<(), SyncError> {
        each!(self, form => form.save())
    }

    /// Entries of the network that nothing is known of, by their keys: what was kept beside the book is lost.
    pub(super) fn strays(&self, state: &State) -> Result<Vec<String>, SyncError> {
        let known: HashSet<&str> = state.contacts.values().map(|known| known.key.as_str()).collect();
        let known = |key: &str| known.contains(key);
        match self {
            Self::Folder(folder) => {
                let others = folder.others(&known)?.into_iter().filter(|entry| {
                    let theirs = entry.card.as_ref().is_ok_and(|card| card.product.as_deref() == Some(PRODUCT));
                    theirs && Folder::is_of_contact(&entry.key)
                });
                Ok(others.map(|entry| entry.key).collect())
            }
            Self::Table(table) => Ok(table.strays(&known)),
            // A line that somebody has made of one of the network's looks just like it.
            Self::Lines(_) => Ok(vec![]),
        }
    }

    /// The entries that did not come from the network.
    pub(super) fn own(&self, state: &State) -> Result<Vec<OwnEntry>, SyncError> {
        let came = || state.contacts.values().filter(|known| known.own.is_none());
        let keys: HashSet<&str> = came().map(|known| known.key.as_str()).collect();
        let uids: HashSet<&str> = came().map(|known| known.uid.as_str()).collect();
        let pushed = state.contacts.values().filter(|known| known.own.is_some());
        let pushed: HashSet<&str> = pushed.map(|known| known.key.as_str()).collect();
        let mut own = each!(self, form => form.others(&|key| keys.contains(key)))?;
        for entry in &mut own {
            let Ok(card) = &entry.card else { continue };
            let copied = card.uid.as_deref().is_some_and(|uid| uids.contains(uid))
                || (card.product.as_deref() == Some(PRODUCT) && !pushed.contains(entry.key.as_str()));
            if copied {
                let message = "is a copy of a contact of the network: give it a UID of your own and remove PRODID, if it \
                               is to be a contact of yours";
                entry.card = Err(message.to_owned());
            }
        }
        Ok(own)
    }
}
