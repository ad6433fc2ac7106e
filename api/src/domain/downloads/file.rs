//! The forms in which contacts are downloaded.
use chrono::NaiveDate;

use super::table;
use crate::{
    domain::{
        cards::{Card, CardFormat},
        exports::{ExportFormat, headings, lines},
    },
    error::Error,
};

/// A form in which contacts are downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum File {
    /// A card after the other.
    Cards(CardFormat),
    /// Comma-separated values.
    Csv,
    /// A workbook.
    Xlsx,
}

impl File {
    /// The media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Cards(CardFormat::JsContact) => "application/jsonl",
            Self::Cards(CardFormat::VCard4) => "text/vcard; version=4.0; charset=utf-8",
            Self::Cards(CardFormat::VCard3) => "text/vcard; version=3.0; charset=utf-8",
            Self::Csv => ExportFormat::Csv.media_type(),
            Self::Xlsx => ExportFormat::Xlsx.media_type(),
        }
    }

    /// A name for the file, with the day.
    pub(crate) fn name(self, day: NaiveDate) -> String {
        let ending = match self {
            Self::Cards(CardFormat::JsContact) => "jsonl",
            Self::Cards(CardFormat::VCard4 | CardFormat::VCard3) => "vcf",
            Self::Csv => ExportFormat::Csv.ending(),
            Self::Xlsx => ExportFormat::Xlsx.ending(),
        };
        format!("contacts-{day}.{ending}")
    }

    /// What the file begins with, before the first contact.
    pub(crate) fn beginning(self) -> Result<Vec<u8>, Error> {
        match self {
            Self::Csv => headings(&table::COLUMNS),
            Self::Cards(_) | Self::Xlsx => Ok(vec![]),
        }
    }

    /// Some contacts in it: away from the threads that answer requests. Workbooks are not made of pieces.
    pub(crate) async fn written(self, cards: Vec<Card>) -> Result<Vec<u8>, Error> {
        let written = move || match self {
            Self::Cards(format) => {
                let mut text = String::new();
                for card in &cards {
                    text.push_str(&card.written(format)?);
                    if format == CardFormat::JsContact {
                        text.push('\n');
                    }
                }
                Ok(text.into_bytes())
            }
            Self::Csv => lines(&table::rows(&cards)),
            Self::Xlsx => Err(Error::internal("a workbook is not made of pieces")),
        };
        tokio::task::spawn_blocking(written).await.map_err(|_| Error::internal("writing contacts failed"))?
    }
}
