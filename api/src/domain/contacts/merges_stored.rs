//! What refers to contacts, and how it goes from one to another and back.
use chrono::NaiveDate;
use entity::{
    agreement_party, consent, contact_merge, opportunity, opportunity_partner, role_grant,
    vocabulary::{PartnerRole, SubjectKind},
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, ExprTrait as _,
    PaginatorTrait as _, QueryFilter as _, Set, Statement,
    sea_query::{Expr, Query},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    db::Change,
    domain::accounts::{Period, not_over},
    error::Error,
};

/// A column that refers to contacts.
type Link = (&'static str, &'static str);
/// Where rows are kept, where they come from, and by which column they are found.
type Kept = (&'static str, &'static str, &'static str);

/// What refers to policymakers.
const OF_POLICYMAKERS: [Link; 5] = [
    ("appointment", "policymaker_id"),
    ("account", "policymaker_id"),
    ("consent", "policymaker_id"),
    ("contact_merge", "survivor_id"),
    ("external_id", "contact_id"),
];
/// What refers to institutions, besides that they take part in opportunities.
const OF_INSTITUTIONS: [Link; 14] = [
    ("appointment", "institution_id"),
    ("contact_email", "institution_id"),
    ("contact_phone", "institution_id"),
    ("opportunity", "lead_institution_id"),
    ("agreement_party", "competent_authority_id"),
    ("institution", "parent_id"),
    ("merged_institution", "parent_id"),
    ("role_grant", "institution_id"),
    ("invitation", "institution_id"),
    ("agency_client", "institution_id"),
    ("interest", "institution_id"),
    ("membership", "institution_id"),
    ("contact_merge", "survivor_id"),
    ("external_id", "contact_id"),
];
/// Tables of which the survivor has rows already that say the same: where these are kept.
const TWICE: [Kept; 4] = [
    ("merged_consent", "consent", "id"),
    ("merged_role_grant", "role_grant", "id"),
    ("merged_contact_email", "contact_email", "id"),
    ("merged_contact_phone", "contact_phone", "id"),
];
/// Where it is kept that an institution took part in opportunities.
const PARTNERS: Kept = ("merged_opportunity_partner", "opportunity_partner", "institution_id");

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
    /// The opportunities in which the other one took part.
    opportunities: Vec<Uuid>,
    /// Rows, by their table, that the survivor has already.
    twice: Vec<(String, Uuid)>,
    /// The accounts whose roles these were.
    accounts: Vec<Uuid>,
}

impl Moved {
    /// The rows of a table that refer to another contact since.
    pub(super) fn of(&self, table: &str) -> &[Uuid] {
        self.links.iter().find(|(name, _, _)| name == table).map_or(&[], |(_, _, keys)| keys)
    }

    /// The accounts that have one role less, or more.
    pub(super) fn accounts(&self) -> &[Uuid] {
        &self.accounts
    }

    /// The opportunities in which another institution takes part since.
    pub(super) fn opportunities(&self) -> &[Uuid] {
        &self.opportunities
    }
}

/// The rows whose column refers to a contact, among these or all.
async fn referring(
    change: &Change,
    (table, column): Link,
    to: Uuid,
    among: Option<&[Uuid]>,
) -> Result<Vec<Uuid>, Error> {
    let mut statement = Query::select();
    statement.column("id").from(table).and_where(Expr::col(column).eq(to));
    if let Some(keys) = among {
        statement.and_where(Expr::col("id").is_in(keys.iter().copied()));
    }
    let rows = change.query_all(&statement).await?;
    Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}

async fn refer(change: &Change, (table, column): Link, keys: &[Uuid], to: Uuid) -> Result<(), Error> {
    let keys = Expr::col("id").is_in(keys.iter().copied());
    let mut statement = Query::update();
    statement.table(table).value(column, to).and_where(keys);
    if table == "contact_merge" {
        // What is in the one that goes is another contact's since, and not undone without it.
        statement.value("survivor_version", None::<i32>);
    }
    change.execute(&statement).await?;
    Ok(())
}

/// Has all that refers to one contact refer to another.
pub(super) async fn hand_over(change: &Change, kind: SubjectKind, from: Uuid, to: Uuid) -> Result<Moved, Error> {
    let mut moved = Moved::default();
    let twice = if kind == SubjectKind::Policymaker {
        one_consent(change, from, to).await?
    } else {
        take_part(change, from, to, &mut moved).await?;
        said_twice(change, from, to).await?
    };
    let grants: Vec<Uuid> = twice.iter().filter(|(kept, _)| *kept == TWICE[1]).map(|(_, key)| *key).collect();
    moved.accounts = accounts_of(change, &grants).await?;
    for (kept, key) in twice {
        take_out(change, kept, key).await?;
        moved.twice.push((kept.1.to_owned(), key));
    }
    for link in links(kind) {
        let keys = referring(change, *link, from, None).await?;
        if !keys.is_empty() {
            refer(change, *link, &keys, to).await?;
            moved.links.push((link.0.to_owned(), link.1.to_owned(), keys));
        }
    }
    Ok(moved)
}

/// Of what both agreed to, what was said last counts, and before that what somebody in the network has confirmed.
async fn one_consent(change: &Change, from: Uuid, to: Uuid) -> Result<Vec<(Kept, Uuid)>, Error> {
    let theirs = consent::Column::PolicymakerId.is_in([from, to]);
    let mut both = consent::Entity::find().filter(theirs).all(&**change).await?;
    both.sort_by_key(|consent| (consent.confirmed, consent.recorded_at));
    both.pop();
    Ok(both.into_iter().map(|consent| (TWICE[0], consent.id)).collect())
}

/// The roles, addresses and numbers of an institution that another one has, too.
async fn said_twice(change: &Change, from: Uuid, to: Uuid) -> Result<Vec<(Kept, Uuid)>, Error> {
    let of = |key: Uuid| role_grant::Entity::find().filter(role_grant::Column::InstitutionId.eq(key));
    let known = of(to).all(&**change).await?;
    let same = |grant: &role_grant::Model| {
        let says = |known: &role_grant::Model| (known.account_id, known.role) == (grant.account_id, grant.role);
        known.iter().any(|known| says(known) && Period::of(known).covers(Period::of(grant)))
    };
    let grants = of(from).all(&**change).await?.into_iter().filter(same);
    let mut twice: Vec<(Kept, Uuid)> = grants.map(|grant| (TWICE[1], grant.id)).collect();
    for (kept, value) in [(TWICE[2], "address"), (TWICE[3], "number")] {
        let known = Query::select().column(value).from(kept.1).and_where(Expr::col("institution_id").eq(to)).take();
        let same = Query::select()
            .column("id")
            .from(kept.1)
            .and_where(Expr::col("institution_id").eq(from))
            .and_where(Expr::col(value).in_subquery(known))
            .take();
        for row in change.query_all(&same).await? {
            twice.push((kept, row.try_get("", "id")?));
        }
    }
    Ok(twice)
}

async fn take_part(change: &Change, from: Uuid, to: Uuid, moved: &mut Moved) -> Result<(), Error> {
    use opportunity_partner::{Column, Entity, Model};
    let of = |key: Uuid| Entity::find().filter(Column::InstitutionId.eq(key));
    let known = of(to).all(&**change).await?;
    for row in of(from).all(&**change).await? {
        moved.opportunities.push(row.opportunity_id);
        let next = Model { institution_id: to, ..row };
        if !known.contains(&next) {
            moved.partners.push((next.opportunity_id, next.role.to_value()));
            partner(change, (next.opportunity_id, to, next.role)).await?;
        }
    }
    moved.opportunities.dedup();
    take_out(change, PARTNERS, from).await
}

async fn partner(change: &Change, (opportunity, institution, role): (Uuid, Uuid, PartnerRole)) -> Result<(), Error> {
    let row = opportunity_partner::ActiveModel {
        opportunity_id: Set(opportunity),
        institution_id: Set(institution),
        role: Set(role),
    };
    opportunity_partner::Entity::insert(row).exec_without_returning(&**change).await?;
    Ok(())
}

/// Has what was moved refer to the contact again that it was moved from, as far as it still refers to the survivor: what.
pub(super) async fn hand_back(
    change: &Change,
    (kind, from, to): (SubjectKind, Uuid, Uuid),
    (moved, today): (&Moved, NaiveDate),
) -> Result<Moved, Error> {
    let (opportunities, accounts) = (moved.opportunities.clone(), moved.accounts.clone());
    let mut back = Moved { opportunities, accounts, ..Moved::default() };
    for link in links(kind) {
        let same = |(table, column, _): &&(String, String, Vec<Uuid>)| (table.as_str(), column.as_str()) == *link;
        for (table, column, keys) in moved.links.iter().filter(same) {
            let keys = referring(change, *link, to, Some(keys)).await?;
            refer(change, *link, &keys, from).await?;
            back.links.push((table.clone(), column.clone(), keys));
        }
    }
    for (table, key) in &moved.twice {
        for kept in TWICE.iter().filter(|(_, name, _)| name == table) {
            if *kept == TWICE[1] && !still_has_role(change, *key, (to, today)).await? {
                run(change, &format!("DELETE FROM {} WHERE {}", kept.0, kept.2), *key).await?;
                continue;
            }
            bring_back(change, *kept, *key).await?;
        }
    }
    if kind == SubjectKind::Institution {
        part_again(change, from, to, moved).await?;
    }
    Ok(back)
}

/// Whether whoever had this role at one institution has the same at the other one, too: it may have been taken away since.
async fn still_has_role(change: &Change, grant: Uuid, (at, today): (Uuid, NaiveDate)) -> Result<bool, Error> {
    use role_grant::Column;
    let same = |column: Column| {
        let of = Query::select().column(column).from(TWICE[1].0).and_where(Expr::col("id").eq(grant)).take();
        column.in_subquery(of)
    };
    let here = role_grant::Entity::find().filter(Column::InstitutionId.eq(at)).filter(not_over(today));
    Ok(here.filter(same(Column::AccountId)).filter(same(Column::Role)).count(&**change).await? > 0)
}

/// Has an institution take part again in what it took part in, where that is still there and its survivor was not taken out.
async fn part_again(change: &Change, from: Uuid, to: Uuid, moved: &Moved) -> Result<(), Error> {
    let kept = Query::select()
        .columns(["opportunity_id", "role"])
        .from(PARTNERS.0)
        .and_where(Expr::col(PARTNERS.2).eq(from))
        .take();
    for row in change.query_all(&kept).await? {
        let (key, role): (Uuid, String) = (row.try_get("", "opportunity_id")?, row.try_get("", "role")?);
        let as_what = PartnerRole::try_from_value(&role)?;
        let here = opportunity::Entity::find_by_id(key).count(&**change).await? > 0;
        let since = moved.partners.contains(&(key, role));
        let mut still = true;
        if since {
            let gone = opportunity_partner::Entity::delete_by_id((key, to, as_what)).exec(&**change).await?;
            still = gone.rows_affected > 0;
        }
        if here && still {
            partner(change, (key, from, as_what)).await?;
        }
    }
    run(change, &format!("DELETE FROM {} WHERE {}", PARTNERS.0, PARTNERS.2), from).await
}

/// The agreements to which these are parties.
pub(super) async fn agreements_of(change: &Change, parties: &[Uuid]) -> Result<Vec<Uuid>, Error> {
    let parties = agreement_party::Column::Id.is_in(parties.iter().copied());
    let parties = agreement_party::Entity::find().filter(parties).all(&**change).await?;
    let mut agreements: Vec<Uuid> = parties.into_iter().map(|party| party.agreement_id).collect();
    agreements.sort_unstable();
    agreements.dedup();
    Ok(agreements)
}

/// The accounts whose roles these are.
pub(super) async fn accounts_of(change: &Change, grants: &[Uuid]) -> Result<Vec<Uuid>, Error> {
    let grants = role_grant::Column::Id.is_in(grants.iter().copied());
    let grants = role_grant::Entity::find().filter(grants).all(&**change).await?;
    let mut accounts: Vec<Uuid> = grants.into_iter().map(|grant| grant.account_id).collect();
    accounts.sort_unstable();
    accounts.dedup();
    Ok(accounts)
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
    if kept == "merged_institution" {
        // The institution that it was a part of may be gone by now.
        let parent = "UPDATE merged_institution SET parent_id = NULL
            WHERE parent_id NOT IN (SELECT id FROM institution) AND id";
        run(change, parent, key).await?;
    }
    run(change, &format!("INSERT INTO {table} SELECT * FROM {kept} WHERE {column}"), key).await?;
    run(change, &format!("DELETE FROM {kept} WHERE {column}"), key).await
}

/// Forgets where the keys of what was merged into a contact lead, and what it was: these keys.
pub(crate) async fn forget_merged(change: &Change, survivor: Uuid) -> Result<Vec<Uuid>, Error> {
    let known = forget_kept(change, survivor).await?;
    let leading = contact_merge::Entity::delete_many().filter(contact_merge::Column::SurvivorId.eq(survivor));
    leading.exec(&**change).await?;
    Ok(known)
}

/// The contact that a key leads to, if it was merged into one.
pub(crate) async fn merged_into(change: &Change, key: Uuid) -> Result<Option<Uuid>, Error> {
    Ok(contact_merge::Entity::find_by_id(key).one(&**change).await?.map(|merge| merge.survivor_id))
}

/// Forgets what was merged into a contact, since that is gone: the keys that led to it lead nowhere now, and it is known that
/// they did.
pub(crate) async fn forget_kept(change: &Change, survivor: Uuid) -> Result<Vec<Uuid>, Error> {
    let merges = contact_merge::Entity::find().filter(contact_merge::Column::SurvivorId.eq(survivor));
    let merges = merges.all(&**change).await?;
    for merge in &merges {
        for (table, _, column) in kept(merge.kind) {
            run(change, &format!("DELETE FROM {table} WHERE {column}"), merge.id).await?;
        }
        run(change, &format!("DELETE FROM {} WHERE {}", PARTNERS.0, PARTNERS.2), merge.id).await?;
        let moved: Moved = serde_json::from_value(merge.moved.clone()).unwrap_or_default();
        for (table, key) in moved.twice {
            for (kept, _, column) in TWICE.iter().filter(|(_, name, _)| *name == table) {
                run(change, &format!("DELETE FROM {kept} WHERE {column}"), key).await?;
            }
        }
    }
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
