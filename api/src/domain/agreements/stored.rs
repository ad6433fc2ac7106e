//! An agreement's content, as the tables hold it.
use std::collections::BTreeSet;

use entity::{agreement, agreement_party, country, country_group, institution, vocabulary::SubjectKind};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, Set,
    sea_query::SimpleExpr,
};
use uuid::Uuid;

use super::{
    content::{Content, Side, ToldParty},
    lifecycle::Dates,
};
use crate::{
    access::{Reading, seen_rows},
    db::{Change, Searchable, column, fold, make_searchable},
    domain::institutions::Institutions,
    error::{Error, FaultCode},
    validation::{self, Faults},
};

/// That what parties refer to is there, and may be known to whoever writes.
pub(super) async fn references(
    reading: &Reading,
    change: &Change,
    told: &[ToldParty],
    faults: &mut Faults,
) -> Result<(), Error> {
    let mut missing = |field: &str, named: &[Option<Uuid>], there: &BTreeSet<Uuid>, message: &str| {
        for (place, _) in named.iter().enumerate().filter(|(_, key)| key.is_some_and(|key| !there.contains(&key))) {
            faults.add(&["parties", &place.to_string(), field], FaultCode::NotFound, message);
        }
    };
    let key = |code: &String| validation::country(code).ok();
    let named: Vec<Option<Uuid>> = told.iter().map(|party| party.country.as_ref().and_then(key)).collect();
    let rows = country::Entity::find().filter(among(reading, country::Column::Id, &named)).all(&**change).await?;
    missing("country", &named, &rows.into_iter().map(|row| row.id).collect(), "there is no such country");

    let named: Vec<Option<Uuid>> = told.iter().map(|party| party.group).collect();
    let rows = country_group::Entity::find().filter(among(reading, country_group::Column::Id, &named));
    let there = rows.all(&**change).await?.into_iter().map(|row| row.id).collect();
    missing("group", &named, &there, "there is no such group");

    let named: Vec<Option<Uuid>> = told.iter().map(|party| party.competent_authority).collect();
    let rows = seen_rows::<Institutions>(reading).filter(among(reading, institution::Column::Id, &named));
    let there = rows.all(&**change).await?.into_iter().map(|row| row.id).collect();
    missing("competentAuthority", &named, &there, "there is no such institution");
    Ok(())
}

/// That a key is one of these.
fn among(reading: &Reading, key: impl ColumnTrait, keys: &[Option<Uuid>]) -> SimpleExpr {
    crate::db::among(reading.backend(), column(key), keys.iter().copied().flatten())
}

/// A row with its content.
pub(super) fn filled(row: agreement::ActiveModel, content: &Content) -> Result<agreement::ActiveModel, Error> {
    let kind = content.kind.ok_or(Error::internal("an agreement has no kind"))?;
    let titles = content.titles.texts();
    let shown = titles.iter().find(|text| text.language == "en").or(titles.first());
    let row = agreement::ActiveModel {
        slug: Set(content.slug.clone()),
        sort_key: Set(shown.map(|text| fold(&text.text)).unwrap_or_default()),
        titles: Set(content.titles.clone()),
        summaries: Set(content.summaries.clone()),
        kind: Set(kind),
        media: Set(content.media),
        text_url: Set(content.text_url.clone()),
        minimum_percent: Set(content.minimum.clone()),
        maximum_percent: Set(content.maximum.clone()),
        third_country_allowed: Set(content.third_country),
        ..row
    };
    Ok(dated(row, &content.dates))
}

/// A row with its dates.
pub(super) fn dated(row: agreement::ActiveModel, dates: &Dates) -> agreement::ActiveModel {
    let Dates { signed, in_force, terminated } = dates.clone();
    agreement::ActiveModel { signed_on: Set(signed), in_force_on: Set(in_force), terminated_on: Set(terminated), ..row }
}

/// The dates of a row.
pub(super) fn dates_of(row: &agreement::Model) -> Dates {
    Dates { signed: row.signed_on.clone(), in_force: row.in_force_on.clone(), terminated: row.terminated_on.clone() }
}

/// The content of a row, with its parties.
pub(super) async fn content_of(change: &Change, row: &agreement::Model) -> Result<Content, Error> {
    let parties = agreement_party::Entity::find()
        .filter(agreement_party::Column::AgreementId.eq(row.id))
        .order_by_asc(agreement_party::Column::Position)
        .order_by_asc(agreement_party::Column::Id);
    let side = |row: agreement_party::Model| Side {
        country: row.country_id,
        group: row.group_id,
        competent_authority: row.competent_authority_id,
        ratified_on: row.ratified_on,
    };
    Ok(Content {
        slug: row.slug.clone(),
        titles: row.titles.clone(),
        summaries: row.summaries.clone(),
        kind: Some(row.kind),
        media: row.media,
        dates: dates_of(row),
        text_url: row.text_url.clone(),
        parties: parties.all(&**change).await?.into_iter().map(side).collect(),
        minimum: row.minimum_percent.clone(),
        maximum: row.maximum_percent.clone(),
        third_country: row.third_country_allowed,
    })
}

/// The row of a party.
fn of_party(key: Uuid, side: &Side) -> SimpleExpr {
    use agreement_party::Column::{AgreementId, CountryId, GroupId};
    let is = |column: agreement_party::Column, key: Option<Uuid>| key.map_or(column.is_null(), |key| column.eq(key));
    AgreementId.eq(key).and(is(CountryId, side.country)).and(is(GroupId, side.group))
}

/// Writes what of the parties has changed, and what is searched. Parties that stay keep their rows.
pub(super) async fn write_parts(change: &Change, key: Uuid, old: &Content, new: &Content) -> Result<(), Error> {
    for side in old.parties.iter().filter(|side| new.parties.iter().all(|kept| !kept.is(side))) {
        agreement_party::Entity::delete_many().filter(of_party(key, side)).exec(&**change).await?;
    }
    let same = new.parties == old.parties;
    for (position, side) in (1..).zip(&new.parties).filter(|_| !same) {
        let mut row = agreement_party::ActiveModel {
            position: Set(position),
            competent_authority_id: Set(side.competent_authority),
            ratified_on: Set(side.ratified_on.clone()),
            ..Default::default()
        };
        let known = old.parties.iter().find(|known| known.is(side));
        if known.is_none_or(|known| known.competent_authority != side.competent_authority) {
            // What the source names is another institution.
            row.authority_source = Set(None);
            row.authority_verified = Set(false);
        }
        if known.is_none() {
            row.id = Set(Uuid::now_v7());
            row.agreement_id = Set(key);
            row.country_id = Set(side.country);
            row.group_id = Set(side.group);
            row.insert(&**change).await?;
        } else {
            agreement_party::Entity::update_many().set(row).filter(of_party(key, side)).exec(&**change).await?;
        }
    }
    let texts = |texts: &entity::localized::LocalizedTexts| -> Vec<String> {
        texts.texts().into_iter().map(|text| text.text.into_owned()).collect()
    };
    let found_by = |content: &Content| Searchable { names: texts(&content.titles), more: texts(&content.summaries) };
    Ok(make_searchable(&**change, SubjectKind::Agreement, key, (&found_by(old), &found_by(new))).await?)
}
