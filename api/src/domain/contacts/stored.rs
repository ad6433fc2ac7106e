//! E-mail addresses and telephone numbers, as the tables hold them.
use std::collections::HashMap;

use entity::{contact_email, contact_phone, vocabulary::Visibility};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Set, sea_query::UnionType,
};
use uuid::Uuid;

use super::{
    points::{Point, Points},
    service::{AppointmentEmails, AppointmentPhones, InstitutionEmails, InstitutionPhones},
};
use crate::{
    access::{Part as _, Reading},
    db::Change,
    error::Error,
};

/// What addresses and numbers belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holders {
    /// Institutions.
    Institutions,
    /// Appointments.
    Appointments,
}

/// Each table, the parts of each sort of holder, its column with the value, and the list that it is.
macro_rules! for_each_table {
    ($do:ident) => {
        $do! {
            contact_email: Address address, emails, InstitutionEmails, AppointmentEmails;
            contact_phone: Number number, phones, InstitutionPhones, AppointmentPhones;
        }
    };
}

/// The addresses and numbers of each of these that whoever writes may see: what they do not see is not theirs to replace.
pub(crate) async fn points_of(
    reading: &Reading,
    change: &Change,
    holders: Holders,
    keys: &[Uuid],
) -> Result<HashMap<Uuid, Points>, Error> {
    let mut found: HashMap<Uuid, Points> = HashMap::new();
    macro_rules! read {
        ($($table:ident: $column:ident $field:ident, $list:ident, $institutions:ident, $appointments:ident;)*) => {$(
            let (of, visible) = match holders {
                Holders::Institutions => ($table::Column::InstitutionId, $institutions.visible(reading)),
                Holders::Appointments => ($table::Column::AppointmentId, $appointments.visible(reading)),
            };
            let rows = $table::Entity::find()
                .filter(of.is_in(keys.iter().copied()))
                .filter(Condition::all().add(visible))
                .order_by_asc($table::Column::Position)
                .order_by_asc($table::Column::Id);
            for row in rows.all(&**change).await? {
                let Some(holder) = row.institution_id.or(row.appointment_id) else { continue };
                let $table::Model { $field: value, kind, preferred, visibility, .. } = row;
                found.entry(holder).or_default().$list.push(Point { value, kind, preferred, visibility });
            }
        )*};
    }
    for_each_table!(read);
    Ok(found)
}

/// Writes what of a holder's addresses and numbers has changed.
pub(crate) async fn write_points(
    reading: &Reading,
    change: &Change,
    (holders, key): (Holders, Uuid),
    old: &Points,
    new: &Points,
) -> Result<(), Error> {
    macro_rules! write {
        ($($table:ident: $column:ident $field:ident, $list:ident, $institutions:ident, $appointments:ident;)*) => {$(
            let (of, visible) = match holders {
                Holders::Institutions => ($table::Column::InstitutionId, $institutions.visible(reading)),
                Holders::Appointments => ($table::Column::AppointmentId, $appointments.visible(reading)),
            };
            let theirs = Condition::all().add(of.eq(key)).add(visible);
            let same = |point: &Point| theirs.clone().add($table::Column::$column.eq(point.value.as_str()));
            for point in old.$list.iter().filter(|point| new.$list.iter().all(|kept| kept.value != point.value)) {
                $table::Entity::delete_many().filter(same(point)).exec(&**change).await?;
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
                    $table::Entity::update_many().set(row).filter(same(point)).exec(&**change).await?;
                } else {
                    let row = $table::ActiveModel {
                        id: Set(Uuid::now_v7()),
                        institution_id: Set((holders == Holders::Institutions).then_some(key)),
                        appointment_id: Set((holders == Holders::Appointments).then_some(key)),
                        $field: Set(point.value.clone()),
                        ..row
                    };
                    row.insert(&**change).await?;
                }
            }
        )*};
    }
    for_each_table!(write);
    Ok(())
}

/// Who may see the address or number of these holders that most may see, whoever asks.
pub(crate) async fn widest(change: &Change, holders: Holders, keys: &[Uuid]) -> Result<Option<Visibility>, Error> {
    let mut statements = vec![];
    macro_rules! look {
        ($($table:ident: $column:ident $field:ident, $list:ident, $institutions:ident, $appointments:ident;)*) => {$(
            let of = match holders {
                Holders::Institutions => $table::Column::InstitutionId,
                Holders::Appointments => $table::Column::AppointmentId,
            };
            let rows = $table::Entity::find().select_only().column($table::Column::Visibility);
            statements.push(rows.filter(of.is_in(keys.iter().copied())).into_query());
        )*};
    }
    for_each_table!(look);
    let together = statements.into_iter().reduce(|mut all, one| all.union(UnionType::Distinct, one).take());
    let rows = change.query_all(&together.ok_or(Error::internal("no table holds addresses"))?).await?;
    let found: Vec<Visibility> = rows.iter().map(|row| row.try_get("", "visibility")).collect::<Result<_, _>>()?;
    let widest = [Visibility::Public, Visibility::Members, Visibility::Secretariat];
    Ok(widest.into_iter().find(|visibility| found.contains(visibility)))
}
