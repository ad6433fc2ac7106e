//! How interests are read: by those who sent them, by those whom they are for, and by administrators.
use entity::{interest, opportunity, vocabulary::InterestStatus};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, PaginatorTrait as _, QueryFilter as _,
    sea_query::{Expr, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    access::{Listed, Order, Reach, Reading, Seen},
    db::{Change, Key, KeyKind, Parents, Sort, among, column, pairs},
    error::Error,
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Interests;

/// What interests are listed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum InterestsUnder {
    /// The opportunity.
    Opportunity,
}

impl Seen for Interests {
    type Table = interest::Entity;
    const PREFIX: &'static str = "interest";

    fn visible(reading: &Reading) -> Condition {
        let own = match reading.viewer.interests() {
            Reach::Everything => return Condition::all(),
            Reach::Own { institutions, .. } if !institutions.is_empty() => institutions,
            Reach::Nothing | Reach::Own { .. } | Reach::MadeBy(_) => return Condition::all().add(Expr::val(false)),
        };
        let of_own = |of| among(reading.backend(), of, own.iter().copied());
        let led = Query::select()
            .column(opportunity::Column::Id)
            .from(opportunity::Entity)
            .and_where(of_own(column(opportunity::Column::LeadInstitutionId)))
            .take();
        Condition::any()
            .add(of_own(column(interest::Column::InstitutionId)))
            .add(column(interest::Column::OpportunityId).in_subquery(led))
    }

    fn id(row: &interest::Model) -> Uuid {
        row.id
    }
}

impl Listed for Interests {
    type Filter = ();
    type Field = ();
    type Under = InterestsUnder;

    const WIDE: &'static [(&'static str, interest::Column)] = &[];

    fn filter(_: &Reading, (): &()) -> Result<Condition, Error> {
        Ok(Condition::all())
    }

    fn sort(order: Order<()>) -> Sort<interest::Entity> {
        Sort::by(interest::Column::CreatedAt, KeyKind::Time, order.descending, |row: &interest::Model| {
            (Key::time(Some(row.created_at)), row.id)
        })
    }

    fn parent(_: InterestsUnder) -> Option<interest::Column> {
        Some(interest::Column::OpportunityId)
    }

    fn link(reading: &Reading, _: InterestsUnder, parents: Parents<'_>) -> SelectStatement {
        let opportunity = column(interest::Column::OpportunityId);
        pairs(opportunity.clone(), column(interest::Column::Id))
            .from(interest::Entity)
            .and_where(parents.has(reading.backend(), opportunity))
            .take()
    }
}

/// Whether one of two institutions is interested at present in what the other one offers.
pub(crate) async fn court(change: &Change, one: Uuid, other: Uuid) -> Result<bool, Error> {
    use interest::Column;
    for (from, to) in [(one, other), (other, one)] {
        let offered = Query::select()
            .column(opportunity::Column::Id)
            .from(opportunity::Entity)
            .and_where(opportunity::Column::LeadInstitutionId.eq(to))
            .take();
        let over = [InterestStatus::Declined, InterestStatus::Withdrawn];
        let sent =
            interest::Entity::find().filter(Column::InstitutionId.eq(from)).filter(Column::Status.is_not_in(over));
        if sent.filter(Column::OpportunityId.in_subquery(offered)).count(&**change).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether two institutions are interested in the same opportunity at present.
pub(crate) async fn compete(change: &Change, one: Uuid, other: Uuid) -> Result<bool, Error> {
    use interest::Column;
    let of = |key: Uuid| {
        let over = [InterestStatus::Declined, InterestStatus::Withdrawn];
        interest::Entity::find().filter(Column::InstitutionId.eq(key)).filter(Column::Status.is_not_in(over))
    };
    let wanted: Vec<Uuid> = of(one).all(&**change).await?.into_iter().map(|row| row.opportunity_id).collect();
    Ok(of(other).filter(Column::OpportunityId.is_in(wanted)).count(&**change).await? > 0)
}
