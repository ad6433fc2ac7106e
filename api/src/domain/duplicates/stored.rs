//! How contacts are found that are likely the same.
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    appointment, contact_email, contact_phone, duplicate_contact, institution, name_key, policymaker,
    vocabulary::SubjectKind,
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _, Order, QueryFilter as _, Set,
    sea_query::{Expr, ExprTrait as _, Func, Query, SimpleExpr},
};
use url::Url;
use uuid::Uuid;

use super::score::{Facts, alike};
use crate::{
    db::{Change, column},
    domain::policymakers::names_of,
    error::Error,
};

/// How many contacts one is compared with, for its names, and for its addresses.
const CANDIDATES: u64 = 50;
/// How many contacts are looked at together: a statement has only so many parameters.
const TOGETHER: usize = 20;

type Pair = (Uuid, Uuid);

fn pair(one: Uuid, two: Uuid) -> Pair {
    if one <= two { (one, two) } else { (two, one) }
}

/// The pairs that these contacts are of.
fn of_these(keys: &[Uuid]) -> Condition {
    use duplicate_contact::Column;
    let in_place = |column: Column| column.is_in(keys.iter().copied());
    Condition::any().add(in_place(Column::OneId)).add(in_place(Column::TwoId))
}

/// Forgets what these contacts are likely the same as, since they are gone.
pub(crate) async fn forget(change: &Change, keys: &[Uuid]) -> Result<(), Error> {
    duplicate_contact::Entity::delete_many().filter(of_these(keys)).exec(&**change).await?;
    Ok(())
}

/// Looks anew for what these contacts, which were written, are likely the same as. What was said to be two stays so.
pub(crate) async fn look_again(
    change: &Change,
    kind: SubjectKind,
    keys: &[Uuid],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for keys in keys.chunks(TOGETHER) {
        look_at(change, kind, keys, now).await?;
    }
    Ok(())
}

async fn look_at(change: &Change, kind: SubjectKind, keys: &[Uuid], now: DateTime<Utc>) -> Result<(), Error> {
    let own = facts(change, kind, keys).await?;
    let mut pairs: HashSet<Pair> = HashSet::new();
    let holders = addressed(change, kind, own.values().flat_map(|facts| &facts.emails)).await?;
    for (key, facts) in &own {
        let named = named_alike(change, kind, *key).await?;
        let addressed = facts.emails.iter().filter_map(|address| holders.get(address)).flatten().copied();
        let others = named.into_iter().chain(addressed).filter(|other| other != key);
        pairs.extend(others.map(|other| pair(*key, other)));
    }
    let others: HashSet<Uuid> = pairs.iter().flat_map(|(one, two)| [*one, *two]).collect();
    let others: Vec<Uuid> = others.into_iter().filter(|key| !own.contains_key(key)).collect();
    let mut known = facts(change, kind, &others).await?;
    known.extend(own);
    let mut stored: HashMap<Pair, duplicate_contact::Model> = HashMap::new();
    for row in duplicate_contact::Entity::find().filter(of_these(keys)).all(&**change).await? {
        stored.insert((row.one_id, row.two_id), row);
    }
    let mut new = vec![];
    for (one, two) in pairs {
        let likeness = known.get(&one).zip(known.get(&two)).and_then(|(one, two)| alike(one, two));
        let Some((score, matched)) = likeness else { continue };
        match stored.remove(&(one, two)) {
            Some(row) if (row.score, row.matched) == (score, matched) => {}
            Some(row) => {
                let next = duplicate_contact::ActiveModel {
                    score: Set(score),
                    matched: Set(matched),
                    version: Set(row.version + 1),
                    ..Default::default()
                };
                let this = duplicate_contact::Entity::update_many().set(next);
                this.filter(duplicate_contact::Column::Id.eq(row.id)).exec(&**change).await?;
            }
            None => new.push(duplicate_contact::ActiveModel {
                id: Set(Uuid::now_v7()),
                kind: Set(kind),
                one_id: Set(one),
                two_id: Set(two),
                score: Set(score),
                matched: Set(matched),
                found_at: Set(now),
                dismissed_at: Set(None),
                version: Set(1),
            }),
        }
    }
    let unlike: Vec<Uuid> = stored.into_values().filter(|row| row.dismissed_at.is_none()).map(|row| row.id).collect();
    if !unlike.is_empty() {
        let unlike = duplicate_contact::Column::Id.is_in(unlike);
        duplicate_contact::Entity::delete_many().filter(unlike).exec(&**change).await?;
    }
    if !new.is_empty() {
        // Somebody else may have found the same pair just now.
        let once = sea_orm::sea_query::OnConflict::columns([
            duplicate_contact::Column::OneId,
            duplicate_contact::Column::TwoId,
        ])
        .do_nothing()
        .to_owned();
        duplicate_contact::Entity::insert_many(new).on_conflict(once).exec_without_returning(&**change).await?;
    }
    Ok(())
}

/// The contacts that have most keys of a contact's names, too.
async fn named_alike(change: &Change, kind: SubjectKind, key: Uuid) -> Result<Vec<Uuid>, Error> {
    use name_key::Column;
    let keys = Query::select().column(Column::Key).from(name_key::Entity).and_where(Column::SubjectId.eq(key)).take();
    let statement = Query::select()
        .column(Column::SubjectId)
        .from(name_key::Entity)
        .and_where(Column::Key.in_subquery(keys))
        .and_where(Column::Kind.eq(kind))
        .and_where(Column::SubjectId.ne(key))
        .group_by_col(Column::SubjectId)
        .order_by_expr(Func::count(Expr::col(Column::Key)).into(), Order::Desc)
        .order_by(Column::SubjectId, Order::Desc)
        .limit(CANDIDATES)
        .take();
    let rows = change.query_all(&statement).await?;
    Ok(rows.iter().map(|row| row.try_get("", "subject_id")).collect::<Result<_, _>>()?)
}

/// The contacts that have these e-mail addresses, by the address.
async fn addressed(
    change: &Change,
    kind: SubjectKind,
    addresses: impl Iterator<Item = &String>,
) -> Result<HashMap<String, Vec<Uuid>>, Error> {
    use contact_email::Column;
    let addresses: HashSet<String> = addresses.cloned().collect();
    if addresses.is_empty() {
        return Ok(HashMap::new());
    }
    let address: SimpleExpr = Func::lower(column(Column::Address)).into();
    let mut statement = Query::select();
    let most = CANDIDATES * u64::try_from(addresses.len()).unwrap_or(1);
    statement
        .expr_as(address.clone(), "held")
        .from(contact_email::Entity)
        .and_where(address.is_in(addresses))
        .limit(most);
    if kind == SubjectKind::Policymaker {
        let held = column(Column::AppointmentId).eq(column(appointment::Column::Id));
        statement
            .expr_as(column(appointment::Column::PolicymakerId), "holder")
            .inner_join(appointment::Entity, held)
            .order_by((appointment::Entity, appointment::Column::Id), Order::Desc);
    } else {
        statement
            .expr_as(column(Column::InstitutionId), "holder")
            .and_where(Column::InstitutionId.is_not_null())
            .order_by(Column::InstitutionId, Order::Desc);
    }
    let mut found: HashMap<String, Vec<Uuid>> = HashMap::new();
    for row in change.query_all(&statement).await? {
        found.entry(row.try_get("", "held")?).or_default().push(row.try_get("", "holder")?);
    }
    Ok(found)
}

/// What tells these contacts from others, by their keys.
async fn facts(change: &Change, kind: SubjectKind, keys: &[Uuid]) -> Result<HashMap<Uuid, Facts>, Error> {
    let mut found: HashMap<Uuid, Facts> = HashMap::new();
    if keys.is_empty() {
        return Ok(found);
    }
    // Whose an appointment is, or an institution's own key.
    let mut holders: HashMap<Uuid, Uuid> = HashMap::new();
    let of = if kind == SubjectKind::Policymaker {
        let rows = policymaker::Entity::find().filter(policymaker::Column::Id.is_in(keys.iter().copied()));
        for row in rows.all(&**change).await? {
            found.insert(row.id, Facts { names: names_of(&row), country: row.country_id, ..Facts::default() });
        }
        let held = appointment::Entity::find().filter(appointment::Column::PolicymakerId.is_in(keys.iter().copied()));
        for row in held.all(&**change).await? {
            holders.insert(row.id, row.policymaker_id);
            if let Some(facts) = found.get_mut(&row.policymaker_id) {
                facts.institutions.insert(row.institution_id);
            }
        }
        (contact_email::Column::AppointmentId, contact_phone::Column::AppointmentId)
    } else {
        let rows = institution::Entity::find().filter(institution::Column::Id.is_in(keys.iter().copied()));
        for row in rows.all(&**change).await? {
            let names = row.names.texts().into_iter().map(|text| text.text.into_owned()).collect();
            let website = row.website.as_deref().and_then(host);
            found.insert(row.id, Facts { names, country: row.country_id, website, ..Facts::default() });
            holders.insert(row.id, row.id);
        }
        (contact_email::Column::InstitutionId, contact_phone::Column::InstitutionId)
    };
    let rows = contact_email::Entity::find().filter(of.0.is_in(holders.keys().copied()));
    for row in rows.all(&**change).await? {
        let holder = row.appointment_id.or(row.institution_id).and_then(|key| holders.get(&key));
        if let Some(facts) = holder.and_then(|key| found.get_mut(key)) {
            facts.emails.insert(row.address.to_ascii_lowercase());
        }
    }
    let rows = contact_phone::Entity::find().filter(of.1.is_in(holders.keys().copied()));
    for row in rows.all(&**change).await? {
        let holder = row.appointment_id.or(row.institution_id).and_then(|key| holders.get(&key));
        if let Some(facts) = holder.and_then(|key| found.get_mut(key)) {
            facts.phones.insert(row.number);
        }
    }
    Ok(found)
}

/// The host of a website, without what most begin with.
fn host(address: &str) -> Option<String> {
    let host = Url::parse(address).ok()?.host_str()?.to_ascii_lowercase();
    Some(host.strip_prefix("www.").map(str::to_owned).unwrap_or(host))
}
