//! Memberships as a table: a few statements, however many there are.
use std::collections::HashMap;

use entity::{account, country, institution, localized::LocalizedTexts, membership, role_grant, vocabulary};
use sea_orm::{
    ActiveEnum as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::{MembershipFilter, Memberships, filter::MembershipOrderField, lifecycle::status, service::Representatives};
use crate::{
    access::{Ahead, Listed as _, Order, Part as _, Reading, Seen as _, seen_rows},
    db::{among, beginning, column},
    domain::{
        accounts::Accounts,
        exports::{Cell, Sheet},
        institutions::Institutions,
    },
    error::Error,
    graphql::{encode, in_english},
};

/// How many rows a file has at most.
const LARGEST: u32 = 10_000;
const COLUMNS: [&str; 13] = [
    "Institution",
    "Country",
    "Kind",
    "Status",
    "Tier",
    "Since",
    "Until",
    "Applied at",
    "Representatives",
    "Representatives' addresses",
    "Website",
    "Membership ID",
    "Institution ID",
];

/// The memberships of a filter, in an order. For administrators.
pub(super) async fn sheet(
    reading: &Reading,
    filter: &MembershipFilter,
    order: Order<MembershipOrderField>,
) -> Result<Sheet, Error> {
    reading.viewer.admin()?;
    let list = Memberships::list(reading, filter, order, Ahead::default())?;
    let rows = beginning(&reading.db, &list, LARGEST + 1).await?;
    if rows.len() > LARGEST as usize {
        return Err(Error::invalid(
            "filter",
            format!("lets more than {LARGEST} memberships pass; ask for fewer at once"),
        ));
    }
    let keys: Vec<Uuid> = rows.iter().map(|row| row.institution_id).collect();
    let (offices, countries) = (offices(reading, &keys).await?, countries(reading).await?);
    let people = people(reading, &keys).await?;
    let line = |row: &membership::Model| {
        let office = offices.get(&row.institution_id);
        let code = office.and_then(|office| countries.get(&office.country_id?));
        let people = people.get(&row.institution_id).map_or(&[][..], Vec::as_slice);
        let listed = |what: fn(&Person) -> &str| people.iter().map(what).collect::<Vec<_>>().join(", ");
        let [id, of] = [(Memberships::PREFIX, row.id), (Institutions::PREFIX, row.institution_id)];
        vec![
            Cell::text(office.map(|office| in_english(&office.names)).unwrap_or_default()),
            Cell::text(code.map(String::as_str).unwrap_or_default()),
            Cell::text(office.map(|office| office.kind.to_value()).unwrap_or_default()),
            Cell::text(status(row, reading.today()).to_value()),
            Cell::text(row.tier.to_value()),
            Cell::day(row.since),
            Cell::day(row.until),
            Cell::Moment(row.applied_at),
            Cell::text(listed(|person| &person.name)),
            Cell::text(listed(|person| &person.email)),
            Cell::text(office.and_then(|office| office.website.as_deref()).unwrap_or_default()),
            Cell::text(encode(id.0, id.1).0),
            Cell::text(encode(of.0, of.1).0),
        ]
    };
    Ok(Sheet { name: "Memberships", columns: COLUMNS.to_vec(), rows: rows.iter().map(line).collect() })
}

/// What is told of an institution.
#[derive(FromQueryResult)]
struct Office {
    id: Uuid,
    names: LocalizedTexts,
    kind: vocabulary::InstitutionKind,
    country_id: Option<Uuid>,
    website: Option<String>,
}

async fn offices(reading: &Reading, keys: &[Uuid]) -> Result<HashMap<Uuid, Office>, Error> {
    use institution::Column;
    let rows = seen_rows::<Institutions>(reading)
        .filter(among(reading.backend(), column(Column::Id), keys.iter().copied()))
        .select_only()
        .columns([Column::Id, Column::Names, Column::Kind, Column::CountryId, Column::Website])
        .into_model::<Office>()
        .all(&reading.db)
        .await?;
    Ok(rows.into_iter().map(|office| (office.id, office)).collect())
}

/// The codes of the countries: all of them, as they are few.
async fn countries(reading: &Reading) -> Result<HashMap<Uuid, String>, Error> {
    let codes = country::Entity::find().select_only().columns([country::Column::Id, country::Column::Code]);
    let codes: Vec<(Uuid, String)> = codes.into_tuple().all(&reading.db).await?;
    Ok(codes.into_iter().collect())
}

/// Somebody who represents an institution.
#[derive(Clone)]
struct Person {
    name: String,
    email: String,
}

/// Those who represent these institutions, whoever has done so longest first.
async fn people(reading: &Reading, keys: &[Uuid]) -> Result<HashMap<Uuid, Vec<Person>>, Error> {
    use role_grant::Column;
    let mut grants = role_grant::Entity::find()
        .filter(Representatives.visible(reading))
        .filter(among(reading.backend(), column(Column::InstitutionId), keys.iter().copied()))
        .select_only()
        .columns([Column::InstitutionId, Column::AccountId]);
    for by in Representatives::order() {
        grants = grants.order_by_asc(by);
    }
    let grants: Vec<(Uuid, Uuid)> = grants.into_tuple().all(&reading.db).await?;
    let accounts = grants.iter().map(|(_, account)| *account);
    let known: Vec<(Uuid, String, String)> = seen_rows::<Accounts>(reading)
        .filter(among(reading.backend(), column(account::Column::Id), accounts))
        .select_only()
        .columns([account::Column::Id, account::Column::Name, account::Column::Email])
        .into_tuple()
        .all(&reading.db)
        .await?;
    let known: HashMap<Uuid, Person> =
        known.into_iter().map(|(key, name, email)| (key, Person { name, email })).collect();
    let mut found: HashMap<Uuid, Vec<Person>> = HashMap::new();
    for (institution, account) in grants {
        found.entry(institution).or_default().extend(known.get(&account).cloned());
    }
    Ok(found)
}
