//! Contacts as rows of a table.
use entity::vocabulary::ContactPointKind;
use sea_orm::ActiveEnum;

use crate::{
    access::Seen as _,
    domain::{
        cards::{Card, Name, Point},
        exports::{Cell, Streamed},
        institutions::Institutions,
        policymakers::Policymakers,
    },
    error::Error,
    graphql::encode,
};
use chrono::{DateTime, Utc};

/// What the table is called.
const NAME: &str = "Contacts";
/// The headings.
pub(super) const COLUMNS: [&str; 19] = [
    "Kind",
    "Name",
    "Honorific",
    "Given name",
    "Family name",
    "Name in other languages",
    "Organisation",
    "Title",
    "Institution kind",
    "Country",
    "City",
    "E-mail",
    "Telephone",
    "Fax",
    "Website",
    "Languages",
    "Policy areas",
    "Updated at",
    "Contact ID",
];

/// A row for each contact.
pub(super) fn rows(cards: &[Card]) -> Vec<Vec<Cell>> {
    cards.iter().map(row).collect()
}

/// A workbook of contacts, whose rows are still to come.
pub(crate) struct Book(Streamed);

impl Book {
    /// Begins one, of a day.
    pub(crate) fn begin(day: DateTime<Utc>) -> Self {
        Self(Streamed::begin(NAME, &COLUMNS, day))
    }

    /// Adds contacts.
    pub(crate) async fn add(&self, cards: &[Card]) -> Result<(), Error> {
        self.0.add(rows(cards)).await
    }

    /// The file's pieces, since all contacts are there.
    pub(crate) fn finish(self) -> tokio::sync::mpsc::Receiver<Result<Vec<u8>, Error>> {
        self.0.finish()
    }
}

fn row(card: &Card) -> Vec<Cell> {
    let (sort, prefix) = match &card.name {
        Name::Person { .. } => ("PERSON", Policymakers::PREFIX),
        Name::Organisation(..) => ("ORGANIZATION", Institutions::PREFIX),
    };
    let (honorific, given, family, others, kind) = match &card.name {
        Name::Person { honorific, given, family, native } => {
            let native: Vec<_> = native.iter().map(|native| native.text.as_str()).collect();
            (honorific.as_deref(), given.as_str(), family.as_deref(), native, String::new())
        }
        Name::Organisation(names, kind) => {
            let others = names.others.iter().map(|name| name.text.as_str()).collect();
            (None, "", None, others, kind.to_value())
        }
    };
    let positions = |what: fn(&crate::domain::cards::Position) -> &str| {
        Cell::text(card.positions.iter().map(what).collect::<Vec<_>>().join(", "))
    };
    let is_fax = |point: &&Point| point.kind == ContactPointKind::Fax;
    let (fax, phones): (Vec<&Point>, Vec<&Point>) = card.phones.iter().partition(is_fax);
    let areas: Vec<_> = card.policy_areas.iter().map(ActiveEnum::to_value).collect();
    vec![
        Cell::text(sort),
        Cell::text(card.name.shown()),
        Cell::text(honorific.unwrap_or_default()),
        Cell::text(given),
        Cell::text(family.unwrap_or_default()),
        Cell::text(others.join(", ")),
        positions(|position| &position.at.1.main.text),
        positions(|position| &position.title),
        Cell::text(kind),
        Cell::text(card.country.as_ref().map(|place| place.code.as_str()).unwrap_or_default()),
        Cell::text(card.city.as_deref().unwrap_or_default()),
        preferred_first(card.emails.iter().collect()),
        preferred_first(phones),
        preferred_first(fax),
        Cell::text(card.website.as_deref().unwrap_or_default()),
        Cell::text(card.languages.join(", ")),
        Cell::text(areas.join(", ")),
        Cell::Moment(card.updated_at),
        Cell::text(encode(prefix, card.key).0),
    ]
}

/// Addresses or numbers, those that are to be used first before others.
fn preferred_first(mut points: Vec<&Point>) -> Cell {
    points.sort_by_key(|point| !point.preferred);
    Cell::text(points.iter().map(|point| point.value.as_str()).collect::<Vec<_>>().join(", "))
}
