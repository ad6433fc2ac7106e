//! How tokens of the network's own identity provider lead to accounts and agencies' machines.
use chrono::{DateTime, Utc};
use entity::{
    account, agency_client, external_identity, role_grant,
    vocabulary::{AccountStatus, ChangeOperation, Role, SubjectKind},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Set, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    access::Attested,
    changes::{Actor, Entry, FieldChange, append},
    db::Turns,
    domain::accounts::{in_force, key_of},
    error::Error,
};

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
    let Some(account) = known.account_id else { return Ok(known.agency_client_id.map(Linked::Agency)) };
    // Whoever has become an administrator since is to be connected anew, by hand.
    let counts = known.by_hand || !administers(db, account, now).await?;
    Ok(counts.then_some(Linked::Account(account)))
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

async fn administers(db: &impl ConnectionTrait, account: Uuid, now: DateTime<Utc>) -> Result<bool, Error> {
    let granted = role_grant::Entity::find()
        .filter(role_grant::Column::AccountId.eq(account))
        .filter(role_grant::Column::Role.eq(Role::Admin))
        .filter(in_force(now.date_naive()));
    Ok(granted.count(db).await? > 0)
}

/// Connects an account with the token of its verified e-mail address: once, and never an administrator's, since whoever
/// runs the provider could take the network over.
async fn by_verified_email(db: &Turns, said: &Attested, now: DateTime<Utc>) -> Result<Option<Uuid>, Error> {
    use account::Column;
    let Some(email) = said.verified_email() else { return Ok(None) };
    let found = account::Entity::find()
        .filter(Column::EmailKey.eq(key_of(email)))
        .filter(Column::Status.eq(AccountStatus::Active))
        .filter(Column::ConnectedAt.is_null());
    // Most tokens that come here lead nowhere, and are not to hold up those who write.
    if found.clone().one(db).await?.is_none() {
        return meanwhile(db, said).await;
    }
    let change = db.change().await?;
    let Some(account) = found.lock_exclusive().one(&*change).await? else { return meanwhile(&*change, said).await };
    let key = account.id;
    let connected = external_identity::Entity::find()
        .filter(external_identity::Column::Issuer.eq(&said.iss))
        .filter(external_identity::Column::AccountId.eq(key));
    if administers(&*change, key, now).await? || connected.count(&*change).await? > 0 {
        return Ok(None);
    }
    let first = OnConflict::columns([external_identity::Column::Issuer, external_identity::Column::Subject])
        .do_nothing()
        .to_owned();
    let connection = connection(&said.iss, &said.sub, Linked::Account(key), false, now);
    let made =
        external_identity::Entity::insert(connection).on_conflict(first).exec_without_returning(&*change).await?;
    if made == 0 {
        return meanwhile(&*change, said).await;
    }
    let mut account = account.into_active_model();
    account.connected_at = Set(Some(now));
    account.update(&*change).await?;
    log(&*change, Actor::Account(key), Linked::Account(key), now).await?;
    change.commit().await?;
    Ok(Some(key))
}

/// The account that the same subject was connected with just now, by another of its tokens.
async fn meanwhile(db: &impl ConnectionTrait, said: &Attested) -> Result<Option<Uuid>, Error> {
    Ok(of_subject(db, &said.iss, &said.sub).await?.and_then(|known| known.account_id))
}

/// Writes down that somebody was connected. What the provider calls them is theirs.
async fn log(db: &impl ConnectionTrait, actor: Actor, whom: Linked, now: DateTime<Utc>) -> Result<(), Error> {
    let (subject, version) = match whom {
        Linked::Account(key) => {
            let found = account::Entity::find_by_id(key).one(db).await?;
            ((SubjectKind::Account, key), found.map(|account| account.version))
        }
        Linked::Agency(key) => {
            let found = agency_client::Entity::find_by_id(key).one(db).await?;
            ((SubjectKind::AgencyClient, key), found.map(|client| client.version))
        }
    };
    let fields = vec![FieldChange::personal("identity")];
    let entry = Entry { subject, operation: ChangeOperation::Updated, version, fields, reason: None };
    append(db, actor, now, entry).await
}

/// Connects a subject of the provider's by hand, in a transaction; if it was connected already, it is so no more.
pub(crate) async fn link(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
    whom: Linked,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    use external_identity::Column;
    let instead = OnConflict::columns([Column::Issuer, Column::Subject])
        .update_columns([Column::AccountId, Column::AgencyClientId, Column::ByHand, Column::LinkedAt])
        .to_owned();
    let connection = connection(issuer, subject, whom, true, now);
    external_identity::Entity::insert(connection).on_conflict(instead).exec_without_returning(db).await?;
    log(db, Actor::Nobody, whom, now).await
}

fn connection(
    issuer: &str,
    subject: &str,
    whom: Linked,
    by_hand: bool,
    now: DateTime<Utc>,
) -> external_identity::ActiveModel {
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
        by_hand: Set(by_hand),
        linked_at: Set(now),
    }
}
