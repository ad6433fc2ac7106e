//! How what a card holds is read: by what the viewer may see, in as many statements for many contacts as for one.
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use entity::{
    appointment, contact_email, contact_phone, institution, policymaker,
    vocabulary::{Flag as _, PolicyArea},
};
use uuid::Uuid;

use super::{
    Card, Name, Point,
    card::{Names, Place, Position, Tagged, one_line},
    language::language_of,
};
use crate::{
    access::{Part, Reading, Seen, parts_of, seen_by_key},
    domain::{
        contacts::{AppointmentEmails, AppointmentPhones, InstitutionEmails, InstitutionPhones},
        countries::Countries,
        institutions::Institutions,
        policymakers::{Appointments, Policymakers, is_held, newest_first},
    },
    error::Error,
    graphql::{Made, in_english},
};

/// The cards of institutions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InstitutionCards;

/// The cards of policymakers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PolicymakerCards;

impl Made for InstitutionCards {
    type Of = Arc<Card>;

    async fn make(reading: &Reading, keys: &[Uuid]) -> Result<HashMap<Uuid, Arc<Card>>, Error> {
        let rows = seen_by_key::<Institutions>(reading, keys.iter().copied()).await?;
        Ok(by_key(of_institutions(reading, &rows).await?))
    }
}

impl Made for PolicymakerCards {
    type Of = Arc<Card>;

    async fn make(reading: &Reading, keys: &[Uuid]) -> Result<HashMap<Uuid, Arc<Card>>, Error> {
        let rows = seen_by_key::<Policymakers>(reading, keys.iter().copied()).await?;
        Ok(by_key(of_policymakers(reading, &rows).await?))
    }
}

fn by_key(cards: Vec<Card>) -> HashMap<Uuid, Arc<Card>> {
    cards.into_iter().map(|card| (card.key, Arc::new(card))).collect()
}

/// The cards of institutions that the viewer may see, in their order.
pub(crate) async fn of_institutions(reading: &Reading, rows: &[institution::Model]) -> Result<Vec<Card>, Error> {
    let keys = || rows.iter().map(|row| row.id);
    let mut emails = points(reading, InstitutionEmails, keys()).await?;
    let mut phones = points(reading, InstitutionPhones, keys()).await?;
    let countries = places(reading, rows.iter().filter_map(|row| row.country_id)).await?;
    let card = |row: &institution::Model| Card {
        key: row.id,
        name: Name::Organisation(Names::from(&row.names), row.kind),
        positions: vec![],
        emails: emails.remove(&row.id).unwrap_or_default(),
        phones: phones.remove(&row.id).unwrap_or_default(),
        country: row.country_id.and_then(|key| countries.get(&key).cloned()),
        city: row.city.as_deref().map(one_line),
        website: row.website.as_deref().map(one_line),
        languages: vec![],
        policy_areas: PolicyArea::members(row.policy_areas),
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    };
    Ok(rows.iter().map(card).collect())
}

/// The cards of policymakers whom the viewer may see, in their order.
pub(crate) async fn of_policymakers(reading: &Reading, rows: &[policymaker::Model]) -> Result<Vec<Card>, Error> {
    let today = reading.today();
    let mut held = parts_of(reading, Appointments, rows.iter().map(|row| row.id)).await?;
    held.retain(|row| is_held(row, today));
    held.sort_by_key(newest_first);
    let mut emails = points(reading, AppointmentEmails, held.iter().map(|row| row.id)).await?;
    let mut phones = points(reading, AppointmentPhones, held.iter().map(|row| row.id)).await?;
    let there: HashSet<Uuid> = held.iter().map(|row| row.institution_id).collect();
    let there = seen_by_key::<Institutions>(reading, there).await?;
    let there: HashMap<Uuid, Names> = there.iter().map(|row| (row.id, Names::from(&row.names))).collect();
    let countries = places(reading, rows.iter().filter_map(|row| row.country_id)).await?;
    let mut theirs: HashMap<Uuid, Vec<&appointment::Model>> = HashMap::new();
    for row in &held {
        theirs.entry(row.policymaker_id).or_default().push(row);
    }
    let card = |row: &policymaker::Model| {
        let held = theirs.remove(&row.id).unwrap_or_default();
        let of_all = |points: &mut HashMap<Uuid, Vec<Point>>| {
            held.iter().flat_map(|held| points.remove(&held.id).unwrap_or_default()).collect()
        };
        let (emails, phones) = (of_all(&mut emails), of_all(&mut phones));
        let position = |row: &&appointment::Model| {
            let names = there.get(&row.institution_id)?.clone();
            Some(Position { at: (row.institution_id, names), title: one_line(&row.title) })
        };
        let country = row.country_id.and_then(|key| countries.get(&key).cloned());
        Card {
            key: row.id,
            name: named(row, country.as_ref()),
            positions: held.iter().filter_map(position).collect(),
            emails,
            phones,
            country,
            city: None,
            website: None,
            languages: row.languages.0.clone(),
            policy_areas: PolicyArea::members(row.policy_areas),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    };
    Ok(rows.iter().map(card).collect())
}

fn named(row: &policymaker::Model, country: Option<&Place>) -> Name {
    let native = row.native_name.as_deref().map(one_line).filter(|text| !text.is_empty());
    let code = country.map(|place| place.code.as_str());
    Name::Person {
        honorific: row.honorific.as_deref().map(one_line),
        given: one_line(&row.given_name),
        family: row.family_name.as_deref().map(one_line),
        native: native.map(|text| Tagged { language: language_of(&text, code, &row.languages.0), text }),
    }
}

/// The countries with these keys.
async fn places(reading: &Reading, keys: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, Place>, Error> {
    let keys: HashSet<Uuid> = keys.collect();
    let found = seen_by_key::<Countries>(reading, keys).await?;
    Ok(found
        .into_iter()
        .map(|row| (Countries::id(&row), Place { name: in_english(&row.names), code: row.code }))
        .collect())
}

/// The addresses or numbers of each of these.
async fn points<P>(
    reading: &Reading,
    part: P,
    of: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<Point>>, Error>
where
    P: Part,
    Point: for<'r> From<&'r <P::Table as sea_orm::EntityTrait>::Model>,
{
    let mut found: HashMap<Uuid, Vec<Point>> = HashMap::new();
    for row in parts_of(reading, part, of).await? {
        if let Some(of) = P::of(&row) {
            found.entry(of).or_default().push(Point::from(&row));
        }
    }
    Ok(found)
}

impl From<&contact_email::Model> for Point {
    fn from(row: &contact_email::Model) -> Self {
        Self { value: one_line(&row.address), kind: row.kind, preferred: row.preferred }
    }
}

impl From<&contact_phone::Model> for Point {
    fn from(row: &contact_phone::Model) -> Self {
        Self { value: one_line(&row.number), kind: row.kind, preferred: row.preferred }
    }
}
