//! The rules about passwords and one-time links.
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    account, one_time_link, role_grant,
    vocabulary::{AccountStatus, LinkPurpose, Role},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Select, Set,
};
use uuid::Uuid;

use crate::{
    access::{Reading, Secret, hash_of, password_fault},
    changes::{Actor, FieldChange},
    db::Change,
    domain::{
        accounts::{by_email, in_force, key_of, log, named},
        sessions::{Entry, Opened, begin, end_all, open},
    },
    error::{Checked, Error, Fault, FaultCode},
    mail::{Letter, Recipient},
};

/// How long a link is good.
fn lifetime(purpose: LinkPurpose) -> TimeDelta {
    match purpose {
        LinkPurpose::Bootstrap => TimeDelta::days(1),
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
pub(crate) async fn needs_bootstrap(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, Error> {
    let administrators = role_grant::Entity::find().filter(role_grant::Column::Role.eq(Role::Admin));
    Ok(administrators.filter(in_force(now.date_naive())).count(db).await? == 0)
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
    one_time_link::Entity::delete_many().filter(one_time_link::Column::ExpiresAt.lt(now)).exec(db).await?;
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
    Ok(good_link(secret, now).one(db).await?)
}

fn good_link(secret: &str, now: DateTime<Utc>) -> Select<one_time_link::Entity> {
    use one_time_link::Column;
    one_time_link::Entity::find()
        .filter(Column::Hash.eq(hash_of(secret)))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
}

/// Sets the password of the account of a link, or makes the administrator's account.
pub(crate) async fn choose(entry: Entry<'_>, chosen: Chosen) -> Result<Checked<()>, Error> {
    let (change, _) = match chosen_by(entry, chosen).await? {
        Ok(chosen) => chosen,
        Err(faults) => return Ok(Err(faults)),
    };
    change.commit().await?;
    Ok(Ok(()))
}

/// Resets a password, and signs in.
pub(super) async fn reset(entry: Entry<'_>, chosen: Chosen) -> Result<Checked<Opened>, Error> {
    let (change, owner) = match chosen_by(entry, chosen).await? {
        Ok(chosen) => chosen,
        Err(faults) => return Ok(Err(faults)),
    };
    let Some(opened) = open(entry, &*change, &owner).await? else { return Ok(over()) };
    change.commit().await?;
    Ok(Ok(opened))
}

fn over<T>() -> Checked<T> {
    Err(vec![Fault::of("token", FaultCode::Expired, "this link is good no more; ask for another")])
}

/// The change in which a link is used, and the account whose password it sets.
async fn chosen_by(entry: Entry<'_>, chosen: Chosen) -> Result<Checked<(Change, account::Model)>, Error> {
    let Chosen { secret, account, password } = chosen;
    let Some(found) = link(entry.db, &secret, entry.now).await? else { return Ok(over()) };
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

    let change = begin(entry).await?;
    // Of two who follow a link at once one finds it used.
    let Some(found) = good_link(&secret, entry.now).lock_exclusive().one(&*change).await? else { return Ok(over()) };
    let mut used = found.into_active_model();
    used.used_at = Set(Some(entry.now));
    used.update(&*change).await?;
    let owner = match owner {
        Some(owner) => match set(entry, &change, owner.id, None, hash).await? {
            Some(owner) => owner,
            None => return Ok(over()),
        },
        None => match administrator(&change, &email, &name, hash, entry.now).await? {
            Ok(account) => account,
            Err(faults) => return Ok(Err(faults)),
        },
    };
    Ok(Ok((change, owner)))
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
        since: Set(now.date_naive()),
        until: Set(None),
    };
    grant.insert(&**change).await?;
    let fields = vec![
        FieldChange::personal("email"),
        FieldChange::personal("name"),
        FieldChange::of("grants", (), serde_json::json!({ "role": Role::Admin.to_value() })),
    ];
    log(&**change, Actor::Account(account.id), &account, fields).await?;
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

/// What is wrong with a password that somebody chooses, whose e-mail address and name these are.
pub(crate) fn of_password(field: &str, password: &str, about: &[&str]) -> Option<Fault> {
    password_fault(password, about).map(|message| Fault::of(field, FaultCode::Invalid, message))
}

/// Sets an account's password, and ends its sessions and its other links: none, if it was disabled meanwhile or, where
/// the password until now was shown, has another one by now.
async fn set(
    entry: Entry<'_>,
    change: &Change,
    key: Uuid,
    shown: Option<&account::Model>,
    hash: String,
) -> Result<Option<account::Model>, Error> {
    use one_time_link::Column;
    let owner = account::Entity::find_by_id(key)
        .filter(account::Column::Status.ne(AccountStatus::Disabled))
        .lock_exclusive()
        .one(&**change)
        .await?;
    let same = |owner: &account::Model| shown.is_none_or(|shown| shown.password_hash == owner.password_hash);
    let Some(owner) = owner.filter(same) else { return Ok(None) };
    end_all(&**change, key, entry.now).await?;
    one_time_link::Entity::delete_many()
        .filter(Column::AccountId.eq(key))
        .filter(Column::UsedAt.is_null())
        .exec(&**change)
        .await?;
    let version = owner.version + 1;
    let mut owner = owner.into_active_model();
    owner.password_hash = Set(Some(hash));
    owner.status = Set(AccountStatus::Active);
    owner.version = Set(version);
    owner.updated_at = Set(entry.now);
    let owner = owner.update(&**change).await?;
    log(&**change, Actor::Account(key), &owner, vec![FieldChange::personal("password")]).await?;
    Ok(Some(owner))
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
    // Not among the attempts to sign in: strangers make those.
    identity.attempt(&format!("change of {}", owner.id), entry.caller.address)?;
    let mut faults = vec![];
    if !identity.passwords.verify(current, owner.password_hash.clone()).await? {
        faults.push(Fault::of("currentPassword", FaultCode::Invalid, "this is not the account's password"));
    }
    faults.extend(of_password("newPassword", &new, &[&owner.email, &owner.name]));
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let hash = identity.passwords.hash(new).await?;
    let change = begin(entry).await?;
    let owner = set(entry, &change, owner.id, Some(&owner), hash).await?.ok_or(Error::Unauthenticated)?;
    let opened = open(entry, &*change, &owner).await?.ok_or(Error::Unauthenticated)?;
    change.commit().await?;
    Ok(Ok(opened))
}

/// Mails a link to whoever has an account of this address. Whether anybody has is not told, neither by the answer nor by
/// the time that it takes: what there is to do is done after it.
pub(super) fn request_reset(entry: Entry<'_>, email: &str) -> Result<(), Error> {
    let key = key_of(email);
    let wanted = entry.caller.identity.letter(&key, entry.caller.address)?;
    let (db, identity, now) = (entry.db.clone(), std::sync::Arc::clone(&entry.caller.identity), entry.now);
    tokio::spawn(async move {
        let sent = async {
            if !wanted {
                return Ok(());
            }
            let account = by_email(&db, &key).await?.filter(|account| account.status == AccountStatus::Active);
            let Some(account) = account else { return Ok(()) };
            let secret = make(&db, LinkPurpose::Reset, Some(account.id), now).await?;
            let recipient = Recipient { address: &account.email, name: &account.name };
            identity.mailer.send(recipient, Letter::Reset { link: &identity.link(&secret) }).await
        };
        if let Err(error) = sent.await {
            tracing::error!(%error, "a link to reset a password was not sent");
        }
    });
    Ok(())
}
