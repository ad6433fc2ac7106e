//! How invitations are accepted: one transaction each, with its entries in the log.
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{
    account, institution, invitation,
    vocabulary::{AccountStatus, Role},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _, Select, Set, sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    Invitations,
    lifecycle::{Standing, stand},
    writing::{NAME, is_represented, log, over, place_of},
};
use crate::{
    access::{Office, Person, Reading, Seen as _, Viewer, hash_of},
    changes::{Actor, FieldChange},
    db::Change,
    domain::{
        accounts::{Period, Post, by_email, give, log as log_account, named},
        authentication::person,
        change_requests::{Approval, Decided},
        keys,
        passwords::of_password,
        sessions::{Entry, Opened, begin, open},
    },
    error::{Checked, Error, Fault, FaultCode, Written},
    graphql::decode,
    validation::{self, Faults},
};

const OVER: &str = "this invitation is good no more; ask whoever invites for another";
const REPRESENTED: &str = "this invitation is good no more: the institution has got a representative meanwhile; ask them \
                           to invite you";

/// Who accepts, with which link.
pub(crate) struct Accepting {
    /// What stands at the end of the link.
    pub(crate) token: String,
    /// The name, for a new account.
    pub(crate) name: Option<String>,
    /// The password: a new account's, or that of the account of the address.
    pub(crate) password: Option<String>,
    /// The account that has signed in.
    pub(crate) viewer: Option<Uuid>,
}

/// What somebody with a link is invited to.
pub(crate) struct Offer {
    /// Who invites.
    pub(crate) by: String,
    /// The role.
    pub(crate) role: Role,
    /// What its place is called, if it has one.
    pub(crate) place: String,
    /// What the person is called, if that was told.
    pub(crate) name: String,
    /// Whether the address has an account.
    pub(crate) has_account: bool,
}

/// What came of accepting.
pub(super) enum Joined {
    /// A session was opened.
    Opened(Box<Opened>),
    /// The session goes on of whoever has signed in.
    GoesOn(account::Model),
}

/// What a link offers, if it is good now. Only whoever has the link learns of it, and so of whether the address has an
/// account, which is theirs.
pub(crate) async fn offer(entry: Entry<'_>, token: &str) -> Result<Option<Offer>, Error> {
    let Some(row) = good(entry, token).await? else { return Ok(None) };
    let inviter = match row.invited_by {
        Some(key) => account::Entity::find_by_id(key).one(entry.db).await?,
        None => None,
    };
    let Some(inviter) = inviter else { return Ok(None) };
    let place = place_of(entry.db, &row).await?;
    let has_account = by_email(entry.db, &row.email).await?.is_some();
    Ok(Some(Offer { by: inviter.name, role: row.role, place, name: row.name.unwrap_or_default(), has_account }))
}

/// Accepts, and signs in.
pub(super) async fn accept(entry: Entry<'_>, accepting: Accepting) -> Result<Checked<Joined>, Error> {
    let viewer = accepting.viewer;
    let Accepted { change, account, waits: _ } = match accepted(entry, accepting).await? {
        Ok(accepted) => accepted,
        Err(faults) => return Ok(Err(faults)),
    };
    if viewer == Some(account.id) {
        change.commit().await?;
        return Ok(Ok(Joined::GoesOn(account)));
    }
    let Some(opened) = open(entry, &*change, &account).await? else { return Ok(Err(over(OVER))) };
    change.commit().await?;
    Ok(Ok(Joined::Opened(Box::new(opened))))
}

/// Accepts, without signing in: whether the role waits for a second administrator to approve it.
pub(crate) async fn join(entry: Entry<'_>, accepting: Accepting) -> Result<Checked<bool>, Error> {
    let Accepted { change, account: _, waits } = match accepted(entry, accepting).await? {
        Ok(accepted) => accepted,
        Err(faults) => return Ok(Err(faults)),
    };
    change.commit().await?;
    Ok(Ok(waits))
}

/// The invitation that a link is for, if it is good now.
async fn good(entry: Entry<'_>, token: &str) -> Result<Option<invitation::Model>, Error> {
    let Some(ring) = keys::ring_of_links(entry.db, entry.now).await? else { return Ok(None) };
    let issuer = &entry.caller.identity.issuer;
    let Some(claims) = ring.verify_invitation(token, issuer, entry.now) else { return Ok(None) };
    let Ok(key) = decode("token", Invitations::PREFIX, &claims.sub.into()) else { return Ok(None) };
    Ok(pending(key, &hash_of(&claims.jti), entry.now).one(entry.db).await?)
}

fn pending(key: Uuid, hash: &str, now: DateTime<Utc>) -> Select<invitation::Entity> {
    invitation::Entity::find_by_id(key).filter(invitation::Column::Hash.eq(hash)).filter(stand(Standing::Pending, now))
}

/// How somebody has shown that an account is, or is to be, theirs.
enum Shown {
    /// They have signed in to it.
    SignedIn(account::Model),
    /// They know its password.
    Password(account::Model),
    /// There is none yet: they have chosen a name, and a password, of which this is the hash.
    New(String, String),
}

/// An invitation that is accepted.
struct Accepted {
    /// The change in which it is.
    change: Change,
    /// The account that has the role since.
    account: account::Model,
    /// Whether it has the role only once a second administrator has approved it.
    waits: bool,
}

/// Accepts an invitation.
async fn accepted(entry: Entry<'_>, accepting: Accepting) -> Result<Checked<Accepted>, Error> {
    let Some(row) = good(entry, &accepting.token).await? else { return Ok(Err(over(OVER))) };
    let shown = match by_email(entry.db, &row.email).await? {
        Some(owner) if owner.status != AccountStatus::Active => return Ok(Err(over(OVER))),
        Some(owner) => owner_shown(entry, owner, accepting).await?,
        None => newcomer_shown(entry, &row, accepting).await?,
    };
    let shown = match shown {
        Ok(shown) => shown,
        Err(faults) => return Ok(Err(faults)),
    };

    let change = begin(entry).await?;
    // Of two who follow a link at once one finds it used.
    let Some(row) = pending(row.id, &row.hash, entry.now).lock_exclusive().one(&*change).await? else {
        return Ok(Err(over(OVER)));
    };
    let Some(office) = still_invited(&change, &row, entry.now).await? else { return Ok(Err(over(OVER))) };
    let today = entry.now.date_naive();
    if let Some(key) = row.institution_id
        && office == Office::FocalPoint
        && is_represented(&change, key, today).await?
    {
        return Ok(Err(over(REPRESENTED)));
    }
    let account = match account_of(entry, &change, &row, shown).await? {
        Ok(account) => account,
        Err(faults) => return Ok(Err(faults)),
    };
    let actor = Actor::Account(account.id);
    let post = Post { account: account.id, role: row.role, country: row.country_id, institution: row.institution_id };
    let person = Person { account: account.id, ..Person::default() };
    let reading = Reading::new(entry.db.clone(), Viewer::Account(Arc::new(person)), entry.now, entry.rules);
    let by = (row.invited_by.unwrap_or(account.id), Approval::Unasked);
    let Decided { written, request } = give(&reading, &change, account, (post, Period::from(today)), by).await?;
    // What a second administrator has to approve is not given yet; the account is there, and waits for it.
    let Written { now, faults } = written;
    let Some(account) = now.filter(|_| faults.is_empty() || request.is_some()) else {
        let at_token = |fault| Fault { path: vec!["token".to_owned()], ..fault };
        return Ok(Err(faults.into_iter().map(at_token).collect()));
    };
    let version = row.version + 1;
    let mut used = row.into_active_model();
    used.accepted_at = Set(Some(entry.now));
    used.version = Set(version);
    used.updated_at = Set(entry.now);
    let row = used.update(&*change).await?;
    let status = FieldChange::of("status", Standing::Pending.name(), Standing::Accepted.name());
    log(&change, actor, &row, (vec![status], None)).await?;
    Ok(Ok(Accepted { change, account, waits: request.is_some() }))
}

/// That the account of the address is theirs.
async fn owner_shown(entry: Entry<'_>, owner: account::Model, accepting: Accepting) -> Result<Checked<Shown>, Error> {
    if accepting.viewer == Some(owner.id) {
        return Ok(Ok(Shown::SignedIn(owner)));
    }
    let wrong = |code, message: &str| Ok(Err(vec![Fault::of("password", code, message)]));
    let Some(password) = accepting.password else {
        return wrong(FaultCode::Required, "the address has an account: tell its password, or sign in to it");
    };
    if owner.password_hash.is_none() {
        return wrong(
            FaultCode::Invalid,
            "the address has an account without a password: sign in to it, and accept there",
        );
    }
    let identity = &entry.caller.identity;
    // Not among the attempts to sign in: strangers make those.
    identity.attempt(&format!("invitation of {}", owner.id), entry.caller.address)?;
    if !identity.passwords.verify(password, owner.password_hash.clone()).await? {
        return wrong(FaultCode::Invalid, "this is not the password of the account that the address has");
    }
    Ok(Ok(Shown::Password(owner)))
}

/// What somebody chooses who has no account yet.
async fn newcomer_shown(
    entry: Entry<'_>,
    row: &invitation::Model,
    accepting: Accepting,
) -> Result<Checked<Shown>, Error> {
    let mut faults = Faults::default();
    let name = accepting.name.or_else(|| row.name.clone()).unwrap_or_default();
    let name = faults.checked(&["name"], validation::line(&name, NAME)).unwrap_or_default();
    let password = accepting.password.unwrap_or_default();
    let mut faults = faults.into_inner();
    faults.extend(of_password("password", &password, &[&row.email, &name]));
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let hash = entry.caller.identity.passwords.hash(password).await?;
    Ok(Ok(Shown::New(name, hash)))
}

/// In which capacity whoever has invited somebody would do so now; none, if they may no more.
async fn still_invited(change: &Change, row: &invitation::Model, now: DateTime<Utc>) -> Result<Option<Office>, Error> {
    let Some(by) = row.invited_by else { return Ok(None) };
    let Some(inviter) = person(&**change, by, None, now).await? else { return Ok(None) };
    let mut there = None;
    if let Some(key) = row.institution_id {
        // Of two who accept for one institution at once the second finds the first.
        let found = institution::Entity::find_by_id(key).lock_exclusive().one(&**change).await?;
        there = found.map(|found| (found.id, found.country_id));
    }
    Ok(inviter.invites(row.role, there))
}

/// The account that is to have the role, which nobody else changes meanwhile.
async fn account_of(
    entry: Entry<'_>,
    change: &Change,
    row: &invitation::Model,
    shown: Shown,
) -> Result<Checked<account::Model>, Error> {
    let (seen, by_password) = match shown {
        Shown::SignedIn(seen) => (seen, false),
        Shown::Password(seen) => (seen, true),
        Shown::New(name, hash) => return newcomer(entry, change, row, (name, hash)).await,
    };
    let found = account::Entity::find_by_id(seen.id)
        .filter(account::Column::Status.eq(AccountStatus::Active))
        .lock_exclusive()
        .one(&**change)
        .await?;
    let found = found.filter(|found| !by_password || found.password_hash == seen.password_hash);
    Ok(found.ok_or_else(|| over(OVER)))
}

async fn newcomer(
    entry: Entry<'_>,
    change: &Change,
    row: &invitation::Model,
    (name, hash): (String, String),
) -> Result<Checked<account::Model>, Error> {
    let new = named(&row.email, &name, hash, entry.now);
    let first = OnConflict::column(account::Column::EmailKey).do_nothing().to_owned();
    let made = account::Entity::insert(new).on_conflict(first).exec_without_returning(&**change).await?;
    let account = by_email(&**change, &row.email).await?.filter(|_| made > 0);
    let Some(account) = account else {
        let message = "the address has got an account just now: accept with its password";
        return Ok(Err(vec![Fault::of("password", FaultCode::Conflict, message)]));
    };
    let fields = vec![FieldChange::personal("email"), FieldChange::personal("name")];
    log_account(&**change, Actor::Account(account.id), &account, fields).await?;
    Ok(Ok(account))
}
