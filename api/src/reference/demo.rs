//! Invented people for demonstrations.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{
    appointment, contact_email, contact_phone, institution,
    localized::LanguageTags,
    policymaker,
    vocabulary::{Flag as _, PolicyArea, SubjectKind},
};
use indicatif::ProgressBar;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    DatabaseConnection, DbErr,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Loaded,
    records::{texts, value},
    store::{Record, Store, delete_among, digest, insert},
};
use crate::{
    clock::Clock,
    db::{Searchable, change, fold, reference_id},
};

const PEOPLE: &str = include_str!("../../reference/demo_policymakers.json");

#[derive(Serialize, Deserialize)]
struct Person {
    key: String,
    given_name: String,
    family_name: Option<String>,
    honorific: Option<String>,
    native_name: Option<String>,
    country: Option<String>,
    languages: Vec<String>,
    policy_areas: Vec<String>,
    biography: BTreeMap<String, String>,
    appointments: Vec<Position>,
}

#[derive(Serialize, Deserialize)]
struct Position {
    institution: String,
    title: String,
    level: Option<String>,
    since: Option<NaiveDate>,
    until: Option<NaiveDate>,
    emails: Vec<Email>,
    phones: Vec<Phone>,
}

#[derive(Serialize, Deserialize)]
struct Email {
    address: String,
    kind: String,
    preferred: bool,
    visibility: String,
}

#[derive(Serialize, Deserialize)]
struct Phone {
    number: String,
    kind: String,
    preferred: bool,
    visibility: String,
}

/// Loads about sixty invented policymakers (addresses at example.org), in one transaction. Doing it again changes
/// nothing.
///
/// # Errors
///
/// If the database fails, or the shipped file is not as it should be.
pub async fn load_demo(db: &DatabaseConnection, clock: &Clock, progress: ProgressBar) -> Result<Loaded, DbErr> {
    let people: Vec<Person> = serde_json::from_str(PEOPLE).map_err(|cause| DbErr::Json(cause.to_string()))?;
    progress.set_length(people.len() as u64);
    let transaction = change(db).await?;
    let mut store = Store::open(&transaction, clock.now(), progress).await?;
    let present = store.present::<institution::Entity>().await?;
    let records = people.iter().map(record).collect::<Result<_, _>>()?;
    let stored = store.store(SubjectKind::Policymaker, records).await?;
    delete_among::<appointment::Entity>(&transaction, appointment::Column::PolicymakerId, &stored).await?;

    let mut positions = Positions::default();
    for person in people.iter().filter(|person| stored.contains(&key(person))) {
        for (place, position) in person.appointments.iter().enumerate() {
            if present.contains(&reference_id("institution", &position.institution)) {
                positions.add(person, place, position)?;
            }
        }
    }
    insert::<appointment::Entity>(&transaction, positions.appointments).await?;
    insert::<contact_email::Entity>(&transaction, positions.emails).await?;
    insert::<contact_phone::Entity>(&transaction, positions.phones).await?;
    let loaded = store.loaded();
    transaction.commit().await?;
    Ok(loaded)
}

fn key(person: &Person) -> Uuid {
    reference_id("policymaker", &person.key)
}

fn record(person: &Person) -> Result<Record<policymaker::Entity>, DbErr> {
    let areas = person.policy_areas.iter().map(|area| value(area)).collect::<Result<Vec<PolicyArea>, _>>()?;
    let family = person.family_name.as_deref().unwrap_or_default();
    // Not the titles of positions: who may know of a position is decided when it is read.
    let names = [Some(format!("{} {family}", person.given_name)), person.native_name.clone()];
    Ok(Record {
        id: key(person),
        digest: digest(person),
        row: policymaker::ActiveModel {
            id: Set(key(person)),
            given_name: Set(person.given_name.clone()),
            family_name: Set(person.family_name.clone()),
            honorific: Set(person.honorific.clone()),
            native_name: Set(person.native_name.clone()),
            sort_key: Set(fold(&format!("{family} {}", person.given_name))),
            country_id: Set(person.country.as_deref().map(|code| reference_id("country", code))),
            biographies: Set(texts(person.biography.iter().map(|(tag, text)| (tag.as_str(), text.as_str())))),
            languages: Set(LanguageTags(person.languages.clone())),
            policy_areas: Set(PolicyArea::set(&areas)),
            version: NotSet,
            created_at: NotSet,
            updated_at: NotSet,
            created_by_agency_id: NotSet,
        },
        search: Some(Searchable { names: names.into_iter().flatten().collect(), more: vec![] }),
    })
}

#[derive(Default)]
struct Positions {
    appointments: Vec<appointment::ActiveModel>,
    emails: Vec<contact_email::ActiveModel>,
    phones: Vec<contact_phone::ActiveModel>,
}

impl Positions {
    fn add(&mut self, person: &Person, place: usize, position: &Position) -> Result<(), DbErr> {
        let id = reference_id("appointment", &format!("{}/{place}", person.key));
        self.appointments.push(appointment::ActiveModel {
            id: Set(id),
            policymaker_id: Set(key(person)),
            institution_id: Set(reference_id("institution", &position.institution)),
            title: Set(position.title.clone()),
            level: Set(position.level.as_deref().map(value).transpose()?),
            since: Set(position.since),
            until: Set(position.until),
            public: Set(true),
        });
        for (position, email) in (0..).zip(&position.emails) {
            self.emails.push(contact_email::ActiveModel {
                id: Set(reference_id("email", &email.address)),
                appointment_id: Set(Some(id)),
                institution_id: Set(None),
                position: Set(position),
                address: Set(email.address.clone()),
                kind: Set(value(&email.kind)?),
                preferred: Set(email.preferred),
                visibility: Set(value(&email.visibility)?),
            });
        }
        for (position, phone) in (0..).zip(&position.phones) {
            self.phones.push(contact_phone::ActiveModel {
                id: Set(reference_id("phone", &phone.number)),
                appointment_id: Set(Some(id)),
                institution_id: Set(None),
                position: Set(position),
                number: Set(phone.number.clone()),
                kind: Set(value(&phone.kind)?),
                preferred: Set(phone.preferred),
                visibility: Set(value(&phone.visibility)?),
            });
        }
        Ok(())
    }
}
