//! How invitations are read.
use std::convert::Infallible;

use entity::{invitation, vocabulary};
use sea_orm::{ColumnTrait as _, Condition, sea_query::SelectStatement};
use uuid::Uuid;

use super::{InvitationFilter, lifecycle::stand};
use crate::{
    access::{Listed, Order, Reading, Seen},
    db::{Key, KeyKind, Parents, Sort, among, column},
    domain::institutions::Institutions,
    error::Error,
    graphql::{Combined as _, at, decode, keys_of, one_of},
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Invitations;

impl Seen for Invitations {
    type Table = invitation::Entity;
    const PREFIX: &'static str = "inv";

    fn visible(reading: &Reading) -> Condition {
        reading.viewer.invitations().by(invitation::Column::InvitedBy)
    }

    fn id(row: &invitation::Model) -> Uuid {
        row.id
    }
}

impl Listed for Invitations {
    type Filter = InvitationFilter;
    type Field = ();
    type Under = Infallible;

    const WIDE: &'static [(&'static str, invitation::Column)] = &[];

    fn filter(reading: &Reading, filter: &InvitationFilter) -> Result<Condition, Error> {
        filter.condition(|filter, path| own(reading, filter, path))
    }

    fn sort(order: Order<()>) -> Sort<invitation::Entity> {
        let key = |row: &invitation::Model| (Key::time(Some(row.created_at)), row.id);
        Sort::by(invitation::Column::CreatedAt, KeyKind::Time, order.descending, key)
    }

    fn link(_: &Reading, under: Infallible, _: Parents<'_>) -> SelectStatement {
        match under {}
    }
}

fn own(reading: &Reading, filter: &InvitationFilter, path: &str) -> Result<Condition, Error> {
    use invitation::Column;
    let InvitationFilter { and: _, or: _, not: _, status, role, country, institution } = filter;
    let mut condition = Condition::all();
    if let Some(statuses) = status {
        let nothing = Condition::any().add(sea_orm::sea_query::Expr::val(false));
        let any = statuses.iter().fold(nothing, |any, status| any.add(stand((*status).into(), reading.now())));
        condition = condition.add(any);
    }
    if let Some(roles) = role {
        condition = condition.add(one_of::<_, vocabulary::Role>(Column::Role, roles));
    }
    if let Some(codes) = country {
        let keys = keys_of(&at(path, "country"), codes)?;
        condition = condition.add(among(reading.backend(), column(Column::CountryId), keys));
    }
    if let Some(id) = institution {
        let key = decode(&at(path, "institution"), Institutions::PREFIX, id)?;
        condition = condition.add(Column::InstitutionId.eq(key));
    }
    Ok(condition)
}
