//! The arguments of a page and its rows.
use sea_orm::prelude::Uuid;

use super::cursor::{Cursor, Key, KeyKind};
use crate::error::Error;

use std::{cmp::Ordering, sync::Arc};

/// Which page the client asks for, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct PageArgs {
    /// This many, from the start.
    pub(crate) first: Option<i32>,
    /// Only what follows this cursor.
    pub(crate) after: Option<String>,
    /// This many, from the end.
    pub(crate) last: Option<i32>,
    /// Only what precedes this cursor.
    pub(crate) before: Option<String>,
}

/// Which page the client asks for, checked.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) size: u32,
    /// From the end instead of from the start.
    pub(crate) backward: bool,
    pub(crate) after: Option<Cursor>,
    pub(crate) before: Option<Cursor>,
    pub(crate) fingerprint: Arc<str>,
}

impl Page {
    /// Cuts the page out of a list that is in memory, in order.
    pub(crate) fn cut<M>(&self, rows: Vec<M>, key: impl Fn(&M) -> (Key, Uuid)) -> Slice<M> {
        let within = |row: &M| {
            let (found, id) = key(row);
            let beside = |cursor: &Option<Cursor>, side| {
                cursor.as_ref().is_none_or(|cursor| (&found, id).cmp(&(&cursor.key, cursor.id)) == side)
            };
            beside(&self.after, Ordering::Greater) && beside(&self.before, Ordering::Less)
        };
        let mut rows: Vec<M> = rows.into_iter().filter(|row| within(row)).collect();
        if self.backward {
            rows.reverse();
        }
        rows.truncate(self.size as usize + 1);
        Slice::new(rows, self, key)
    }
}

impl PageArgs {
    /// How many rows a page has where the client does not say.
    pub(crate) const USUAL: u32 = 20;
    /// How many rows a page may have.
    pub(crate) const LARGEST: u32 = 100;

    /// Checks the arguments against each other, and the cursors against the list that they are used with.
    pub(crate) fn check(&self, kind: KeyKind, fingerprint: &str) -> Result<Page, Error> {
        let (field, size, backward) = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(Error::invalid("last", "use either first or last, not both")),
            (first, None) => ("first", first, false),
            (None, last) => ("last", last, true),
        };
        let size = match size.map(u32::try_from) {
            None => Self::USUAL,
            Some(Ok(size)) if (1..=Self::LARGEST).contains(&size) => size,
            Some(_) => return Err(Error::invalid(field, format!("must be 1 to {}", Self::LARGEST))),
        };
        let cursor = |field, text: &Option<String>| {
            text.as_deref().map(|text| Cursor::decode(field, text, kind, fingerprint)).transpose()
        };
        Ok(Page {
            size,
            backward,
            after: cursor("after", &self.after)?,
            before: cursor("before", &self.before)?,
            fingerprint: fingerprint.into(),
        })
    }
}

/// Where a row stands in its list: its cursor, written down only when it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    cursor: Arc<Cursor>,
    fingerprint: Arc<str>,
}

impl Place {
    /// As clients get it.
    pub(crate) fn encode(&self) -> String {
        self.cursor.encode(&self.fingerprint)
    }
}

/// The rows of a page, in the list's order, each with its cursor.
#[derive(Clone, Debug)]
pub(crate) struct Slice<M> {
    pub(crate) rows: Vec<(Place, M)>,
    pub(crate) has_previous: bool,
    pub(crate) has_next: bool,
}

impl<M> Default for Slice<M> {
    fn default() -> Self {
        Self { rows: vec![], has_previous: false, has_next: false }
    }
}

impl<M> Slice<M> {
    /// The same slice of something else.
    pub(crate) fn map<N>(self, other: impl Fn(M) -> N) -> Slice<N> {
        let rows = self.rows.into_iter().map(|(place, row)| (place, other(row))).collect();
        Slice { rows, has_previous: self.has_previous, has_next: self.has_next }
    }

    /// The same slice of something else, without what there is nothing else for.
    pub(crate) fn try_map<N>(self, mut other: impl FnMut(M) -> Option<N>) -> Slice<N> {
        let rows = self.rows.into_iter().filter_map(|(place, row)| Some((place, other(row)?))).collect();
        Slice { rows, has_previous: self.has_previous, has_next: self.has_next }
    }

    /// Makes a slice of rows that were fetched in the page's direction, one more than its size.
    pub(crate) fn new(mut rows: Vec<M>, page: &Page, key: impl Fn(&M) -> (Key, Uuid)) -> Self {
        let size = page.size as usize;
        let more = rows.len() > size;
        rows.truncate(size);
        if page.backward {
            rows.reverse();
        }
        let place = |row: &M| {
            let (key, id) = key(row);
            Place { cursor: Arc::new(Cursor { key, id }), fingerprint: Arc::clone(&page.fingerprint) }
        };
        Self {
            rows: rows.into_iter().map(|row| (place(&row), row)).collect(),
            has_previous: if page.backward { more } else { page.after.is_some() },
            has_next: if page.backward { page.before.is_some() } else { more },
        }
    }
}
