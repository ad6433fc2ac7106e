//! How agencies' machines are read and made, and how they prove who they are.
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    agency_client, agency_secret, institution, spent_token,
    vocabulary::{AgencyScope, ChangeOperation, Flag as _, SubjectKind},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, ExprTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Set,
    sea_query::{OnConflict, SimpleExpr},
};
use serde_json::Value;
use uuid::Uuid;

use super::assertion::{self, Assertion};
use crate::{
    access::{Identity, KeyRing, Reading, Secret, Seen, hash_of},
    changes::{Actor, Entry, FieldChange, append},
    db::column,
    domain::{authentication::scope_name, memberships::kept_out},
    error::{Checked, Error, Fault, FaultCode},
};

/// How long the secret until now is good beside a new one.
const OVERLAP: TimeDelta = TimeDelta::days(1);
/// How long a machine's name may be.
const NAME: usize = 200;

/// The subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AgencyClients;

impl Seen for AgencyClients {
    type Table = agency_client::Entity;
    const PREFIX: &'static str = "agency";

    fn visible(reading: &Reading) -> Condition {
        reading.viewer.agency_clients().by(agency_client::Column::Id)
    }

    fn id(row: &agency_client::Model) -> Uuid {
        row.id
    }
}

/// A machine that is to be made.
pub(crate) struct NewAgency {
    /// What it is called.
    pub(crate) name: String,
    /// The institution that answers for it.
    pub(crate) institution: Uuid,
    /// What it may do.
    pub(crate) scopes: Vec<AgencyScope>,
    /// Its public keys (JSON Web Key Set), if it signs what it asks with instead of having a secret.
    pub(crate) public_keys: Option<Value>,
    /// What it calls itself; by default something that nobody else is called.
    pub(crate) client_id: Option<String>,
}

/// Makes a machine: its row, and its secret, which is not told again.
pub(crate) async fn create(
    change: &impl ConnectionTrait,
    new: NewAgency,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Checked<(agency_client::Model, Option<String>)>, Error> {
    let NewAgency { name, institution, scopes, public_keys, client_id } = new;
    let name = name.trim().to_owned();
    let mut faults = vec![];
    if name.is_empty() {
        faults.push(Fault::of("name", FaultCode::Required, "must not be empty"));
    } else if name.chars().count() > NAME || name.chars().any(char::is_control) {
        faults.push(Fault::of("name", FaultCode::Invalid, format!("must have at most {NAME} characters, on one line")));
    }
    let listed = institution::Entity::find_by_id(institution).filter(institution::Column::Listed.eq(true));
    if listed.count(change).await? == 0 {
        faults.push(Fault::of(
            "institution",
            FaultCode::NotFound,
            "there is no such institution, or it was not admitted",
        ));
    }
    if scopes.is_empty() {
        faults.push(Fault::of("scopes", FaultCode::Required, "say what it may do"));
    }
    if public_keys.as_ref().is_some_and(|keys| !assertion::are_usable(keys)) {
        let message = "must be a JSON Web Key Set of one to ten public keys, Ed25519, P-256 or RSA, each with a `kid` and for signatures";
        faults.push(Fault::of("publicKeys", FaultCode::Invalid, message));
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let id = Uuid::now_v7();
    let signs = public_keys.is_some();
    let row = agency_client::ActiveModel {
        id: Set(id),
        name: Set(name),
        institution_id: Set(institution),
        client_id: Set(client_id.unwrap_or_else(|| format!("agency-{}", id.simple()))),
        scopes: Set(AgencyScope::set(&scopes)),
        public_keys: Set(public_keys),
        last_used_at: Set(None),
        revoked_at: Set(None),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let client = row.insert(change).await?;
    let secret = if signs { None } else { Some(add_secret(change, id, now).await?) };
    let scopes: Vec<String> = scopes.iter().map(sea_orm::ActiveEnum::to_value).collect();
    let fields = vec![
        FieldChange::of("name", (), client.name.clone()),
        FieldChange::of("institution", (), institution.to_string()),
        FieldChange::of("scopes", (), scopes),
    ];
    log(change, actor, &client, fields).await?;
    Ok(Ok((client, secret)))
}

async fn add_secret(change: &impl ConnectionTrait, client: Uuid, now: DateTime<Utc>) -> Result<String, Error> {
    let secret = Secret::random()?;
    let row = agency_secret::ActiveModel {
        id: Set(Uuid::now_v7()),
        agency_client_id: Set(client),
        hash: Set(secret.hash()),
        created_at: Set(now),
        expires_at: Set(None),
    };
    row.insert(change).await?;
    Ok(secret.shown())
}

/// The machine with this key, of which the version is the next one.
async fn changed(
    change: &impl ConnectionTrait,
    key: Uuid,
    now: DateTime<Utc>,
    with: impl FnOnce(&mut agency_client::ActiveModel),
) -> Result<Checked<agency_client::Model>, Error> {
    let found = agency_client::Entity::find_by_id(key).filter(agency_client::Column::RevokedAt.is_null());
    let Some(found) = found.lock_exclusive().one(change).await? else {
        return Ok(Err(vec![Fault::of(
            "id",
            FaultCode::NotFound,
            "there is no such agency client, or it was revoked",
        )]));
    };
    let version = found.version + 1;
    let mut row = found.into_active_model();
    row.version = Set(version);
    row.updated_at = Set(now);
    with(&mut row);
    Ok(Ok(row.update(change).await?))
}

/// Gives a machine a new secret. Those until now are good for another day.
pub(super) async fn rotate(
    change: &impl ConnectionTrait,
    key: Uuid,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Checked<(agency_client::Model, String)>, Error> {
    use agency_secret::Column;
    let client = match changed(change, key, now, |_| {}).await? {
        Ok(client) => client,
        Err(faults) => return Ok(Err(faults)),
    };
    let own = Column::AgencyClientId.eq(key);
    agency_secret::Entity::delete_many()
        .filter(own.clone())
        .filter(Column::ExpiresAt.is_not_null())
        .exec(change)
        .await?;
    let until = agency_secret::ActiveModel { expires_at: Set(Some(now + OVERLAP)), ..Default::default() };
    agency_secret::Entity::update_many().set(until).filter(own).exec(change).await?;
    let secret = add_secret(change, key, now).await?;
    log(change, actor, &client, vec![FieldChange::personal("secret")]).await?;
    Ok(Ok((client, secret)))
}

/// Ends what a machine may do, for good.
pub(super) async fn revoke(
    change: &impl ConnectionTrait,
    key: Uuid,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Checked<agency_client::Model>, Error> {
    let revoked = changed(change, key, now, |row| row.revoked_at = Set(Some(now))).await?;
    if let Ok(client) = &revoked {
        log(change, actor, client, vec![FieldChange::of("revokedAt", (), now.to_rfc3339())]).await?;
    }
    Ok(revoked)
}

async fn log(
    change: &impl ConnectionTrait,
    actor: Actor,
    client: &agency_client::Model,
    fields: Vec<FieldChange>,
) -> Result<(), Error> {
    let operation = if client.version == 1 { ChangeOperation::Created } else { ChangeOperation::Updated };
    let subject = (SubjectKind::AgencyClient, client.id);
    let entry = Entry { subject, operation, version: Some(client.version), fields, reason: None };
    append(change, actor, client.updated_at, entry).await
}

/// The machine that calls itself so, if it may ask.
pub(crate) async fn by_client_id(
    db: &impl ConnectionTrait,
    client_id: &str,
) -> Result<Option<agency_client::Model>, Error> {
    use agency_client::Column;
    let found =
        agency_client::Entity::find().filter(Column::ClientId.eq(client_id)).filter(Column::RevokedAt.is_null());
    Ok(found.one(db).await?)
}

/// The machines for which their institutions answer: none, while these are kept out of the network.
pub(crate) fn answered_for() -> SimpleExpr {
    kept_out(&column(agency_client::Column::InstitutionId)).not()
}

/// Whether its institution answers for a machine.
pub(crate) async fn is_answered_for(db: &impl ConnectionTrait, client: Uuid) -> Result<bool, Error> {
    Ok(agency_client::Entity::find_by_id(client).filter(answered_for()).count(db).await? > 0)
}

/// How a machine proves who it is.
pub(crate) enum Proof<'a> {
    /// By what it calls itself, and its secret.
    Secret(&'a str, &'a str),
    /// By a token that it has signed (RFC 7523).
    Assertion(&'a str),
}

/// The machine that this proves to be the one that asks.
pub(crate) async fn prove(
    db: &impl ConnectionTrait,
    identity: &Identity,
    proof: Proof<'_>,
    now: DateTime<Utc>,
) -> Result<Option<agency_client::Model>, Error> {
    match proof {
        Proof::Secret(client_id, secret) => {
            use agency_secret::Column;
            let Some(client) = by_client_id(db, client_id).await? else { return Ok(None) };
            let good = agency_secret::Entity::find()
                .filter(Column::AgencyClientId.eq(client.id))
                .filter(Column::Hash.eq(hash_of(secret)))
                .filter(Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.gt(now)));
            Ok((good.count(db).await? > 0).then_some(client))
        }
        Proof::Assertion(token) => {
            let Some(client_id) = assertion::issuer(token) else { return Ok(None) };
            let Some(client) = by_client_id(db, &client_id).await? else { return Ok(None) };
            let audiences = [identity.issuer.clone(), format!("{}/oauth/token", identity.issuer)];
            let keys = client.public_keys.as_ref();
            let Some(said) = keys.and_then(|keys| assertion::verify(token, keys, &client_id, &audiences, now)) else {
                return Ok(None);
            };
            Ok(spend(db, &said, now).await?.then_some(client))
        }
    }
}

/// Notes that an assertion was used: false, if it was before.
async fn spend(db: &impl ConnectionTrait, said: &Assertion, now: DateTime<Utc>) -> Result<bool, Error> {
    forget(db, now).await?;
    let hash = hash_of(&format!("{} {}", said.iss, said.jti));
    Ok(note(db, hash, said.expires()).await? == 1)
}

async fn note(db: &impl ConnectionTrait, hash: String, expires_at: DateTime<Utc>) -> Result<u64, Error> {
    let row = spent_token::ActiveModel { hash: Set(hash), expires_at: Set(expires_at) };
    let once = OnConflict::column(spent_token::Column::Hash).do_nothing().to_owned();
    Ok(spent_token::Entity::insert(row).on_conflict(once).exec_without_returning(db).await?)
}

/// Forgets what would have ended by itself.
async fn forget(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), Error> {
    spent_token::Entity::delete_many().filter(spent_token::Column::ExpiresAt.lt(now)).exec(db).await?;
    Ok(())
}

/// Takes an access token of this machine back (RFC 7009). What is no token of its own is left alone.
pub(crate) async fn revoke_token(
    db: &impl ConnectionTrait,
    (ring, identity): (&KeyRing, &Identity),
    client: &agency_client::Model,
    token: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let said = ring.verify(token, &identity.issuer, now).ok().filter(|claims| claims.client_id == client.client_id);
    if let Some(claims) = said {
        forget(db, now).await?;
        note(db, hash_of(&claims.jti.to_string()), now + TimeDelta::hours(1)).await?;
    }
    Ok(())
}

/// The scopes that a request names, parted by spaces: none, if it names one that there is not.
pub(crate) fn scopes_of(text: &str) -> Option<Vec<AgencyScope>> {
    let named = |name: &str| AgencyScope::ALL.iter().copied().find(|scope| scope_name(*scope) == name);
    text.split(' ').filter(|name| !name.is_empty()).map(named).collect()
}

/// What a machine gets of what it asks for: all that it may do, if it asks for nothing in particular; nothing, if it asks
/// for more.
pub(crate) fn granted(client: &agency_client::Model, asked: &[AgencyScope]) -> Option<Vec<AgencyScope>> {
    let allowed = AgencyScope::members(client.scopes);
    if asked.is_empty() {
        return Some(allowed);
    }
    asked.iter().all(|scope| allowed.contains(scope)).then(|| asked.to_vec())
}
