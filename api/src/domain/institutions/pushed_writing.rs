//! How agencies' machines write institutions' entries: each those that it has made.
use std::collections::HashMap;

use entity::institution;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::{
    Institutions,
    content::{Content, Patch},
    stored::contents_of,
    writing::{Origin, Row, changed, created, free_slug, made, parent_is_there, rewritten},
};
use crate::{
    access::{Reading, seen_rows},
    changes::FieldChange,
    db::Change,
    domain::{external_ids, upserts::Standing},
    error::{Error, FaultCode},
    validation::Faults,
};

/// Institutions that a machine pushes, as they are: looked up at once.
pub(crate) struct PushedInstitutions {
    machine: Uuid,
    known: HashMap<Uuid, (Row, Content)>,
    parents: Vec<Uuid>,
}

/// What is pushed of an institution: the content, as it would be since.
pub(crate) struct PushedInstitution {
    key: Option<Uuid>,
    content: Content,
    changes: Vec<FieldChange>,
}

impl PushedInstitution {
    /// The fields that differ.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|change| change.name.as_str())
    }
}

impl PushedInstitutions {
    /// Those with these keys, which may be parts of these. Nobody else changes them meanwhile.
    pub(crate) async fn of(
        reading: &Reading,
        change: &Change,
        machine: Uuid,
        (keys, named): (&[Uuid], &[Uuid]),
    ) -> Result<Self, Error> {
        let found = institution::Entity::find().filter(institution::Column::Id.is_in(keys.iter().copied()));
        let rows = found.order_by_asc(institution::Column::Id).lock_exclusive().all(&**change).await?;
        let mut contents = contents_of(reading, change, &rows).await?;
        let known = rows.into_iter().map(|row| {
            let content = contents.remove(&row.id).unwrap_or_default();
            (row.id, (row, content))
        });
        let parents = seen_rows::<Institutions>(reading).filter(institution::Column::Id.is_in(named.iter().copied()));
        let parents = parents.all(&**change).await?.into_iter().map(|row| row.id).collect();
        Ok(Self { machine, known: known.collect(), parents })
    }

    /// How a machine stands to the entry with this key.
    pub(crate) fn standing(&self, key: Uuid) -> Standing<&Row> {
        match self.known.get(&key) {
            None => Standing::Absent,
            Some((row, _)) if row.created_by_agency_id != Some(self.machine) => Standing::Another,
            Some((row, _)) => Standing::Own(row),
        }
    }

    /// What is to be written, of a new entry or of the one with this key; all that is wrong with it is noted.
    pub(crate) async fn read(
        &self,
        change: &Change,
        key: Option<Uuid>,
        patch: Patch,
        faults: &mut Faults,
    ) -> Result<PushedInstitution, Error> {
        let known = key.and_then(|key| self.known.get(&key));
        let old = known.map(|(_, content)| content.clone()).unwrap_or_default();
        let content = old.clone().with(patch, faults);
        content.points.not_hidden(faults);
        let unmovable = "is changed by administrators alone";
        if known.is_some() {
            if content.country != old.country {
                faults.add(&["country"], FaultCode::Invalid, unmovable);
            }
            if content.parent != old.parent {
                faults.add(&["parent"], FaultCode::Invalid, unmovable);
            }
        } else {
            if content.names.texts().is_empty() && !faults.has(&["names"]) {
                faults.add(&["names"], FaultCode::Required, "must be there in one language at least");
            }
            if content.kind.is_none() && !faults.has(&["kind"]) {
                faults.add(&["kind"], FaultCode::Required, "must be there for a new institution");
            }
            match content.parent {
                Some(parent) if self.parents.contains(&parent) => {
                    parent_is_there(change, Uuid::nil(), Some(parent), faults).await?;
                }
                Some(_) => faults.add(&["parent"], FaultCode::NotFound, "there is no such institution"),
                None => {}
            }
        }
        let changes = changed(known.map(|(_, content)| content), Some(&content));
        Ok(PushedInstitution { key, content, changes })
    }

    /// Writes what was read, with its entry in the log; the contact may get another ID of the agency's.
    pub(crate) async fn write(
        &self,
        reading: &Reading,
        change: &Change,
        pushed: PushedInstitution,
        identified: bool,
    ) -> Result<Row, Error> {
        let PushedInstitution { key, mut content, mut changes } = pushed;
        if let Some((row, old)) = key.and_then(|key| self.known.get(&key)) {
            if identified {
                changes.push(FieldChange::personal(external_ids::FIELD));
            }
            return rewritten(reading, change, row.clone(), (old, &content), (row.listed, changes)).await;
        }
        content.slug = free_slug(change, &content).await?;
        let row = made(reading, change, (Uuid::now_v7(), Origin::Pushed(self.machine)), &content).await?;
        let mut changes = changed(None, Some(&content));
        changes.push(FieldChange::personal(external_ids::FIELD));
        created(reading, change, &row, changes).await?;
        Ok(row)
    }
}
