//! The rules about passwords and one-time links.
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    account, one_time_link, role_grant,
    vocabulary::{AccountStatus, LinkPurpose, Role},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::{
    access::{Reading, Secret, hash_of, password_fault},
    db::Change,
    domain::{
        accounts::{by_email, key_of, named},
        sessions::{Entry, Opened, end_all, open},
    },
    error::{Checked, Error, Fault, FaultCode},
    mail::Mail,
};

/// How long a link is good.
fn lifetime(purpose: LinkPurpose) -> TimeDelta {
    match purpose {
        LinkPurpose::Bootstrap => TimeDelta::days(1),
        LinkPurpose::Invitation => TimeDelta::days(7),
        LinkPurpose::Reset => TimeDelta::hours(1),
    }
}

/// What somebody who follows a link chooses.
pub(crate) struct Chosen {
    /// The secret of the link.
    pub(crate) secret: String,
    /// The address and the name, where the link makes an account.
    pub(crate) account: Option<(String, String)>,
    /// The password.
    pub(crate) password: String,
}

/// Whether nobody can administer the network yet.
pub(crate) async fn needs_bootstrap(db: &impl ConnectionTrait) -> Result<bool, Error> {
    Ok(role_grant::Entity::find().filter(role_grant::Column::Role.eq(Role::Admin)).count(db).await? == 0)
}

/// The secret of a link with which the first administrator, or a further one, makes an account.
///
/// It is the only one of its sort.
pub(crate) async fn bootstrap(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<String, Error> {
    use one_time_link::Column;
    one_time_link::Entity::delete_many().filter(Column::Purpose.eq(LinkPurpose::Bootstrap)).exec(db).await?;
    make(db, LinkPurpose::Bootstrap, None, now).await
}

async fn make(
    db: &impl ConnectionTrait,
    purpose: LinkPurpose,
    account: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let secret = Secret::random()?;
    let row = one_time_link::ActiveModel {
        id: Set(Uuid::now_v7()),
        hash: Set(secret.hash()),
        purpose: Set(purpose),
        account_id: Set(account),
        created_at: Set(now),
        expires_at: Set(now + lifetime(purpose)),
        used_at: Set(None),
    };
    one_time_link::Entity::insert(row).exec_without_returning(db).await?;
    Ok(secret.shown())
}

/// The link with this secret, if it is good now.
pub(crate) async fn link(
    db: &impl ConnectionTrait,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<one_time_link::Model>, Error> {
    use one_time_link::Column;
    let found = one_time_link::Entity::find()
        .filter(Column::Hash.eq(hash_of(secret)))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .lock_exclusive();
    Ok(found.one(db).await?)
}

/// Sets the password of the account of a link, or makes the administrator's account.
pub(crate) async fn choose(entry: Entry<'_>, chosen: Chosen) -> Result<Checked<account::Model>, Error> {
    let Chosen { secret, account, password } = chosen;
    let over = || Ok(Err(vec![Fault::of("token", FaultCode::Expired, "this link is good no more; ask for another")]));
    let Some(found) = link(entry.db, &secret, entry.now).await? else { return over() };
    let owner = match found.account_id {
        Some(key) => account::Entity::find_by_id(key).one(entry.db).await?,
        None => None,
    };
    let (email, name) = match &owner {
        Some(owner) => (owner.email.clone(), owner.name.clone()),
        None => account.unwrap_or_default(),
    };
    let mut faults = if owner.is_none() { of_account(&email, &name) } else { vec![] };
    faults.extend(of_password("password", &password, &[&email, &name]));
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let hash = entry.caller.identity.passwords.hash(password).await?;

    let change = entry.db.change().await?;
    // Of two who follow a link at once one finds it used.
    let Some(found) = link(&*change, &secret, entry.now).await? else { return over() };
    let mut used = found.into_active_model();
    used.used_at = Set(Some(entry.now));
    used.update(&*change).await?;
    let owner = match owner {
        Some(owner) => {
            if owner.status == AccountStatus::Disabled {
                return over();
            }
            set(entry, &change, owner, hash).await?
        }
        None => match administrator(&change, &email, &name, hash, entry.now).await? {
            Ok(account) => account,
            Err(faults) => return Ok(Err(faults)),
        },
    };
    change.commit().await?;
    Ok(Ok(owner))
}

/// Resets a password, and signs in.
pub(super) async fn reset(entry: Entry<'_>, chosen: Chosen) -> Result<Checked<Opened>, Error> {
    let owner = match choose(entry, chosen).await? {
        Ok(owner) => owner,
        Err(faults) => return Ok(Err(faults)),
    };
    let change = entry.db.change().await?;
    let opened = open(entry, &*change, owner).await?;
    change.commit().await?;
    Ok(Ok(opened))
}

/// Makes an administrator's account.
async fn administrator(
    change: &Change,
    email: &str,
    name: &str,
    hash: String,
    now: DateTime<Utc>,
) -> Result<Checked<account::Model>, Error> {
    if by_email(&**change, email).await?.is_some() {
        return Ok(Err(vec![Fault::of("email", FaultCode::Taken, "there is an account with this address")]));
    }
    let account = named(email, name, hash, now).insert(&**change).await?;
    let grant = role_grant::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(account.id),
        role: Set(Role::Admin),
        country_id: Set(None),
        institution_id: Set(None),
        granted_at: Set(now),
    };
    grant.insert(&**change).await?;
    Ok(Ok(account))
}

fn of_account(email: &str, name: &str) -> Vec<Fault> {
    let mut faults = vec![];
    if !email_address::EmailAddress::is_valid(email.trim()) {
        faults.push(Fault::of("email", FaultCode::Invalid, "must be an e-mail address"));
    }
    if name.trim().is_empty() {
        faults.push(Fault::of("name", FaultCode::Required, "must not be empty"));
    } else if name.chars().count() > 200 || name.chars().any(char::is_control) {
        faults.push(Fault::of("name", FaultCode::Invalid, "must have at most 200 characters, on one line"));
    }
    faults
}

fn of_password(field: &str, password: &str, about: &[&str]) -> Option<Fault> {
    password_fault(password, about).map(|message| Fault::of(field, FaultCode::Invalid, message))
}

/// Sets an account's password, and ends its sessions.
async fn set(entry: Entry<'_>, change: &Change, owner: account::Model, hash: String) -> Result<account::Model, Error> {
    end_all(&**change, owner.id, entry.now).await?;
    let version = owner.version + 1;
    let mut owner = owner.into_active_model();
    owner.password_hash = Set(Some(hash));
    owner.status = Set(AccountStatus::Active);
    owner.version = Set(version);
    owner.updated_at = Set(entry.now);
    Ok(owner.update(&**change).await?)
}

/// Changes one's own password; all other sessions end, and this one goes on as a new one.
pub(super) async fn replace(
    entry: Entry<'_>,
    reading: &Reading,
    current: String,
    new: String,
) -> Result<Checked<Opened>, Error> {
    let person = reading.viewer.person()?;
    let owner = account::Entity::find_by_id(person.account).one(entry.db).await?.ok_or(Error::Unauthenticated)?;
    let identity = &entry.caller.identity;
    identity.attempt(&owner.email_key, entry.caller.address)?;
    let mut faults = vec![];
    if !identity.passwords.verify(current, owner.password_hash.clone()).await? {
        faults.push(Fault::of("currentPassword", FaultCode::Invalid, "this is not the account's password"));
    }
    faults.extend(of_password("newPassword", &new, &[&owner.email, &owner.name]));
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let hash = identity.passwords.hash(new).await?;
    let change = entry.db.change().await?;
    let owner = set(entry, &change, owner, hash).await?;
    let opened = open(entry, &*change, owner).await?;
    change.commit().await?;
    Ok(Ok(opened))
}

/// Mails a link to whoever has an account of this address. Whether anybody has is not told, neither by the answer nor by
/// the time that it takes: what there is to do is done after it.
pub(super) fn request_reset(entry: Entry<'_>, email: &str) -> Result<(), Error> {
    let key = key_of(email);
    entry.caller.identity.attempt(&key, entry.caller.address)?;
    let (db, identity, now) = (entry.db.clone(), std::sync::Arc::clone(&entry.caller.identity), entry.now);
    tokio::spawn(async move {
        let sent = async {
            let account = by_email(&db, &key).await?.filter(|account| account.status == AccountStatus::Active);
            let Some(account) = account else { return Ok(()) };
            let secret = make(&db, LinkPurpose::Reset, Some(account.id), now).await?;
            let mail = Mail::reset(&account.email, &account.name, &identity.link(&secret))?;
            identity.mailer.send(mail).await
        };
        if let Err(error) = sent.await {
            tracing::error!(%error, "a link to reset a password was not sent");
        }
    });
    Ok(())
}
