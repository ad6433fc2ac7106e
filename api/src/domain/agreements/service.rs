//! How agreements are read, and which countries they bind.
use entity::{
    agreement, agreement_party, country_group, group_membership,
    vocabulary::{self, AgreementStatus, SubjectKind},
};
use sea_orm::{
    ColumnTrait as _, Condition, ExprTrait as _,
    sea_query::{Alias, Expr, Query, SelectStatement, UnionType},
};
use serde::Serialize;
use uuid::Uuid;

use super::{AgreementFilter, filter::AgreementOrderField};
use crate::{
    access::{Listed, Order, Part, Reading, Seen, one},
    db::{CHILD, Key, KeyKind, PARENT, Parents, Sort, among, children, column, pairs, within},
    domain::{
        groups,
        institutions::{Institutions, known},
        search,
    },
    error::Error,
    graphql::{Combined as _, Medium, at, decode, one_of, some_or_any, typed},
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Agreements;

/// What agreements are listed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AgreementsUnder {
    /// A country that is a party, directly or through a group that it is a member of today.
    Country,
    /// A group that is itself a party.
    Group,
    /// An institution that is a competent authority.
    Authority,
}

/// That an agreement binds at least two of these countries: it is in force, they are parties to it, directly or
/// through a group, and it covers the medium or names none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Binding {
    /// The keys of the countries.
    pub(crate) countries: Vec<Uuid>,
    /// The medium, if one is asked for.
    pub(crate) medium: Option<Medium>,
}

impl Seen for Agreements {
    type Table = agreement::Entity;
    const PREFIX: &'static str = "agreement";

    fn visible(_: &Reading) -> Condition {
        Condition::all()
    }

    fn id(row: &agreement::Model) -> Uuid {
        row.id
    }
}

impl Listed for Agreements {
    type Filter = AgreementFilter;
    type Field = AgreementOrderField;
    type Under = AgreementsUnder;

    const WIDE: &'static [(&'static str, agreement::Column)] =
        &[("summary", agreement::Column::Summaries), ("summaries", agreement::Column::Summaries)];

    fn filter(reading: &Reading, filter: &AgreementFilter) -> Result<Condition, Error> {
        filter.condition(|filter, path| own(reading, filter, path))
    }

    fn sort(order: Order<AgreementOrderField>) -> Sort<agreement::Entity> {
        let (column, kind, key): (_, _, fn(&agreement::Model) -> _) = match order.field {
            AgreementOrderField::Title => {
                (agreement::Column::SortKey, KeyKind::Text, |row| (Key::text(Some(&row.sort_key)), row.id))
            }
            AgreementOrderField::SignedOn => {
                (agreement::Column::SignedOn, KeyKind::Text, |row| (Key::text(row.signed_on.as_deref()), row.id))
            }
            AgreementOrderField::InForceOn => {
                (agreement::Column::InForceOn, KeyKind::Text, |row| (Key::text(row.in_force_on.as_deref()), row.id))
            }
            AgreementOrderField::UpdatedAt => {
                (agreement::Column::UpdatedAt, KeyKind::Time, |row| (Key::time(Some(row.updated_at)), row.id))
            }
        };
        Sort::by(column, kind, order.descending, key)
    }

    fn link(reading: &Reading, under: AgreementsUnder, parents: Parents<'_>) -> SelectStatement {
        match under {
            AgreementsUnder::Country => of_countries(reading, parents),
            AgreementsUnder::Group => of(reading, agreement_party::Column::GroupId, parents),
            AgreementsUnder::Authority => of(reading, agreement_party::Column::CompetentAuthorityId, parents),
        }
    }
}

fn own(reading: &Reading, filter: &AgreementFilter, path: &str) -> Result<Condition, Error> {
    let AgreementFilter {
        and: _,
        or: _,
        not: _,
        kind,
        status,
        party,
        group,
        medium,
        signed_on,
        in_force_on,
        competent_authority,
        verified,
        updated_at,
        text,
        binding,
    } = filter;
    let id = agreement::Column::Id;
    let mut condition = Condition::all();
    if let Some(kinds) = kind {
        condition = condition.add(one_of::<_, vocabulary::AgreementKind>(agreement::Column::Kind, kinds));
    }
    if let Some(statuses) = status {
        condition = condition.add(one_of::<_, vocabulary::AgreementStatus>(agreement::Column::Status, statuses));
    }
    if let Some(code) = party {
        let link = of_countries(reading, Parents::Among(&[code.key(&at(path, "party"))?]));
        condition = condition.add(id.in_subquery(children(link)));
    }
    if let Some(code) = group {
        let parties = Query::select()
            .column((agreement_party::Entity, agreement_party::Column::AgreementId))
            .from(agreement_party::Entity)
            .inner_join(
                country_group::Entity,
                column(country_group::Column::Id).equals(agreement_party::Column::GroupId.as_column_ref()),
            )
            .and_where(country_group::Column::Code.eq(typed(&at(path, "group"), code)?))
            .take();
        condition = condition.add(id.in_subquery(parties));
    }
    if let Some(media) = medium {
        condition = condition.add(some_or_any::<_, vocabulary::Medium>(agreement::Column::Media, media));
    }
    if let Some(range) = signed_on {
        let date = column(agreement::Column::SignedOn);
        condition = condition.add(within(&date, range.from.map(|day| day.0), range.before.map(|day| day.0)));
    }
    if let Some(range) = in_force_on {
        let date = column(agreement::Column::InForceOn);
        condition = condition.add(within(&date, range.from.map(|day| day.0), range.before.map(|day| day.0)));
    }
    if let Some(authority) = competent_authority {
        let key = decode(&at(path, "competentAuthority"), Institutions::PREFIX, authority)?;
        let authorities = agreement_party::Column::CompetentAuthorityId;
        let link =
            of(reading, authorities, Parents::Among(&[key])).cond_where(known(reading, &column(authorities))).take();
        condition = condition.add(id.in_subquery(children(link)));
    }
    if let Some(verified) = verified {
        condition = condition.add(agreement::Column::Verified.eq(*verified));
    }
    if let Some(range) = updated_at {
        condition = condition.add(range.condition(agreement::Column::UpdatedAt));
    }
    if let Some(text) = text {
        let found = search::subjects_with(reading, SubjectKind::Agreement, &at(path, "text"), text)?;
        condition = condition.add(id.in_subquery(found));
    }
    if let Some(binding) = binding {
        condition = condition.add(binds(reading, binding));
    }
    Ok(condition)
}

/// The agreements to which these are parties, or for which they are competent authorities.
fn of(reading: &Reading, party: agreement_party::Column, parents: Parents<'_>) -> SelectStatement {
    pairs(column(party), column(agreement_party::Column::AgreementId))
        .distinct()
        .from(agreement_party::Entity)
        .and_where(parents.has(reading.backend(), column(party)))
        .take()
}

/// The agreements to which these countries are parties, directly or through a group that they are members of today.
fn of_countries(reading: &Reading, countries: Parents<'_>) -> SelectStatement {
    let member = column(group_membership::Column::CountryId);
    let through_groups = groups::member_pairs(reading, reading.today())
        .clear_selects()
        .expr_as(member.clone(), PARENT)
        .expr_as(column(agreement_party::Column::AgreementId), CHILD)
        .inner_join(
            agreement_party::Entity,
            column(agreement_party::Column::GroupId).equals(group_membership::Column::GroupId.as_column_ref()),
        )
        .and_where(countries.has(reading.backend(), member))
        .take();
    of(reading, agreement_party::Column::CountryId, countries).union(UnionType::Distinct, through_groups).take()
}

/// The agreements that bind at least two of the countries.
fn binds(reading: &Reading, binding: &Binding) -> Condition {
    let between = children(of_countries(reading, Parents::Among(&binding.countries)))
        .group_by_col(("link", CHILD))
        .and_having(Expr::col(Alias::new(PARENT)).count_distinct().gte(2))
        .take();
    Condition::all()
        .add(agreement::Column::Status.eq(AgreementStatus::InForce))
        .add(agreement::Column::Id.in_subquery(between))
        .add_option(
            binding.medium.map(|medium| some_or_any::<_, vocabulary::Medium>(agreement::Column::Media, &[medium])),
        )
}

/// Which of the countries each binding agreement binds: pairs of an agreement and a country.
pub(crate) async fn bound_countries(reading: &Reading, binding: &Binding) -> Result<Vec<(Uuid, Uuid)>, Error> {
    let statement = Query::select()
        .column(("link", CHILD))
        .column(("link", PARENT))
        .from_subquery(of_countries(reading, Parents::Among(&binding.countries)), "link")
        .inner_join(agreement::Entity, column(agreement::Column::Id).equals(("link", CHILD)))
        .cond_where(binds(reading, binding))
        .order_by(agreement::Column::SortKey, sea_orm::Order::Asc)
        .order_by((agreement::Entity, agreement::Column::Id), sea_orm::Order::Asc)
        .take();
    let rows = sea_orm::ConnectionTrait::query_all(&reading.db, &statement).await?;
    rows.iter().map(|row| Ok((row.try_get("", CHILD)?, row.try_get("", PARENT)?))).collect()
}

/// The keys of the competent authorities, on the countries' sides, of the agreements that bind them.
pub(crate) async fn authorities(reading: &Reading, binding: &Binding) -> Result<Vec<Uuid>, Error> {
    let countries = || binding.countries.iter().copied();
    let mut agreements = Query::select();
    agreements.column((agreement::Entity, agreement::Column::Id)).from(agreement::Entity);
    agreements.cond_where(binds(reading, binding));
    let member = among(reading.backend(), column(group_membership::Column::CountryId), countries());
    let groups = groups::member_pairs(reading, reading.today())
        .clear_selects()
        .column((group_membership::Entity, group_membership::Column::GroupId))
        .and_where(member)
        .take();
    let side = Condition::any()
        .add(among(reading.backend(), column(agreement_party::Column::CountryId), countries()))
        .add(agreement_party::Column::GroupId.in_subquery(groups));
    let statement = Query::select()
        .distinct()
        .column(agreement_party::Column::CompetentAuthorityId)
        .from(agreement_party::Entity)
        .and_where(agreement_party::Column::CompetentAuthorityId.is_not_null())
        .and_where(agreement_party::Column::AgreementId.in_subquery(agreements))
        .cond_where(side)
        .take();
    let rows = sea_orm::ConnectionTrait::query_all(&reading.db, &statement).await?;
    rows.iter().map(|row| Ok(row.try_get("", "competent_authority_id")?)).collect()
}

/// The agreement with this readable key.
pub(super) async fn by_slug(reading: &Reading, slug: &str) -> Result<Option<agreement::Model>, Error> {
    one::<Agreements>(reading, agreement::Column::Slug.eq(slug)).await
}

/// The parties to an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Parties;

impl Part for Parties {
    type Table = agreement_party::Entity;
    const OF: agreement_party::Column = agreement_party::Column::AgreementId;

    fn order() -> Vec<agreement_party::Column> {
        vec![agreement_party::Column::Position, agreement_party::Column::Id]
    }

    fn visible(&self, _: &Reading) -> Condition {
        Condition::all()
    }

    fn of(row: &agreement_party::Model) -> Option<Uuid> {
        Some(row.agreement_id)
    }
}
