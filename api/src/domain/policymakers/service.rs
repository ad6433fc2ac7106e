//! How policymakers and their appointments are read.
use std::cmp::Reverse;

use chrono::NaiveDate;
use entity::{
    appointment, consent, policymaker,
    vocabulary::{self, SubjectKind},
};
use sea_orm::{
    ColumnTrait as _, Condition, ExprTrait as _,
    sea_query::{Expr, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use super::{PolicymakerFilter, filter::PolicymakerOrderField};
use crate::{
    access::{Listed, Order, Part, Reach, Reading, Seen},
    db::{CHILD, Key, KeyKind, PARENT, Parents, Sort, among, column, pairs},
    domain::{
        institutions::{Institutions, known, reached, unknown},
        search,
    },
    error::Error,
    graphql::{Combined as _, at, decode, keys_of, one_of, some_of},
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Policymakers;

/// What policymakers are listed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PolicymakersUnder {
    /// Their country.
    Country,
    /// An institution at which they hold a position today.
    Institution,
}

impl Seen for Policymakers {
    type Table = policymaker::Entity;
    const PREFIX: &'static str = "pol";
    const MERGES: bool = true;

    fn visible(reading: &Reading) -> Condition {
        let id = column(policymaker::Column::Id);
        if reading.viewer.sees_every_policymaker() {
            return Condition::all().add_option(only_unknown(reading, &id).map(Condition::not));
        }
        // Asked of each: what is one of several reasons cannot be joined, and SQLite would look for all holders first.
        let held = column(appointment::Column::PolicymakerId).eq(id.clone());
        let holder = Expr::exists(holders(reading).and_where(held).take());
        let Some(made) = made(reading, &id) else { return Condition::all().add(holder) };
        Condition::any().add(holder).add_option(consenting(reading)).add(made)
    }

    fn id(row: &policymaker::Model) -> Uuid {
        row.id
    }
}

impl Listed for Policymakers {
    type Filter = PolicymakerFilter;
    type Field = PolicymakerOrderField;
    type Under = PolicymakersUnder;

    const WIDE: &'static [(&'static str, policymaker::Column)] = &[
        ("biography", policymaker::Column::Biographies),
        ("biographies", policymaker::Column::Biographies),
        ("languages", policymaker::Column::Languages),
    ];

    fn filter(reading: &Reading, filter: &PolicymakerFilter) -> Result<Condition, Error> {
        filter.condition(|filter, path| own(reading, filter, path))
    }

    fn sort(order: Order<PolicymakerOrderField>) -> Sort<policymaker::Entity> {
        let (column, kind, key): (_, _, fn(&policymaker::Model) -> _) = match order.field {
            PolicymakerOrderField::Name => {
                (policymaker::Column::SortKey, KeyKind::Personal, |row| (Key::text(Some(&row.sort_key)), row.id))
            }
            PolicymakerOrderField::UpdatedAt => {
                (policymaker::Column::UpdatedAt, KeyKind::Time, |row| (Key::time(Some(row.updated_at)), row.id))
            }
        };
        Sort::by(column, kind, order.descending, key)
    }

    fn visible_under(reading: &Reading, under: PolicymakersUnder) -> Condition {
        match under {
            PolicymakersUnder::Country => Self::visible(reading),
            // The link leads to those alone who may be seen, for what is asked here.
            PolicymakersUnder::Institution => Condition::all(),
        }
    }

    fn parent(under: PolicymakersUnder) -> Option<policymaker::Column> {
        match under {
            PolicymakersUnder::Country => Some(policymaker::Column::CountryId),
            PolicymakersUnder::Institution => None,
        }
    }

    fn link(reading: &Reading, under: PolicymakersUnder, parents: Parents<'_>) -> SelectStatement {
        match under {
            PolicymakersUnder::Country => {
                pairs(column(policymaker::Column::CountryId), column(policymaker::Column::Id))
                    .from(policymaker::Entity)
                    .and_where(parents.has(reading.backend(), column(policymaker::Column::CountryId)))
                    .take()
            }
            PolicymakersUnder::Institution => holders(reading)
                .clear_selects()
                .distinct()
                .expr_as(column(appointment::Column::InstitutionId), PARENT)
                .expr_as(column(appointment::Column::PolicymakerId), CHILD)
                .and_where(parents.has(reading.backend(), column(appointment::Column::InstitutionId)))
                .take(),
        }
    }
}

fn own(reading: &Reading, filter: &PolicymakerFilter, path: &str) -> Result<Condition, Error> {
    let PolicymakerFilter { and: _, or: _, not: _, country, institution, level, policy_area, updated_at, text } =
        filter;
    let id = policymaker::Column::Id;
    let mut condition = Condition::all();
    if let Some(codes) = country {
        let keys = keys_of(&at(path, "country"), codes)?;
        condition = condition.add(among(reading.backend(), column(policymaker::Column::CountryId), keys));
    }
    if let Some(institution) = institution {
        let key = decode(&at(path, "institution"), Institutions::PREFIX, institution)?;
        let there = holders(reading).and_where(appointment::Column::InstitutionId.eq(key)).take();
        condition = condition.add(id.in_subquery(there));
    }
    if let Some(levels) = level {
        let levels = one_of::<_, vocabulary::SeniorityLevel>(appointment::Column::Level, levels);
        condition = condition.add(id.in_subquery(holders(reading).and_where(levels).take()));
    }
    if let Some(areas) = policy_area {
        condition = condition.add(some_of::<_, vocabulary::PolicyArea>(policymaker::Column::PolicyAreas, areas));
    }
    if let Some(range) = updated_at {
        condition = condition.add(range.condition(policymaker::Column::UpdatedAt));
    }
    if let Some(text) = text {
        let found = search::subjects_with(reading, SubjectKind::Policymaker, &at(path, "text"), text)?;
        condition = condition.add(id.in_subquery(found));
    }
    Ok(condition)
}

/// The keys of the policymakers who, as far as the viewer may know, hold a position today.
fn holders(reading: &Reading) -> SelectStatement {
    Query::select()
        .column((appointment::Entity, appointment::Column::PolicymakerId))
        .from(appointment::Entity)
        .cond_where(appointments_seen(reading))
        .cond_where(held(reading.today()))
        .take()
}

/// The positions held today at institutions within a viewer's reach.
pub(crate) fn held_within(reading: &Reading, reach: Reach<'_>) -> SelectStatement {
    Query::select()
        .column((appointment::Entity, appointment::Column::Id))
        .from(appointment::Entity)
        .cond_where(reached(reading, reach, &column(appointment::Column::InstitutionId)))
        .cond_where(held(reading.today()))
        .take()
}

/// The appointments that the viewer may know of.
fn appointments_seen(reading: &Reading) -> Condition {
    let known = known(reading, &column(appointment::Column::InstitutionId));
    if reading.viewer.sees_every_policymaker() {
        return known;
    }
    let policymaker = column(appointment::Column::PolicymakerId);
    let seen = Condition::any()
        .add(appointment::Column::Public.eq(true))
        .add_option(consented(reading, &policymaker))
        .add_option(made(reading, &policymaker));
    known.add(seen)
}

/// That all positions of a policymaker, whose key this is, are at institutions that the viewer may not know of, and that there
/// are some.
fn only_unknown(reading: &Reading, policymaker: &SimpleExpr) -> Option<Condition> {
    use appointment::Column;
    let unknown = unknown(reading)?;
    let held = Query::select()
        .column(Column::Id)
        .from(appointment::Entity)
        .and_where(column(Column::PolicymakerId).eq(policymaker.clone()))
        .take();
    let there = held.clone().and_where(Column::InstitutionId.in_subquery(unknown.clone())).take();
    let elsewhere = held.clone().and_where(Column::InstitutionId.not_in_subquery(unknown)).take();
    Some(Condition::all().add(Expr::exists(there)).add(Expr::exists(elsewhere).not()))
}

/// The policymakers of the address book of the agency's machine that asks, if one does that may have one: those who let it know
/// of them, and who are not only at institutions that it may not know of; and those whom it has made.
pub(crate) fn consenting(reading: &Reading) -> Option<Condition> {
    let id = column(policymaker::Column::Id);
    consented(reading, &id).map(|consented| {
        let known = only_unknown(reading, &id).map(Condition::not);
        let shared = Condition::all().add(consented).add_option(known);
        Condition::any().add(shared).add_option(made(reading, &id))
    })
}

/// The policymakers who agree that the agency's machine that asks knows of them, if one does that may, wherever they are; and those
/// whom it has made.
pub(crate) fn agreeing(reading: &Reading) -> Option<Condition> {
    let id = column(policymaker::Column::Id);
    consented(reading, &id).map(|consented| Condition::any().add(consented).add_option(made(reading, &id)))
}

/// That a policymaker, whose key this is, let the agency's machine that asks know of them, if one does that may. It is asked of
/// each policymaker, so that a page of them costs what is on it, and not what everybody has agreed to.
fn consented(reading: &Reading, policymaker: &SimpleExpr) -> Option<SimpleExpr> {
    use consent::Column;
    let machine = reading.viewer.told_of_consenting()?;
    let counts = Condition::any().add(Column::Confirmed.eq(true)).add(Column::AgencyClientId.eq(machine));
    let theirs = Query::select()
        .column(Column::Id)
        .from(consent::Entity)
        .and_where(column(Column::PolicymakerId).eq(policymaker.clone()))
        .and_where(Column::ShareWithAgencies.eq(true))
        .cond_where(counts)
        .take();
    Some(Expr::exists(theirs))
}

/// That a policymaker, whose key this is, was made by the agency's machine that asks, if one does: but for those of whom
/// somebody in the network knows that they do not agree, or whose consent another machine has recorded since.
fn made(reading: &Reading, policymaker: &SimpleExpr) -> Option<Condition> {
    use consent::Column;
    let machine = reading.viewer.maker()?;
    let withdrawn = Condition::all().add(Column::Confirmed.eq(true)).add(Column::ShareWithAgencies.eq(false));
    let another = Condition::all().add(Column::Confirmed.eq(false)).add(Column::AgencyClientId.ne(machine));
    let kept = Query::select()
        .column(Column::Id)
        .from(consent::Entity)
        .and_where(column(Column::PolicymakerId).eq(policymaker.clone()))
        .cond_where(Condition::any().add(withdrawn).add(another))
        .take();
    // By another name: the policymaker whose key this is may be of the same table.
    let own = |of: policymaker::Column| Expr::col(("made", of));
    let made = Query::select()
        .expr(own(policymaker::Column::Id))
        .from_as(policymaker::Entity, "made")
        .and_where(own(policymaker::Column::Id).eq(policymaker.clone()))
        .and_where(own(policymaker::Column::CreatedByAgencyId).eq(machine))
        .take();
    Some(Condition::all().add(Expr::exists(made)).add(Expr::exists(kept).not()))
}

/// That an appointment, whose key this is, is of somebody who let the agency's machine that asks know of them, or whom it has
/// made itself, if one asks.
pub(crate) fn of_shared(reading: &Reading, appointment: &SimpleExpr) -> Option<SimpleExpr> {
    let of = column(appointment::Column::PolicymakerId);
    let theirs = Condition::any().add_option(consented(reading, &of)).add(made(reading, &of)?);
    let held = Query::select()
        .column(appointment::Column::Id)
        .from(appointment::Entity)
        .and_where(column(appointment::Column::Id).eq(appointment.clone()))
        .cond_where(theirs)
        .take();
    Some(Expr::exists(held))
}

/// What a policymaker agreed to be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Consents;

impl Part for Consents {
    type Table = consent::Entity;
    const OF: consent::Column = consent::Column::PolicymakerId;

    fn order() -> Vec<consent::Column> {
        vec![consent::Column::Id]
    }

    fn visible(&self, reading: &Reading) -> Condition {
        let reach = reading.viewer.consents();
        if reach == Reach::Everything {
            return Condition::all();
        }
        let own = held_within(reading, reach)
            .clear_selects()
            .column((appointment::Entity, appointment::Column::PolicymakerId))
            .take();
        let theirs = Condition::any().add(consent::Column::PolicymakerId.in_subquery(own));
        let Reach::Own { institutions: _, countries } = reach else { return theirs };
        let of_country = Query::select()
            .column((policymaker::Entity, policymaker::Column::Id))
            .from(policymaker::Entity)
            .and_where(among(reading.backend(), column(policymaker::Column::CountryId), countries.iter().copied()))
            .take();
        theirs.add(consent::Column::PolicymakerId.in_subquery(of_country))
    }

    fn of(row: &consent::Model) -> Option<Uuid> {
        Some(row.policymaker_id)
    }
}

/// The appointments that are held on a day.
fn held(day: NaiveDate) -> Condition {
    let (since, until) = (appointment::Column::Since, appointment::Column::Until);
    Condition::all()
        .add(Condition::any().add(since.is_null()).add(since.lte(day)))
        .add(Condition::any().add(until.is_null()).add(until.gte(day)))
}

/// Whether an appointment is held on a day.
pub(crate) fn is_held(row: &appointment::Model, day: NaiveDate) -> bool {
    row.since.is_none_or(|since| since <= day) && row.until.is_none_or(|until| until >= day)
}

/// The order of appointments: the newest first, and those without a beginning last.
pub(crate) fn newest_first(row: &appointment::Model) -> (Reverse<Option<NaiveDate>>, Uuid) {
    (Reverse(row.since), row.id)
}

/// The appointments of a policymaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Appointments;

impl Part for Appointments {
    type Table = appointment::Entity;
    const OF: appointment::Column = appointment::Column::PolicymakerId;

    fn order() -> Vec<appointment::Column> {
        vec![appointment::Column::Id]
    }

    fn visible(&self, reading: &Reading) -> Condition {
        appointments_seen(reading)
    }

    fn of(row: &appointment::Model) -> Option<Uuid> {
        Some(row.policymaker_id)
    }
}

/// A person's name as it is shown: honorific, given name, family name.
pub(crate) fn display_name(row: &policymaker::Model) -> String {
    let parts = [row.honorific.as_deref(), Some(row.given_name.as_str()), row.family_name.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The names by which a person may be called: in Latin letters as a rule, and in their own script.
pub(crate) fn names_of(row: &policymaker::Model) -> Vec<String> {
    let family = row.family_name.as_deref().unwrap_or_default();
    [Some(format!("{} {family}", row.given_name)), row.native_name.clone()].into_iter().flatten().collect()
}
