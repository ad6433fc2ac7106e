//! How groups and their members are read.
use chrono::NaiveDate;
use entity::{country_group, group_membership, vocabulary::GroupRole};
use sea_orm::{
    ColumnTrait as _, Condition,
    sea_query::{Query, SelectStatement},
};
use std::convert::Infallible;
use uuid::Uuid;

use crate::{
    access::{Listed, Order, Part, Reading, Seen, one},
    db::{Key, KeyKind, Parents, Sort, column, covers},
    error::Error,
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Groups;

impl Seen for Groups {
    type Table = country_group::Entity;
    const PREFIX: &'static str = "group";

    fn visible(_: &Reading) -> Condition {
        Condition::all()
    }

    fn id(row: &country_group::Model) -> Uuid {
        row.id
    }
}

impl Listed for Groups {
    type Filter = ();
    type Field = ();
    type Under = Infallible;

    const WIDE: &'static [(&'static str, country_group::Column)] = &[];

    fn filter(_: &Reading, (): &()) -> Result<Condition, Error> {
        Ok(Condition::all())
    }

    fn sort(order: Order<()>) -> Sort<country_group::Entity> {
        Sort::by(country_group::Column::SortKey, KeyKind::Text, order.descending, |row: &country_group::Model| {
            (Key::text(Some(&row.sort_key)), row.id)
        })
    }

    fn link(_: &Reading, under: Infallible, _: Parents<'_>) -> SelectStatement {
        match under {}
    }
}

/// The memberships of a group, or of a country.
macro_rules! memberships {
    ($(#[doc = $doc:tt])* $name:ident, $of:ident, $column:ident, $order:ident) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) struct $name(pub(super) NaiveDate);

        impl Part for $name {
            type Table = group_membership::Entity;
            const OF: group_membership::Column = group_membership::Column::$column;

            fn order() -> Vec<group_membership::Column> {
                vec![group_membership::Column::$order, group_membership::Column::Id]
            }

            fn visible(&self, reading: &Reading) -> Condition {
                on(self.0, reading.today())
            }

            fn of(row: &group_membership::Model) -> Option<Uuid> {
                Some(row.$of)
            }
        }
    };
}

memberships! {
    /// The members of a group on a day.
    MembersOfGroup, group_id, GroupId, CountryId
}
memberships! {
    /// The memberships of a country on a day.
    MembershipsOfCountry, country_id, CountryId, GroupId
}

/// The memberships that hold on `day`.
fn on(day: NaiveDate, today: NaiveDate) -> Condition {
    let until = column(group_membership::Column::Until);
    covers(column(group_membership::Column::Since), Some(until), day, today)
}

/// The full members of groups on `day`: pairs of `group_id` and `country_id`.
pub(crate) fn member_pairs(reading: &Reading, day: NaiveDate) -> SelectStatement {
    Query::select()
        .column((group_membership::Entity, group_membership::Column::GroupId))
        .column((group_membership::Entity, group_membership::Column::CountryId))
        .from(group_membership::Entity)
        .and_where(group_membership::Column::Role.eq(GroupRole::Member))
        .cond_where(on(day, reading.today()))
        .take()
}

/// The keys of the countries that are full members, on `day`, of the group with this code.
pub(crate) fn members(reading: &Reading, code: &str, day: NaiveDate) -> SelectStatement {
    let mut group = Query::select();
    group.column(country_group::Column::Id).from(country_group::Entity).and_where(country_group::Column::Code.eq(code));
    let group = group_membership::Column::GroupId.in_subquery(group);
    member_pairs(reading, day)
        .clear_selects()
        .column((group_membership::Entity, group_membership::Column::CountryId))
        .and_where(group)
        .take()
}

/// The keys of the groups that a country belongs to today, in any role.
pub(crate) fn of_country(reading: &Reading, country: Uuid) -> SelectStatement {
    Query::select()
        .column(group_membership::Column::GroupId)
        .from(group_membership::Entity)
        .and_where(group_membership::Column::CountryId.eq(country))
        .cond_where(on(reading.today(), reading.today()))
        .take()
}

/// The group with this code.
pub(super) async fn by_code(reading: &Reading, code: &str) -> Result<Option<country_group::Model>, Error> {
    one::<Groups>(reading, country_group::Column::Code.eq(code)).await
}
