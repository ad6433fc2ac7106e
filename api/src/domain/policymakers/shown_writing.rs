//! How it is told that people are shown differently since, though nobody has changed their entries: an institution has another
//! name, or a position has begun or ended. They have another version then, as any card of them has.
use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::{
    appointment, noted_day, policymaker,
    vocabulary::{ChangeOperation, SubjectKind},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
    sea_query::{Expr, OnConflict, Query, SelectStatement},
};
use uuid::Uuid;

use super::stored::audience_of;
use crate::{
    access::Reading,
    changes::{Actor, Audience, Audiences, Entry, FieldChange, append_all},
    db::{Change, Turns, among, column},
    error::Error,
};

/// The one row of the days that were told.
const ROW: i32 = 1;

/// Tells of all who hold or held positions at these institutions.
pub(crate) async fn shown_anew(
    change: &impl ConnectionTrait,
    institutions: &[Uuid],
    (actor, now): (Actor, DateTime<Utc>),
) -> Result<(), Error> {
    let there = among(change.get_database_backend(), column(appointment::Column::InstitutionId), institutions.to_vec());
    tell(change, Condition::all().add(there), (actor, now)).await
}

/// The people who hold such positions, or held them, with who could know of them. Nobody else changes them meanwhile.
pub(crate) async fn known_at(change: &Change, positions: Condition) -> Result<Vec<(Uuid, Audience)>, Error> {
    let there = || policymaker::Entity::find().filter(policymaker::Column::Id.in_subquery(holders(positions.clone())));
    let found = loop {
        let found = there().order_by_asc(policymaker::Column::Id).lock_exclusive().all(&**change).await?;
        // While others were waited for, somebody may have been merged into another person, who has the positions since.
        let now: Vec<Uuid> = there().select_only().column(policymaker::Column::Id).into_tuple().all(&**change).await?;
        if now.iter().all(|key| found.iter().any(|row| row.id == *key)) {
            break found;
        }
    };
    let mut people = vec![];
    for row in found {
        people.push((row.id, audience_of(change, &row).await?));
    }
    Ok(people)
}

/// Tells of these people, of whom others may know since.
pub(crate) async fn known_anew(
    reading: &Reading,
    change: &Change,
    (people, reason): (Vec<(Uuid, Audience)>, Option<&str>),
) -> Result<(), Error> {
    let mut entries = vec![];
    for (key, before) in people {
        let Some(row) = policymaker::Entity::find_by_id(key).one(&**change).await? else { continue };
        let version = row.version + 1;
        let mut next = row.into_active_model();
        next.version = Set(version);
        next.updated_at = Set(reading.now());
        let row = next.update(&**change).await?;
        let audiences = Audiences { before: Some(before), after: Some(audience_of(change, &row).await?) };
        entries.push((Entry { reason, ..moved(key, version) }, audiences));
    }
    append_all(&**change, reading.viewer.actor(), reading.now(), entries).await
}

/// Tells of all whose positions have begun or ended since the day up to which it was told: whichever replica comes first.
pub(crate) async fn tell_of_days(db: &Turns, now: DateTime<Utc>) -> Result<(), Error> {
    let today = now.date_naive();
    let noted = noted_day::Entity::find_by_id(ROW).one(db).await?;
    if noted.as_ref().is_some_and(|noted| noted.day >= today) {
        return Ok(());
    }
    let change = db.change().await?;
    if noted.is_none() {
        let first = noted_day::ActiveModel { id: Set(ROW), day: Set(today) };
        let once = OnConflict::column(noted_day::Column::Id).do_nothing().to_owned();
        noted_day::Entity::insert(first).on_conflict(once).exec_without_returning(&*change).await?;
        return change.commit().await;
    }
    let Some(noted) = noted_day::Entity::find_by_id(ROW).lock_exclusive().one(&*change).await? else { return Ok(()) };
    if noted.day >= today {
        return Ok(());
    }
    let begun = within(appointment::Column::Since, (noted.day + Days::new(1), today));
    let ended = within(appointment::Column::Until, (noted.day, today - Days::new(1)));
    tell(&*change, Condition::any().add(begun).add(ended), (Actor::Nobody, now)).await?;
    let mut row = noted.into_active_model();
    row.day = Set(today);
    noted_day::Entity::update(row).exec(&*change).await?;
    change.commit().await
}

fn within(column: appointment::Column, (first, last): (NaiveDate, NaiveDate)) -> Condition {
    Condition::all().add(column.gte(first)).add(column.lte(last))
}

/// Tells of all who have such positions. Who may know of them has not changed, so that the log need not say it.
async fn tell(
    change: &impl ConnectionTrait,
    positions: Condition,
    (actor, now): (Actor, DateTime<Utc>),
) -> Result<(), Error> {
    let mut people: Vec<(Uuid, i32)> = vec![];
    // Who has got the positions of somebody since who was merged is found once that was waited for.
    loop {
        let counted = Query::update()
            .table(policymaker::Entity)
            .value(policymaker::Column::Version, Expr::col(policymaker::Column::Version).add(1))
            .value(policymaker::Column::UpdatedAt, now)
            .and_where(policymaker::Column::Id.in_subquery(holders(positions.clone())))
            .and_where(policymaker::Column::Id.is_not_in(people.iter().map(|(key, _)| *key)))
            .returning(Query::returning().columns([policymaker::Column::Id, policymaker::Column::Version]))
            .take();
        let rows = change.query_all(&counted).await?;
        if rows.is_empty() {
            break;
        }
        let told = rows.iter().map(|row| Ok((row.try_get("", "id")?, row.try_get("", "version")?)));
        people.extend(told.collect::<Result<Vec<(Uuid, i32)>, DbErr>>()?);
    }
    let entries = people.into_iter().map(|(key, version)| (moved(key, version), Audiences::default()));
    append_all(change, actor, now, entries.collect()).await
}

fn holders(positions: Condition) -> SelectStatement {
    Query::select().column(appointment::Column::PolicymakerId).from(appointment::Entity).cond_where(positions).take()
}

/// That something is other about somebody's positions.
fn moved<'a>(key: Uuid, version: i32) -> Entry<'a> {
    let (subject, operation) = ((SubjectKind::Policymaker, key), ChangeOperation::Updated);
    Entry {
        subject,
        operation,
        version: Some(version),
        fields: vec![FieldChange::personal("appointments")],
        reason: None,
    }
}
