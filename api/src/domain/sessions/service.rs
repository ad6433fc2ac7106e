//! Opening, continuing and ending sessions.
use chrono::{DateTime, TimeDelta, Utc};
use entity::{account, refresh_token, session, vocabulary::AccountStatus};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, ExprTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::lifecycle::{Shown, Turn, turn};
use crate::{
    access::{Caller, Reading, Secret, Seen, hash_of},
    config::Rules,
    db::{Change, Turns},
    domain::{
        accounts::{by_email, key_of},
        authentication::{Holder, access_token},
        keys,
    },
    error::{Checked, Error, Fault, FaultCode},
};

/// How long somebody stays signed in at most.
const LONGEST: TimeDelta = TimeDelta::days(90);
/// How long somebody stays signed in who does not come back.
const IDLE: TimeDelta = TimeDelta::days(14);
/// How long a used refresh token is known again.
const REMEMBERED: TimeDelta = TimeDelta::days(30);
/// How much of a program's name is kept.
const AGENT: usize = 200;

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sessions;

impl Seen for Sessions {
    type Table = session::Entity;
    const PREFIX: &'static str = "session";

    fn visible(reading: &Reading) -> Condition {
        let own = reading.viewer.sessions().by(session::Column::AccountId);
        own.add(session::Column::RevokedAt.is_null()).add(session::Column::ExpiresAt.gt(reading.now()))
    }

    fn id(row: &session::Model) -> Uuid {
        row.id
    }
}

/// Somebody at the door: where the data is, when it is, and who calls.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) db: &'a Turns,
    pub(crate) now: DateTime<Utc>,
    pub(crate) caller: &'a Caller,
    /// What needs a second administrator.
    pub(crate) rules: Rules,
}

/// A session that somebody has just opened or continued, and the tokens for it.
pub(crate) struct Opened {
    pub(crate) account: account::Model,
    pub(crate) session: session::Model,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

/// Begins a change that ends with an access token. The first key that signs them must outlast the change, should it come
/// to nothing: it is made before.
pub(crate) async fn begin(entry: Entry<'_>) -> Result<Change, Error> {
    keys::ring(entry.db, &entry.caller.identity, false, entry.now).await?;
    entry.db.change().await
}

/// Signs in.
pub(super) async fn sign_in(entry: Entry<'_>, email: &str, password: String) -> Result<Checked<Opened>, Error> {
    let identity = &entry.caller.identity;
    identity.attempt(&key_of(email), entry.caller.address)?;
    let account = by_email(entry.db, email).await?.filter(|account| account.status == AccountStatus::Active);
    let kept = account.as_ref().and_then(|account| account.password_hash.clone());
    let right = identity.passwords.verify(password, kept).await?;
    let wrong = || {
        let message = "the e-mail address or the password is wrong";
        Ok(Err(vec![Fault::of("password", FaultCode::Invalid, message)]))
    };
    let Some(account) = account.filter(|_| right) else { return wrong() };
    let change = begin(entry).await?;
    let Some(opened) = open(entry, &*change, &account).await? else { return wrong() };
    change.commit().await?;
    Ok(Ok(opened))
}

/// Opens a session of an account, as it was seen: none, if it may be used no more, or has another password by now.
pub(crate) async fn open(
    entry: Entry<'_>,
    db: &impl ConnectionTrait,
    seen: &account::Model,
) -> Result<Option<Opened>, Error> {
    let now = entry.now;
    let account = account::Entity::find_by_id(seen.id)
        .filter(account::Column::Status.eq(AccountStatus::Active))
        .lock_exclusive()
        .one(db)
        .await?;
    let Some(account) = account.filter(|account| account.password_hash == seen.password_hash) else { return Ok(None) };
    let mut account = account.into_active_model();
    account.last_sign_in_at = Set(Some(now));
    let account = account.update(db).await?;
    session::Entity::delete_many()
        .filter(session::Column::AccountId.eq(account.id))
        .filter(session::Column::ExpiresAt.lt(now))
        .exec(db)
        .await?;
    let session = session::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(account.id),
        agent: Set(entry.caller.agent.as_ref().map(|agent| agent.chars().take(AGENT).collect())),
        created_at: Set(now),
        last_used_at: Set(now),
        expires_at: Set(now + IDLE),
        revoked_at: Set(None),
    };
    let session = session.insert(db).await?;
    let (_, refresh_token) = issue(db, session.id, now).await?;
    with_access(entry, db, account, session, refresh_token).await.map(Some)
}

async fn with_access(
    entry: Entry<'_>,
    db: &impl ConnectionTrait,
    account: account::Model,
    session: session::Model,
    refresh_token: String,
) -> Result<Opened, Error> {
    let holder = Holder::Account(account.id, Some(session.id));
    let access_token = access_token(db, &entry.caller.identity, holder, entry.now).await?;
    Ok(Opened { account, session, access_token, refresh_token })
}

/// A new refresh token of a session: its key, and how its owner gets it.
async fn issue(db: &impl ConnectionTrait, session: Uuid, now: DateTime<Utc>) -> Result<(Uuid, String), Error> {
    let secret = Secret::random()?;
    let row = refresh_token::ActiveModel {
        id: Set(Uuid::now_v7()),
        session_id: Set(session),
        hash: Set(secret.hash()),
        successor_id: Set(None),
        retried: Set(false),
        issued_at: Set(now),
        used_at: Set(None),
    };
    let row = row.insert(db).await?;
    Ok((row.id, secret.shown()))
}

/// Continues a session.
pub(super) async fn refresh(entry: Entry<'_>, token: &str) -> Result<Checked<Opened>, Error> {
    let over = || Ok(Err(vec![Fault::of("refreshToken", FaultCode::Expired, "this session is over; sign in again")]));
    let change = begin(entry).await?;
    // Two that show the same token take turns here.
    let shown = refresh_token::Entity::find()
        .filter(refresh_token::Column::Hash.eq(hash_of(token)))
        .lock_exclusive()
        .one(&*change)
        .await?;
    let Some(shown) = shown else { return over() };
    let found = session::Entity::find_by_id(shown.session_id)
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(entry.now))
        .one(&*change)
        .await?;
    let Some(session) = found else { return over() };
    let account = account::Entity::find_by_id(session.account_id)
        .filter(account::Column::Status.eq(AccountStatus::Active))
        .one(&*change)
        .await?;
    let Some(account) = account else { return over() };
    let successor = match shown.successor_id {
        Some(successor) => refresh_token::Entity::find_by_id(successor).lock_exclusive().one(&*change).await?,
        None => None,
    };
    let found = Shown {
        used: shown.used_at.is_some(),
        successor_unused: successor.as_ref().map(|successor| successor.used_at.is_none()),
        retried: shown.retried,
    };
    let turn = turn(found);
    if turn == Turn::End {
        end(&*change, session::Column::Id.eq(session.id), entry.now).await?;
        change.commit().await?;
        tracing::warn!(session = %session.id, "a refresh token was used again: its session is ended");
        return over();
    }
    if let (Turn::Again, Some(successor)) = (turn, successor) {
        let mut successor = successor.into_active_model();
        successor.used_at = Set(Some(entry.now));
        successor.update(&*change).await?;
    }
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::SessionId.eq(session.id))
        .filter(refresh_token::Column::UsedAt.lt(entry.now - REMEMBERED))
        .exec(&*change)
        .await?;
    let (next, refresh_token) = issue(&*change, session.id, entry.now).await?;
    let mut used = shown.into_active_model();
    used.used_at = Set(Some(entry.now));
    used.successor_id = Set(Some(next));
    used.retried = Set(turn == Turn::Again);
    used.update(&*change).await?;
    let expires_at = Ord::min(session.created_at + LONGEST, entry.now + IDLE);
    let mut session = session.into_active_model();
    session.last_used_at = Set(entry.now);
    session.expires_at = Set(expires_at);
    let session = session.update(&*change).await?;
    let opened = with_access(entry, &*change, account, session, refresh_token).await?;
    change.commit().await?;
    Ok(Ok(opened))
}

/// One's own sessions that go on, the one used last first.
pub(super) async fn own(reading: &Reading) -> Result<Vec<session::Model>, Error> {
    use session::Column;
    reading.viewer.person()?;
    let sessions = session::Entity::find()
        .filter(Sessions::visible(reading))
        .order_by_desc(Column::LastUsedAt)
        .order_by_desc(Column::Id);
    Ok(sessions.all(&reading.db).await?)
}

/// Ends a session of one's own.
pub(super) async fn revoke(reading: &Reading, key: Uuid) -> Result<Checked<()>, Error> {
    let person = reading.viewer.person()?;
    let own = session::Column::Id.eq(key).and(session::Column::AccountId.eq(person.account));
    if end(&reading.db, own, reading.now()).await? == 0 {
        return Ok(Err(vec![Fault::of("id", FaultCode::NotFound, "there is no such session of yours")]));
    }
    Ok(Ok(()))
}

/// Ends the session that a refresh token belongs to.
pub(super) async fn end_of_token(db: &impl ConnectionTrait, token: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let shown = refresh_token::Entity::find().filter(refresh_token::Column::Hash.eq(hash_of(token))).one(db).await?;
    if let Some(shown) = shown {
        end(db, session::Column::Id.eq(shown.session_id), now).await?;
    }
    Ok(())
}

/// Ends all sessions of an account.
pub(crate) async fn end_all(db: &impl ConnectionTrait, account: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    end(db, session::Column::AccountId.eq(account), now).await.map(|_| ())
}

async fn end(db: &impl ConnectionTrait, which: impl Into<Condition>, now: DateTime<Utc>) -> Result<u64, Error> {
    let ended = session::ActiveModel { revoked_at: Set(Some(now)), ..Default::default() };
    let ended = session::Entity::update_many()
        .set(ended)
        .filter(which.into())
        .filter(session::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(ended.rows_affected)
}
