//! Files, as clients see them.
use async_graphql::{Enum, SimpleObject};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Sheet, delimited, workbook};
use crate::{access::Reading, error::Error, graphql::Result};

/// A table as a file, to be opened in a spreadsheet.
#[derive(SimpleObject)]
pub(crate) struct Export {
    /// A name for the file, with the day.
    file_name: String,
    /// What sort of file it is.
    media_type: &'static str,
    /// The file, in base64 (RFC 4648, section 4).
    content: String,
    /// How many rows it has, beside the headings.
    rows: usize,
}

/// What sort of file.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// Comma-separated values (RFC 4180), in UTF-8. What a spreadsheet would take for a formula has an apostrophe before it.
    Csv,
    /// A workbook (Office Open XML).
    Xlsx,
}

impl ExportFormat {
    /// The media type of such files.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// What their names end with.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// A table as a file: written away from the threads that answer requests.
pub(crate) async fn export(reading: &Reading, sheet: Sheet, format: ExportFormat) -> Result<Export> {
    let (now, rows) = (reading.now(), sheet.rows.len());
    let file_name = format!("{}-{}.{}", sheet.name.to_lowercase(), reading.today(), format.ending());
    let written = tokio::task::spawn_blocking(move || {
        let bytes = match format {
            ExportFormat::Csv => delimited::written(&sheet),
            ExportFormat::Xlsx => workbook::written(&sheet, now),
        };
        bytes.map(|bytes| STANDARD.encode(bytes))
    });
    let content = written.await.map_err(|_| Error::internal("writing a table failed"))??;
    Ok(Export { file_name, media_type: format.media_type(), content, rows })
}
