//! The rules of applying for membership.
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{membership, membership_applicant, membership_application, vocabulary::MembershipTier};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _,
    QueryFilter as _, QuerySelect as _, Select, Set,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    access::{Applying, Caller, Part, Reading, Secret, hash_of, one},
    db::{Change, Turns},
    domain::{
        accounts::key_of,
        contacts::merged_into,
        institutions::{Institutions, NewInstitutionInput, Patch, create_hidden, of_application},
        memberships::{self, Begun},
    },
    error::{Checked, Error, Fault, FaultCode, Written},
    graphql::in_english,
    mail::{Letter, Recipient},
    validation::{self, Faults},
};

/// How long an application can be confirmed.
const LIFETIME: TimeDelta = TimeDelta::days(7);
/// How long a name may be, in characters.
const NAME: usize = 200;
/// How long a message may be.
const MESSAGE: usize = 2_000;
/// How many applicants a membership has at most. Others who apply for it, too, are answered alike.
const APPLICANTS: usize = 20;

/// What somebody asks who applies.
pub(super) struct Asked {
    /// The institution, if the network has its entry.
    pub(super) known: Option<Uuid>,
    /// The entry of another one: as it is kept, and as it is written.
    pub(super) new: Option<(Value, Patch)>,
    /// What it wants to become.
    pub(super) tier: MembershipTier,
    /// The name and the address of whoever applies.
    pub(super) applicant: Option<(String, String)>,
    /// What they write.
    pub(super) message: Option<String>,
}

/// Whoever applies without representing the institution.
struct Person {
    name: String,
    email: String,
    message: Option<String>,
}

/// What is kept of an application until it is confirmed.
#[derive(Serialize, Deserialize)]
struct Content {
    /// The institution's name, as the page shows it.
    name: String,
    known: Option<Uuid>,
    new: Option<Value>,
    tier: String,
    message: Option<String>,
}

impl Content {
    fn of(application: &membership_application::Model) -> Option<(Self, MembershipTier)> {
        let content: Self = serde_json::from_value(application.content.clone()).ok()?;
        let tier = MembershipTier::try_from_value(&content.tier).ok()?;
        Some((content, tier))
    }
}

/// An application that waits to be confirmed, as whoever has its link sees it.
pub(crate) struct Waiting {
    /// The institution's name.
    pub(crate) institution: String,
    /// What it wants to become.
    pub(crate) tier: MembershipTier,
    /// Who applies.
    pub(crate) applicant: String,
}

/// Applies for membership: at once for those who represent the institution; otherwise a link is mailed, after the answer.
pub(super) async fn apply(
    reading: &Reading,
    caller: &Caller,
    asked: Asked,
) -> Result<Written<membership::Model>, Error> {
    let how = reading.viewer.applies_for(asked.known)?;
    let mut faults = Faults::default();
    match (&asked.known, &asked.new) {
        (None, None) => {
            faults.add(&["institution"], FaultCode::Required, "name an institution, or bring a new one along");
        }
        (Some(_), Some(_)) => {
            faults.add(
                &["newInstitution"],
                FaultCode::Invalid,
                "name an institution or bring a new one along, not both",
            );
        }
        _ => {}
    }
    if how == Applying::Publicly {
        return publicly(reading, caller, asked, faults).await;
    }
    for (field, told) in [("applicant", asked.applicant.is_some()), ("message", asked.message.is_some())] {
        if told {
            faults.add(
                &[field],
                FaultCode::Invalid,
                "you represent the institution, and apply in its name: leave this out",
            );
        }
    }
    match asked.known {
        Some(key) if faults.is_empty() => memberships::apply(reading, key, asked.tier).await,
        _ => Ok(Written::refused(faults.into_inner())),
    }
}

/// What may be wrong is told of what everybody may know. Neither the answer nor the time that it takes tells more: what there
/// is to do is done after it.
async fn publicly(
    reading: &Reading,
    caller: &Caller,
    asked: Asked,
    mut faults: Faults,
) -> Result<Written<membership::Model>, Error> {
    let Asked { known, new, tier, applicant, message } = asked;
    let person = person(applicant, message, &mut faults);
    let mut name = None;
    if let Some(key) = known {
        let row = one::<Institutions>(reading, entity::institution::Column::Id.eq(key)).await?;
        let member = memberships::goes_on(reading, key).await?;
        match &row {
            None => faults.add(&["institution"], FaultCode::NotFound, "there is no such institution"),
            Some(_) if member => {
                faults.add(&["institution"], FaultCode::Duplicate, "it has applied already, or is a member");
            }
            Some(_) => {}
        }
        name = row.map(|row| in_english(&row.names));
    }
    let mut entry = None;
    if let Some((kept, patch)) = new {
        name = Some(faults.within(&["newInstitution"], |faults| of_application(patch, faults)).name());
        entry = Some(kept);
    }
    let (Some(person), Some(name), true) = (person, name, faults.is_empty()) else {
        return Ok(Written::refused(faults.into_inner()));
    };
    let wanted = caller.identity.applies(&key_of(&person.email), caller.address)?;
    let content = Content { name, known, new: entry, tier: tier.to_value(), message: person.message };
    let content = serde_json::to_value(content).map_err(|_| Error::internal("an application cannot be kept"))?;
    let (db, identity, now) = (reading.db.clone(), Arc::clone(&caller.identity), reading.now());
    tokio::spawn(async move {
        let sent = async {
            if !wanted {
                return Ok(());
            }
            let secret = keep(&db, (&person.name, &person.email), content, now).await?;
            let recipient = Recipient { address: &person.email, name: "" };
            identity.mailer.send(recipient, Letter::Application { link: &identity.application(&secret) }).await
        };
        match sent.await {
            // The same request under the same key keeps it just now.
            Ok(()) | Err(Error::InProgress) => {}
            Err(error) => tracing::error!(%error, "a link to confirm an application was not sent"),
        }
    });
    Ok(Written { now: None, faults: vec![] })
}

fn person(told: Option<(String, String)>, message: Option<String>, faults: &mut Faults) -> Option<Person> {
    let message = message.and_then(|told| faults.checked(&["message"], validation::paragraphs(&told, MESSAGE)));
    let Some((name, email)) = told else {
        let why = "say who applies: you do not represent the institution";
        faults.add(&["applicant"], FaultCode::Required, why);
        return None;
    };
    let name = faults.checked(&["applicant", "name"], validation::line(&name, NAME));
    let email = faults.checked(&["applicant", "email"], validation::email(&email));
    Some(Person { name: name?, email: email?, message })
}

/// Keeps an application until it is confirmed: the secret with which it is.
async fn keep(db: &Turns, (name, email): (&str, &str), content: Value, now: DateTime<Utc>) -> Result<String, Error> {
    let secret = Secret::random()?;
    let change = db.change().await?;
    let row = membership_application::ActiveModel {
        id: Set(Uuid::now_v7()),
        hash: Set(secret.hash()),
        content: Set(content),
        name: Set(name.to_owned()),
        email: Set(email.to_owned()),
        email_key: Set(key_of(email)),
        created_at: Set(now),
        expires_at: Set(now + LIFETIME),
    };
    let row = row.insert(&*change).await?;
    change.commit_to(row.id).await?;
    Ok(secret.shown())
}

/// Forgets the applications that nobody has confirmed in time.
pub(crate) async fn forget_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), Error> {
    let expired = membership_application::Column::ExpiresAt.lte(now);
    membership_application::Entity::delete_many().filter(expired).exec(db).await?;
    Ok(())
}

fn good(secret: &str, now: DateTime<Utc>) -> Select<membership_application::Entity> {
    use membership_application::Column;
    membership_application::Entity::find().filter(Column::Hash.eq(hash_of(secret))).filter(Column::ExpiresAt.gt(now))
}

/// The application that this secret confirms, if it waits for that.
pub(crate) async fn waiting(reading: &Reading, secret: &str) -> Result<Option<Waiting>, Error> {
    let found = good(secret, reading.now()).one(&reading.db).await?;
    Ok(found.and_then(|found| {
        let (content, tier) = Content::of(&found)?;
        Some(Waiting { institution: content.name, tier, applicant: found.name })
    }))
}

fn over<T>() -> Checked<T> {
    Err(vec![Fault::of("token", FaultCode::Expired, "this link is good no more; apply again")])
}

/// Confirms an application: the membership that it is for. Whoever follows the link does so as nobody in particular. Where
/// somebody else has applied for the institution before, and not everybody may know, this one joins them: that is not told.
pub(crate) async fn confirm(reading: &Reading, secret: &str) -> Result<Checked<Uuid>, Error> {
    let nobody = reading.as_nobody();
    if waiting(&nobody, secret).await?.is_none() {
        return Ok(over());
    }
    let change = nobody.db.change().await?;
    // Of two who follow a link at once one finds it used.
    let Some(found) = good(secret, nobody.now()).lock_exclusive().one(&*change).await? else { return Ok(over()) };
    let Some((content, tier)) = Content::of(&found) else { return Ok(over()) };
    let institution = match (content.known, content.new.and_then(NewInstitutionInput::read)) {
        (Some(key), _) => merged_into(&change, key).await?.unwrap_or(key),
        (None, Some(entry)) => match create_hidden(&nobody, &change, entry.patch()).await? {
            Ok(key) => key,
            // What may be written has changed since.
            Err(_) => return Ok(over()),
        },
        (None, None) => return Ok(over()),
    };
    let fault = |code, message| Ok(Err(vec![Fault::of("token", code, message)]));
    let (row, begins) = match memberships::begin(&nobody, &change, (institution, tier), true).await? {
        Begun::New(row) => (row, true),
        Begun::GoesOn(row) if memberships::is_public(&row, nobody.today()) => {
            return fault(FaultCode::Duplicate, "the institution is a member by now");
        }
        Begun::GoesOn(row) => (row, false),
        Begun::Nowhere => return fault(FaultCode::NotFound, "the institution is not in the network any more"),
    };
    if note(&change, row.id, (&found, content.message), nobody.now()).await? && !begins {
        memberships::applicants_changed(&nobody, &change, &row).await?;
    }
    membership_application::Entity::delete_by_id(found.id).exec(&*change).await?;
    change.commit().await?;
    Ok(Ok(row.id))
}

/// Notes who has applied: whether they had not yet.
async fn note(
    change: &Change,
    membership: Uuid,
    (found, message): (&membership_application::Model, Option<String>),
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    use membership_applicant::Column;
    let known = membership_applicant::Entity::find().filter(Column::MembershipId.eq(membership)).all(&**change).await?;
    if known.len() >= APPLICANTS || known.iter().any(|known| known.email_key == found.email_key) {
        return Ok(false);
    }
    let row = membership_applicant::ActiveModel {
        id: Set(Uuid::now_v7()),
        membership_id: Set(membership),
        name: Set(found.name.clone()),
        email: Set(found.email.clone()),
        email_key: Set(found.email_key.clone()),
        message: Set(message),
        confirmed_at: Set(now),
    };
    row.insert(&**change).await?;
    Ok(true)
}

/// Forgets who has applied for a membership that is over: whether there was anybody.
pub(crate) async fn forget_applicants(change: &Change, membership: Uuid) -> Result<bool, Error> {
    let theirs = membership_applicant::Column::MembershipId.eq(membership);
    let gone = membership_applicant::Entity::delete_many().filter(theirs).exec(&**change).await?;
    Ok(gone.rows_affected > 0)
}

/// Forgets whoever has applied with an address, confirmed or not: they are erased.
pub(crate) async fn forget_address(reading: &Reading, change: &Change, address: &str) -> Result<(), Error> {
    use membership_applicant::Column;
    let waiting = membership_application::Column::EmailKey.eq(key_of(address));
    membership_application::Entity::delete_many().filter(waiting).exec(&**change).await?;
    let theirs = Column::EmailKey.eq(key_of(address));
    for applicant in membership_applicant::Entity::find().filter(theirs).all(&**change).await? {
        let of = membership::Entity::find_by_id(applicant.membership_id).lock_exclusive().one(&**change).await?;
        membership_applicant::Entity::delete_by_id(applicant.id).exec(&**change).await?;
        if let Some(row) = of {
            memberships::applicants_changed(reading, change, &row).await?;
        }
    }
    Ok(())
}

/// Those who have applied for a membership without representing the institution, the first first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Applicants;

impl Part for Applicants {
    type Table = membership_applicant::Entity;
    const OF: membership_applicant::Column = membership_applicant::Column::MembershipId;

    fn order() -> Vec<membership_applicant::Column> {
        vec![membership_applicant::Column::ConfirmedAt, membership_applicant::Column::Id]
    }

    fn visible(&self, _: &Reading) -> Condition {
        Condition::all()
    }

    fn of(row: &membership_applicant::Model) -> Option<Uuid> {
        Some(row.membership_id)
    }
}
