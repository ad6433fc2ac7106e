//! Where statements come from.
use async_graphql::SimpleObject;

use super::Url;

/// Where a statement comes from, and whether somebody has checked it against that source.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Provenance {
    /// The document or body that says so.
    source: Option<String>,
    /// Where that can be read.
    url: Option<Url>,
    /// Whether somebody has checked the statement against the source.
    verified: bool,
    /// What a reader should know about it.
    note: Option<String>,
}

impl Provenance {
    /// The provenance that a row's columns hold.
    pub(crate) fn new(source: Option<&String>, url: Option<&String>, verified: bool, note: Option<&String>) -> Self {
        Self { source: source.cloned(), url: url.map(Url::from), verified, note: note.cloned() }
    }
}
