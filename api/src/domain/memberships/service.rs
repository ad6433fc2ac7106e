//! How memberships are read.
use std::convert::Infallible;

use chrono::NaiveDate;
use entity::{
    change_log, institution, membership, role_grant,
    vocabulary::{self, MembershipStatus, MembershipTier, Role, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _, ExprTrait as _,
    PaginatorTrait as _, QueryFilter as _,
    sea_query::{Alias, Asterisk, Expr, Query, SelectStatement},
};
use uuid::Uuid;

use super::{
    MembershipFilter,
    filter::MembershipOrderField,
    lifecycle::{OVER, PUBLIC, standing, stands},
};
use crate::{
    access::{Listed, Order, Part, Reading, Seen},
    changes::{Log, Logged, fields_of},
    db::{Key, KeyKind, Parents, Sort, among, column},
    domain::{
        accounts::{in_force, usable},
        institutions::reached,
        search,
    },
    error::Error,
    graphql::{Combined as _, at, keys_of, one_of},
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Memberships;

impl Seen for Memberships {
    type Table = membership::Entity;
    const PREFIX: &'static str = "member";

    fn visible(reading: &Reading) -> Condition {
        reached(reading, reading.viewer.memberships(), &column(membership::Column::InstitutionId))
    }

    fn id(row: &membership::Model) -> Uuid {
        row.id
    }
}

impl Listed for Memberships {
    type Filter = MembershipFilter;
    type Field = MembershipOrderField;
    type Under = Infallible;

    const WIDE: &'static [(&'static str, membership::Column)] = &[];

    fn filter(reading: &Reading, filter: &MembershipFilter) -> Result<Condition, Error> {
        filter.condition(|filter, path| own(reading, filter, path))
    }

    fn sort(order: Order<MembershipOrderField>) -> Sort<membership::Entity> {
        let (column, kind, key): (_, _, fn(&membership::Model) -> _) = match order.field {
            MembershipOrderField::AppliedAt => {
                (membership::Column::AppliedAt, KeyKind::Time, |row| (Key::time(Some(row.applied_at)), row.id))
            }
            MembershipOrderField::TermEnd => {
                (membership::Column::Until, KeyKind::Day, |row| (Key::day(row.until), row.id))
            }
        };
        Sort::by(column, kind, order.descending, key)
    }

    fn link(_: &Reading, under: Infallible, _: Parents<'_>) -> SelectStatement {
        match under {}
    }
}

fn own(reading: &Reading, filter: &MembershipFilter, path: &str) -> Result<Condition, Error> {
    use membership::Column;
    let MembershipFilter { and: _, or: _, not: _, status, tier, country, term_ends_before, text } = filter;
    let mut condition = Condition::all();
    if let Some(statuses) = status {
        let statuses: Vec<MembershipStatus> = statuses.iter().map(|status| (*status).into()).collect();
        condition = condition.add(stands(&statuses, reading.today()));
    }
    if let Some(tiers) = tier {
        condition = condition.add(one_of::<_, vocabulary::MembershipTier>(Column::Tier, tiers));
    }
    if let Some(codes) = country {
        let keys = keys_of(&at(path, "country"), codes)?;
        let there = Query::select()
            .column(institution::Column::Id)
            .from(institution::Entity)
            .and_where(among(reading.backend(), column(institution::Column::CountryId), keys))
            .take();
        condition = condition.add(Column::InstitutionId.in_subquery(there));
    }
    if let Some(day) = term_ends_before {
        condition = condition.add(Column::Until.lt(day.0));
    }
    if let Some(text) = text {
        let found = search::subjects_with(reading, SubjectKind::Institution, &at(path, "text"), text)?;
        condition = condition.add(Column::InstitutionId.in_subquery(found));
    }
    Ok(condition)
}

/// An institution's memberships, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum OfInstitution {
    /// Those that the viewer sees whole.
    Whole,
    /// Those of which the viewer may know where they stand.
    Standing,
}

impl Part for OfInstitution {
    type Table = membership::Entity;
    const OF: membership::Column = membership::Column::InstitutionId;

    fn order() -> Vec<membership::Column> {
        vec![membership::Column::AppliedAt, membership::Column::Id]
    }

    fn visible(&self, reading: &Reading) -> Condition {
        let whole = Memberships::visible(reading);
        match self {
            Self::Whole => Condition::all().add(whole),
            Self::Standing => Condition::any().add(stands(&PUBLIC, reading.today())).add(whole),
        }
    }

    fn of(row: &membership::Model) -> Option<Uuid> {
        Some(row.institution_id)
    }
}

/// Whether an institution has a membership that goes on, as far as the viewer may know.
pub(crate) async fn goes_on(reading: &Reading, institution: Uuid) -> Result<bool, Error> {
    let known = membership::Entity::find()
        .filter(membership::Column::InstitutionId.eq(institution))
        .filter(membership::Column::Status.is_not_in(OVER))
        .filter(OfInstitution::Standing.visible(reading));
    Ok(known.count(&reading.db).await? > 0)
}

/// The one of an institution's memberships that counts: the one that is not over, or else the last.
pub(super) fn current(rows: &[membership::Model]) -> Option<&membership::Model> {
    rows.iter().find(|row| !OVER.contains(&row.status)).or(rows.last())
}

/// Whether an institution is kept out of the network: its membership is suspended, or it was a member and is none any more.
/// One that never was is not.
pub(crate) fn kept_out(institution: &Expr) -> Expr {
    let theirs = |of: Condition| {
        let theirs = Query::select()
            .expr(Expr::val(1))
            .from(membership::Entity)
            .and_where(column(membership::Column::InstitutionId).eq(institution.clone()))
            .cond_where(of)
            .take();
        Expr::exists(theirs)
    };
    let decided = |at: &[MembershipStatus]| {
        let at = at.iter().map(MembershipStatus::to_value);
        Condition::all().add(column(membership::Column::Status).is_in(at))
    };
    let left = decided(&[MembershipStatus::Withdrawn]).add(column(membership::Column::Since).is_not_null());
    let member = decided(&[MembershipStatus::Active, MembershipStatus::Lapsed]);
    theirs(decided(&[MembershipStatus::Suspended])).or(theirs(left).and(theirs(member).not()))
}

/// The roles of those who represent an institution and whose accounts may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Representatives;

impl Part for Representatives {
    type Table = role_grant::Entity;
    const OF: role_grant::Column = role_grant::Column::InstitutionId;

    fn order() -> Vec<role_grant::Column> {
        vec![role_grant::Column::Since, role_grant::Column::GrantedAt, role_grant::Column::Id]
    }

    fn visible(&self, reading: &Reading) -> Condition {
        representing(reading.today())
    }

    fn of(row: &role_grant::Model) -> Option<Uuid> {
        row.institution_id
    }
}

/// The roles of those who represent institutions on a day and whose accounts may be used.
pub(super) fn representing(day: NaiveDate) -> Condition {
    Condition::all()
        .add(role_grant::Column::Role.eq(Role::Representative))
        .add(in_force(day))
        .add(role_grant::Column::AccountId.in_subquery(usable()))
}

/// What the log tells of a membership, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct History;

impl Part for History {
    type Table = Log;
    const OF: change_log::Column = change_log::Column::SubjectId;

    fn order() -> Vec<change_log::Column> {
        vec![change_log::Column::Epoch, change_log::Column::Sequence]
    }

    fn visible(&self, _: &Reading) -> Condition {
        Condition::all().add(change_log::Column::Subject.eq(SubjectKind::Membership))
    }

    fn of(row: &Logged) -> Option<Uuid> {
        Some(row.subject_id)
    }
}

/// From where to where an entry of the log led a membership, if it did.
pub(super) fn step(entry: &Logged) -> Option<(Option<MembershipStatus>, MembershipStatus)> {
    let told = |value: &serde_json::Value| MembershipStatus::try_from_value(&value.as_str()?.to_owned()).ok();
    let field = fields_of(entry).into_iter().find(|field| field.name == "status")?;
    Some((told(&field.old), told(&field.new)?))
}

/// Who asked for what another administrator approved, by their account.
pub(super) fn asker(entry: &Logged) -> Option<Uuid> {
    let field = fields_of(entry).into_iter().find(|field| field.name == "requestedBy")?;
    field.new.as_str()?.parse().ok()
}

/// How many memberships stand at the same, are of the same sort, and in the same country.
pub(super) struct Count {
    /// Where they stand.
    pub(super) status: MembershipStatus,
    /// Which sort.
    pub(super) tier: MembershipTier,
    /// The institutions' country.
    pub(super) country: Option<Uuid>,
    /// How many.
    pub(super) number: i64,
}

impl Count {
    /// Whether they are those of members.
    pub(super) fn is_of_members(&self) -> bool {
        PUBLIC.contains(&self.status)
    }
}

/// How many memberships there are.
pub(super) async fn counts(reading: &Reading) -> Result<Vec<Count>, Error> {
    const STATUS: &str = "standing";
    const EACH: &str = "each";
    const NUMBER: &str = "number";
    let (tier, country) = (membership::Column::Tier, institution::Column::CountryId);
    let of = column(institution::Column::Id).eq(column(membership::Column::InstitutionId));
    let each = Query::select()
        .expr_as(standing(reading.today()), STATUS)
        .expr(column(tier))
        .expr(column(country))
        .from(membership::Entity)
        .inner_join(institution::Entity, of)
        .cond_where(Memberships::visible(reading))
        .take();
    let groups = [Alias::new(STATUS), Alias::new("tier"), Alias::new("country_id")];
    let statement = Query::select()
        .columns(groups.clone())
        .expr_as(Expr::col(Asterisk).count(), NUMBER)
        .from_subquery(each, EACH)
        .group_by_columns(groups)
        .take();
    let count = |row: &sea_orm::QueryResult| {
        Ok(Count {
            status: row.try_get("", STATUS)?,
            tier: row.try_get("", "tier")?,
            country: row.try_get("", "country_id")?,
            number: row.try_get("", NUMBER)?,
        })
    };
    reading.db.query_all(&statement).await?.iter().map(count).collect()
}
