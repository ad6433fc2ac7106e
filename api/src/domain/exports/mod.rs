//! What is opened in a spreadsheet: tables of text and times, as files.
mod delimited;
mod sheet;
mod streamed;
mod types;
mod workbook;

pub(crate) use delimited::{harmless, headings, lines};
pub(crate) use sheet::{Cell, Sheet};
pub(crate) use streamed::Streamed;
pub(crate) use types::{Export, ExportFormat, export};
