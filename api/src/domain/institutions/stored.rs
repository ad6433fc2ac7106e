//! An institution's entry, as the tables hold it.
use entity::{contact_email, contact_phone, institution, vocabulary::SubjectKind};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, Set,
};
use uuid::Uuid;

use super::content::Content;
use crate::{
    access::{Part as _, Reading},
    db::{Change, Searchable, fold, make_searchable},
    domain::contacts::{InstitutionEmails, InstitutionPhones, Point},
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

/// The content of a row, with those of its addresses and numbers that whoever writes may see: what they do not see is not
/// theirs to replace.
pub(super) async fn content_of(reading: &Reading, change: &Change, row: &institution::Model) -> Result<Content, Error> {
    let emails = contact_email::Entity::find()
        .filter(contact_email::Column::InstitutionId.eq(row.id))
        .filter(Condition::all().add(InstitutionEmails.visible(reading)))
        .order_by_asc(contact_email::Column::Position);
    let phones = contact_phone::Entity::find()
        .filter(contact_phone::Column::InstitutionId.eq(row.id))
        .filter(Condition::all().add(InstitutionPhones.visible(reading)))
        .order_by_asc(contact_phone::Column::Position);
    let email = |row: contact_email::Model| Point {
        value: row.address,
        kind: row.kind,
        preferred: row.preferred,
        visibility: row.visibility,
    };
    let phone = |row: contact_phone::Model| Point {
        value: row.number,
        kind: row.kind,
        preferred: row.preferred,
        visibility: row.visibility,
    };
    Ok(Content {
        slug: row.slug.clone(),
        names: row.names.clone(),
        descriptions: row.descriptions.clone(),
        kind: Some(row.kind),
        country: row.country_id,
        city: row.city.clone(),
        website: row.website.clone(),
        policy_areas: row.policy_areas,
        parent: row.parent_id,
        emails: emails.all(&**change).await?.into_iter().map(email).collect(),
        phones: phones.all(&**change).await?.into_iter().map(phone).collect(),
    })
}

/// Writes what of the addresses and numbers has changed, and what is searched.
pub(super) async fn write_parts(
    reading: &Reading,
    change: &Change,
    key: Uuid,
    old: &Content,
    new: &Content,
) -> Result<(), Error> {
    macro_rules! points {
        ($($table:ident ($part:ident): $column:ident $field:ident, $list:ident;)*) => {$(
            for point in old.$list.iter().filter(|point| new.$list.iter().all(|kept| kept.value != point.value)) {
                $table::Entity::delete_many()
                    .filter($table::Column::InstitutionId.eq(key))
                    .filter($table::Column::$column.eq(point.value.as_str()))
                    .filter(Condition::all().add($part.visible(reading)))
                    .exec(&**change)
                    .await?;
            }
            for (place, point) in (0..).zip(&new.$list) {
                let row = $table::ActiveModel {
                    position: Set(place),
                    kind: Set(point.kind),
                    preferred: Set(point.preferred),
                    visibility: Set(point.visibility),
                    ..Default::default()
                };
                if old.$list.iter().any(|known| known.value == point.value) {
                    $table::Entity::update_many()
                        .set(row)
                        .filter($table::Column::InstitutionId.eq(key))
                        .filter($table::Column::$column.eq(point.value.as_str()))
                        .filter(Condition::all().add($part.visible(reading)))
                        .exec(&**change)
                        .await?;
                } else {
                    let row = $table::ActiveModel {
                        id: Set(Uuid::now_v7()),
                        institution_id: Set(Some(key)),
                        appointment_id: Set(None),
                        $field: Set(point.value.clone()),
                        ..row
                    };
                    row.insert(&**change).await?;
                }
            }
        )*};
    }
    points! {
        contact_email (InstitutionEmails): Address address, emails;
        contact_phone (InstitutionPhones): Number number, phones;
    }
    let names = new.names.texts().into_iter().map(|text| text.text.into_owned()).collect();
    let searchable = Searchable { names, more: new.city.iter().cloned().collect() };
    Ok(make_searchable(&**change, SubjectKind::Institution, key, &searchable).await?)
}
