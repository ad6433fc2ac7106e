//! A table of text and times.
use chrono::{DateTime, NaiveDate, Utc};

/// How long a cell's text may be, in UTF-16 code units: spreadsheets have no longer ones.
const LONGEST: usize = 32_767;

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sheet {
    /// What is in it, in one word.
    pub(crate) name: &'static str,
    /// What its columns are called.
    pub(crate) columns: Vec<&'static str>,
    /// Its rows, each with a cell for each column.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Nothing.
    Empty,
    /// Text, and never anything else.
    Text(String),
    /// A day.
    Day(NaiveDate),
    /// A moment, in UTC.
    Moment(DateTime<Utc>),
}

impl Cell {
    /// A text, as far as a cell can hold it.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let mut text = text.into();
        let mut length = 0;
        let end = text.char_indices().find(|(_, letter)| {
            length += letter.len_utf16();
            length > LONGEST
        });
        if let Some((end, _)) = end {
            text.truncate(end);
        }
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A day, if there is one.
    pub(crate) fn day(day: Option<NaiveDate>) -> Self {
        day.map_or(Self::Empty, Self::Day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_long_as_a_cell() {
        let Cell::Text(text) = Cell::text("\u{1f3ac}".repeat(20_000)) else { return assert_eq!(1, 2, "a text") };
        assert_eq!(text.encode_utf16().count(), LONGEST - 1);
        assert_eq!(Cell::text(""), Cell::Empty);
    }
}
