//! Tables as workbooks (Office Open XML): text is text, days are days, and nothing is reckoned or followed.
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::{Cell, Sheet};
use crate::error::Error;

/// How wide a column becomes at most, in pixels.
const WIDEST: u32 = 400;

/// A table's file.
pub(super) fn written(sheet: &Sheet, now: DateTime<Utc>) -> Result<Vec<u8>, Error> {
    file(sheet, now).map_err(|cause| Error::Internal(std::sync::Arc::new(cause)))
}

fn file(sheet: &Sheet, now: DateTime<Utc>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(now.timestamp())?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let (heading, day, moment) = (
        Format::new().set_bold(),
        Format::new().set_num_format("yyyy-mm-dd"),
        Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
    );
    let page = book.add_worksheet();
    page.set_name(sheet.name)?.set_freeze_panes(1, 0)?;
    for (place, name) in (0..).zip(&sheet.columns) {
        page.write_string_with_format(0, place, *name, &heading)?;
    }
    for (line, row) in (1..).zip(&sheet.rows) {
        for (place, cell) in (0..).zip(row) {
            write(page, (line, place), cell, (&day, &moment))?;
        }
    }
    page.set_autofit_max_width(WIDEST).autofit();
    book.save_to_buffer()
}

/// Writes a cell. Days before 1900 are no days in a spreadsheet, and are written as text.
fn write(
    page: &mut Worksheet,
    (line, place): (u32, u16),
    cell: &Cell,
    (day, moment): (&Format, &Format),
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
