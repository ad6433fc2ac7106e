//! Whom it concerns that an address is told nothing any longer, each time told once: by which replica, and whether they were.
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    account, agency_client, role_grant,
    vocabulary::{Role, WebhookDisabledReason},
    webhook_endpoint::{self, Column},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set, sea_query::Query,
};
use uuid::Uuid;

use crate::{
    db::Turns,
    domain::accounts::{in_force, usable},
    error::Error,
};

/// What could not be told is tried again after so long; so is what was begun and not ended, as by a replica that was killed.
const AGAIN: TimeDelta = TimeDelta::hours(1);

/// That an address was disabled, which is this replica's to tell.
pub(super) struct Notice {
    /// The address, as it was then.
    pub(super) endpoint: webhook_endpoint::Model,
    /// The agency's machine.
    pub(super) client: agency_client::Model,
    /// Whom to tell: those who represent the institution that answers for the machine, and the administrators.
    pub(super) recipients: Vec<account::Model>,
}

fn untold(now: DateTime<Utc>) -> Condition {
    let begun = Condition::any().add(Column::NoticeBegunAt.is_null()).add(Column::NoticeBegunAt.lte(now - AGAIN));
    Condition::all()
        .add(Column::DisabledReason.is_in([WebhookDisabledReason::Failing, WebhookDisabledReason::Gone]))
        .add(Column::NoticedAt.is_null())
        .add(begun)
}

/// The addresses of which it is to be told now that they were disabled.
pub(super) async fn found(db: &Turns, now: DateTime<Utc>) -> Result<Vec<Uuid>, Error> {
    let found = webhook_endpoint::Entity::find().select_only().column(Column::Id).filter(untold(now));
    Ok(found.order_by_asc(Column::DisabledAt).order_by_asc(Column::Id).into_tuple().all(db).await?)
}

/// Takes it upon this replica to tell of an address, if no other one has.
pub(super) async fn take(db: &Turns, now: DateTime<Utc>, key: Uuid) -> Result<Option<Notice>, Error> {
    let change = db.change().await?;
    let found = webhook_endpoint::Entity::find_by_id(key).filter(untold(now)).lock_exclusive().one(&*change).await?;
    let Some(row) = found else { return Ok(None) };
    let client = agency_client::Entity::find_by_id(row.agency_client_id).one(&*change).await?;
    let Some(client) = client else { return Ok(None) };
    let theirs = Condition::any().add(role_grant::Column::Role.eq(Role::Admin)).add(
        Condition::all()
            .add(role_grant::Column::Role.eq(Role::Representative))
            .add(role_grant::Column::InstitutionId.eq(client.institution_id)),
    );
    let theirs = Query::select()
        .column(role_grant::Column::AccountId)
        .from(role_grant::Entity)
        .cond_where(theirs)
        .cond_where(in_force(now.date_naive()))
        .and_where(role_grant::Column::AccountId.in_subquery(usable()))
        .take();
    let recipients = account::Entity::find()
        .filter(account::Column::Id.in_subquery(theirs))
        .order_by_asc(account::Column::Id)
        .all(&*change)
        .await?;
    let mut begun = row.into_active_model();
    begun.notice_begun_at = Set(Some(now));
    let endpoint = begun.update(&*change).await?;
    change.commit().await?;
    Ok(Some(Notice { endpoint, client, recipients }))
}

/// Writes down that they were told.
pub(super) async fn told(db: &Turns, now: DateTime<Utc>, notice: &Notice) -> Result<(), Error> {
    let row = webhook_endpoint::ActiveModel { noticed_at: Set(Some(now)), ..Default::default() };
    webhook_endpoint::Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(notice.endpoint.id))
        // It may have been enabled meanwhile, and even disabled once more.
        .filter(Column::Version.eq(notice.endpoint.version))
        .exec(db)
        .await?;
    Ok(())
}
