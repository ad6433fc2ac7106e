//! Agencies' IDs, as the table holds them.
use std::collections::HashMap;

use entity::{
    appointment, contact_email, external_id, institution, policymaker,
    vocabulary::{SubjectKind, Visibility},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _,
    QueryFilter as _, Set,
    sea_query::{ExprTrait as _, Func, Query, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    access::Reading,
    db::{Change, column},
    error::Error,
};

/// How the contract calls them.
pub(crate) const FIELD: &str = "externalIds";
/// How long one may be, in characters.
pub(crate) const LONGEST: usize = 200;

/// What a machine's IDs are known to name, by the ID.
pub(crate) async fn known(
    change: &Change,
    machine: Uuid,
    values: impl Iterator<Item = &str>,
) -> Result<HashMap<String, external_id::Model>, Error> {
    let own = external_id::Column::AgencyClientId.eq(machine);
    let found = external_id::Entity::find().filter(own).filter(external_id::Column::Value.is_in(values));
    Ok(found.all(&**change).await?.into_iter().map(|row| (row.value.clone(), row)).collect())
}

/// Has a contact be called so by a machine; the ID may have named another one, which is gone.
pub(crate) async fn give(
    reading: &Reading,
    change: &Change,
    (machine, value): (Uuid, &str),
    (kind, contact): (SubjectKind, Uuid),
    was: Option<&external_id::Model>,
) -> Result<(), Error> {
    let row = external_id::ActiveModel {
        id: Set(was.map_or_else(Uuid::now_v7, |was| was.id)),
        agency_client_id: Set(machine),
        value: Set(value.to_owned()),
        kind: Set(kind),
        subject_id: Set(contact),
        contact_id: Set(contact),
        created_at: Set(reading.now()),
    };
    if was.is_some() {
        row.update(&**change).await?;
    } else {
        row.insert(&**change).await?;
    }
    Ok(())
}

/// Forgets what agencies called these contacts.
pub(crate) async fn forget(change: &Change, contacts: &[Uuid]) -> Result<(), Error> {
    let of = |column: external_id::Column| column.is_in(contacts.iter().copied());
    let theirs = Condition::any().add(of(external_id::Column::SubjectId)).add(of(external_id::Column::ContactId));
    external_id::Entity::delete_many().filter(theirs).exec(&**change).await?;
    Ok(())
}

/// The contacts of a sort that a machine has made and that have one of these e-mail addresses, of which the machine may know,
/// by the address in small letters.
pub(crate) async fn holders(
    change: &Change,
    machine: Uuid,
    kind: SubjectKind,
    addresses: &[String],
) -> Result<HashMap<String, Vec<Uuid>>, Error> {
    if addresses.is_empty() {
        return Ok(HashMap::new());
    }
    let address: SimpleExpr = Func::lower(column(contact_email::Column::Address)).into();
    let secret = Visibility::Secretariat.to_value();
    let mut statement = Query::select();
    statement
        .expr_as(address.clone(), "held")
        .from(contact_email::Entity)
        .and_where(address.is_in(addresses.iter().cloned()))
        .and_where(column(contact_email::Column::Visibility).ne(secret));
    if kind == SubjectKind::Policymaker {
        let held = column(contact_email::Column::AppointmentId).eq(column(appointment::Column::Id));
        let theirs = column(appointment::Column::PolicymakerId).eq(column(policymaker::Column::Id));
        statement
            .expr_as(column(policymaker::Column::Id), "holder")
            .inner_join(appointment::Entity, held)
            .inner_join(policymaker::Entity, theirs)
            .and_where(policymaker::Column::CreatedByAgencyId.eq(machine));
    } else {
        let theirs = column(contact_email::Column::InstitutionId).eq(column(institution::Column::Id));
        statement
            .expr_as(column(institution::Column::Id), "holder")
            .inner_join(institution::Entity, theirs)
            .and_where(institution::Column::CreatedByAgencyId.eq(machine));
    }
    let mut found: HashMap<String, Vec<Uuid>> = HashMap::new();
    for row in change.query_all(&statement).await? {
        found.entry(row.try_get("", "held")?).or_default().push(row.try_get("", "holder")?);
    }
    Ok(found)
}
