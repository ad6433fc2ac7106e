//! How two contacts that are one become one, and two again: one transaction each, with its entries in the log.
use chrono::{DateTime, Utc};
use entity::{
    appointment, contact_merge, institution, membership, policymaker,
    vocabulary::{ChangeOperation, MembershipStatus, SubjectKind},
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, DbErr, EntityTrait as _, ExprTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use super::filter::ContactKind;
use super::merges_stored::{Moved, accounts_of, agreements_of, bring_back, hand_back, hand_over, kept, lead, take_out};
use crate::{
    access::{Reading, one},
    changes::{Audience, Audiences, Entry, FieldChange, append_for},
    db::{Change, forget_names, has_slug, key_names},
    domain::{
        duplicates::{self, look_again},
        institutions::{self, Institutions},
        interests::{compete, court},
        policymakers::{self, Policymakers, known_anew, known_at},
    },
    error::{Error, Fault, FaultCode, Target, Written},
    validation::{self, Faults},
};

/// The table whose rows do not say when they were changed.
const UNDATED: &str = "membership";

/// A contact, of whichever sort.
#[derive(Clone, Debug)]
pub(crate) enum Row {
    Institution(institution::Model),
    Policymaker(policymaker::Model),
}

impl Row {
    pub(super) fn key(&self) -> (ContactKind, Uuid) {
        match self {
            Self::Institution(row) => (ContactKind::Organization, row.id),
            Self::Policymaker(row) => (ContactKind::Person, row.id),
        }
    }

    pub(super) fn updated_at(&self) -> DateTime<Utc> {
        match self {
            Self::Institution(row) => row.updated_at,
            Self::Policymaker(row) => row.updated_at,
        }
    }

    /// Its key.
    pub(crate) fn id(&self) -> Uuid {
        match self {
            Self::Institution(row) => row.id,
            Self::Policymaker(row) => row.id,
        }
    }

    /// Its names.
    fn names(&self) -> Vec<String> {
        match self {
            Self::Institution(row) => row.names.texts().into_iter().map(|text| text.text.into_owned()).collect(),
            Self::Policymaker(row) => policymakers::names_of(row),
        }
    }

    /// Its version.
    pub(crate) fn version(&self) -> i32 {
        match self {
            Self::Institution(row) => row.version,
            Self::Policymaker(row) => row.version,
        }
    }

    async fn audience(&self, change: &Change) -> Result<Audience, Error> {
        match self {
            Self::Institution(row) => institutions::audience_of(change, row).await,
            Self::Policymaker(row) => policymakers::audience_of(change, row).await,
        }
    }
}

/// Two contacts that are one.
pub(super) struct Pair {
    pub(super) kind: SubjectKind,
    pub(super) survivor: Target,
    pub(super) merged: Uuid,
    pub(super) reason: Option<String>,
}

/// Merges one contact into another. For administrators.
pub(super) async fn merge(reading: &Reading, pair: Pair) -> Result<Written<Row>, Error> {
    reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let Pair { kind, survivor: target, merged: key, reason } = pair;
    let (survivor, merged) = both(&change, kind, target.key, key).await?;
    let mut faults = Faults::default();
    for (field, row) in [("survivor", &survivor), ("merged", &merged)] {
        if row.is_none() {
            faults.add(&[field], FaultCode::NotFound, "there is no such contact");
        }
    }
    if target.key == key {
        faults.add(&["merged"], FaultCode::Invalid, "is the survivor itself");
    }
    let reason = validation::reason(reason, false, &mut faults);
    let (Some(survivor), Some(merged)) = (survivor, merged) else { return Ok(Written::refused(faults.into_inner())) };
    if let Some(stale) = target.stale(&survivor, survivor.version()) {
        return Ok(stale);
    }
    if let (Row::Institution(survivor), Row::Institution(merged)) = (&survivor, &merged) {
        fit_together(&change, survivor, merged, &mut faults).await?;
    }
    if !faults.is_empty() {
        return Ok(Written { now: Some(survivor), faults: faults.into_inner() });
    }
    let people = known_at(&change, among_these(&positions_at(&change, kind, key).await?)).await?;
    let befores = (survivor.audience(&change).await?, merged.audience(&change).await?);
    let moved = hand_over(&change, kind, key, target.key).await?;
    for place in kept(kind) {
        take_out(&change, place, key).await?;
    }
    forget_names(&*change, key).await?;
    duplicates::forget(&change, &[key]).await?;
    look_again(&change, kind, &[target.key], reading.now()).await?;
    let survivor = touched(reading, &change, kind, target.key).await?;
    let row = contact_merge::Model {
        id: key,
        survivor_id: target.key,
        kind,
        survivor_version: Some(survivor.version()),
        moved: serde_json::to_value(&moved).map_err(|_| Error::internal("what was moved cannot be written down"))?,
        merged_at: reading.now(),
    };
    lead(&change, row).await?;
    let log = Log { reading, change: &change, reason: reason.as_deref() };
    let after = survivor.audience(&change).await?;
    log.tell((kind, key), ChangeOperation::Merged, None, &[], Audiences { before: Some(befores.1), after: None })
        .await?;
    let audiences = Audiences { before: Some(befores.0), after: Some(after) };
    let fields = fields_of(kind);
    log.tell((kind, target.key), ChangeOperation::Updated, Some(survivor.version()), fields, audiences).await?;
    log.tell_others(&moved, people).await?;
    change.commit_to(target.key).await?;
    Ok(Written::done(survivor))
}

/// Makes two contacts again of what was merged, as long as nothing has touched the survivor since. For administrators.
pub(super) async fn unmerge(
    reading: &Reading,
    (kind, target): (SubjectKind, Target),
    reason: Option<String>,
) -> Result<Written<Row>, Error> {
    reading.viewer.admin()?;
    let change = reading.db.change().await?;
    let mut faults = Faults::default();
    let reason = validation::reason(reason, false, &mut faults);
    let merge = || contact_merge::Entity::find_by_id(target.key).filter(contact_merge::Column::Kind.eq(kind));
    let survivor = match merge().one(&*change).await? {
        Some(merge) => locked(&change, kind, merge.survivor_id).await?,
        None => None,
    };
    // Until the survivor was had, somebody else may have undone it.
    let (Some(survivor), Some(merge)) = (survivor, merge().one(&*change).await?) else {
        let message = "this is not the ID of a contact that was merged into another one";
        return Ok(Written::refused(vec![Fault::of("id", FaultCode::NotFound, message)]));
    };
    if let Some(stale) = target.stale(&survivor, survivor.version()) {
        return Ok(stale);
    }
    if merge.survivor_version != Some(survivor.version()) {
        faults.add(&["id"], FaultCode::IllegalTransition, "the contact that it was merged into was changed since");
    }
    if kind == SubjectKind::Institution && slug_is_taken(&change, target.key).await? {
        faults.add(&["id"], FaultCode::Taken, "another institution has got its readable key since");
    }
    if !faults.is_empty() {
        return Ok(Written { now: Some(survivor), faults: faults.into_inner() });
    }
    let moved: Moved =
        serde_json::from_value(merge.moved).map_err(|_| Error::internal("what was moved is not known"))?;
    let positions = if kind == SubjectKind::Institution { moved.of("appointment") } else { &[] };
    let people = known_at(&change, among_these(positions)).await?;
    let before = survivor.audience(&change).await?;
    contact_merge::Entity::delete_by_id(target.key).exec(&*change).await?;
    for place in kept(kind) {
        bring_back(&change, place, target.key).await?;
    }
    let back = hand_back(&change, (kind, target.key, merge.survivor_id), (&moved, reading.today())).await?;
    if kind == SubjectKind::Institution && is_part_of(&change, target.key, target.key).await? {
        let message = "it would be a part of itself, since institutions were put elsewhere in between";
        return Ok(Written::refused(vec![Fault::of("id", FaultCode::IllegalTransition, message)]));
    }
    let survivor = touched(reading, &change, kind, merge.survivor_id).await?;
    let row = touched(reading, &change, kind, target.key).await?;
    key_names(&*change, kind, target.key, &row.names()).await?;
    look_again(&change, kind, &[target.key, merge.survivor_id], reading.now()).await?;
    let log = Log { reading, change: &change, reason: reason.as_deref() };
    let audiences = Audiences { before: Some(before), after: Some(survivor.audience(&change).await?) };
    let fields = fields_of(kind);
    log.tell((kind, merge.survivor_id), ChangeOperation::Updated, Some(survivor.version()), fields, audiences).await?;
    let audiences = Audiences { before: None, after: Some(row.audience(&change).await?) };
    log.tell((kind, target.key), ChangeOperation::Unmerged, Some(row.version()), &[], audiences).await?;
    log.tell_others(&back, people).await?;
    change.commit_to(target.key).await?;
    Ok(Written::done(row))
}

/// The contact with this key that the viewer may see.
pub(super) async fn contact(reading: &Reading, key: Uuid) -> Result<Option<Row>, Error> {
    let person = one::<Policymakers>(reading, policymaker::Column::Id.eq(key)).await?;
    let institution = one::<Institutions>(reading, institution::Column::Id.eq(key)).await?;
    Ok(person.map(Row::Policymaker).or(institution.map(Row::Institution)))
}

/// What of a contact others were merged into is other than it was.
fn fields_of(kind: SubjectKind) -> &'static [&'static str] {
    if kind == SubjectKind::Policymaker {
        &["appointments", "emails", "phones", "consent"]
    } else {
        &["children", "policymakers", "opportunities", "agreements", "emails", "phones"]
    }
}

/// Two contacts that nobody else changes meanwhile. Whoever wants both takes them in the same order.
async fn both(change: &Change, kind: SubjectKind, one: Uuid, two: Uuid) -> Result<(Option<Row>, Option<Row>), Error> {
    if one <= two {
        let first = locked(change, kind, one).await?;
        Ok((first, locked(change, kind, two).await?))
    } else {
        let first = locked(change, kind, two).await?;
        Ok((locked(change, kind, one).await?, first))
    }
}

/// A contact that nobody else changes meanwhile.
async fn locked(change: &Change, kind: SubjectKind, key: Uuid) -> Result<Option<Row>, Error> {
    Ok(if kind == SubjectKind::Policymaker {
        let found = policymaker::Entity::find_by_id(key).lock_exclusive().one(&**change).await?;
        found.map(Row::Policymaker)
    } else {
        institution::Entity::find_by_id(key).lock_exclusive().one(&**change).await?.map(Row::Institution)
    })
}

/// Counts a change of a contact.
async fn touched(reading: &Reading, change: &Change, kind: SubjectKind, key: Uuid) -> Result<Row, Error> {
    let table = if kind == SubjectKind::Policymaker { "policymaker" } else { "institution" };
    count(reading, change, table, &[key]).await?;
    locked(change, kind, key).await?.ok_or(Error::internal("a contact is gone that was there"))
}

/// Counts a change of these rows, as far as they are there: their versions since.
async fn count(
    reading: &Reading,
    change: &Change,
    table: &'static str,
    keys: &[Uuid],
) -> Result<Vec<(Uuid, i32)>, Error> {
    if keys.is_empty() {
        return Ok(vec![]);
    }
    let mut statement = Query::update();
    statement
        .table(table)
        .value("version", Expr::col("version").add(1))
        .and_where(Expr::col("id").is_in(keys.iter().copied()))
        .returning(Query::returning().columns(["id", "version"]));
    if table != UNDATED {
        statement.value("updated_at", reading.now());
    }
    let rows = change.query_all(&statement).await?;
    Ok(rows
        .iter()
        .map(|row| Ok((row.try_get("", "id")?, row.try_get("", "version")?)))
        .collect::<Result<_, DbErr>>()?)
}

async fn has_membership(change: &Change, key: Uuid) -> Result<bool, Error> {
    use membership::Column;
    let over = [MembershipStatus::Rejected, MembershipStatus::Withdrawn];
    let theirs =
        membership::Entity::find().filter(Column::InstitutionId.eq(key)).filter(Column::Status.is_not_in(over));
    Ok(theirs.count(&**change).await? > 0)
}

async fn slug_is_taken(change: &Change, key: Uuid) -> Result<bool, Error> {
    let kept = Query::select().column("slug").from("merged_institution").and_where(Expr::col("id").eq(key)).take();
    let Some(row) = change.query_one(&kept).await? else { return Ok(false) };
    let slug: String = row.try_get("", "slug")?;
    Ok(has_slug::<institution::Entity>(&**change, institution::Column::Slug, &slug).await?)
}

/// The positions at an institution.
async fn positions_at(change: &Change, kind: SubjectKind, key: Uuid) -> Result<Vec<Uuid>, Error> {
    if kind == SubjectKind::Policymaker {
        return Ok(vec![]);
    }
    let there = appointment::Entity::find().filter(appointment::Column::InstitutionId.eq(key)).all(&**change).await?;
    Ok(there.into_iter().map(|position| position.id).collect())
}

fn among_these(positions: &[Uuid]) -> Condition {
    Condition::all().add(appointment::Column::Id.is_in(positions.iter().copied()))
}

/// Whether an institution is a part of another one, or of a part of it.
async fn is_part_of(change: &Change, part: Uuid, whole: Uuid) -> Result<bool, Error> {
    Ok(institutions::upwards(change, Some(part)).await?.iter().skip(1).any(|above| *above == whole))
}

/// Notes why two institutions cannot be one.
async fn fit_together(
    change: &Change,
    survivor: &institution::Model,
    merged: &institution::Model,
    faults: &mut Faults,
) -> Result<(), Error> {
    if is_part_of(change, survivor.id, merged.id).await? {
        faults.add(&["merged"], FaultCode::Invalid, "the survivor is a part of it");
    }
    if merged.listed && !survivor.listed {
        faults.add(&["survivor"], FaultCode::Invalid, "has not been admitted to the network, and the other one has");
    }
    if has_membership(change, survivor.id).await? && has_membership(change, merged.id).await? {
        faults.add(&["merged"], FaultCode::InUse, "both have a membership: one has to be withdrawn first");
    }
    if court(change, survivor.id, merged.id).await? {
        let message = "one is interested in what the other one offers: that has to be withdrawn or declined first";
        faults.add(&["merged"], FaultCode::InUse, message);
    }
    if compete(change, survivor.id, merged.id).await? {
        let message = "both are interested in the same opportunity: one has to withdraw that first";
        faults.add(&["merged"], FaultCode::InUse, message);
    }
    Ok(())
}

/// What is written into the log of one merge.
struct Log<'a> {
    reading: &'a Reading,
    change: &'a Change,
    reason: Option<&'a str>,
}

impl Log<'_> {
    async fn tell(
        &self,
        subject: (SubjectKind, Uuid),
        operation: ChangeOperation,
        version: Option<i32>,
        fields: &[&str],
        audiences: Audiences,
    ) -> Result<(), Error> {
        let fields = fields.iter().map(|name| FieldChange::personal(name)).collect();
        let entry = Entry { subject, operation, version, fields, reason: self.reason };
        append_for(&**self.change, self.reading.viewer.actor(), self.reading.now(), entry, audiences).await
    }

    /// Counts and tells the change of each subject that refers to another institution since.
    async fn tell_others(&self, moved: &Moved, people: Vec<(Uuid, Audience)>) -> Result<(), Error> {
        let Self { reading, change, reason: _ } = *self;
        let agreements = agreements_of(change, moved.of("agreement_party")).await?;
        let mut accounts = accounts_of(change, moved.of("role_grant")).await?;
        accounts.extend(moved.accounts().iter().filter(|key| !accounts.contains(key)).copied().collect::<Vec<_>>());
        let changed = [
            (SubjectKind::Opportunity, "opportunity", "leadInstitution", moved.of("opportunity")),
            (SubjectKind::Opportunity, "opportunity", "partners", moved.opportunities()),
            (SubjectKind::Agreement, "agreement", "parties", &agreements),
            (SubjectKind::Interest, "interest", "institution", moved.of("interest")),
            (SubjectKind::Membership, UNDATED, "institution", moved.of("membership")),
            (SubjectKind::Institution, "institution", "parent", moved.of("institution")),
            (SubjectKind::Account, "account", "grants", &accounts),
            (SubjectKind::Account, "account", "policymaker", moved.of("account")),
            (SubjectKind::AgencyClient, "agency_client", "institution", moved.of("agency_client")),
        ];
        for (kind, table, field, keys) in changed {
            // What was deleted since has told so.
            for (key, version) in count(reading, change, table, keys).await? {
                let operation = ChangeOperation::Updated;
                self.tell((kind, key), operation, Some(version), &[field], Audiences::default()).await?;
            }
        }
        known_anew(reading, change, (people, self.reason)).await
    }
}
