//! An address book that is a file with a JSContact card on each line.
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::{
    SyncError,
    book::{Entry, OwnEntry},
    card::{self, Group},
    contact::Contact,
    files,
    keeper::BESIDE,
};

/// A file of cards, each of which has its `uid` as its key.
pub(super) struct Lines {
    place: PathBuf,
    /// The lines as they stand; what was removed leaves none.
    texts: Vec<Option<String>>,
    /// Where each card is; the first, if there are several.
    places: HashMap<String, usize>,
    changed: bool,
}

impl Lines {
    pub(super) fn open(place: &Path) -> Result<Self, SyncError> {
        let text = files::text(place)?;
        let changed = text.is_none();
        let text = text.unwrap_or_default();
        let texts: Vec<_> = text.trim_start_matches('\u{feff}').lines().map(|line| Some(line.to_owned())).collect();
        let mut places = HashMap::new();
        for (n, line) in texts.iter().enumerate() {
            if let Some(uid) = line.as_deref().and_then(uid) {
                places.entry(uid).or_insert(n);
            }
        }
        Ok(Self { place: place.to_owned(), texts, places, changed })
    }

    pub(super) fn beside(&self) -> PathBuf {
        beside(&self.place)
    }

    pub(super) fn entry(contact: &Contact) -> Result<Entry, SyncError> {
        let Some(uid) = uid(&contact.card).filter(|_| !contact.card.contains('\n')) else {
            return Err(SyncError::new("the network tells a contact without a proper card"));
        };
        Ok(Entry { key: uid.clone(), uid, text: contact.card.clone() })
    }

    pub(super) fn merged(text: &str, contact: &Contact) -> Result<String, String> {
        let theirs: Value = serde_json::from_str(&contact.card).map_err(|_| "cannot be read")?;
        let mut ours: Map<String, Value> = serde_json::from_str(text).map_err(|_| "is no JSContact card")?;
        let groups = card::read(&Value::Object(ours.clone()))?.differs(&card::read(&theirs)?);
        if groups.is_empty() {
            return Ok(text.to_owned());
        }
        let mut fields: Vec<&str> = vec![];
        for group in groups {
            fields.extend(match group {
                Group::Name => &["name", "localizations", "language"][..],
                Group::Positions => &["organizations", "titles", "localizations"],
                Group::Emails => &["emails"],
                Group::Phones => &["phones"],
                Group::Place => &["addresses"],
                Group::Website => &["links"],
                Group::Languages => &["preferredLanguages"],
            });
        }
        for field in fields {
            match (theirs.get(field), ours.get_mut(field)) {
                // What is said in other languages is of many parts.
                (Some(Value::Object(theirs)), Some(Value::Object(ours))) if field == "localizations" => {
                    for (language, patches) in theirs {
                        let ours = ours.entry(language.as_str()).or_insert_with(|| Value::Object(Map::new()));
                        if let (Some(ours), Some(theirs)) = (ours.as_object_mut(), patches.as_object()) {
                            ours.extend(theirs.clone());
                        }
                    }
                }
                (Some(value), _) => {
                    ours.insert(field.to_owned(), value.clone());
                }
                (None, _) => {}
            }
        }
        serde_json::to_string(&ours).map_err(|_| "cannot be written".to_owned())
    }

    #[expect(clippy::unnecessary_wraps, reason = "a folder can fail here")]
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, SyncError> {
        Ok(self.places.get(key).and_then(|place| self.texts.get(*place)?.clone()))
    }

    #[expect(clippy::unnecessary_wraps, reason = "a folder can fail here")]
    pub(super) fn put(&mut self, key: &str, text: &str) -> Result<(), SyncError> {
        self.changed = true;
        let line = Some(text.to_owned());
        if let Some(place) = self.places.get(key).and_then(|place| self.texts.get_mut(*place)) {
            *place = line;
        } else {
            self.places.insert(key.to_owned(), self.texts.len());
            self.texts.push(line);
        }
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "a folder can fail here")]
    pub(super) fn remove(&mut self, key: &str) -> Result<(), SyncError> {
        if self.places.remove(key).is_some() {
            // Somebody may have copied the line.
            for line in &mut self.texts {
                if line.as_deref().and_then(uid).as_deref() == Some(key) {
                    *line = None;
                }
            }
            self.changed = true;
        }
        Ok(())
    }

    pub(super) fn save(&mut self) -> Result<(), SyncError> {
        if !self.changed {
            return Ok(());
        }
        let mut text = String::new();
        for line in self.texts.iter().flatten() {
            text.push_str(line);
            text.push('\n');
        }
        save(&self.place, text.as_bytes())?;
        self.changed = false;
        Ok(())
    }

    /// The lines whose cards did not come from the network.
    #[expect(clippy::unnecessary_wraps, reason = "a folder can fail here")]
    pub(super) fn others(&self, came: &dyn Fn(&str) -> bool) -> Result<Vec<OwnEntry>, SyncError> {
        let each = self.texts.iter().enumerate().filter_map(|(n, line)| Some((n, line.as_ref()?)));
        let own = each.filter(|(_, line)| !line.trim().is_empty()).filter_map(|(n, line)| {
            let key = uid(line).unwrap_or_default();
            let twice = self.places.get(&key).is_some_and(|first| *first != n);
            let card = match serde_json::from_str::<Value>(line) {
                _ if twice => Err("has the uid of another line".to_owned()),
                Ok(card) => card::read(&card),
                Err(_) => Err("is no JSContact card".to_owned()),
            };
            (twice || !came(&key)).then(|| OwnEntry { key, place: format!("line {}", n + 1), text: line.clone(), card })
        });
        Ok(own.collect())
    }
}

/// What a card calls itself.
fn uid(line: &str) -> Option<String> {
    let card: Value = serde_json::from_str(line).ok()?;
    Some(card["uid"].as_str()?.to_owned())
}

/// The folder beside a file.
pub(super) fn beside(place: &Path) -> PathBuf {
    let mut beside = place.as_os_str().to_owned();
    beside.push(BESIDE);
    PathBuf::from(beside)
}

/// Puts a file in its place, and has the disk hold it.
pub(super) fn save(place: &Path, text: &[u8]) -> Result<(), SyncError> {
    files::replace(&beside(place), place, text, true)?;
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
    files::settle(folder.unwrap_or(Path::new(".")))
}
