//! How agencies' IDs are read: by the agency, and by administrators.
use entity::{
    external_id::{self, Column},
    vocabulary::SubjectKind,
};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::{
    access::{Part, Reading},
    error::Error,
};

/// What agencies call a contact, as far as the viewer may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ExternalIds;

impl Part for ExternalIds {
    type Table = external_id::Entity;
    const OF: Column = Column::ContactId;

    fn order() -> Vec<Column> {
        vec![Column::CreatedAt, Column::Id]
    }

    fn visible(&self, reading: &Reading) -> Condition {
        reading.viewer.external_ids().by(Column::AgencyClientId)
    }

    fn of(row: &external_id::Model) -> Option<Uuid> {
        Some(row.contact_id)
    }
}

/// The IDs that were given to a contact, whatever became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct GivenExternalIds;

impl Part for GivenExternalIds {
    type Table = external_id::Entity;
    const OF: Column = Column::SubjectId;

    fn order() -> Vec<Column> {
        ExternalIds::order()
    }

    fn visible(&self, reading: &Reading) -> Condition {
        ExternalIds.visible(reading)
    }

    fn of(row: &external_id::Model) -> Option<Uuid> {
        Some(row.subject_id)
    }
}

/// The contact that the agency calls so whose machine asks, if one does.
pub(crate) async fn called(reading: &Reading, kind: SubjectKind, value: &str) -> Result<Option<Uuid>, Error> {
    let Some(machine) = reading.viewer.maker() else { return Ok(None) };
    let own = external_id::Entity::find().filter(Column::AgencyClientId.eq(machine)).filter(Column::Value.eq(value));
    Ok(own.filter(Column::Kind.eq(kind)).one(&reading.db).await?.map(|row| row.contact_id))
}
