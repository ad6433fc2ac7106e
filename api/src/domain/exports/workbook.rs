//! Tables as workbooks (Office Open XML): text is text, days are days, and nothing is reckoned or followed.
use std::io::Write;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::{Cell, Sheet};
use crate::error::Error;

/// How wide a column becomes at most, in pixels.
const WIDEST: u32 = 400;
/// How wide columns are whose rows are not known before, in pixels.
const USUAL: u32 = 160;

/// A table's file.
pub(super) fn written(sheet: &Sheet, now: DateTime<Utc>) -> Result<Vec<u8>, Error> {
    file(sheet, now).map_err(|cause| Error::Internal(std::sync::Arc::new(cause)))
}

fn file(sheet: &Sheet, now: DateTime<Utc>) -> Result<Vec<u8>, XlsxError> {
    let (mut book, formats) = (made(now)?, Formats::new());
    let page = book.add_worksheet();
    head(page, sheet.name, (&sheet.columns, &formats))?;
    for (line, row) in (1..).zip(&sheet.rows) {
        write_row(page, line, row, &formats)?;
    }
    page.set_autofit_max_width(WIDEST).autofit();
    book.save_to_buffer()
}

/// A table's file whose rows come one after the other, and are kept in a file until it is done.
pub(super) struct Book {
    file: Workbook,
    formats: Formats,
    name: &'static str,
    columns: &'static [&'static str],
    /// How many lines a page has at most.
    longest: u32,
    pages: usize,
    line: u32,
}

impl Book {
    /// A table without rows yet.
    pub(super) fn new(
        name: &'static str,
        columns: &'static [&'static str],
        (now, longest): (DateTime<Utc>, u32),
    ) -> Result<Self, XlsxError> {
        let mut book =
            Self { file: made(now)?, formats: Formats::new(), name, columns, longest, pages: 0, line: longest };
        book.turn()?;
        Ok(book)
    }

    /// Begins a page.
    fn turn(&mut self) -> Result<(), XlsxError> {
        self.pages += 1;
        let name = if self.pages == 1 { self.name.to_owned() } else { format!("{} {}", self.name, self.pages) };
        let page = self.file.add_worksheet_with_constant_memory()?;
        for place in (0..).take(self.columns.len()) {
            page.set_column_width_pixels(place, USUAL)?;
        }
        head(page, &name, (self.columns, &self.formats))?;
        self.line = 1;
        Ok(())
    }

    /// Adds a row: to another page, where there is no room left.
    pub(super) fn add(&mut self, row: &[Cell]) -> Result<(), XlsxError> {
        if self.line >= self.longest {
            self.turn()?;
        }
        let page = self.file.worksheet_from_index(self.pages - 1)?;
        write_row(page, self.line, row, &self.formats)?;
        self.line += 1;
        Ok(())
    }

    /// Writes the file.
    pub(super) fn write(mut self, to: impl Write + Send) -> Result<(), XlsxError> {
        self.file.save_to_writer(to)
    }
}

/// How headings, days and moments look.
struct Formats {
    heading: Format,
    day: Format,
    moment: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            heading: Format::new().set_bold(),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }
}

fn made(now: DateTime<Utc>) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(now.timestamp())?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    Ok(book)
}

fn head(page: &mut Worksheet, name: &str, (columns, formats): (&[&str], &Formats)) -> Result<(), XlsxError> {
    page.set_name(name)?.set_freeze_panes(1, 0)?;
    for (place, name) in (0..).zip(columns) {
        page.write_string_with_format(0, place, *name, &formats.heading)?;
    }
    Ok(())
}

fn write_row(page: &mut Worksheet, line: u32, row: &[Cell], formats: &Formats) -> Result<(), XlsxError> {
    for (place, cell) in (0..).zip(row) {
        write(page, (line, place), cell, formats)?;
    }
    Ok(())
}

/// Writes a cell. Days before 1900 are no days in a spreadsheet, and are written as text.
fn write(
    page: &mut Worksheet,
    (line, place): (u32, u16),
    cell: &Cell,
    Formats { heading: _, day, moment }: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            page.write_string(line, place, text)?;
        }
        Cell::Day(told) => match excel_day(*told) {
            Some(told) => {
                page.write_datetime_with_format(line, place, &told, day)?;
            }
            None => {
                page.write_string(line, place, told.to_string())?;
            }
        },
        Cell::Moment(told) => {
            page.write_datetime_with_format(line, place, &ExcelDateTime::from_timestamp(told.timestamp())?, moment)?;
        }
    }
    Ok(())
}

fn excel_day(day: NaiveDate) -> Option<ExcelDateTime> {
    let (month, of_month) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    ExcelDateTime::from_ymd(u16::try_from(day.year()).ok()?, month, of_month).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_find_no_room_come_on_another_page() -> Result<(), XlsxError> {
        let mut book = Book::new("Numbers", &["Number"], (DateTime::UNIX_EPOCH, 3))?;
        for number in 1..=5 {
            book.add(&[Cell::text(format!("={number}"))])?;
        }
        assert_eq!((book.pages, book.line), (3, 2), "two, two and one, each below its headings");
        let mut file = vec![];
        book.write(&mut file)?;
        assert!(file.starts_with(b"PK"));
        Ok(())
    }
}
