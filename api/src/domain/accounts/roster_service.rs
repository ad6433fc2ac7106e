//! How accounts are listed, and which of them a filter lets pass.
use std::convert::Infallible;

use entity::{
    account, institution, role_grant,
    vocabulary::{self, AccountStatus},
};
use sea_orm::{
    ColumnTrait as _, Condition, ExprTrait as _,
    sea_query::{LikeExpr, Query, SelectStatement},
};

use super::{AccountFilter, Accounts, lifecycle::in_force};
use crate::{
    access::{Listed, Order, Reading, Seen as _},
    db::{Key, KeyKind, Parents, Sort, among, column},
    domain::{institutions::Institutions, search},
    error::Error,
    graphql::{Combined as _, at, decode, keys_of, one_of},
};

impl Listed for Accounts {
    type Filter = AccountFilter;
    type Field = ();
    type Under = Infallible;

    const WIDE: &'static [(&'static str, account::Column)] = &[];

    fn filter(reading: &Reading, filter: &AccountFilter) -> Result<Condition, Error> {
        filter.condition(|filter, path| own(reading, filter, path))
    }

    fn sort(order: Order<()>) -> Sort<account::Entity> {
        let key = |row: &account::Model| (Key::text(Some(&row.sort_key)), row.id);
        Sort::by(account::Column::SortKey, KeyKind::Text, order.descending, key)
    }

    fn link(_: &Reading, under: Infallible, _: Parents<'_>) -> SelectStatement {
        match under {}
    }
}

fn own(reading: &Reading, filter: &AccountFilter, path: &str) -> Result<Condition, Error> {
    use account::Column;
    let AccountFilter { and: _, or: _, not: _, text, role, status, country, institution } = filter;
    let mut condition = Condition::all();
    if let Some(text) = text {
        for word in search::words_of(&at(path, "text"), text)? {
            // What is folded has no signs that mean something in a pattern.
            condition = condition.add(column(Column::SortKey).like(LikeExpr::new(format!("%{word}%"))));
        }
    }
    if let Some(statuses) = status {
        condition = condition.add(one_of::<_, AccountStatus>(Column::Status, statuses));
    }
    if role.is_none() && country.is_none() && institution.is_none() {
        return Ok(condition);
    }
    let mut granted = Condition::all().add(in_force(reading.today()));
    if let Some(roles) = role {
        granted = granted.add(one_of::<_, vocabulary::Role>(role_grant::Column::Role, roles));
    }
    if let Some(codes) = country {
        let keys = keys_of(&at(path, "country"), codes)?;
        let among = |column| among(reading.backend(), column, keys.iter().copied());
        let there = Query::select()
            .column(institution::Column::Id)
            .from(institution::Entity)
            .and_where(among(column(institution::Column::CountryId)))
            .take();
        let either = Condition::any()
            .add(among(column(role_grant::Column::CountryId)))
            .add(role_grant::Column::InstitutionId.in_subquery(there));
        granted = granted.add(either);
    }
    if let Some(id) = institution {
        let key = decode(&at(path, "institution"), Institutions::PREFIX, id)?;
        granted = granted.add(role_grant::Column::InstitutionId.eq(key));
    }
    let holders =
        Query::select().column(role_grant::Column::AccountId).from(role_grant::Entity).cond_where(granted).take();
    Ok(condition.add(Column::Id.in_subquery(holders)))
}
