//! From a token to whoever asks with it, and back.
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    account, agency_client, membership, role_grant, session, spent_token,
    vocabulary::{AccountStatus, AgencyScope, Flag as _, Role},
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _, Set,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    access::{Attested, Claims, Identity, LIFETIME, Machine, Person, Refused, Seen as _, Viewer, hash_of},
    db::{Turns, column},
    domain::{
        accounts::{Accounts, in_force},
        agencies::{AgencyClients, answered_for},
        identities::{Linked, linked},
        keys, memberships,
    },
    error::Error,
    graphql::{decode, encode},
};

/// What the service's own sign-in is called in its tokens.
const OWN: &str = "balai";
/// How exactly it is kept when an agency's machine was last here.
const TO_THE: TimeDelta = TimeDelta::minutes(1);

/// Whose a token is, and what they may do now: nobody's, if it is not good, or good no more.
pub(crate) async fn authenticate(
    db: &Turns,
    identity: &Identity,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<Viewer>, Error> {
    if let Some(viewer) = identity.remembered(token) {
        return Ok(Some(viewer));
    }
    let shown = match &identity.provider {
        Some(provider) if provider.claims(token) => match provider.verify(token, now).await? {
            Some(said) => linked(db, &said, now).await?.map(|whom| Shown::by_provider(whom, said)),
            None => None,
        },
        _ => claims(db, identity, token, now).await?.and_then(Shown::of),
    };
    let viewer = match shown {
        Some(Shown::Account { account, session }) => {
            person(db, account, session, now).await?.map(|person| Viewer::Account(Arc::new(person)))
        }
        Some(Shown::Agency { client, scope, spent_as }) => {
            machine(db, client, &scope, spent_as, now).await?.map(|machine| Viewer::Agency(Arc::new(machine)))
        }
        None => None,
    };
    if let Some(viewer) = &viewer {
        identity.remember(token, viewer.clone());
    }
    Ok(viewer)
}

/// Whose a token is, by what it says.
enum Shown {
    /// An account's.
    Account {
        /// The account.
        account: Uuid,
        /// The session that the token belongs to.
        session: Option<Uuid>,
    },
    /// An agency's machine's.
    Agency {
        /// The agency client.
        client: Uuid,
        /// What the token allows, parted by spaces.
        scope: String,
        /// What the token is called if it is taken back.
        spent_as: Option<Uuid>,
    },
}

impl Shown {
    fn of(claims: Claims) -> Option<Self> {
        let subject = claims.sub.into();
        if let Ok(account) = decode("sub", Accounts::PREFIX, &subject) {
            return Some(Self::Account { account, session: claims.sid });
        }
        let client = decode("sub", AgencyClients::PREFIX, &subject).ok()?;
        Some(Self::Agency { client, scope: claims.scope, spent_as: Some(claims.jti) })
    }

    fn by_provider(whom: Linked, said: Attested) -> Self {
        match whom {
            Linked::Account(account) => Self::Account { account, session: None },
            Linked::Agency(client) => Self::Agency { client, scope: said.scope, spent_as: None },
        }
    }
}

/// What a token of ours says, if it is good.
async fn claims(
    db: &impl ConnectionTrait,
    identity: &Identity,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<Claims>, Error> {
    let mut verified = keys::ring(db, identity, false, now).await?.verify(token, &identity.issuer, now);
    if verified == Err(Refused::UnknownKey) {
        verified = keys::ring(db, identity, true, now).await?.verify(token, &identity.issuer, now);
    }
    Ok(verified.ok())
}

/// The person of an account that may be used, in a session that goes on.
pub(crate) async fn person(
    db: &impl ConnectionTrait,
    account: Uuid,
    session: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Option<Person>, Error> {
    const ACTIVE: &str = "active";
    let goes_on = |session: Uuid| {
        let going_on = Query::select()
            .expr(Expr::val(1))
            .from(session::Entity)
            .and_where(session::Column::Id.eq(session))
            .and_where(session::Column::AccountId.eq(account))
            .and_where(session::Column::RevokedAt.is_null())
            .and_where(session::Column::ExpiresAt.gt(now))
            .take();
        Expr::exists(going_on)
    };
    let granted = column(role_grant::Column::AccountId).eq(column(account::Column::Id));
    let granted = in_force(now.date_naive()).add(granted);
    let statement = Query::select()
        .exprs([role_grant::Column::Role, role_grant::Column::CountryId, role_grant::Column::InstitutionId].map(column))
        .expr_as(column(membership::Column::Id).is_not_null(), ACTIVE)
        .from(account::Entity)
        .left_join(role_grant::Entity, granted)
        .left_join(membership::Entity, active_membership(now))
        .and_where(column(account::Column::Id).eq(account))
        .and_where(column(account::Column::Status).eq(AccountStatus::Active))
        .and_where_option(session.map(goes_on))
        .take();
    let rows = db.query_all(&statement).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut person = Person { account, session, ..Person::default() };
    for row in rows {
        let country: Option<Uuid> = row.try_get("", "country_id")?;
        let institution: Option<Uuid> = row.try_get("", "institution_id")?;
        match row.try_get("", "role")? {
            Some(Role::Admin) => person.admin = true,
            Some(Role::FocalPoint) => person.focal_point_of.extend(country),
            Some(Role::Representative) => {
                person.stands_for.extend(institution);
                if row.try_get("", ACTIVE)? {
                    person.represents.extend(institution);
                }
            }
            None => {}
        }
    }
    Ok(Some(person))
}

/// The membership of the institution that a role is for, if it is active now.
fn active_membership(now: DateTime<Utc>) -> Condition {
    let institution = column(membership::Column::InstitutionId);
    Condition::all()
        .add(institution.eq(column(role_grant::Column::InstitutionId)))
        .add(memberships::active(now.date_naive()))
}

/// The machine of an agency client that may be used and that somebody answers for, with a token that was not taken back.
async fn machine(
    db: &impl ConnectionTrait,
    client: Uuid,
    scope: &str,
    spent_as: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Option<Machine>, Error> {
    use agency_client::Column;
    let spent = |name: Uuid| {
        let spent = Query::select()
            .expr(Expr::val(1))
            .from(spent_token::Entity)
            .and_where(spent_token::Column::Hash.eq(hash_of(&name.to_string())))
            .take();
        Expr::exists(spent).not()
    };
    let found = agency_client::Entity::find_by_id(client)
        .filter(Column::RevokedAt.is_null())
        .filter(answered_for())
        .filter(Condition::all().add_option(spent_as.map(spent)))
        .one(db)
        .await?;
    let Some(found) = found else { return Ok(None) };
    if found.last_used_at.is_none_or(|last| last < now - TO_THE) {
        let used = agency_client::ActiveModel { last_used_at: Set(Some(now)), ..Default::default() };
        agency_client::Entity::update_many().set(used).filter(Column::Id.eq(client)).exec(db).await?;
    }
    let allowed = AgencyScope::members(found.scopes);
    let may = |wanted: AgencyScope| {
        allowed.contains(&wanted) && scope.split(' ').any(|granted| granted == scope_name(wanted))
    };
    Ok(Some(Machine {
        client,
        reads_contacts: may(AgencyScope::ContactsRead),
        writes_contacts: may(AgencyScope::ContactsWrite),
    }))
}

/// A scope as tokens write it.
pub(crate) fn scope_name(scope: AgencyScope) -> &'static str {
    match scope {
        AgencyScope::ContactsRead => "CONTACTS_READ",
        AgencyScope::ContactsWrite => "CONTACTS_WRITE",
    }
}

/// Whom an access token is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holder<'a> {
    /// A person, in a session or for an operator's script.
    Account(Uuid, Option<Uuid>),
    /// An agency's machine, with what it may do.
    Agency(&'a agency_client::Model, &'a [AgencyScope]),
}

/// An access token.
pub(crate) async fn access_token(
    db: &impl ConnectionTrait,
    identity: &Identity,
    holder: Holder<'_>,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let (sub, client_id, scope, sid) = match holder {
        Holder::Account(account, session) => {
            (encode(Accounts::PREFIX, account), OWN.to_owned(), String::new(), session)
        }
        Holder::Agency(client, scopes) => {
            let scopes: Vec<_> = scopes.iter().copied().map(scope_name).collect();
            (encode(AgencyClients::PREFIX, client.id), client.client_id.clone(), scopes.join(" "), None)
        }
    };
    let claims = Claims {
        iss: identity.issuer.clone(),
        aud: identity.issuer.clone(),
        sub: sub.to_string(),
        client_id,
        scope,
        iat: now.timestamp(),
        exp: (now + LIFETIME).timestamp(),
        jti: Uuid::now_v7(),
        sid,
    };
    keys::ring(db, identity, false, now).await?.sign(&claims)
}
