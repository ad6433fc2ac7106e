//! Who administers the network.
use chrono::NaiveDate;
use entity::{
    account, role_grant,
    vocabulary::{AccountStatus, Role},
};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Query,
};
use uuid::Uuid;

use super::{Post, in_force, not_over};
use crate::{
    db::Change,
    error::{Error, Fault, FaultCode},
};

/// The role of an administrator.
pub(super) fn administrator(account: Uuid) -> Post {
    Post { account, role: Role::Admin, country: None, institution: None }
}

/// By which an account administers the network, or is to later.
pub(super) async fn administers(
    change: &Change,
    account: Uuid,
    today: NaiveDate,
) -> Result<Vec<role_grant::Model>, Error> {
    let theirs = role_grant::Entity::find().filter(administrator(account).rows()).filter(not_over(today));
    Ok(theirs.all(&**change).await?)
}

/// The accounts that administer the network now. Whoever gives the role or takes it meanwhile takes turns here.
pub(crate) async fn administrators(change: &Change, today: NaiveDate) -> Result<Vec<Uuid>, Error> {
    use role_grant::Column;
    let grants = role_grant::Entity::find().filter(Column::Role.eq(Role::Admin)).order_by_asc(Column::Id);
    grants.lock_exclusive().all(&**change).await?;
    // Asked anew: one may have been given while this waited.
    let theirs = Query::select()
        .column(Column::AccountId)
        .from(role_grant::Entity)
        .and_where(Column::Role.eq(Role::Admin))
        .cond_where(in_force(today))
        .take();
    let active = account::Entity::find()
        .filter(account::Column::Id.in_subquery(theirs))
        .filter(account::Column::Status.eq(AccountStatus::Active));
    Ok(active.all(&**change).await?.into_iter().map(|account| account.id).collect())
}

/// What is wrong with an account administering no more: nobody else does.
pub(super) async fn is_last(
    change: &Change,
    account: Uuid,
    (field, today): (&str, NaiveDate),
) -> Result<Option<Fault>, Error> {
    let message = "the network would be left without an administrator";
    let alone = administrators(change, today).await? == [account];
    Ok(alone.then(|| Fault::of(field, FaultCode::InUse, message)))
}
