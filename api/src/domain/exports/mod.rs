//! What is opened in a spreadsheet: tables of text and times, as files.
mod delimited;
mod sheet;
mod types;
mod workbook;

pub(crate) use sheet::{Cell, Sheet};
pub(crate) use types::{Export, ExportFormat, export};
