//! How memberships are applied for and decided about: one transaction each, with its entry in the log.
use chrono::{NaiveDate, TimeDelta};
use entity::{
    change_request, institution, membership, role_grant,
    vocabulary::{ChangeOperation, MembershipStatus, MembershipTier, Role, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Set, TryIntoModel as _,
    sea_query::{Query, SelectStatement},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Memberships,
    lifecycle::{Command, OVER, on, renewable_from, status},
    notices_writing::lapse,
};
use crate::{
    access::{Hand, Person, Reading, locked},
    changes::{Entry, FieldChange, append},
    db::Change,
    domain::{
        accounts::{in_force, usable},
        applications::forget_applicants,
        change_requests::{Approval, Decided, Leave, Wanted, leave},
        institutions::admit,
    },
    error::{Error, Fault, FaultCode, Target, Written},
    validation::{self, Faults},
};

/// What the log calls those who have applied without representing the institution.
const APPLICANTS: &str = "applicants";

/// What is done to a membership.
pub(super) struct Step {
    /// What.
    pub(super) command: Command,
    /// Which term begins, if one does.
    pub(super) term: Option<Term>,
    /// Why.
    pub(super) reason: Option<String>,
}

/// What is said of a term that begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    /// As what.
    pub(super) tier: Option<MembershipTier>,
    /// The first day.
    pub(super) since: Option<NaiveDate>,
    /// The last day.
    pub(super) until: Option<NaiveDate>,
}

impl Term {
    /// The whole of it, for whoever approves it on another day.
    fn told(self, row: &membership::Model, today: NaiveDate) -> Value {
        let Self { tier, since, until } = self;
        let (tier, since) = (tier.unwrap_or(row.tier), since.unwrap_or(today));
        json!({ "tier": tier.to_value(), "since": since.to_string(), "until": until.map(|day| day.to_string()) })
    }

    /// What was told so.
    fn of(told: &Value) -> Self {
        let day = |name: &str| told[name].as_str()?.parse().ok();
        let tier = told["tier"].as_str().map(ToOwned::to_owned);
        let tier = tier.and_then(|tier| MembershipTier::try_from_value(&tier).ok());
        Self { tier, since: day("since"), until: day("until") }
    }
}

/// Applies for membership in the name of an institution.
pub(crate) async fn apply(
    reading: &Reading,
    institution: Uuid,
    tier: MembershipTier,
) -> Result<Written<membership::Model>, Error> {
    let change = reading.db.change().await?;
    match begin(reading, &change, (institution, tier), false).await? {
        Begun::New(row) => {
            change.commit_to(row.id).await?;
            Ok(Written::done(row))
        }
        Begun::GoesOn(_) => {
            let fault = Fault::of("institution", FaultCode::Duplicate, "it has applied already, or is a member");
            Ok(Written::refused(vec![fault]))
        }
        Begun::Nowhere => Err(Error::Forbidden),
    }
}

/// What becomes of an application.
pub(crate) enum Begun {
    /// A membership begins with it.
    New(membership::Model),
    /// The institution has one that goes on.
    GoesOn(membership::Model),
    /// There is no such institution.
    Nowhere,
}

/// Has a membership begin with an application, by people who are named beside it or not, unless the institution has one that
/// goes on.
pub(crate) async fn begin(
    reading: &Reading,
    change: &Change,
    (institution, tier): (Uuid, MembershipTier),
    named: bool,
) -> Result<Begun, Error> {
    use membership::Column;
    // Whoever else applies for it meanwhile takes turns here.
    let found = institution::Entity::find_by_id(institution).lock_exclusive().one(&**change).await?;
    if found.is_none() {
        return Ok(Begun::Nowhere);
    }
    let going_on = membership::Entity::find()
        .filter(Column::InstitutionId.eq(institution))
        .filter(Column::Status.is_not_in(OVER))
        .one(&**change)
        .await?;
    if let Some(row) = going_on {
        return Ok(Begun::GoesOn(row));
    }
    let row = membership::ActiveModel {
        id: Set(Uuid::now_v7()),
        institution_id: Set(institution),
        status: Set(MembershipStatus::Applied),
        tier: Set(tier),
        since: Set(None),
        until: Set(None),
        extended_from: Set(None),
        applied_at: Set(reading.now()),
        version: Set(1),
    };
    let row = row.insert(&**change).await?;
    let mut fields = vec![
        FieldChange::of("institution", (), institution.to_string()),
        FieldChange::of("status", (), row.status.to_value()),
        FieldChange::of("tier", (), row.tier.to_value()),
    ];
    fields.extend(named.then(|| FieldChange::personal(APPLICANTS)));
    log(reading, change, &row, ChangeOperation::Created, (fields, None)).await?;
    Ok(Begun::New(row))
}

/// Writes down that others have applied for a membership than before. The membership is what it was, and so is its version:
/// what strangers do makes nobody's decision about it stale.
pub(crate) async fn applicants_changed(
    reading: &Reading,
    change: &Change,
    row: &membership::Model,
) -> Result<(), Error> {
    let fields = vec![FieldChange::personal(APPLICANTS)];
    log(reading, change, row, ChangeOperation::Updated, (fields, None)).await
}

/// Leads a membership on in its life, or asks for what another administrator has to approve.
pub(super) async fn lead_on(
    reading: &Reading,
    target: Target,
    step: Step,
) -> Result<Decided<membership::Model>, Error> {
    reading.viewer.person()?;
    let change = reading.db.change().await?;
    let decided = led_on(reading, &change, target, (step, Approval::Unasked)).await?;
    decided.commit(change, |row| row.id).await
}

/// The same, within a change that goes on.
pub(super) async fn led_on(
    reading: &Reading,
    change: &Change,
    target: Target,
    (step, approval): (Step, Approval<'_>),
) -> Result<Decided<membership::Model>, Error> {
    let Step { command, term, reason } = step;
    let (person, today) = (reading.viewer.person()?, reading.today());
    let Some(row) = locked::<Memberships>(reading, change, target.key).await? else {
        return Ok(Written::not_there("membership").into());
    };
    let country = institution::Entity::find_by_id(row.institution_id).one(&**change).await?;
    let country = country.and_then(|institution| institution.country_id);
    let standing = status(&row, today);
    if !command.hands(standing).any(|hand| person.has(hand, row.institution_id, country)) {
        return Err(Error::Forbidden);
    }
    if let Some(stale) = target.stale(&row, row.version) {
        return Ok(stale.into());
    }
    let mut faults = Faults::default();
    let reason = validation::reason(reason, command.needs_reason(), &mut faults);
    let next = command.from(standing).filter(|_| !command.is_early(&row, today));
    // A term that goes on does so from its last day.
    let extended_from = row.until.filter(|_| command == Command::Renew && standing == MembershipStatus::Active);
    if next.is_none() {
        let from = extended_from.map(renewable_from).map(|day| format!(" before {day}")).unwrap_or_default();
        let message = format!("this cannot be done to one that is {}{from}", standing.to_value());
        faults.add(&["id"], FaultCode::IllegalTransition, message);
    } else if let Some(term) = term {
        let begins = extended_from.or(term.since).unwrap_or(today);
        checked((begins, term.until), (&row, today), bounds(person, command, &row), &mut faults);
    }
    let direct = command == Command::Approve && standing == MembershipStatus::Applied;
    if direct && can_be_endorsed(change, (row.institution_id, country), today).await? {
        let message = "the focal point of its country has not endorsed it";
        faults.add(&["id"], FaultCode::IllegalTransition, message);
    }
    let Some(next) = next.filter(|_| faults.is_empty()) else {
        return Ok(Written { now: Some(row), faults: faults.into_inner() }.into());
    };
    lapse(change, reading.now(), &row).await?;
    let before = row.clone();
    let (institution, version) = (row.institution_id, row.version + 1);
    let mut changed = row.into_active_model();
    let mut until = before.until;
    if let Some(term) = term {
        until = term.until;
        let since = before.since.filter(|_| extended_from.is_some()).or(term.since);
        changed.since = Set(Some(since.unwrap_or(today)));
        changed.extended_from = Set(extended_from);
        changed.until = Set(until);
        changed.tier = Set(term.tier.unwrap_or(before.tier));
    }
    changed.status = Set(on(next, until, today));
    changed.version = Set(version);
    let mut fields = differing((&before, standing), &changed.clone().try_into_model()?);
    // What those do who represent the institution is their own to do.
    let own = person.has(Hand::Representative, institution, None);
    if let Some(action) = command.action(before.tier).filter(|_| !own) {
        let subject = (SubjectKind::Membership, before.id, before.version);
        let input = term.map_or(Value::Null, |term| term.told(&before, today));
        let wanted = Wanted { action, subject, input, fields: &fields, reason: reason.as_deref(), by: person.account };
        match leave(reading, change, approval, wanted).await? {
            Leave::Granted(told) => fields.extend(told),
            Leave::Awaited(request) => return Ok(Decided::awaited(before, request)),
        }
    }
    let row = changed.update(&**change).await?;
    if OVER.contains(&row.status) && forget_applicants(change, row.id).await? {
        fields.push(FieldChange::personal(APPLICANTS));
    }
    log(reading, change, &row, ChangeOperation::Updated, (fields, reason)).await?;
    if command == Command::Approve {
        admit(reading, change, institution).await?;
    }
    Ok(Written::done(row).into())
}

/// Does what another administrator has asked for: what is wrong with that now.
pub(crate) async fn carry_out(
    reading: &Reading,
    change: &Change,
    request: &change_request::Model,
) -> Result<Vec<Fault>, Error> {
    let command = Command::of(request.action).ok_or(Error::internal("this is done to no membership"))?;
    let term = request.input.is_object().then(|| Term::of(&request.input));
    let target = Target { key: request.subject_id, version: Some(request.subject_version) };
    let step = Step { command, term, reason: request.reason.clone() };
    Ok(led_on(reading, change, target, (step, Approval::Given(request))).await?.written.faults)
}

/// How long a term may last that the person begins, or go on: representatives renew for as long as the secretariat has
/// granted. Of a term that was extended that is what was added to it.
fn bounds(person: &Person, command: Command, row: &membership::Model) -> Option<TimeDelta> {
    let own = person.has(Hand::Representative, row.institution_id, None);
    let granted = row.extended_from.or(row.since).zip(row.until).map(|(since, until)| until - since);
    // A year may be a day longer than the one before.
    granted.filter(|_| own && command == Command::Renew).map(|granted| granted + TimeDelta::days(1))
}

/// That a term is one, and begins and ends as it may.
fn checked(
    (begins, until): (NaiveDate, Option<NaiveDate>),
    (row, today): (&membership::Model, NaiveDate),
    longest: Option<TimeDelta>,
    faults: &mut Faults,
) {
    let goes_on = row.until == Some(begins);
    if begins > today && !goes_on {
        faults.add(&["since"], FaultCode::Invalid, "must not be after today: a membership is active at once");
    }
    let Some(until) = until else { return };
    if goes_on && until <= begins {
        let message = format!("must be after {begins}, with which the term ends now");
        faults.add(&["until"], FaultCode::Invalid, message);
    } else if until < today || until < begins {
        faults.add(&["until"], FaultCode::Invalid, "must not be before today");
    } else if let Some(longest) = longest
        && until - begins > longest
    {
        let message = format!("must not be after {}: the secretariat grants more", begins + longest);
        faults.add(&["until"], FaultCode::Invalid, message);
    }
}

/// Whether somebody can endorse an institution's application: a focal point of its country, who does not represent it.
async fn can_be_endorsed(
    change: &Change,
    (institution, country): (Uuid, Option<Uuid>),
    today: NaiveDate,
) -> Result<bool, Error> {
    use role_grant::Column;
    let Some(country) = country else { return Ok(false) };
    let theirs = |of: SelectStatement| Column::AccountId.in_subquery(of);
    let own = Query::select()
        .column(Column::AccountId)
        .from(role_grant::Entity)
        .and_where(Column::Role.eq(Role::Representative))
        .and_where(Column::InstitutionId.eq(institution))
        .cond_where(in_force(today))
        .take();
    let focal_points = role_grant::Entity::find()
        .filter(Column::Role.eq(Role::FocalPoint))
        .filter(Column::CountryId.eq(country))
        .filter(in_force(today))
        .filter(theirs(usable()))
        .filter(Column::AccountId.not_in_subquery(own));
    Ok(focal_points.count(&**change).await? > 0)
}

/// The fields that differ, and where it stood and stands, which is the clock's to say: a step may lead to where it was.
fn differing((before, stood): (&membership::Model, MembershipStatus), row: &membership::Model) -> Vec<FieldChange> {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
    let fields = [
        FieldChange::of("status", stood.to_value(), row.status.to_value()),
        FieldChange::of("tier", before.tier.to_value(), row.tier.to_value()),
        FieldChange::of("since", day(before.since), day(row.since)),
        FieldChange::of("until", day(before.until), day(row.until)),
    ];
    fields.into_iter().filter(|field| field.old != field.new || field.name == "status").collect()
}

async fn log(
    reading: &Reading,
    change: &Change,
    row: &membership::Model,
    operation: ChangeOperation,
    (fields, reason): (Vec<FieldChange>, Option<String>),
) -> Result<(), Error> {
    let subject = (SubjectKind::Membership, row.id);
    let entry = Entry { subject, operation, version: Some(row.version), fields, reason: reason.as_deref() };
    append(&**change, reading.viewer.actor(), reading.now(), entry).await
}
