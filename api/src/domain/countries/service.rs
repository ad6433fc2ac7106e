//! How countries are read.
use std::convert::Infallible;

use entity::country;
use sea_orm::{ColumnTrait as _, Condition, sea_query::SelectStatement};
use uuid::Uuid;

use super::{CountryFilter, CountryOrderField};
use crate::{
    access::{Listed, Order, Reading, Seen},
    db::{Key, KeyKind, Parents, Sort, among, column},
    domain::{conventions, groups, opportunities},
    error::Error,
    graphql::{Combined as _, at, keys_of, typed},
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Countries;

impl Seen for Countries {
    type Table = country::Entity;
    const PREFIX: &'static str = "country";

    fn visible(_: &Reading) -> Condition {
        Condition::all()
    }

    fn id(row: &country::Model) -> Uuid {
        row.id
    }
}

impl Listed for Countries {
    type Filter = CountryFilter;
    type Field = CountryOrderField;
    type Under = Infallible;

    const WIDE: &'static [(&'static str, country::Column)] = &[];

    fn filter(reading: &Reading, filter: &CountryFilter) -> Result<Condition, Error> {
        filter.condition(|filter, path| own(reading, filter, path))
    }

    fn sort(order: Order<CountryOrderField>) -> Sort<country::Entity> {
        let (column, key): (_, fn(&country::Model) -> _) = match order.field {
            CountryOrderField::Code => (country::Column::Code, |row| (Key::text(Some(&row.code)), row.id)),
            CountryOrderField::Name => (country::Column::SortKey, |row| (Key::text(Some(&row.sort_key)), row.id)),
        };
        Sort::by(column, KeyKind::Text, order.descending, key)
    }

    fn link(_: &Reading, under: Infallible, _: Parents<'_>) -> SelectStatement {
        match under {}
    }
}

fn own(reading: &Reading, filter: &CountryFilter, path: &str) -> Result<Condition, Error> {
    let CountryFilter { and: _, or: _, not: _, code, group, party_to, on, region, has_open_opportunities } = filter;
    let day = on.map_or(reading.today(), |on| on.0);
    let mut condition = Condition::all();
    if let Some(codes) = code {
        let keys = keys_of(&at(path, "code"), codes)?;
        condition = condition.add(among(reading.backend(), column(country::Column::Id), keys));
    }
    if let Some(group) = group {
        condition = condition.add(country::Column::Id.in_subquery(groups::members(
            reading,
            typed(&at(path, "group"), group)?,
            day,
        )));
    }
    if let Some(convention) = party_to {
        condition = condition.add(country::Column::Id.in_subquery(conventions::parties(
            reading,
            typed(&at(path, "partyTo"), convention)?,
            day,
        )));
    }
    if let Some(region) = region {
        let region = typed(&at(path, "region"), region)?;
        let either =
            Condition::any().add(country::Column::Region.eq(region)).add(country::Column::Subregion.eq(region));
        condition = condition.add(either);
    }
    if let Some(open) = has_open_opportunities {
        let has = opportunities::open_to_countries(reading);
        condition = condition.add(if *open { has } else { has.not() });
    }
    Ok(condition)
}
