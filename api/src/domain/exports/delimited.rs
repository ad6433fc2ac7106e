//! Tables as comma-separated values (RFC 4180), with which spreadsheets do nothing but show them.
use chrono::SecondsFormat;
use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use super::{Cell, Sheet};
use crate::error::Error;

/// By this spreadsheets know UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// What formulas begin with, also in the wide forms that are taken for them
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A table's file.
pub(super) fn written(sheet: &Sheet) -> Result<Vec<u8>, Error> {
    Ok([headings(&sheet.columns)?, lines(&sheet.rows)?].concat())
}

/// What the file of a table begins with that has these columns.
pub(crate) fn headings(columns: &[&str]) -> Result<Vec<u8>, Error> {
    let unwritten = |_| Error::internal("a table cannot be written");
    let mut writer = writer(MARK.to_vec());
    writer.write_record(columns).map_err(unwritten)?;
    whole(writer)
}

/// The lines of some rows.
pub(crate) fn lines(rows: &[Vec<Cell>]) -> Result<Vec<u8>, Error> {
    let unwritten = |_| Error::internal("a table cannot be written");
    let mut writer = writer(vec![]);
    for row in rows {
        writer.write_record(row.iter().map(shown)).map_err(unwritten)?;
    }
    whole(writer)
}

fn writer(begun: Vec<u8>) -> Writer<Vec<u8>> {
    WriterBuilder::new().quote_style(QuoteStyle::Always).terminator(Terminator::CRLF).from_writer(begun)
}

fn whole(writer: Writer<Vec<u8>>) -> Result<Vec<u8>, Error> {
    writer.into_inner().map_err(|_| Error::internal("a table cannot be written"))
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => harmless(text),
        Cell::Day(day) => day.to_string(),
        Cell::Moment(moment) => moment.to_rfc3339_opts(SecondsFormat::Secs, true),
    }
}

/// A text that no spreadsheet takes for a formula: where one could begin there is an apostrophe before it. That is at the
/// start, and behind what is the end of a cell where cells are parted otherwise than by commas.
pub(crate) fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut begins = true;
    for (place, letter) in text.char_indices() {
        if begins && (may_be_formula(&text[place..]) || (place == 0 && parts(letter))) {
            safe.push('\'');
        }
        safe.push(letter);
        begins = parts(letter);
    }
    safe
}

/// Whether some program takes this for the end of a cell.
fn parts(letter: char) -> bool {
    matches!(letter, ';' | '\t' | '\r' | '\n')
}

/// Whether a formula comes first, without what is not seen before it, and without quotation marks.
fn may_be_formula(text: &str) -> bool {
    let invisible = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '"' | '\'' | '`' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    text.trim_start_matches(invisible).starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_cell_begins_like_a_formula() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\rtext",
            "\ttext",
            " =1",
            "\u{a0}=1",
            "\u{200b}=1",
            "\"=1",
            "'=1",
            "\" =1",
            "＝1",
            "＋1",
            "－1",
            "＠A1",
        ] {
            let safe = harmless(text);
            assert!(safe.starts_with('\''), "{safe:?}");
            assert_eq!(safe.replace('\'', ""), text.replace('\'', ""), "nothing else changes");
        }
        for text in ["", "Council", "a=b", "a - b", "1-2", "https://example.org/?a=b", "someone@example.org", "\"a\""] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn nor_where_cells_are_parted_by_something_else() {
        assert_eq!(harmless("a;=1"), "a;'=1");
        assert_eq!(harmless("a; \"=1"), "a;' \"=1");
        assert_eq!(harmless("a\n=1"), "a\n'=1");
        assert_eq!(harmless("a; b"), "a; b");
    }
}
