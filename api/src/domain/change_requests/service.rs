//! How requests are read: by administrators.
use std::convert::Infallible;

use entity::{
    change_request::{self, Column},
    vocabulary,
};
use sea_orm::{ColumnTrait as _, Condition, sea_query::SelectStatement};
use uuid::Uuid;

use super::{ChangeRequestFilter, lifecycle::stands};
use crate::{
    access::{Listed, Order, Reading, Seen},
    db::{Key, KeyKind, Parents, Sort},
    domain::accounts::Accounts,
    error::Error,
    graphql::{decode, one_of},
};

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ChangeRequests;

impl Seen for ChangeRequests {
    type Table = change_request::Entity;
    const PREFIX: &'static str = "change";

    fn visible(reading: &Reading) -> Condition {
        reading.viewer.change_requests().by(Column::Id)
    }

    fn id(row: &change_request::Model) -> Uuid {
        row.id
    }
}

impl Listed for ChangeRequests {
    type Filter = ChangeRequestFilter;
    type Field = ();
    type Under = Infallible;

    const WIDE: &'static [(&'static str, Column)] = &[("changes", Column::Changes)];

    fn filter(reading: &Reading, filter: &ChangeRequestFilter) -> Result<Condition, Error> {
        let ChangeRequestFilter { status, action, requested_by } = filter;
        let mut condition = Condition::all();
        if let Some(statuses) = status {
            let statuses: Vec<_> = statuses.iter().map(|status| (*status).into()).collect();
            condition = condition.add(stands(&statuses, reading.now()));
        }
        if let Some(actions) = action {
            condition = condition.add(one_of::<_, vocabulary::ChangeRequestAction>(Column::Action, actions));
        }
        if let Some(id) = requested_by {
            let account = decode("filter.requestedBy", Accounts::PREFIX, id)?;
            condition = condition.add(Column::RequestedBy.eq(account));
        }
        Ok(condition)
    }

    fn sort(order: Order<()>) -> Sort<change_request::Entity> {
        Sort::by(Column::RequestedAt, KeyKind::Time, order.descending, |row: &change_request::Model| {
            (Key::time(Some(row.requested_at)), row.id)
        })
    }

    fn link(_: &Reading, under: Infallible, _: Parents<'_>) -> SelectStatement {
        match under {}
    }
}
