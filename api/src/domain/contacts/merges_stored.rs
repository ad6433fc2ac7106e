//! What refers to contacts, and how it goes from one to another and back.
use entity::{
    consent, contact_merge, opportunity_partner,
    vocabulary::{PartnerRole, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, ExprTrait as _,
    QueryFilter as _, Set, Statement,
    sea_query::{Expr, Query},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{db::Change, error::Error};

/// A column that refers to contacts.
type Link = (&'static str, &'static str);

/// What refers to policymakers, besides what they agreed to.
const OF_POLICYMAKERS: [Link; 3] =
    [("appointment", "policymaker_id"), ("account", "policymaker_id"), ("contact_merge", "survivor_id")];
/// What refers to institutions, besides that they take part in opportunities.
const OF_INSTITUTIONS: [Link; 11] = [
    ("appointment", "institution_id"),
    ("contact_email", "institution_id"),
    ("contact_phone", "institution_id"),
    ("opportunity", "lead_institution_id"),
    ("agreement_party", "competent_authority_id"),
    ("institution", "parent_id"),
    ("role_grant", "institution_id"),
    ("agency_client", "institution_id"),
    ("interest", "institution_id"),
    ("membership", "institution_id"),
    ("contact_merge", "survivor_id"),
];

fn links(kind: SubjectKind) -> &'static [Link] {
    if kind == SubjectKind::Policymaker { &OF_POLICYMAKERS } else { &OF_INSTITUTIONS }
}

/// What was moved from one contact to another.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Moved {
    /// The rows that refer to the survivor since, by table and column.
    links: Vec<(String, String, Vec<Uuid>)>,
    /// The opportunities in which the survivor takes part since, and how.
    partners: Vec<(Uuid, String)>,
    /// The consents that count no more.
    consents: Vec<Uuid>,
}

impl Moved {
    /// The rows of a table that refer to the survivor since.
    pub(super) fn of(&self, table: &str) -> &[Uuid] {
        self.links.iter().find(|(name, _, _)| name == table).map_or(&[], |(_, _, keys)| keys)
    }

    /// The opportunities in which the survivor takes part since.
    pub(super) fn partners(&self) -> impl Iterator<Item = Uuid> {
        self.partners.iter().map(|(opportunity, _)| *opportunity)
    }
}

/// The rows whose column refers to a contact.
async fn referring(change: &Change, (table, column): Link, to: Uuid) -> Result<Vec<Uuid>, Error> {
    let statement = Query::select().column("id").from(table).and_where(Expr::col(column).eq(to)).take();
    let rows = change.query_all(&statement).await?;
    Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}

async fn refer(change: &Change, (table, column): Link, keys: &[Uuid], to: Uuid) -> Result<(), Error> {
    let keys = Expr::col("id").is_in(keys.iter().copied());
    let statement = Query::update().table(table).value(column, to).and_where(keys).take();
    change.execute(&statement).await?;
    Ok(())
}

/// Has all that refers to one contact refer to another.
pub(super) async fn hand_over(change: &Change, kind: SubjectKind, from: Uuid, to: Uuid) -> Result<Moved, Error> {
    let mut moved = Moved::default();
    for link in links(kind) {
        let keys = referring(change, *link, from).await?;
        if !keys.is_empty() {
            refer(change, *link, &keys, to).await?;
            moved.links.push((link.0.to_owned(), link.1.to_owned(), keys));
        }
    }
    if kind == SubjectKind::Policymaker {
        one_consent(change, from, to, &mut moved).await?;
    } else {
        take_part(change, from, to, &mut moved).await?;
    }
    Ok(moved)
}

/// Of what both agreed to, what was said last counts.
async fn one_consent(change: &Change, from: Uuid, to: Uuid, moved: &mut Moved) -> Result<(), Error> {
    let theirs = consent::Column::PolicymakerId.is_in([from, to]);
    let mut both = consent::Entity::find().filter(theirs).all(&**change).await?;
    both.sort_by_key(|consent| consent.recorded_at);
    let Some(last) = both.pop() else { return Ok(()) };
    for consent in both {
        take_out(change, ("merged_consent", "consent", "id"), consent.id).await?;
        moved.consents.push(consent.id);
    }
    if last.policymaker_id == from {
        refer(change, ("consent", "policymaker_id"), &[last.id], to).await?;
        moved.links.push(("consent".to_owned(), "policymaker_id".to_owned(), vec![last.id]));
    }
    Ok(())
}

async fn take_part(change: &Change, from: Uuid, to: Uuid, moved: &mut Moved) -> Result<(), Error> {
    use opportunity_partner::{Column, Entity, Model};
    let of = |key: Uuid| Entity::find().filter(Column::InstitutionId.eq(key));
    let known = of(to).all(&**change).await?;
    for row in of(from).all(&**change).await? {
        let next = Model { institution_id: to, ..row };
        if !known.contains(&next) {
            moved.partners.push((next.opportunity_id, next.role.to_value()));
            let next = opportunity_partner::ActiveModel {
                opportunity_id: Set(next.opportunity_id),
                institution_id: Set(to),
                role: Set(next.role),
            };
            Entity::insert(next).exec_without_returning(&**change).await?;
        }
    }
    take_out(change, ("merged_opportunity_partner", "opportunity_partner", "institution_id"), from).await
}

/// Has all that was moved refer to the contact again that it was moved from.
pub(super) async fn hand_back(
    change: &Change,
    (kind, from, to): (SubjectKind, Uuid, Uuid),
    moved: &Moved,
) -> Result<(), Error> {
    let consent = ("consent", "policymaker_id");
    for link in links(kind).iter().chain([&consent]) {
        let same = |(table, column, _): &&(String, String, Vec<Uuid>)| (table.as_str(), column.as_str()) == *link;
        for (_, _, keys) in moved.links.iter().filter(same) {
            refer(change, *link, keys, from).await?;
        }
    }
    for key in &moved.consents {
        bring_back(change, ("merged_consent", "consent", "id"), *key).await?;
    }
    for (opportunity, role) in &moved.partners {
        let role = PartnerRole::try_from_value(role)?;
        opportunity_partner::Entity::delete_by_id((*opportunity, to, role)).exec(&**change).await?;
    }
    bring_back(change, ("merged_opportunity_partner", "opportunity_partner", "institution_id"), from).await
}

/// Where a contact's row is kept while it is none, and what is searched of it.
pub(super) fn kept(kind: SubjectKind) -> [Kept; 2] {
    let row = if kind == SubjectKind::Policymaker {
        ("merged_policymaker", "policymaker", "id")
    } else {
        ("merged_institution", "institution", "id")
    };
    [row, ("merged_search_entry", "search_entry", "subject_id")]
}

/// Where rows are kept, where they come from, and by which column they are found.
type Kept = (&'static str, &'static str, &'static str);

async fn run(change: &Change, text: &str, key: Uuid) -> Result<(), Error> {
    let backend = change.get_database_backend();
    let mark = if backend == DbBackend::Postgres { "$1" } else { "?" };
    change.execute_raw(Statement::from_sql_and_values(backend, format!("{text} = {mark}"), [key.into()])).await?;
    Ok(())
}

/// Takes rows out of their table, and keeps them.
pub(super) async fn take_out(change: &Change, (kept, table, column): Kept, key: Uuid) -> Result<(), Error> {
    run(change, &format!("INSERT INTO {kept} SELECT * FROM {table} WHERE {column}"), key).await?;
    run(change, &format!("DELETE FROM {table} WHERE {column}"), key).await
}

/// Brings rows back into their table.
pub(super) async fn bring_back(change: &Change, (kept, table, column): Kept, key: Uuid) -> Result<(), Error> {
    run(change, &format!("INSERT INTO {table} SELECT * FROM {kept} WHERE {column}"), key).await?;
    run(change, &format!("DELETE FROM {kept} WHERE {column}"), key).await
}

/// Forgets what was merged into a contact, since it is gone: the keys that led to it lead nowhere now.
pub(crate) async fn forget_merged(change: &Change, survivor: Uuid) -> Result<Vec<Uuid>, Error> {
    let merges = contact_merge::Entity::find().filter(contact_merge::Column::SurvivorId.eq(survivor));
    let merges = merges.all(&**change).await?;
    for merge in &merges {
        for (table, _, column) in kept(merge.kind) {
            run(change, &format!("DELETE FROM {table} WHERE {column}"), merge.id).await?;
        }
        run(change, "DELETE FROM merged_opportunity_partner WHERE institution_id", merge.id).await?;
        run(change, "DELETE FROM merged_consent WHERE policymaker_id", merge.id).await?;
        contact_merge::Entity::delete_by_id(merge.id).exec(&**change).await?;
    }
    run(change, "DELETE FROM merged_consent WHERE policymaker_id", survivor).await?;
    Ok(merges.into_iter().map(|merge| merge.id).collect())
}

/// Notes that a contact leads to another one since.
pub(super) async fn lead(change: &Change, merge: contact_merge::Model) -> Result<(), Error> {
    let row = contact_merge::ActiveModel {
        id: Set(merge.id),
        survivor_id: Set(merge.survivor_id),
        kind: Set(merge.kind),
        survivor_version: Set(merge.survivor_version),
        moved: Set(merge.moved),
        merged_at: Set(merge.merged_at),
    };
    contact_merge::Entity::insert(row).exec_without_returning(&**change).await?;
    Ok(())
}
