//! How pairs of contacts that are likely the same are read: by administrators.
use std::convert::Infallible;

use entity::duplicate_contact::{self, Column};
use sea_orm::{ColumnTrait as _, Condition, sea_query::SelectStatement};
use uuid::Uuid;

use crate::{
    access::{Listed, Order, Reading, Seen},
    db::{Key, KeyKind, Parents, Sort},
    error::Error,
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DuplicateContacts;

impl Seen for DuplicateContacts {
    type Table = duplicate_contact::Entity;
    const PREFIX: &'static str = "dup";

    fn visible(reading: &Reading) -> Condition {
        reading.viewer.duplicate_contacts().by(Column::Id)
    }

    fn id(row: &duplicate_contact::Model) -> Uuid {
        row.id
    }
}

impl Listed for DuplicateContacts {
    type Filter = ();
    type Field = ();
    type Under = Infallible;

    const WIDE: &'static [(&'static str, Column)] = &[];

    fn filter(_: &Reading, (): &()) -> Result<Condition, Error> {
        Ok(Condition::all().add(Column::DismissedAt.is_null()))
    }

    fn sort(order: Order<()>) -> Sort<duplicate_contact::Entity> {
        let key = |row: &duplicate_contact::Model| (Key::Rank(row.score.into()), row.id);
        Sort::by(Column::Score, KeyKind::Rank, order.descending, key)
    }

    fn link(_: &Reading, under: Infallible, _: Parents<'_>) -> SelectStatement {
        match under {}
    }
}
