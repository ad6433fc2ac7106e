//! How opportunities are read, and to whom they are open.
use entity::{
    country, group_membership, opportunity, opportunity_agreement, opportunity_country, opportunity_group,
    opportunity_host, opportunity_partner,
    vocabulary::{self, SubjectKind},
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, ExprTrait as _,
    sea_query::{Asterisk, CaseStatement, Expr, Query, SelectStatement, SimpleExpr, UnionType},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    OpportunityFilter,
    filter::OpportunityOrderField,
    lifecycle::{CLOSES_AT, accepting, never},
};
use crate::{
    access::{Listed, Order, Part, Reach, Reading, Seen, one},
    db::{CHILD, Key, KeyKind, PARENT, Parents, Sort, children, column, pairs},
    domain::{
        agreements::Agreements,
        groups,
        institutions::{Institutions, reached},
        search,
    },
    error::Error,
    graphql::{Combined as _, Medium, at, decode, one_of, some_of, some_or_any},
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Opportunities;

/// What opportunities are listed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OpportunitiesUnder {
    /// A country that they are open to.
    OpenTo,
    /// A group whose members they are open to as such.
    Group,
    /// An institution that leads them or takes part.
    Institution,
    /// An agreement that they rest on.
    Agreement,
}

/// That an opportunity accepts interest now, is open to all of these countries, and is for the medium or for any.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct OpenToAll {
    /// The keys of the countries.
    pub(crate) countries: Vec<Uuid>,
    /// The medium, if one is asked for.
    pub(crate) medium: Option<Medium>,
}

impl Seen for Opportunities {
    type Table = opportunity::Entity;
    const PREFIX: &'static str = "opp";

    fn visible(reading: &Reading) -> Condition {
        let published = opportunity::Column::PublishedAt.is_not_null();
        match reading.viewer.unpublished_opportunities() {
            Reach::Nothing => Condition::all().add(published),
            Reach::Everything => Condition::all(),
            own @ (Reach::Own { .. } | Reach::MadeBy(_)) => Condition::any().add(published).add(reached(
                reading,
                own,
                &column(opportunity::Column::LeadInstitutionId),
            )),
        }
    }

    fn id(row: &opportunity::Model) -> Uuid {
        row.id
    }
}

impl Listed for Opportunities {
    type Filter = OpportunityFilter;
    type Field = OpportunityOrderField;
    type Under = OpportunitiesUnder;

    const WIDE: &'static [(&'static str, opportunity::Column)] = &[
        ("summary", opportunity::Column::Summaries),
        ("summaries", opportunity::Column::Summaries),
        ("description", opportunity::Column::Descriptions),
        ("descriptions", opportunity::Column::Descriptions),
        ("languages", opportunity::Column::Languages),
    ];

    fn filter(reading: &Reading, filter: &OpportunityFilter) -> Result<Condition, Error> {
        filter.condition(|filter, path| own(reading, filter, path))
    }

    fn sort(order: Order<OpportunityOrderField>) -> Sort<opportunity::Entity> {
        use opportunity::{Column, Model};
        if order.field == OpportunityOrderField::Deadline && !order.descending {
            let closes = |row: &Model| (Key::time(Some(row.deadline.unwrap_or_else(never))), row.id);
            return Sort::by_generated(CLOSES_AT, KeyKind::Time, closes);
        }
        let (column, kind, key): (_, _, fn(&Model) -> _) = match order.field {
            OpportunityOrderField::Deadline => {
                (Column::Deadline, KeyKind::Time, |row| (Key::time(row.deadline), row.id))
            }
            OpportunityOrderField::PublishedAt => {
                (Column::PublishedAt, KeyKind::Time, |row| (Key::time(row.published_at), row.id))
            }
            OpportunityOrderField::UpdatedAt => {
                (Column::UpdatedAt, KeyKind::Time, |row| (Key::time(Some(row.updated_at)), row.id))
            }
            OpportunityOrderField::Title => {
                (Column::SortKey, KeyKind::Text, |row| (Key::text(Some(&row.sort_key)), row.id))
            }
        };
        Sort::by(column, kind, order.descending, key)
    }

    fn everywhere(under: OpportunitiesUnder) -> Option<Condition> {
        (under == OpportunitiesUnder::OpenTo).then(to_everyone)
    }

    fn link(reading: &Reading, under: OpportunitiesUnder, parents: Parents<'_>) -> SelectStatement {
        let among = |column| parents.has(reading.backend(), column);
        match under {
            OpportunitiesUnder::OpenTo => open_to(reading, among),
            OpportunitiesUnder::Group => {
                pairs(column(opportunity_group::Column::GroupId), column(opportunity_group::Column::OpportunityId))
                    .from(opportunity_group::Entity)
                    .and_where(among(column(opportunity_group::Column::GroupId)))
                    .take()
            }
            OpportunitiesUnder::Agreement => pairs(
                column(opportunity_agreement::Column::AgreementId),
                column(opportunity_agreement::Column::OpportunityId),
            )
            .from(opportunity_agreement::Entity)
            .and_where(among(column(opportunity_agreement::Column::AgreementId)))
            .take(),
            OpportunitiesUnder::Institution => {
                let partner = column(opportunity_partner::Column::InstitutionId);
                let partners = pairs(partner.clone(), column(opportunity_partner::Column::OpportunityId))
                    .from(opportunity_partner::Entity)
                    .and_where(among(partner))
                    .take();
                let lead = column(opportunity::Column::LeadInstitutionId);
                pairs(lead.clone(), column(opportunity::Column::Id))
                    .from(opportunity::Entity)
                    .and_where(among(lead))
                    .union(UnionType::Distinct, partners)
                    .take()
            }
        }
    }
}

fn own(reading: &Reading, filter: &OpportunityFilter, path: &str) -> Result<Condition, Error> {
    use opportunity::Column;
    let OpportunityFilter {
        and: _,
        or: _,
        not: _,
        kind,
        status,
        open_to: open,
        host,
        lead,
        policy_area,
        medium,
        accepts_interest,
        recurring,
        deadline,
        updated_at,
        covers,
        legal_basis,
        text,
        open_to_all: all,
    } = filter;
    let mut condition = Condition::all();
    if let Some(kinds) = kind {
        condition = condition.add(one_of::<_, vocabulary::OpportunityKind>(Column::Kind, kinds));
    }
    if let Some(statuses) = status {
        condition = condition.add(one_of::<_, vocabulary::OpportunityStatus>(Column::Status, statuses));
    }
    if let Some(code) = open {
        condition = condition.add(open_to_country(reading, code.key(&at(path, "openTo"))?));
    }
    if let Some(code) = host {
        let key = code.key(&at(path, "host"))?;
        let hosted = Query::select()
            .column(opportunity_host::Column::OpportunityId)
            .from(opportunity_host::Entity)
            .and_where(opportunity_host::Column::CountryId.eq(key))
            .take();
        condition = condition.add(Column::Id.in_subquery(hosted));
    }
    if let Some(lead) = lead {
        let key = decode(&at(path, "lead"), Institutions::PREFIX, lead)?;
        condition = condition.add(Column::LeadInstitutionId.eq(key));
    }
    if let Some(areas) = policy_area {
        condition = condition.add(some_or_any::<_, vocabulary::PolicyArea>(Column::PolicyAreas, areas));
    }
    if let Some(media) = medium {
        condition = condition.add(some_or_any::<_, vocabulary::Medium>(Column::Media, media));
    }
    if let Some(accepts) = accepts_interest {
        let accepting = accepting(reading.closing());
        condition = condition.add(if *accepts { accepting } else { accepting.not() });
    }
    if let Some(recurring) = recurring {
        condition = condition.add(Column::Recurring.eq(*recurring));
    }
    if let Some(range) = deadline {
        condition = condition.add(range.condition(Column::Deadline));
    }
    if let Some(range) = updated_at {
        condition = condition.add(range.condition(Column::UpdatedAt));
    }
    if let Some(costs) = covers {
        condition = condition.add(some_of::<_, vocabulary::CoveredCost>(Column::Covers, costs));
    }
    if let Some(agreement) = legal_basis {
        let key = decode(&at(path, "legalBasis"), Agreements::PREFIX, agreement)?;
        let resting = Query::select()
            .column(opportunity_agreement::Column::OpportunityId)
            .from(opportunity_agreement::Entity)
            .and_where(opportunity_agreement::Column::AgreementId.eq(key))
            .take();
        condition = condition.add(Column::Id.in_subquery(resting));
    }
    if let Some(text) = text {
        let found = search::subjects_with(reading, SubjectKind::Opportunity, &at(path, "text"), text)?;
        condition = condition.add(Column::Id.in_subquery(found));
    }
    if let Some(all) = all {
        condition = condition.add(open_to_all(reading, all));
    }
    Ok(condition)
}

/// The opportunities that are open to everyone.
fn to_everyone() -> Condition {
    Condition::all().add(opportunity::Column::EligibleEveryone.eq(true))
}

/// To which countries opportunities are open that are not open to everyone: by name, or through a group that the country
/// is a member of today. `which` says which countries count.
fn open_to(reading: &Reading, which: impl Fn(SimpleExpr) -> SimpleExpr) -> SelectStatement {
    by_name(&which).union(UnionType::Distinct, through_groups(reading, &which)).take()
}

/// The countries that opportunities are open to by name.
fn by_name(which: impl Fn(SimpleExpr) -> SimpleExpr) -> SelectStatement {
    let named = column(opportunity_country::Column::CountryId);
    pairs(named.clone(), column(opportunity_country::Column::OpportunityId))
        .from(opportunity_country::Entity)
        .and_where(which(named))
        .take()
}

/// The countries that opportunities are open to as today's members of a group.
fn through_groups(reading: &Reading, which: impl Fn(SimpleExpr) -> SimpleExpr) -> SelectStatement {
    let member = column(group_membership::Column::CountryId);
    groups::member_pairs(reading, reading.today())
        .clear_selects()
        .expr_as(member.clone(), PARENT)
        .expr_as(column(opportunity_group::Column::OpportunityId), CHILD)
        .inner_join(
            opportunity_group::Entity,
            column(opportunity_group::Column::GroupId).equals(group_membership::Column::GroupId.as_column_ref()),
        )
        .and_where(which(member))
        .take()
}

/// The opportunities that are open to a country.
pub(super) fn open_to_country(reading: &Reading, country: Uuid) -> Condition {
    let id = opportunity::Column::Id;
    let which = |column: SimpleExpr| column.eq(country);
    Condition::any()
        .add(to_everyone())
        .add(id.in_subquery(children(by_name(which))))
        .add(id.in_subquery(children(through_groups(reading, which))))
}

/// The opportunities that accept interest now and are open to all of the countries.
fn open_to_all(reading: &Reading, all: &OpenToAll) -> Condition {
    let mut condition = accepting(reading.closing()).add_option(
        all.medium.map(|medium| some_or_any::<_, vocabulary::Medium>(opportunity::Column::Media, &[medium])),
    );
    for country in &all.countries {
        condition = condition.add(open_to_country(reading, *country));
    }
    condition
}

/// The countries that an opportunity that accepts interest now is open to.
pub(crate) fn open_to_countries(reading: &Reading) -> Condition {
    let one = |of: Condition| {
        let open = Query::select()
            .expr(Expr::val(1))
            .from(opportunity::Entity)
            .cond_where(Opportunities::visible(reading))
            .cond_where(accepting(reading.closing()))
            .cond_where(of)
            .take();
        Expr::exists(open)
    };
    let among = |link| Condition::all().add(opportunity::Column::Id.in_subquery(children(link)));
    let itself = |column: SimpleExpr| column.equals(country::Column::Id.as_column_ref());
    // Country by country, each until the first: nearly all of them have one.
    Condition::any()
        .add(one(to_everyone()))
        .add(one(among(by_name(itself))))
        .add(one(among(through_groups(reading, itself))))
}

/// How many opportunities that accept interest now, for the medium or for any, are open to which of these countries, in
/// one statement that reads each of them once. Those that are open to none of them are not told.
pub(crate) async fn counts_open_to(
    reading: &Reading,
    countries: &[Uuid],
    medium: Option<Medium>,
) -> Result<Vec<(Vec<Uuid>, i64)>, Error> {
    let any = OpenToAll { countries: vec![], medium };
    let mut which = Query::select();
    which.from(opportunity::Entity).cond_where(Opportunities::visible(reading)).cond_where(open_to_all(reading, &any));
    let mut counts = Query::select();
    counts.expr_as(Expr::col(Asterisk).count(), "total");
    for (place, country) in countries.iter().enumerate() {
        let open = CaseStatement::new().case(open_to_country(reading, *country), 1).finally(0);
        which.expr_as(open, format!("open_{place}"));
        counts.column(format!("open_{place}")).group_by_col(format!("open_{place}"));
    }
    counts.from_subquery(which, "which");
    let mut found = vec![];
    for row in reading.db.query_all(&counts).await? {
        let mut open = vec![];
        for (place, country) in countries.iter().enumerate() {
            if row.try_get::<i32>("", &format!("open_{place}"))? == 1 {
                open.push(*country);
            }
        }
        if !open.is_empty() {
            found.push((open, row.try_get("", "total")?));
        }
    }
    Ok(found)
}

/// The opportunity with this readable key.
pub(super) async fn by_slug(reading: &Reading, slug: &str) -> Result<Option<opportunity::Model>, Error> {
    one::<Opportunities>(reading, opportunity::Column::Slug.eq(slug)).await
}

/// What belongs to an opportunity in a table of its own.
macro_rules! belongings {
    ($($(#[doc = $doc:tt])* $name:ident: $table:ident by $($order:ident),*;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) struct $name;

        impl Part for $name {
            type Table = $table::Entity;
            const OF: $table::Column = $table::Column::OpportunityId;

            fn order() -> Vec<$table::Column> {
                vec![$($table::Column::$order),*]
            }

            fn visible(&self, _: &Reading) -> Condition {
                Condition::all()
            }

            fn of(row: &$table::Model) -> Option<Uuid> {
                Some(row.opportunity_id)
            }
        }
    )*};
}

belongings! {
    /// The countries that it is open to by name.
    EligibleCountries: opportunity_country by CountryId;
    /// The groups whose members it is open to.
    EligibleGroups: opportunity_group by GroupId;
    /// The countries in which it takes place.
    Hosts: opportunity_host by CountryId;
    /// The agreements that it rests on.
    LegalBasis: opportunity_agreement by AgreementId;
    /// The institutions that take part.
    Partners: opportunity_partner by Role, InstitutionId;
}
