//! An address book that is a file of comma-separated values: the columns of `/contacts.csv`, and those by which own rows are
//! pushed. Other columns are the book's own, and stay.
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use csv::{QuoteStyle, ReaderBuilder, StringRecord, Terminator, WriterBuilder};

use super::{
    SyncError,
    book::{Entry, OwnEntry},
    contact::Contact,
    files,
    lines::{beside, save},
    row,
};
use crate::domain::exports::harmless;

/// The column that tells the network's rows from own ones.
const CONTACT_ID: &str = "Contact ID";
/// The column in which own rows have their ID.
pub(super) const EXTERNAL_ID: &str = "External ID";
/// What keys of own rows begin with.
const OWN: &str = "own:";
/// By this spreadsheets know UTF-8.
const MARK: &str = "\u{feff}";

/// A file of rows, each of which has its contact's ID as its key, or its own.
pub(super) struct Table {
    place: PathBuf,
    heading: StringRecord,
    /// The rows as they stand; what was removed leaves none.
    rows: Vec<Option<StringRecord>>,
    /// Where each row is; the first, if there are several.
    places: HashMap<String, usize>,
    changed: bool,
}

impl Table {
    pub(super) fn open(place: &Path) -> Result<Self, SyncError> {
        let told = place.display();
        let text = files::text(place)?;
        let changed = text.is_none();
        let text = text.unwrap_or_default();
        if text.contains('\u{fffd}') {
            return Err(SyncError::new(format!("{told} is not in UTF-8: save it as CSV UTF-8")));
        }
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches(MARK).as_bytes());
        let unread = |cause: csv::Error| {
            let line = cause.position().map(|place| format!(" in line {}", place.line())).unwrap_or_default();
            SyncError::new(format!("{told} cannot be read as comma-separated values{line}"))
        };
        let mut heading = reader.headers().map_err(unread)?.clone();
        if !heading.is_empty() && !heading.iter().any(|name| name == CONTACT_ID || name == EXTERNAL_ID) {
            let message =
                format!("{told} has neither a column {CONTACT_ID} nor {EXTERNAL_ID}, parted by commas: add one");
            return Err(SyncError::new(message));
        }
        for name in row::COLUMNS {
            if !heading.iter().any(|known| known == name) {
                heading.push_field(name);
            }
        }
        let rows = reader.records().map(|row| row.map(Some)).collect::<Result<Vec<_>, _>>().map_err(unread)?;
        let mut table = Self { place: place.to_owned(), heading, rows, places: HashMap::new(), changed };
        for n in 0..table.rows.len() {
            if let Some(key) = table.rows.get(n).and_then(Option::as_ref).and_then(|row| table.key(row)) {
                table.places.entry(key).or_insert(n);
            }
        }
        Ok(table)
    }

    pub(super) fn beside(&self) -> PathBuf {
        beside(&self.place)
    }

    fn key(&self, row: &StringRecord) -> Option<String> {
        let cell = |name| Some(self.cell(row, name)?.trim()).filter(|text| !text.is_empty());
        let own = || Some(format!("{OWN}{}", row::bare(cell(EXTERNAL_ID)?)));
        cell(CONTACT_ID).map(str::to_owned).or_else(own)
    }

    fn cell<'r>(&self, row: &'r StringRecord, name: &str) -> Option<&'r str> {
        row.get(self.heading.iter().position(|known| known == name)?)
    }

    pub(super) fn entry(contact: &Contact) -> Result<Entry, SyncError> {
        let (cells, uid) = row::of(contact).map_err(SyncError::new)?;
        Ok(Entry { key: contact.id.clone(), uid, text: written(&cells)? })
    }

    pub(super) fn merged(text: &str, contact: &Contact) -> Result<String, String> {
        let ours: BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| "cannot be read")?;
        let (theirs, _) = row::of(contact)?;
        written(&row::merged(ours, &theirs)?).map_err(|error| error.to_string())
    }

    /// The cells of the columns that are known here: those with something in them.
    fn cells(&self, row: &StringRecord) -> BTreeMap<String, String> {
        let each = row::COLUMNS.iter().filter_map(|name| Some(((*name).to_owned(), self.cell(row, name)?.to_owned())));
        each.filter(|(_, text)| !text.is_empty()).collect()
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>, SyncError> {
        let row = self.places.get(key).and_then(|place| self.rows.get(*place)?.as_ref());
        row.map(|row| written(&self.cells(row))).transpose()
    }

    pub(super) fn put(&mut self, key: &str, text: &str) -> Result<(), SyncError> {
        let cells: BTreeMap<String, String> =
            serde_json::from_str(text).map_err(|_| SyncError::new("the journal holds no row"))?;
        self.changed = true;
        let place = *self.places.entry(key.to_owned()).or_insert(self.rows.len());
        let before = self.rows.get(place).and_then(Option::as_ref);
        let each = self.heading.iter().enumerate().map(|(n, name)| {
            let kept = before.and_then(|row| row.get(n)).filter(|_| !row::COLUMNS.contains(&name));
            cells.get(name).map(String::as_str).or(kept).unwrap_or_default()
        });
        let row = Some(each.collect::<StringRecord>());
        if place < self.rows.len() {
            if let Some(before) = self.rows.get_mut(place) {
                *before = row;
            }
        } else {
            self.rows.push(row);
        }
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "a folder can fail here")]
    pub(super) fn remove(&mut self, key: &str) -> Result<(), SyncError> {
        if self.places.remove(key).is_some() {
            // Somebody may have copied the row.
            let is = |row: &Option<StringRecord>| row.as_ref().is_some_and(|row| self.key(row).as_deref() == Some(key));
            let gone: Vec<bool> = self.rows.iter().map(is).collect();
            for (row, _) in self.rows.iter_mut().zip(gone).filter(|(_, gone)| *gone) {
                *row = None;
            }
            self.changed = true;
        }
        Ok(())
    }

    pub(super) fn save(&mut self) -> Result<(), SyncError> {
        if !self.changed {
            return Ok(());
        }
        let unwritten = |_| SyncError::new("the table cannot be written");
        let mut writer = WriterBuilder::new()
            .quote_style(QuoteStyle::Always)
            .terminator(Terminator::CRLF)
            .flexible(true)
            .from_writer(MARK.as_bytes().to_vec());
        writer.write_record(&self.heading).map_err(unwritten)?;
        for row in self.rows.iter().flatten() {
            let missing = std::iter::repeat_n("", self.heading.len().saturating_sub(row.len()));
            writer.write_record(row.iter().chain(missing)).map_err(unwritten)?;
        }
        let text = writer.into_inner().map_err(|_| SyncError::new("the table cannot be written"))?;
        save(&self.place, &text)?;
        self.changed = false;
        Ok(())
    }

    /// The rows with the network's IDs that nothing is known of.
    pub(super) fn strays(&self, known: &dyn Fn(&str) -> bool) -> Vec<String> {
        let theirs = self.places.keys().filter(|key| !key.starts_with(OWN) && !known(key));
        theirs.cloned().collect()
    }

    /// The rows that did not come from the network: those without its ID.
    pub(super) fn others(&self, came: &dyn Fn(&str) -> bool) -> Result<Vec<OwnEntry>, SyncError> {
        let mut own = vec![];
        for (n, row) in self.rows.iter().enumerate() {
            let Some(row) = row else { continue };
            if self.cell(row, CONTACT_ID).is_some_and(|id| !id.trim().is_empty()) || row.iter().all(str::is_empty) {
                continue;
            }
            let key = self.key(row).unwrap_or_default();
            debug_assert!(!came(&key), "the network's rows have its ID");
            let cells = self.cells(row);
            let card = match self.places.get(&key) {
                None => Err(format!("has no {EXTERNAL_ID}: give it one, by which it is found again")),
                Some(first) if *first != n => Err(format!("has the {EXTERNAL_ID} of another row")),
                Some(_) => row::read(&cells),
            };
            own.push(OwnEntry { key, place: format!("row {}", n + 2), text: written(&cells)?, card });
        }
        Ok(own)
    }
}

fn written(cells: &BTreeMap<String, String>) -> Result<String, SyncError> {
    serde_json::to_string(cells).map_err(|_| SyncError::new("a row cannot be written"))
}

/// A cell with which spreadsheets do nothing but show it.
pub(super) fn shown(text: &str) -> String {
    harmless(text)
}
