//! What an answer was made of, noted while it is made.
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use sea_orm::{Statement, Value};
use uuid::Uuid;

use super::tables::{Tables, Touch, touch};

/// The day was asked for.
const DAY: u8 = 1;
/// It was asked which opportunities are closed by now.
const CLOSING: u8 = 2;
/// It was asked what the time is, to the microsecond, or something that is another thing each time.
const MOMENT: u8 = 4;
/// A statement named whoever asks.
const ASKER: u8 = 8;

/// What an answer was made of, so far.
#[derive(Debug)]
pub(crate) struct MadeOf {
    /// What whoever asks is known by.
    asker: Vec<Uuid>,
    tables: AtomicU32,
    told: AtomicU8,
}

impl MadeOf {
    /// Of nothing yet; `asker` is what whoever asks is known by.
    pub(crate) fn nothing(asker: Vec<Uuid>) -> Self {
        Self { asker, tables: AtomicU32::default(), told: AtomicU8::default() }
    }

    /// Of what this statement reads, too.
    pub(super) fn note(&self, statement: &Statement) {
        let tables = match touch(&statement.sql) {
            Touch::Reads(tables) => tables,
            // Whoever only reads writes nothing that others see.
            Touch::Writes(_) | Touch::Mixes => return self.tell(MOMENT),
        };
        self.tables.fetch_or(tables.bits(), Ordering::Relaxed);
        if statement.values.iter().flat_map(|values| &values.0).any(|value| self.names_asker(value)) {
            self.tell(ASKER);
        }
    }

    fn names_asker(&self, value: &Value) -> bool {
        match value {
            Value::Uuid(Some(key)) => self.asker.contains(key),
            Value::Array(_, Some(values)) => values.iter().any(|value| self.names_asker(value)),
            // SQLite takes lists of keys as text.
            Value::String(Some(text)) => self
                .asker
                .iter()
                .any(|key| text.contains(&key.simple().to_string()) || text.contains(&key.hyphenated().to_string())),
            Value::Json(_) | Value::Bytes(Some(_)) => !self.asker.is_empty(),
            _ => false,
        }
    }

    /// Of the day, too.
    pub(crate) fn day(&self) {
        self.tell(DAY);
    }

    /// Of which opportunities are closed by now, too.
    pub(crate) fn closing(&self) {
        self.tell(DAY | CLOSING);
    }

    /// Of what is another thing each time, too.
    pub(crate) fn moment(&self) {
        self.tell(MOMENT);
    }

    fn tell(&self, what: u8) {
        self.told.fetch_or(what, Ordering::Relaxed);
    }

    fn was_told(&self, what: u8) -> bool {
        self.told.load(Ordering::Relaxed) & what != 0
    }

    /// The tables.
    pub(crate) fn tables(&self) -> Tables {
        Tables::from_bits(self.tables.load(Ordering::Relaxed))
    }

    /// Whether it is another answer on another day.
    pub(crate) fn depends_on_day(&self) -> bool {
        self.was_told(DAY)
    }

    /// Whether it is another answer once an opportunity has closed.
    pub(crate) fn depends_on_closing(&self) -> bool {
        self.was_told(CLOSING)
    }

    /// Whether it is another answer each time.
    pub(crate) fn depends_on_moment(&self) -> bool {
        self.was_told(MOMENT)
    }

    /// Whether it is another answer for somebody else with the same rights.
    pub(crate) fn depends_on_asker(&self) -> bool {
        self.was_told(ASKER)
    }
}
