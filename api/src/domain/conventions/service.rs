//! How conventions and accessions are read.
use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{accession, convention};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, ExprTrait as _,
    sea_query::{Func, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    access::{Part, Reading, Seen, one},
    db::{among, column, covers},
    error::Error,
};

/// The code of the convention that the network is about: the UNESCO Convention of 2005 on the Protection and
/// Promotion of the Diversity of Cultural Expressions.
pub(crate) const PRINCIPAL: &str = "UNESCO-2005";

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Conventions;

impl Seen for Conventions {
    type Table = convention::Entity;
    const PREFIX: &'static str = "convention";

    fn visible(_: &Reading) -> Condition {
        Condition::all()
    }

    fn id(row: &convention::Model) -> Uuid {
        row.id
    }
}

/// The accessions to a convention, or of a party.
macro_rules! accessions {
    ($(#[doc = $doc:tt])* $name:ident, $column:ident, $of:expr) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) struct $name(pub(super) NaiveDate);

        impl Part for $name {
            type Table = accession::Entity;
            const OF: accession::Column = accession::Column::$column;

            fn order() -> Vec<accession::Column> {
                vec![accession::Column::Id]
            }

            fn visible(&self, reading: &Reading) -> Condition {
                on(self.0, reading.today())
            }

            fn of(row: &accession::Model) -> Option<Uuid> {
                let of: fn(&accession::Model) -> Option<Uuid> = $of;
                of(row)
            }
        }
    };
}

accessions! {
    /// The accessions to a convention, on a day.
    ToConvention, ConventionId, |row| Some(row.convention_id)
}
accessions! {
    /// The accessions of a country, on a day.
    OfCountry, CountryId, |row| row.country_id
}
accessions! {
    /// The accessions of a group, on a day.
    OfGroup, GroupId, |row| row.group_id
}

/// The accessions that hold on `day`: from the day on which the convention entered into force for the party, or, where
/// that is not known, from the deposit of its instrument.
fn on(day: NaiveDate, today: NaiveDate) -> Condition {
    let since = Func::coalesce([column(accession::Column::InForceOn), column(accession::Column::DepositedOn)]);
    covers(since.into(), None, day, today)
}

/// The keys of the countries that are party, on `day`, to the convention with this code.
pub(crate) fn parties(reading: &Reading, code: &str, day: NaiveDate) -> SelectStatement {
    let mut convention = Query::select();
    convention.column(convention::Column::Id).from(convention::Entity).and_where(convention::Column::Code.eq(code));
    Query::select()
        .column(accession::Column::CountryId)
        .from(accession::Entity)
        .and_where(accession::Column::ConventionId.in_subquery(convention))
        .and_where(column(accession::Column::CountryId).is_not_null())
        .cond_where(on(day, reading.today()))
        .take()
}

/// The keys of the conventions that a country is party to today.
pub(crate) fn of_country(reading: &Reading, country: Uuid) -> SelectStatement {
    Query::select()
        .column(accession::Column::ConventionId)
        .from(accession::Entity)
        .and_where(accession::Column::CountryId.eq(country))
        .cond_where(on(reading.today(), reading.today()))
        .take()
}

/// Which of these countries are party today to [`PRINCIPAL`].
pub(crate) async fn parties_to_principal(reading: &Reading, countries: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
    let country = column(accession::Column::CountryId);
    let statement = parties(reading, PRINCIPAL, reading.today())
        .and_where(among(reading.backend(), country, countries.iter().copied()))
        .take();
    let rows = reading.db.query_all(&statement).await?;
    rows.iter().map(|row| Ok(row.try_get("", "country_id")?)).collect()
}

/// The convention with this code.
pub(super) async fn by_code(reading: &Reading, code: &str) -> Result<Option<convention::Model>, Error> {
    one::<Conventions>(reading, convention::Column::Code.eq(code)).await
}
