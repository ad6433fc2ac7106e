//! How agencies' machines write policymakers' entries: each those that it has made.
use std::collections::HashMap;

use entity::{consent, policymaker, vocabulary::ChangeOperation};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::{
    content::{Content, Patch},
    stored::{audience_of, consents_of, contents_of, countries_of},
    writing::{Agreed, Countries, Row, are_there, log, made, rewritten, touched},
};
use crate::{
    access::Reading,
    changes::Audiences,
    db::Change,
    domain::{external_ids, upserts::Standing},
    error::{Error, FaultCode},
    validation::Faults,
};

/// Policymakers whom a machine pushes, as they are: looked up at once.
pub(crate) struct PushedPeople {
    machine: Uuid,
    known: HashMap<Uuid, Known>,
    countries: Countries,
}

struct Known {
    row: Row,
    content: Content,
    consent: Option<consent::Model>,
}

/// What is pushed of a policymaker: the content and what they agreed to, as both would be since.
pub(crate) struct PushedPerson {
    key: Option<Uuid>,
    content: Content,
    agreed: Option<Agreed>,
    /// The fields that differ.
    pub(crate) fields: Vec<&'static str>,
}

impl PushedPeople {
    /// Those with these keys, who hold positions at these institutions. Nobody else changes them meanwhile.
    pub(crate) async fn of(
        reading: &Reading,
        change: &Change,
        machine: Uuid,
        (keys, named): (&[Uuid], &[Uuid]),
    ) -> Result<Self, Error> {
        let found = policymaker::Entity::find().filter(policymaker::Column::Id.is_in(keys.iter().copied()));
        let rows = found.order_by_asc(policymaker::Column::Id).lock_exclusive().all(&**change).await?;
        let mut contents = contents_of(reading, change, &rows).await?;
        let mut said = consents_of(change, keys).await?;
        let known = rows.into_iter().map(|row| {
            let content = contents.remove(&row.id).unwrap_or_default();
            (row.id, Known { content, consent: said.remove(&row.id), row })
        });
        let countries = countries_of(reading, change, named.iter().copied()).await?;
        Ok(Self { machine, known: known.collect(), countries })
    }

    /// How a machine stands to the entry with this key.
    pub(crate) fn standing(&self, key: Uuid) -> Standing<&Row> {
        match self.known.get(&key) {
            None => Standing::Absent,
            Some(known) if known.row.created_by_agency_id != Some(self.machine) => Standing::Another,
            Some(Known { consent: Some(said), .. }) if said.confirmed && !said.share_with_agencies => {
                Standing::Withdrawn
            }
            Some(known) => Standing::Own(&known.row),
        }
    }

    /// What is to be written, of somebody new or of the entry with this key; all that is wrong with it is noted.
    pub(crate) fn read(
        &self,
        key: Option<Uuid>,
        (patch, agreed): (Patch, Option<Agreed>),
        faults: &mut Faults,
    ) -> PushedPerson {
        let known = key.and_then(|key| self.known.get(&key));
        let old = known.map(|known| known.content.clone()).unwrap_or_default();
        let named = patch.institutions();
        let content = old.clone().with(patch, faults);
        are_there(&named, &self.countries, faults);
        if content.given_name.is_empty() && !faults.has(&["givenName"]) {
            faults.add(&["givenName"], FaultCode::Required, "must be there for somebody new");
        }
        if known.is_some() && content.country != old.country {
            faults.add(&["country"], FaultCode::Invalid, "is changed by administrators alone");
        }
        for (place, position) in content.appointments.iter().enumerate() {
            faults.within(&["appointments", &place.to_string()], |faults| position.points.not_hidden(faults));
        }
        let agreed = agreed.map(|agreed| faults.within(&["consent"], |faults| agreed.checked(faults)));
        let recorded = known.and_then(|known| known.consent.as_ref());
        let agreed = agreed.filter(|agreed| is_news(agreed, recorded));
        let mut fields = content.differing(&old);
        if agreed.is_some() {
            fields.push("consent");
        }
        PushedPerson { key, content, agreed, fields }
    }

    /// Writes what was read, with its entry in the log; the contact may get another ID of the agency's.
    pub(crate) async fn write(
        &self,
        reading: &Reading,
        change: &Change,
        pushed: PushedPerson,
        identified: bool,
    ) -> Result<Row, Error> {
        let PushedPerson { key, content, agreed, mut fields } = pushed;
        let known = key.and_then(|key| self.known.get(&key));
        let (row, before) = match known {
            None => (made(reading, change, &content, Some(self.machine)).await?, None),
            Some(Known { row, content: old, .. }) => {
                let before = audience_of(change, row).await?;
                let next = if content == *old {
                    touched(row.clone().into_active_model(), row, reading).update(&**change).await?
                } else {
                    rewritten(reading, change, row, (old, &content)).await?
                };
                (next, Some(before))
            }
        };
        if let Some(agreed) = agreed {
            let recorded = known.and_then(|known| known.consent.as_ref());
            agreed.record(reading, change, (row.id, recorded), (false, Some(self.machine))).await?;
        }
        if identified {
            fields.push(external_ids::FIELD);
        }
        let operation = if known.is_some() { ChangeOperation::Updated } else { ChangeOperation::Created };
        let audiences = Audiences { before, after: Some(audience_of(change, &row).await?) };
        log(reading, change, (&row, audiences), operation, &fields, None).await?;
        Ok(row)
    }
}

/// Whether what an agency was told is other than what is known: what somebody in the network has confirmed stands, but that
/// a person agrees no more is heard from anybody.
fn is_news(agreed: &Agreed, recorded: Option<&consent::Model>) -> bool {
    recorded.is_none_or(|was| {
        if was.confirmed { agreed.share_with_agencies != was.share_with_agencies } else { !agreed.is(was) }
    })
}
