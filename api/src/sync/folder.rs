//! An address book that is a folder of vCards.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{
    SyncError,
    book::{Entry, OwnEntry},
    contact::Contact,
    files,
    keeper::BESIDE,
    vcard,
};
use crate::config::own_folder;

/// What names of vCards end with.
const ENDING: &str = ".vcf";

/// A folder of vCards, each of which has the name of its file as its key.
pub(super) struct Folder {
    place: PathBuf,
    /// The files that were written since the disk was told to hold them.
    written: BTreeSet<String>,
}

impl Folder {
    pub(super) fn open(place: &Path) -> Result<Self, SyncError> {
        own_folder(place).map_err(SyncError::of(place))?;
        Ok(Self { place: place.to_owned(), written: BTreeSet::new() })
    }

    pub(super) fn beside(&self) -> PathBuf {
        self.place.join(BESIDE)
    }

    pub(super) fn entry(contact: &Contact) -> Result<Entry, SyncError> {
        // What is no ID is no name for a file.
        let plain =
            !contact.id.is_empty() && contact.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let Some(uid) = vcard::uid(&contact.card).filter(|_| plain) else {
            return Err(SyncError::new("the network tells a contact without a proper card"));
        };
        Ok(Entry { key: format!("{}{ENDING}", contact.id), uid, text: contact.card.clone() })
    }

    pub(super) fn merged(text: &str, contact: &Contact) -> Result<String, String> {
        vcard::merged(text, &contact.card)
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>, SyncError> {
        files::text(&self.place.join(key))
    }

    pub(super) fn put(&mut self, key: &str, text: &str) -> Result<(), SyncError> {
        files::replace(&self.beside(), &self.place.join(key), text.as_bytes(), false)?;
        self.written.insert(key.to_owned());
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &str) -> Result<(), SyncError> {
        files::remove(&self.place.join(key))
    }

    pub(super) fn save(&mut self) -> Result<(), SyncError> {
        for key in std::mem::take(&mut self.written) {
            files::settle(&self.place.join(key))?;
        }
        files::settle(&self.place)
    }

    /// Whether a file has the name that contacts' files have here.
    pub(super) fn is_of_contact(key: &str) -> bool {
        let name = key.strip_suffix(ENDING).and_then(|name| name.split_once('_'));
        let (kind, rest) = name.unwrap_or_default();
        let plain = rest.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
        ["inst", "pol"].contains(&kind) && rest.len() == 26 && plain
    }

    /// The entries whose names did not come from the network.
    pub(super) fn others(&self, came: &dyn Fn(&str) -> bool) -> Result<Vec<OwnEntry>, SyncError> {
        let mut found = vec![];
        for file in fs::read_dir(&self.place).map_err(SyncError::of(&self.place))? {
            let file = file.map_err(SyncError::of(&self.place))?;
            let Ok(key) = file.file_name().into_string() else { continue };
            if !key.to_ascii_lowercase().ends_with(ENDING) || came(&key) || file.path().is_dir() {
                continue;
            }
            let Some(text) = files::text(&file.path())? else { continue };
            found.push(OwnEntry { place: key.clone(), key, card: vcard::read(&text), text });
        }
        found.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(found)
    }
}
