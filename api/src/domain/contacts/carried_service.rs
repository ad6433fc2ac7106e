//! Which contacts an address book is given: as conditions on what there is now, and as a rule about what the log says there
//! was. The two say the same.
use entity::{appointment, institution, policymaker, vocabulary};
use sea_orm::{ColumnTrait as _, Condition, QueryFilter as _, QuerySelect as _, sea_query::Query};
use uuid::Uuid;

use super::filter::{ContactFilter, ContactKind};
use crate::{
    access::{Reading, Seen as _, seen_rows},
    changes::{Audience, audiences_of},
    db::{among, column},
    domain::{
        institutions::{Institutions, known},
        policymakers::{Policymakers, consenting},
    },
    error::Error,
    graphql::{at, decode, keys_of, one_of, some_of},
};

/// A filter, with the keys that it names.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    filter: ContactFilter,
    countries: Option<Vec<Uuid>>,
    /// Those that it names, whether or not whoever asks may know of them.
    institutions: Option<Vec<Uuid>>,
    /// Those of them that whoever asks may know of, or could, of what is there no more.
    known_once: Option<Vec<Uuid>>,
}

impl Carried {
    /// What a filter asks for.
    ///
    /// # Errors
    ///
    /// If it has what is no code or ID.
    pub(crate) async fn of(reading: &Reading, filter: ContactFilter) -> Result<Self, Error> {
        let countries = filter.country.as_deref().map(|codes| keys_of(&at("filter", "country"), codes)).transpose()?;
        let named = filter.institution.as_deref().map(|ids| {
            let path = at("filter", "institution");
            ids.iter().enumerate().map(|(n, id)| decode(&format!("{path}.{n}"), Institutions::PREFIX, id)).collect()
        });
        let institutions = named.transpose()?;
        Self { filter, countries, institutions, known_once: None }.renewed(reading).await
    }

    /// The same, with the institutions that may be known of by now. Whoever reads the log does so afterwards: of what is listed
    /// or brought back in between, the log would tell somebody in vain who does not know of it yet.
    ///
    /// # Errors
    ///
    /// If the database cannot be asked.
    pub(super) async fn renewed(&self, reading: &Reading) -> Result<Self, Error> {
        let mut next = self.clone();
        if let Some(keys) = &self.institutions {
            let mut known = known_among(reading, keys).await?;
            let others = keys.iter().copied().filter(|key| !known.contains(key)).collect();
            known.extend(known_once_among(reading, others).await?);
            next.known_once = Some(known);
        }
        Ok(next)
    }

    fn kinds(&self, kind: ContactKind) -> bool {
        self.filter.kind.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }

    /// The institutions that are carried; none, if none ever are.
    pub(crate) fn institutions(&self, reading: &Reading) -> Option<Condition> {
        use institution::Column;
        let Self { filter, countries, institutions, known_once: _ } = self;
        let ContactFilter { kind: _, country: _, institution: _, institution_kind, policy_area } = filter;
        self.kinds(ContactKind::Organization).then(|| {
            let of = |keys: &Vec<Uuid>, column| among(reading.backend(), column, keys.iter().copied());
            Condition::all()
                .add(Institutions::visible(reading))
                .add_option(countries.as_ref().map(|keys| of(keys, column(Column::CountryId))))
                .add_option(institutions.as_ref().map(|keys| of(keys, column(Column::Id))))
                .add_option(
                    institution_kind
                        .as_ref()
                        .map(|kinds| one_of::<_, vocabulary::InstitutionKind>(Column::Kind, kinds)),
                )
                .add_option(
                    policy_area.as_ref().map(|areas| some_of::<_, vocabulary::PolicyArea>(Column::PolicyAreas, areas)),
                )
        })
    }

    /// The policymakers who are carried; none, if none ever are. A machine is given those alone who consented, or whose
    /// consent it recorded: that others hold a public position puts them into nobody's address book.
    pub(crate) fn policymakers(&self, reading: &Reading) -> Option<Condition> {
        use policymaker::Column;
        let Self { filter, countries, institutions, known_once: _ } = self;
        let ContactFilter { kind: _, country: _, institution: _, institution_kind, policy_area } = filter;
        (self.kinds(ContactKind::Person) && institution_kind.is_none()).then(|| {
            let of = |keys: &Vec<Uuid>, column| among(reading.backend(), column, keys.iter().copied());
            let there = institutions.as_ref().map(|keys| {
                Query::select()
                    .column(appointment::Column::PolicymakerId)
                    .from(appointment::Entity)
                    .and_where(of(keys, column(appointment::Column::InstitutionId)))
                    .cond_where(known(reading, &column(appointment::Column::InstitutionId)))
                    .take()
            });
            Condition::all()
                .add(consenting(reading).unwrap_or_else(|| Policymakers::visible(reading)))
                .add_option(countries.as_ref().map(|keys| of(keys, column(Column::CountryId))))
                .add_option(there.map(|there| Column::Id.in_subquery(there)))
                .add_option(
                    policy_area.as_ref().map(|areas| some_of::<_, vocabulary::PolicyArea>(Column::PolicyAreas, areas)),
                )
        })
    }

    /// Whether a contact was carried while this was its audience.
    pub(crate) fn was(&self, reading: &Reading, kind: ContactKind, audience: &Audience) -> bool {
        use entity::vocabulary::Flag as _;
        use sea_orm::ActiveEnum as _;
        let Self { filter, countries, institutions: _, known_once } = self;
        let ContactFilter { kind: _, country: _, institution: _, institution_kind, policy_area } = filter;
        let kinds = institution_kind.as_ref().map(|kinds| {
            let kinds = kinds.iter().map(|kind| vocabulary::InstitutionKind::from(*kind).to_value());
            kinds.collect::<Vec<_>>()
        });
        let areas = policy_area
            .as_ref()
            .map(|areas| vocabulary::PolicyArea::set(&areas.iter().map(|area| (*area).into()).collect::<Vec<_>>()));
        self.kinds(kind)
            && reading.viewer.could_know(audience)
            && countries.as_ref().is_none_or(|keys| audience.country.is_some_and(|key| keys.contains(&key)))
            && known_once.as_ref().is_none_or(|keys| audience.institutions.iter().any(|key| keys.contains(key)))
            && kinds.is_none_or(|kinds| audience.kind.as_ref().is_some_and(|kind| kinds.contains(kind)))
            && areas.is_none_or(|areas| audience.policy_areas & areas != 0)
    }
}

/// Those of these institutions that whoever asks may know of.
async fn known_among(reading: &Reading, keys: &[Uuid]) -> Result<Vec<Uuid>, Error> {
    let rows = seen_rows::<Institutions>(reading).select_only().column(institution::Column::Id).filter(among(
        reading.backend(),
        column(institution::Column::Id),
        keys.iter().copied(),
    ));
    Ok(rows.into_tuple().all(&reading.db).await?)
}

/// Those of these institutions that whoever asks could know of at some time: they may have been deleted or merged since, and whoever
/// followed them is told so.
async fn known_once_among(reading: &Reading, keys: Vec<Uuid>) -> Result<Vec<Uuid>, Error> {
    if keys.is_empty() {
        return Ok(keys);
    }
    let audiences = audiences_of(&reading.db, keys.into_iter()).await?;
    let known = audiences.into_iter().filter(|(_, audience)| reading.viewer.could_know(audience));
    let mut known: Vec<Uuid> = known.map(|(key, _)| key).collect();
    known.sort_unstable();
    known.dedup();
    Ok(known)
}
