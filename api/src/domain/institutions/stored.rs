//! An institution's entry, as the tables hold it.
use std::collections::HashMap;

use entity::{
    institution,
    vocabulary::{SubjectKind, Visibility},
};
use sea_orm::{ActiveEnum as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set};
use uuid::Uuid;

use super::content::Content;
use crate::{
    access::Reading,
    changes::Audience,
    db::{Change, Searchable, fold, make_searchable},
    domain::contacts::{Holders, points_of, widest, write_points},
    error::Error,
};

/// A row with its content.
pub(super) fn filled(row: institution::ActiveModel, content: &Content) -> Result<institution::ActiveModel, Error> {
    let kind = content.kind.ok_or(Error::internal("an institution has no kind"))?;
    let names = content.names.texts();
    let shown = names.iter().find(|text| text.language == "en").or(names.first());
    Ok(institution::ActiveModel {
        slug: Set(content.slug.clone()),
        sort_key: Set(shown.map(|text| fold(&text.text)).unwrap_or_default()),
        names: Set(content.names.clone()),
        descriptions: Set(content.descriptions.clone()),
        kind: Set(kind),
        country_id: Set(content.country),
        city: Set(content.city.clone()),
        website: Set(content.website.clone()),
        policy_areas: Set(content.policy_areas),
        parent_id: Set(content.parent),
        ..row
    })
}

/// The content of a row, with those of its addresses and numbers that whoever writes may see.
pub(super) async fn content_of(reading: &Reading, change: &Change, row: &institution::Model) -> Result<Content, Error> {
    let found = contents_of(reading, change, std::slice::from_ref(row)).await?;
    found.into_values().next().ok_or(Error::internal("an entry has no content"))
}

/// The contents of rows, by their keys.
pub(super) async fn contents_of(
    reading: &Reading,
    change: &Change,
    rows: &[institution::Model],
) -> Result<HashMap<Uuid, Content>, Error> {
    let keys: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut points = points_of(reading, change, Holders::Institutions, &keys).await?;
    let mut content = |row: &institution::Model| Content {
        slug: row.slug.clone(),
        names: row.names.clone(),
        descriptions: row.descriptions.clone(),
        kind: Some(row.kind),
        country: row.country_id,
        city: row.city.clone(),
        website: row.website.clone(),
        policy_areas: row.policy_areas,
        parent: row.parent_id,
        points: points.remove(&row.id).unwrap_or_default(),
    };
    Ok(rows.iter().map(|row| (row.id, content(row))).collect())
}

/// Writes what of the addresses and numbers has changed, and what is searched.
pub(super) async fn write_parts(
    reading: &Reading,
    change: &Change,
    key: Uuid,
    old: &Content,
    new: &Content,
) -> Result<(), Error> {
    write_points(reading, change, (Holders::Institutions, key), &old.points, &new.points).await?;
    let found_by = |content: &Content| Searchable {
        names: content.names.texts().into_iter().map(|text| text.text.into_owned()).collect(),
        more: content.city.iter().cloned().collect(),
    };
    Ok(make_searchable(&**change, SubjectKind::Institution, key, (&found_by(old), &found_by(new))).await?)
}

/// Who can know of an institution.
pub(crate) async fn audience_of(change: &Change, row: &institution::Model) -> Result<Audience, Error> {
    Ok(audience(row, widest(change, Holders::Institutions, &[row.id]).await?))
}

/// Who can know of an institution, of whose addresses and numbers these may see the one that most may.
pub(crate) fn audience(row: &institution::Model, widest: Option<Visibility>) -> Audience {
    Audience {
        public: row.listed,
        shared: row.listed,
        recorded_by: row.created_by_agency_id.filter(|_| !row.listed),
        also: vec![],
        country: row.country_id,
        institutions: vec![row.id],
        kind: Some(row.kind.to_value()),
        policy_areas: row.policy_areas,
        visibility: widest.map(|visibility| visibility.to_value()),
    }
}

/// Which agencies may know of some of these institutions.
pub(crate) enum KnownTo {
    /// All.
    Everybody,
    /// The machines that have made them.
    Makers(Vec<Uuid>),
}

impl KnownTo {
    /// Whether a machine is among them.
    pub(crate) fn has(&self, machine: Uuid) -> bool {
        match self {
            Self::Everybody => true,
            Self::Makers(makers) => makers.contains(&machine),
        }
    }
}

/// Which agencies may know of some of these institutions.
pub(crate) async fn known_to(change: &Change, keys: &[Uuid]) -> Result<KnownTo, Error> {
    let found = institution::Entity::find().filter(institution::Column::Id.is_in(keys.iter().copied()));
    let found: Vec<(bool, Option<Uuid>)> = found
        .select_only()
        .columns([institution::Column::Listed, institution::Column::CreatedByAgencyId])
        .into_tuple()
        .all(&**change)
        .await?;
    if found.iter().any(|(listed, _)| *listed) {
        return Ok(KnownTo::Everybody);
    }
    let mut makers: Vec<Uuid> = found.into_iter().filter_map(|(_, maker)| maker).collect();
    makers.sort_unstable();
    makers.dedup();
    Ok(KnownTo::Makers(makers))
}

/// How many institutions may be a part of one another.
pub(super) const DEEPEST: usize = 20;

/// An institution and those that it is a part of, the nearest first: no more than there may be.
pub(crate) async fn upwards(change: &Change, from: Option<Uuid>) -> Result<Vec<Uuid>, Error> {
    let (mut line, mut next) = (vec![], from);
    while let Some(key) = next.filter(|_| line.len() < DEEPEST) {
        let Some(row) = institution::Entity::find_by_id(key).one(&**change).await? else { break };
        line.push(key);
        next = row.parent_id;
    }
    Ok(line)
}
