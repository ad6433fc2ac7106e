//! A policymaker's entry, as the tables hold it.
use std::collections::HashMap;

use entity::{
    appointment, consent, contact_email, institution, localized::LanguageTags, policymaker, vocabulary::SubjectKind,
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, Set, sea_query::Query,
};
use uuid::Uuid;

use super::{
    content::{Content, Position},
    service::Appointments,
};
use crate::{
    access::{Part as _, Reading, seen_rows},
    changes::Audience,
    db::{Change, Searchable, fold, make_searchable},
    domain::{
        contacts::{Holders, Points, points_of, widest, write_points},
        institutions::{Institutions, KnownTo, known_to},
    },
    error::Error,
};

/// A row with its content.
pub(super) fn filled(row: policymaker::ActiveModel, content: &Content) -> policymaker::ActiveModel {
    let family = content.family_name.as_deref().unwrap_or_default();
    policymaker::ActiveModel {
        given_name: Set(content.given_name.clone()),
        family_name: Set(content.family_name.clone()),
        honorific: Set(content.honorific.clone()),
        native_name: Set(content.native_name.clone()),
        sort_key: Set(fold(&format!("{family} {}", content.given_name))),
        country_id: Set(content.country),
        biographies: Set(content.biographies.clone()),
        languages: Set(LanguageTags(content.languages.clone())),
        policy_areas: Set(content.policy_areas),
        ..row
    }
}

/// The content of a row, with those of the positions, addresses and numbers that whoever writes may see: what they do not
/// see is not theirs to replace.
pub(super) async fn content_of(reading: &Reading, change: &Change, row: &policymaker::Model) -> Result<Content, Error> {
    let found = contents_of(reading, change, std::slice::from_ref(row)).await?;
    found.into_values().next().ok_or(Error::internal("an entry has no content"))
}

/// The contents of rows, by their keys.
pub(super) async fn contents_of(
    reading: &Reading,
    change: &Change,
    rows: &[policymaker::Model],
) -> Result<HashMap<Uuid, Content>, Error> {
    let held = appointment::Entity::find()
        .filter(appointment::Column::PolicymakerId.is_in(rows.iter().map(|row| row.id)))
        .filter(Condition::all().add(Appointments.visible(reading)))
        .order_by_asc(appointment::Column::Id)
        .all(&**change)
        .await?;
    let keys: Vec<Uuid> = held.iter().map(|held| held.id).collect();
    let mut points = points_of(reading, change, Holders::Appointments, &keys).await?;
    let mut positions: HashMap<Uuid, Vec<Position>> = HashMap::new();
    for row in held {
        positions.entry(row.policymaker_id).or_default().push(Position {
            key: Some(row.id),
            institution: row.institution_id,
            title: row.title,
            level: row.level,
            since: row.since,
            until: row.until,
            public: row.public,
            points: points.remove(&row.id).unwrap_or_default(),
        });
    }
    let mut content = |row: &policymaker::Model| Content {
        given_name: row.given_name.clone(),
        family_name: row.family_name.clone(),
        honorific: row.honorific.clone(),
        native_name: row.native_name.clone(),
        country: row.country_id,
        biographies: row.biographies.clone(),
        languages: row.languages.0.clone(),
        policy_areas: row.policy_areas,
        appointments: positions.remove(&row.id).unwrap_or_default(),
    };
    Ok(rows.iter().map(|row| (row.id, content(row))).collect())
}

/// The countries of institutions, as far as whoever writes may know of these.
pub(super) async fn countries_of(
    reading: &Reading,
    change: &Change,
    institutions: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Option<Uuid>>, Error> {
    let found =
        seen_rows::<Institutions>(reading).filter(institution::Column::Id.is_in(institutions)).all(&**change).await?;
    Ok(found.into_iter().map(|row| (row.id, row.country_id)).collect())
}

/// Writes what of the positions has changed, with their addresses and numbers, and what is searched.
pub(super) async fn write_parts(
    reading: &Reading,
    change: &Change,
    key: Uuid,
    old: &Content,
    new: &Content,
) -> Result<(), Error> {
    let gone = old.appointments.iter().filter(|was| new.appointments.iter().all(|held| held.key != was.key));
    for position in gone.filter_map(|position| position.key) {
        appointment::Entity::delete_by_id(position).exec(&**change).await?;
    }
    for position in &new.appointments {
        let was = old.appointments.iter().find(|was| position.key.is_some() && was.key == position.key);
        if was == Some(position) {
            continue;
        }
        let row = appointment::ActiveModel {
            id: Set(position.key.unwrap_or_else(Uuid::now_v7)),
            policymaker_id: Set(key),
            institution_id: Set(position.institution),
            title: Set(position.title.clone()),
            level: Set(position.level),
            since: Set(position.since),
            until: Set(position.until),
            public: Set(position.public),
        };
        // Whoever ends a position sees less of it once it is written: what they write of its addresses comes first.
        if let (Some(was), Some(key)) = (was, position.key) {
            write_points(reading, change, (Holders::Appointments, key), &was.points, &position.points).await?;
            row.update(&**change).await?;
        } else {
            let row = row.insert(&**change).await?;
            write_points(reading, change, (Holders::Appointments, row.id), &Points::default(), &position.points)
                .await?;
        }
    }
    // Not the titles of positions: who may know of a position is decided when it is read.
    let found_by = |content: &Content| {
        let family = content.family_name.as_deref().unwrap_or_default();
        let name = Some(format!("{} {family}", content.given_name)).filter(|name| name != " ");
        Searchable { names: name.into_iter().chain(content.native_name.clone()).collect(), more: vec![] }
    };
    Ok(make_searchable(&**change, SubjectKind::Policymaker, key, (&found_by(old), &found_by(new))).await?)
}

/// The e-mail addresses that belong to somebody's positions.
pub(super) async fn addresses_of(change: &Change, key: Uuid) -> Result<Vec<String>, Error> {
    let held = Query::select()
        .column(appointment::Column::Id)
        .from(appointment::Entity)
        .and_where(appointment::Column::PolicymakerId.eq(key))
        .take();
    let theirs = contact_email::Entity::find().filter(contact_email::Column::AppointmentId.in_subquery(held));
    Ok(theirs.all(&**change).await?.into_iter().map(|row| row.address).collect())
}

/// What somebody agreed to be shared, if anything was recorded.
pub(super) async fn consent_of(change: &Change, key: Uuid) -> Result<Option<consent::Model>, Error> {
    Ok(consent::Entity::find().filter(consent::Column::PolicymakerId.eq(key)).one(&**change).await?)
}

/// What each of these agreed to, by their keys.
pub(super) async fn consents_of(change: &Change, keys: &[Uuid]) -> Result<HashMap<Uuid, consent::Model>, Error> {
    let theirs = consent::Column::PolicymakerId.is_in(keys.iter().copied());
    let found = consent::Entity::find().filter(theirs).all(&**change).await?;
    Ok(found.into_iter().map(|row| (row.policymaker_id, row)).collect())
}

/// Who can know of a policymaker: whoever writes, of all that is known of them.
pub(crate) async fn audience_of(change: &Change, row: &policymaker::Model) -> Result<Audience, Error> {
    let held = appointment::Entity::find().filter(appointment::Column::PolicymakerId.eq(row.id)).all(&**change).await?;
    let keys: Vec<Uuid> = held.iter().map(|held| held.id).collect();
    let mut institutions: Vec<Uuid> = held.iter().map(|held| held.institution_id).collect();
    institutions.sort_unstable();
    institutions.dedup();
    // Whoever is at places alone that agencies may not know of is not known to them, either: but to whom has made them.
    let known = if institutions.is_empty() { KnownTo::Everybody } else { known_to(change, &institutions).await? };
    let consent = consent_of(change, row.id).await?;
    let visibility = widest(change, Holders::Appointments, &keys).await?;
    let recorded_by = shared_with(row.created_by_agency_id, consent.as_ref(), &known);
    let agrees = consent.is_some_and(|consent| consent.share_with_agencies && consent.confirmed);
    let (shared, also) = match known {
        KnownTo::Everybody => (agrees, vec![]),
        KnownTo::Makers(makers) => (false, if agrees { makers } else { vec![] }),
    };
    Ok(Audience {
        public: held.iter().any(|held| held.public),
        shared,
        recorded_by,
        also,
        country: row.country_id,
        institutions,
        kind: None,
        policy_areas: row.policy_areas,
        visibility: visibility.map(|visibility| visibility.to_value()),
    })
}

/// The agency's machine that knows of a policymaker whether or not others do.
fn shared_with(maker: Option<Uuid>, consent: Option<&consent::Model>, known: &KnownTo) -> Option<Uuid> {
    let Some(consent) = consent else { return maker };
    let recorded = consent.agency_client_id.filter(|_| !consent.confirmed);
    match recorded {
        Some(machine) => (maker == recorded || (consent.share_with_agencies && known.has(machine))).then_some(machine),
        None => maker.filter(|_| consent.share_with_agencies || !consent.confirmed),
    }
}
