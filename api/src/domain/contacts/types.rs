//! Contacts as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Interface, SimpleObject};
use entity::{contact_email, contact_phone};
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::{
    service::{AppointmentEmails, AppointmentPhones, InstitutionEmails, InstitutionPhones},
    writing::Row,
};
use crate::{
    access::Part,
    domain::{
        cards::CardFormat, countries::Country, external_ids::ExternalId, institutions::Institution,
        policymakers::Policymaker,
    },
    graphql::{DateTime, EmailAddress, PhoneNumber, Result, parts, parts_of_all},
};

/// What an address book holds: a person or an organisation. An e-mail address or a telephone number that the viewer
/// may not see is absent from the list.
#[derive(Interface)]
#[expect(clippy::duplicated_attributes, reason = "fields of one type are not the same field")]
#[graphql(
    field(name = "id", ty = "ID", desc = "Unique in the network."),
    field(name = "display_name", ty = "String", desc = "The name as it is shown."),
    field(name = "country", ty = "Option<Result<Country>>", desc = "The country, if there is one."),
    field(name = "emails", ty = "Vec<ContactEmail>", desc = "The e-mail addresses that the viewer may see."),
    field(name = "phones", ty = "Vec<ContactPhone>", desc = "The telephone numbers that the viewer may see."),
    field(
        name = "card",
        ty = "Result<String>",
        desc = "What the viewer sees of it, as address books take it. For members of the network, and agencies' machines \
                with CONTACTS_READ.",
        arg(name = "format", ty = "CardFormat", default_with = "CardFormat::JsContact", desc = "In which form.")
    ),
    field(
        name = "external_ids",
        ty = "Vec<ExternalId>",
        desc = "What agencies call it: an agency sees its own IDs, administrators see all."
    ),
    field(name = "version", ty = "i32", desc = "Counts the changes, from 1."),
    field(name = "created_at", ty = "DateTime", desc = "When it came into the network."),
    field(name = "updated_at", ty = "DateTime", desc = "When it last changed.")
)]
pub(crate) enum Contact {
    /// An organisation.
    Institution(Institution),
    /// A person.
    Policymaker(Policymaker),
}

impl From<Row> for Contact {
    fn from(row: Row) -> Self {
        match row {
            Row::Institution(row) => Self::Institution(Institution(Arc::new(row))),
            Row::Policymaker(row) => Self::Policymaker(Policymaker(Arc::new(row))),
        }
    }
}

/// An e-mail address.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ContactEmail {
    /// The address itself.
    address: EmailAddress,
    /// What it is for.
    kind: ContactPointKind,
    /// Whether it is the one to use first.
    preferred: bool,
    /// Who may see it.
    visibility: Visibility,
}

impl From<&contact_email::Model> for ContactEmail {
    fn from(row: &contact_email::Model) -> Self {
        Self {
            address: (&row.address).into(),
            kind: row.kind.into(),
            preferred: row.preferred,
            visibility: row.visibility.into(),
        }
    }
}

/// A telephone number.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ContactPhone {
    /// The number itself.
    number: PhoneNumber,
    /// What it is for.
    kind: ContactPointKind,
    /// Whether it is the one to use first.
    preferred: bool,
    /// Who may see it.
    visibility: Visibility,
}

impl From<&contact_phone::Model> for ContactPhone {
    fn from(row: &contact_phone::Model) -> Self {
        Self {
            number: (&row.number).into(),
            kind: row.kind.into(),
            preferred: row.preferred,
            visibility: row.visibility.into(),
        }
    }
}

/// What an e-mail address or telephone number is for.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::ContactPointKind")]
pub(crate) enum ContactPointKind {
    /// Work.
    Work,
    /// Personal matters.
    Personal,
    /// A mobile telephone.
    Mobile,
    /// A fax machine.
    Fax,
    /// An assistant.
    Assistant,
}

/// Who may see an e-mail address or telephone number.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entity::vocabulary::Visibility")]
pub(crate) enum Visibility {
    /// Everybody.
    Public,
    /// The network's members, and partner agencies where the person has consented.
    Members,
    /// The secretariat alone.
    Secretariat,
}

/// The e-mail addresses of an institution.
pub(crate) async fn emails_of_institution(ctx: &Context<'_>, key: Uuid) -> Result<Vec<ContactEmail>> {
    Ok(parts(ctx, InstitutionEmails, key).await?.iter().map(Into::into).collect())
}

/// The telephone numbers of an institution.
pub(crate) async fn phones_of_institution(ctx: &Context<'_>, key: Uuid) -> Result<Vec<ContactPhone>> {
    Ok(parts(ctx, InstitutionPhones, key).await?.iter().map(Into::into).collect())
}

/// The e-mail addresses of appointments, in the appointments' order.
pub(crate) async fn emails_of_appointments(
    ctx: &Context<'_>,
    keys: impl Iterator<Item = Uuid>,
) -> Result<Vec<ContactEmail>> {
    of_appointments(ctx, AppointmentEmails, keys.collect()).await
}

/// The telephone numbers of appointments, in the appointments' order.
pub(crate) async fn phones_of_appointments(
    ctx: &Context<'_>,
    keys: impl Iterator<Item = Uuid>,
) -> Result<Vec<ContactPhone>> {
    of_appointments(ctx, AppointmentPhones, keys.collect()).await
}

async fn of_appointments<P, C>(ctx: &Context<'_>, part: P, keys: Vec<Uuid>) -> Result<Vec<C>>
where
    P: Part,
    C: for<'r> From<&'r <P::Table as EntityTrait>::Model>,
{
    let found = parts_of_all(ctx, part, keys.iter().copied()).await?;
    Ok(keys.iter().filter_map(|key| found.get(key)).flat_map(|rows| rows.iter()).map(C::from).collect())
}
