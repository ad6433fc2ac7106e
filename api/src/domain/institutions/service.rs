//! How institutions are read.
use entity::{
    institution,
    vocabulary::{self, SubjectKind},
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    sea_query::{Expr, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use super::{InstitutionFilter, filter::InstitutionOrderField};
use crate::{
    access::{Listed, Order, Reach, Reading, Seen, one},
    db::{Key, KeyKind, Parents, Sort, among, column, pairs},
    domain::search,
    error::Error,
    graphql::{Combined as _, at, decode, keys_of, one_of, some_of},
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Institutions;

/// What institutions are listed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum InstitutionsUnder {
    /// The country that they are in.
    Country,
    /// The institution that they are parts of.
    Parent,
}

impl Seen for Institutions {
    type Table = institution::Entity;
    const PREFIX: &'static str = "inst";
    const MERGES: bool = true;

    fn visible(reading: &Reading) -> Condition {
        let listed = column(institution::Column::Listed);
        match reading.viewer.unlisted_institutions() {
            Reach::Nothing => Condition::all().add(listed),
            Reach::Everything => Condition::all(),
            own @ (Reach::Own { .. } | Reach::MadeBy(_)) => {
                Condition::any().add(listed).add(reached(reading, own, &column(institution::Column::Id)))
            }
        }
    }

    fn id(row: &institution::Model) -> Uuid {
        row.id
    }
}

impl Listed for Institutions {
    type Filter = InstitutionFilter;
    type Field = InstitutionOrderField;
    type Under = InstitutionsUnder;

    const WIDE: &'static [(&'static str, institution::Column)] = &[("description", institution::Column::Descriptions)];

    fn filter(reading: &Reading, filter: &InstitutionFilter) -> Result<Condition, Error> {
        filter.condition(|filter, path| own(reading, filter, path))
    }

    fn sort(order: Order<InstitutionOrderField>) -> Sort<institution::Entity> {
        let (column, kind, key): (_, _, fn(&institution::Model) -> _) = match order.field {
            InstitutionOrderField::Name => {
                (institution::Column::SortKey, KeyKind::Text, |row| (Key::text(Some(&row.sort_key)), row.id))
            }
            InstitutionOrderField::UpdatedAt => {
                (institution::Column::UpdatedAt, KeyKind::Time, |row| (Key::time(Some(row.updated_at)), row.id))
            }
        };
        Sort::by(column, kind, order.descending, key)
    }

    fn parent(under: InstitutionsUnder) -> Option<institution::Column> {
        Some(holding(under))
    }

    fn link(reading: &Reading, under: InstitutionsUnder, parents: Parents<'_>) -> SelectStatement {
        let parent = column(holding(under));
        pairs(parent.clone(), column(institution::Column::Id))
            .from(institution::Entity)
            .and_where(parents.has(reading.backend(), parent))
            .take()
    }
}

/// The column that holds what an institution is listed under.
fn holding(under: InstitutionsUnder) -> institution::Column {
    match under {
        InstitutionsUnder::Country => institution::Column::CountryId,
        InstitutionsUnder::Parent => institution::Column::ParentId,
    }
}

fn own(reading: &Reading, filter: &InstitutionFilter, path: &str) -> Result<Condition, Error> {
    let InstitutionFilter { and: _, or: _, not: _, kind, country, regional, policy_area, parent, updated_at, text } =
        filter;
    let mut condition = Condition::all();
    if let Some(kinds) = kind {
        condition = condition.add(one_of::<_, vocabulary::InstitutionKind>(institution::Column::Kind, kinds));
    }
    if let Some(codes) = country {
        let keys = keys_of(&at(path, "country"), codes)?;
        condition = condition.add(among(reading.backend(), column(institution::Column::CountryId), keys));
    }
    if let Some(regional) = regional {
        let country = column(institution::Column::CountryId);
        condition = condition.add(if *regional { country.is_null() } else { country.is_not_null() });
    }
    if let Some(areas) = policy_area {
        condition = condition.add(some_of::<_, vocabulary::PolicyArea>(institution::Column::PolicyAreas, areas));
    }
    if let Some(parent) = parent {
        let parent = decode(&at(path, "parent"), Institutions::PREFIX, parent)?;
        condition = condition.add(institution::Column::ParentId.eq(parent));
        condition = condition.add(known(reading, &column(institution::Column::ParentId)));
    }
    if let Some(range) = updated_at {
        condition = condition.add(range.condition(institution::Column::UpdatedAt));
    }
    if let Some(text) = text {
        let found = search::subjects_with(reading, SubjectKind::Institution, &at(path, "text"), text)?;
        condition = condition.add(institution::Column::Id.in_subquery(found));
    }
    Ok(condition)
}

/// The institution with this readable key.
pub(super) async fn by_slug(reading: &Reading, slug: &str) -> Result<Option<institution::Model>, Error> {
    one::<Institutions>(reading, institution::Column::Slug.eq(slug)).await
}

/// That an institution, whose key this is, is within a viewer's reach.
pub(crate) fn reached(reading: &Reading, reach: Reach<'_>, institution: &SimpleExpr) -> Condition {
    match reach {
        Reach::Nothing => Condition::all().add(Expr::val(false)),
        Reach::Everything => Condition::all(),
        Reach::MadeBy(machine) => Condition::all().add(institution.clone().in_subquery(made_by(machine))),
        Reach::Own { institutions, countries } => {
            let among = |column: SimpleExpr, keys: &[Uuid]| {
                (!keys.is_empty()).then(|| among(reading.backend(), column, keys.iter().copied()))
            };
            let there = among(column(institution::Column::CountryId), countries).map(|there| {
                let keys =
                    Query::select().column(institution::Column::Id).from(institution::Entity).and_where(there).take();
                institution.clone().in_subquery(keys)
            });
            Condition::any()
                .add(Expr::val(false))
                .add_option(among(institution.clone(), institutions))
                .add_option(there)
        }
    }
}

/// The keys of the institutions that an agency's machine has made.
fn made_by(machine: Uuid) -> SelectStatement {
    Query::select()
        .column(institution::Column::Id)
        .from(institution::Entity)
        .and_where(institution::Column::CreatedByAgencyId.eq(machine))
        .take()
}

/// That an institution, whose key this is, was made by the agency's machine that asks, if one does.
pub(crate) fn made_by_viewer(reading: &Reading, institution: &SimpleExpr) -> Option<SimpleExpr> {
    reading.viewer.maker().map(|machine| institution.clone().in_subquery(made_by(machine)))
}

/// The keys of the institutions that the viewer may not know of; none, if they may know of all.
pub(crate) fn unknown(reading: &Reading) -> Option<SelectStatement> {
    let reach = reading.viewer.unlisted_institutions();
    let unlisted = column(institution::Column::Listed).not();
    (reach != Reach::Everything).then(|| {
        Query::select()
            .column(institution::Column::Id)
            .from(institution::Entity)
            .and_where(unlisted)
            .cond_where(reached(reading, reach, &column(institution::Column::Id)).not())
            .take()
    })
}

/// That the viewer may know of the institution whose key this is.
pub(crate) fn known(reading: &Reading, institution: &SimpleExpr) -> Condition {
    Condition::all().add_option(unknown(reading).map(|unknown| institution.clone().not_in_subquery(unknown)))
}

/// The key of the institution with this slug.
pub(crate) async fn key_of_slug(db: &impl ConnectionTrait, slug: &str) -> Result<Option<Uuid>, Error> {
    let found = institution::Entity::find().filter(institution::Column::Slug.eq(slug)).one(db).await?;
    Ok(found.map(|row| row.id))
}
