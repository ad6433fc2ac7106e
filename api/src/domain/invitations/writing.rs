//! How people are invited, and how invitations are taken back: one transaction each, with its entry in the log.
use std::{sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    account, country, institution, invitation, role_grant,
    vocabulary::{ChangeOperation, Role, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{
    Invitations,
    lifecycle::{LIFETIME, Standing, stand, standing},
};
use crate::{
    access::{InvitationClaims, Office, Reading, Secret, Seen as _, locked},
    changes::{Actor, Entry as Logged, FieldChange, append},
    db::Change,
    domain::{
        accounts::{Post, in_force, key_of, usable},
        institutions::Institutions,
        keys,
        sessions::Entry,
    },
    error::{Error, Fault, FaultCode, Target, Written},
    graphql::{encode, in_english},
    mail::{Letter, Recipient},
    validation::{self, Faults},
};

/// How long a name may be.
pub(super) const NAME: usize = 200;
/// How soon somebody may be invited again to the same who was so too often.
const AGAIN: Duration = Duration::from_mins(20);

/// Who is to be invited to what.
pub(super) struct Wanted {
    pub(super) email: String,
    pub(super) name: Option<String>,
    pub(super) role: Role,
    pub(super) country: Option<Uuid>,
    pub(super) institution: Option<Uuid>,
}

impl Wanted {
    /// The role, and where it is, for whoever invites.
    fn post(&self, account: Uuid) -> Post {
        Post { account, role: self.role, country: self.country, institution: self.institution }
    }

    /// The same, if nothing is wrong with what is said of the person.
    fn checked(self, faults: &mut Faults) -> Self {
        let Self { email, name, role, country, institution } = self;
        let email = faults.checked(&["email"], validation::email(&email)).unwrap_or_default();
        let name = name.and_then(|name| faults.checked(&["name"], validation::line(&name, NAME)));
        Self { email, name, role, country, institution }
    }
}

/// Invites somebody, if the viewer may. Whether the address has an account is not asked, so that nothing tells it.
pub(super) async fn invite(
    entry: Entry<'_>,
    reading: &Reading,
    wanted: Wanted,
) -> Result<Written<invitation::Model>, Error> {
    let person = reading.viewer.person()?;
    if !person.invites_to(wanted.role) {
        return Err(Error::Forbidden);
    }
    let misplaced = wanted.post(person.account).faults();
    if !misplaced.is_empty() {
        return Ok(Written::refused(misplaced));
    }
    let mut faults = Faults::default();
    let change = reading.db.change().await?;
    let there = match wanted.institution {
        Some(key) => locked::<Institutions>(reading, &change, key).await?,
        None => None,
    };
    if wanted.institution.is_some() && there.is_none() {
        // Nor is there one that the viewer may not know of.
        faults.add(&["institution"], FaultCode::NotFound, "there is no such institution");
    } else {
        let place = there.as_ref().map(|row| (row.id, row.country_id));
        let office = person.invites(wanted.role, place).ok_or(Error::Forbidden)?;
        if let Some((key, _)) = place
            && office == Office::FocalPoint
            && is_represented(&change, key, reading.today()).await?
        {
            faults.add(&["institution"], FaultCode::Taken, "it has a representative, who invites colleagues");
        }
    }
    let wanted = wanted.checked(&mut faults);
    if !faults.is_empty() {
        return Ok(Written::refused(faults.into_inner()));
    }
    // By whoever invites: that somebody else has invited the same person is not told.
    let of = format!("invitation of {} by {}", key_of(&wanted.email), person.account);
    if !entry.caller.identity.letter(&of, entry.caller.address)? {
        return Err(Error::Throttled(AGAIN));
    }
    perform(entry, (reading, change), person.account, wanted).await
}

/// Makes an invitation that was decided on, or renews the one that is pending, and has its letter sent. Where somebody else
/// has to agree first, it is this that waits for them.
async fn perform(
    entry: Entry<'_>,
    (reading, change): (&Reading, Change),
    by: Uuid,
    wanted: Wanted,
) -> Result<Written<invitation::Model>, Error> {
    let post = wanted.post(by);
    let Wanted { email, name, role, country, institution } = wanted;
    // Whoever invites twice at once takes turns here, so that one link is good.
    let found = account::Entity::find_by_id(by).lock_exclusive().one(&*change).await?;
    let inviter = found.ok_or(Error::Unauthenticated)?;
    let secret = Secret::random()?;
    let old = pending(&change, (&key_of(&email), post), reading.now()).await?;
    let row = if let Some(old) = old.clone() {
        let version = old.version + 1;
        let mut next = old.into_active_model();
        next.email = Set(email);
        next.name = Set(name);
        next.hash = Set(secret.hash());
        next.expires_at = Set(reading.now() + LIFETIME);
        next.version = Set(version);
        next.updated_at = Set(reading.now());
        next.update(&*change).await?
    } else {
        let new = invitation::ActiveModel {
            id: Set(Uuid::now_v7()),
            email_key: Set(key_of(&email)),
            email: Set(email),
            name: Set(name),
            role: Set(role),
            country_id: Set(country),
            institution_id: Set(institution),
            invited_by: Set(Some(by)),
            hash: Set(secret.hash()),
            expires_at: Set(reading.now() + LIFETIME),
            accepted_at: Set(None),
            revoked_at: Set(None),
            version: Set(1),
            created_at: Set(reading.now()),
            updated_at: Set(reading.now()),
        };
        new.insert(&*change).await?
    };
    log(&change, reading.viewer.actor(), &row, (made(old.as_ref(), &row), None)).await?;
    let place = place_of(&*change, &row).await?;
    change.commit_to(row.id).await?;
    deliver(entry, row.clone(), (secret, inviter.name, place));
    Ok(Written::done(row))
}

/// The same person's same invitation, if it is good.
async fn pending(
    change: &Change,
    (email, wanted): (&str, Post),
    now: DateTime<Utc>,
) -> Result<Option<invitation::Model>, Error> {
    use invitation::Column;
    let place = |column: Column, key: Option<Uuid>| key.map_or(column.is_null(), |key| column.eq(key));
    let found = invitation::Entity::find()
        .filter(stand(Standing::Pending, now))
        .filter(Column::InvitedBy.eq(wanted.account))
        .filter(Column::EmailKey.eq(email))
        .filter(Column::Role.eq(wanted.role))
        .filter(place(Column::CountryId, wanted.country))
        .filter(place(Column::InstitutionId, wanted.institution));
    Ok(found.lock_exclusive().one(&**change).await?)
}

/// What the log tells of an invitation that was made, or renewed.
fn made(old: Option<&invitation::Model>, row: &invitation::Model) -> Vec<FieldChange> {
    let until = |row: &invitation::Model| row.expires_at.to_rfc3339();
    let expires = FieldChange::of("expiresAt", old.map(until), until(row));
    if old.is_some() {
        return vec![expires];
    }
    vec![
        FieldChange::personal("email"),
        FieldChange::personal("name"),
        FieldChange::of("role", (), row.role.to_value()),
        FieldChange::of("country", (), row.country_id.map(|key| key.to_string())),
        FieldChange::of("institution", (), row.institution_id.map(|key| key.to_string())),
        FieldChange::of("status", (), Standing::Pending.name()),
        expires,
    ]
}

/// Has the letter sent, after the answer.
fn deliver(entry: Entry<'_>, row: invitation::Model, (secret, by, place): (Secret, String, String)) {
    let (db, identity, now) = (entry.db.clone(), Arc::clone(&entry.caller.identity), entry.now);
    tokio::spawn(async move {
        let sent = async {
            let claims = InvitationClaims {
                iss: identity.issuer.clone(),
                aud: InvitationClaims::audience(&identity.issuer),
                sub: encode(Invitations::PREFIX, row.id).to_string(),
                exp: row.expires_at.timestamp(),
                jti: secret.shown(),
            };
            let token = keys::ring(&db, &identity, false, now).await?.sign_invitation(&claims)?;
            let (role, link) = (row.role.to_value(), identity.invitation_link(&token));
            let recipient = Recipient { address: &row.email, name: row.name.as_deref().unwrap_or_default() };
            let letter = Letter::Invitation { by: &by, role: &role, place: &place, link: &link };
            identity.mailer.send(recipient, letter).await
        };
        if let Err(error) = sent.await {
            tracing::error!(%error, "an invitation was not sent");
        }
    });
}

/// What the place of an invitation is called, in English.
pub(super) async fn place_of(change: &impl sea_orm::ConnectionTrait, row: &invitation::Model) -> Result<String, Error> {
    let mut names = None;
    if let Some(key) = row.country_id {
        names = country::Entity::find_by_id(key).one(change).await?.map(|country| country.names);
    }
    if let Some(key) = row.institution_id {
        names = institution::Entity::find_by_id(key).one(change).await?.map(|institution| institution.names);
    }
    Ok(names.map(|names| in_english(&names)).unwrap_or_default())
}

/// Whether somebody represents an institution today whose account may be used.
pub(super) async fn is_represented(change: &Change, institution: Uuid, today: NaiveDate) -> Result<bool, Error> {
    use role_grant::Column;
    let representatives = role_grant::Entity::find()
        .filter(Column::Role.eq(Role::Representative))
        .filter(Column::InstitutionId.eq(institution))
        .filter(in_force(today))
        .filter(Column::AccountId.in_subquery(usable()));
    Ok(representatives.count(&**change).await? > 0)
}

/// Takes an invitation back.
pub(super) async fn revoke(
    reading: &Reading,
    target: Target,
    reason: Option<String>,
) -> Result<Written<invitation::Model>, Error> {
    reading.viewer.person()?;
    let change = reading.db.change().await?;
    let Some(row) = locked::<Invitations>(reading, &change, target.key).await? else {
        return Ok(Written::not_there("invitation"));
    };
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale);
    }
    let mut faults = Faults::default();
    let reason = validation::reason(reason, false, &mut faults);
    let stands = standing(&row, reading.now());
    if stands != Standing::Pending {
        let message = format!("this cannot be done to one that is {}", stands.name());
        faults.add(&["id"], FaultCode::IllegalTransition, message);
    }
    if !faults.is_empty() {
        return Ok(Written { now: Some(row), faults: faults.into_inner() });
    }
    let row = taken_back(reading, &change, row, reason.as_deref()).await?;
    change.commit_to(row.id).await?;
    Ok(Written::done(row))
}

/// Takes all invitations back that are pending and that an account made, since it is disabled.
pub(crate) async fn void_of(reading: &Reading, change: &Change, account: Uuid) -> Result<(), Error> {
    let theirs = invitation::Entity::find()
        .filter(stand(Standing::Pending, reading.now()))
        .filter(invitation::Column::InvitedBy.eq(account));
    for row in theirs.lock_exclusive().all(&**change).await? {
        taken_back(reading, change, row, None).await?;
    }
    Ok(())
}

async fn taken_back(
    reading: &Reading,
    change: &Change,
    row: invitation::Model,
    reason: Option<&str>,
) -> Result<invitation::Model, Error> {
    let version = row.version + 1;
    let mut next = row.into_active_model();
    next.revoked_at = Set(Some(reading.now()));
    next.version = Set(version);
    next.updated_at = Set(reading.now());
    let row = next.update(&**change).await?;
    let status = FieldChange::of("status", Standing::Pending.name(), Standing::Revoked.name());
    log(change, reading.viewer.actor(), &row, (vec![status], reason)).await?;
    Ok(row)
}

/// Forgets all invitations to an address, whose person is erased.
pub(crate) async fn forget_of(reading: &Reading, change: &Change, email_key: &str) -> Result<(), Error> {
    let theirs = invitation::Entity::find().filter(invitation::Column::EmailKey.eq(email_key));
    for row in theirs.lock_exclusive().all(&**change).await? {
        invitation::Entity::delete_by_id(row.id).exec(&**change).await?;
        let subject = (SubjectKind::Invitation, row.id);
        let operation = ChangeOperation::Erased;
        let entry = Logged { subject, operation, version: None, fields: vec![], reason: None };
        append(&**change, reading.viewer.actor(), reading.now(), entry).await?;
    }
    Ok(())
}

/// Writes down what changed of an invitation.
pub(super) async fn log(
    change: &Change,
    actor: Actor,
    row: &invitation::Model,
    (fields, reason): (Vec<FieldChange>, Option<&str>),
) -> Result<(), Error> {
    let operation = if row.version == 1 { ChangeOperation::Created } else { ChangeOperation::Updated };
    let subject = (SubjectKind::Invitation, row.id);
    let entry = Logged { subject, operation, version: Some(row.version), fields, reason };
    append(&**change, actor, row.updated_at, entry).await
}

/// What is told of a link that is good no more.
pub(super) fn over(message: &str) -> Vec<Fault> {
    vec![Fault::of("token", FaultCode::Expired, message)]
}
