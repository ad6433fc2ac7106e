//! How tokens of the network's own identity provider lead to accounts and agencies' machines.
use chrono::{DateTime, Utc};
use entity::{
    account, external_identity, role_grant,
    vocabulary::{AccountStatus, Role},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _, Set, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{access::Attested, db::Turns, domain::accounts::key_of, error::Error};

/// Whom a subject of the provider's is connected with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Linked {
    /// An account.
    Account(Uuid),
    /// An agency's machine.
    Agency(Uuid),
}

/// Whom a token of the provider's is for: whom it was connected with, or the account of its e-mail address.
pub(crate) async fn linked(db: &Turns, said: &Attested, now: DateTime<Utc>) -> Result<Option<Linked>, Error> {
    let Some(known) = of_subject(db, &said.iss, &said.sub).await? else {
        return Ok(by_verified_email(db, said, now).await?.map(Linked::Account));
    };
    Ok(known.account_id.map(Linked::Account).or(known.agency_client_id.map(Linked::Agency)))
}

async fn of_subject(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<external_identity::Model>, Error> {
    use external_identity::Column;
    let found = external_identity::Entity::find().filter(Column::Issuer.eq(issuer)).filter(Column::Subject.eq(subject));
    Ok(found.one(db).await?)
}

/// Connects an account with the token of its verified e-mail address: once, and never an administrator's, since whoever
/// runs the provider could take the network over.
async fn by_verified_email(db: &Turns, said: &Attested, now: DateTime<Utc>) -> Result<Option<Uuid>, Error> {
    use external_identity::Column;
    let Some(email) = said.verified_email() else { return Ok(None) };
    let change = db.change().await?;
    let account = account::Entity::find()
        .filter(account::Column::EmailKey.eq(key_of(email)))
        .filter(account::Column::Status.eq(AccountStatus::Active))
        .lock_exclusive()
        .one(&*change)
        .await?;
    let Some(account) = account else { return Ok(None) };
    // The same token may have come twice at once.
    if let Some(known) = of_subject(&*change, &said.iss, &said.sub).await? {
        return Ok(known.account_id);
    }
    let administers = role_grant::Entity::find()
        .filter(role_grant::Column::AccountId.eq(account.id))
        .filter(role_grant::Column::Role.eq(Role::Admin));
    let connected =
        external_identity::Entity::find().filter(Column::Issuer.eq(&said.iss)).filter(Column::AccountId.eq(account.id));
    if administers.count(&*change).await? > 0 || connected.count(&*change).await? > 0 {
        return Ok(None);
    }
    connection(&said.iss, &said.sub, Linked::Account(account.id), now).insert(&*change).await?;
    change.commit().await?;
    Ok(Some(account.id))
}

/// Connects a subject of the provider's by hand; if it was connected already, it is so no more.
pub(crate) async fn link(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
    whom: Linked,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    use external_identity::Column;
    let instead = OnConflict::columns([Column::Issuer, Column::Subject])
        .update_columns([Column::AccountId, Column::AgencyClientId, Column::LinkedAt])
        .to_owned();
    let connection = connection(issuer, subject, whom, now);
    external_identity::Entity::insert(connection).on_conflict(instead).exec_without_returning(db).await?;
    Ok(())
}

fn connection(issuer: &str, subject: &str, whom: Linked, now: DateTime<Utc>) -> external_identity::ActiveModel {
    let (account, agency) = match whom {
        Linked::Account(account) => (Some(account), None),
        Linked::Agency(client) => (None, Some(client)),
    };
    external_identity::ActiveModel {
        id: Set(Uuid::now_v7()),
        issuer: Set(issuer.to_owned()),
        subject: Set(subject.to_owned()),
        account_id: Set(account),
        agency_client_id: Set(agency),
        linked_at: Set(now),
    }
}
