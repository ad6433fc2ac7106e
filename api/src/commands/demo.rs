//! The accounts and the agency's machine of a demonstration.
use entity::{
    account, agency_client, institution, membership, policymaker, reference_record, role_grant,
    vocabulary::{AgencyScope, Flag as _, MembershipStatus, MembershipTier, Role},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _, QueryTrait as _, Set,
};
use uuid::Uuid;

use super::{Failure, token::failure};
use crate::{
    access::{Passwords, Secret},
    changes::Actor,
    clock::Clock,
    db::reference_id,
    domain::{
        accounts::named,
        agencies::{NewAgency, create},
    },
};

/// Who signs in to a demonstration, under which name, with which role, and where.
const ACCOUNTS: [(&str, &str, Role, Option<&str>); 3] = [
    ("admin@example.org", "Ada Administrator", Role::Admin, None),
    ("focal.kh@example.org", "Sok Focal", Role::FocalPoint, Some("KH")),
    ("rep.kr@example.org", "Kim Representative", Role::Representative, Some("kr-kofic")),
];
/// What the agency's machine calls itself.
const CLIENT: &str = "demo-agency";
/// The institution that answers for it.
const ANSWERS: &str = "sg-nac";

fn id_of(email: &str) -> Uuid {
    reference_id("demo-account", email)
}

/// Refuses a database that people use: what is invented would stand among what is real, and accounts of which the
/// passwords were printed among theirs.
pub(super) async fn refuse_what_is_real(db: &DatabaseTransaction) -> Result<(), Failure> {
    let ours = ACCOUNTS.map(|(email, ..)| id_of(email));
    let accounts = account::Entity::find().filter(account::Column::Id.is_not_in(ours)).count(db).await?;
    let clients = agency_client::Entity::find().filter(agency_client::Column::ClientId.ne(CLIENT)).count(db).await?;
    let loaded =
        reference_record::Entity::find().select_only().column(reference_record::Column::SubjectId).into_query();
    let people = policymaker::Entity::find().filter(policymaker::Column::Id.not_in_subquery(loaded)).count(db).await?;
    let loaded =
        reference_record::Entity::find().select_only().column(reference_record::Column::SubjectId).into_query();
    let bodies = institution::Entity::find().filter(institution::Column::Id.not_in_subquery(loaded)).count(db).await?;
    if accounts + clients + people + bodies == 0 {
        return Ok(());
    }
    Err(Failure::new(
        "this database holds accounts or contacts that are not of a demonstration, and gets no invented ones; \
         set BALAI_DATA_DIR or DATABASE_URL to another one",
    ))
}

/// Whether a database is a demonstration's.
pub(super) async fn is_demo(db: &impl sea_orm::ConnectionTrait) -> Result<bool, Failure> {
    let ours = ACCOUNTS.map(|(email, ..)| id_of(email));
    Ok(account::Entity::find().filter(account::Column::Id.is_in(ours)).count(db).await? > 0)
}

/// Makes the accounts and the machine that are not there yet: a line for each, with its password or secret, which is not
/// told again.
pub(super) async fn accounts(db: &DatabaseTransaction, clock: &Clock) -> Result<Vec<String>, Failure> {
    let (passwords, now) = (Passwords::new(), clock.now());
    let mut lines = vec![];
    for (email, name, role, place) in ACCOUNTS {
        if account::Entity::find_by_id(id_of(email)).count(db).await? > 0 {
            continue;
        }
        let password = Secret::random().map_err(failure)?.shown();
        let hash = passwords.hash(password.clone()).await.map_err(failure)?;
        let mut row = named(email, name, hash, now);
        row.id = Set(id_of(email));
        row.insert(db).await?;
        let country = place.filter(|_| role == Role::FocalPoint).map(|code| reference_id("country", code));
        let institution = place.filter(|_| role == Role::Representative).map(|slug| reference_id("institution", slug));
        if let Some(institution) = institution {
            join(db, institution, clock).await?;
        }
        let grant = role_grant::ActiveModel {
            id: Set(Uuid::now_v7()),
            account_id: Set(id_of(email)),
            role: Set(role),
            country_id: Set(country),
            institution_id: Set(institution),
            granted_at: Set(now),
            since: Set(now.date_naive()),
            until: Set(None),
        };
        grant.insert(db).await?;
        lines.push(format!("  {email}  password  {password}"));
    }
    let known = agency_client::Entity::find().filter(agency_client::Column::ClientId.eq(CLIENT)).count(db).await?;
    if known == 0 {
        let new = NewAgency {
            name: "Demonstration agency".to_owned(),
            institution: reference_id("institution", ANSWERS),
            scopes: AgencyScope::ALL.to_vec(),
            public_keys: None,
            client_id: Some(CLIENT.to_owned()),
        };
        let made = create(db, new, Actor::Nobody, now).await.map_err(failure)?;
        let (_, secret) = made.map_err(|_| Failure::new("the demonstration's agency cannot be made"))?;
        lines.push(format!("  {CLIENT}  secret  {}", secret.unwrap_or_default()));
    }
    Ok(lines)
}

/// Makes an institution a member.
async fn join(db: &DatabaseTransaction, institution: Uuid, clock: &Clock) -> Result<(), Failure> {
    let row = membership::ActiveModel {
        id: Set(reference_id("demo-membership", &institution.to_string())),
        institution_id: Set(institution),
        status: Set(MembershipStatus::Active),
        tier: Set(MembershipTier::Full),
        since: Set(Some(clock.now().date_naive())),
        until: Set(None),
        extended_from: Set(None),
        applied_at: Set(clock.now()),
        version: Set(1),
    };
    row.insert(db).await?;
    Ok(())
}
