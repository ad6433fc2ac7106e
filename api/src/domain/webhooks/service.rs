//! How agencies' addresses, and what was sent there, are read: by the agency's machine and by administrators.
use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    agency_client, institution, policymaker,
    vocabulary::{SubjectKind, WebhookDeliveryStatus as Status},
    webhook_delivery, webhook_endpoint, webhook_secret,
};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{ExprTrait as _, Query, SelectStatement},
};
use uuid::Uuid;

use super::delivery::WebhookDeliveryFilter;
use crate::{
    access::{Listed, Order, Part, Reading, Seen},
    changes::Position,
    db::{Key, KeyKind, Parents, Sort, Turns, among, column, pairs},
    domain::{
        agencies::answered_for,
        contacts::{Carried, ContactFilter},
    },
    error::Error,
    graphql::one_of,
};

/// Agencies' addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Webhooks;

impl Seen for Webhooks {
    type Table = webhook_endpoint::Entity;
    const PREFIX: &'static str = "hook";

    fn visible(reading: &Reading) -> Condition {
        reading.viewer.webhooks().by(webhook_endpoint::Column::AgencyClientId)
    }

    fn id(row: &webhook_endpoint::Model) -> Uuid {
        row.id
    }
}

/// The addresses of an agency's machine, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct OfClient;

impl Part for OfClient {
    type Table = webhook_endpoint::Entity;
    const OF: webhook_endpoint::Column = webhook_endpoint::Column::AgencyClientId;

    fn order() -> Vec<webhook_endpoint::Column> {
        vec![webhook_endpoint::Column::CreatedAt, webhook_endpoint::Column::Id]
    }

    fn visible(&self, reading: &Reading) -> Condition {
        Webhooks::visible(reading)
    }

    fn of(row: &webhook_endpoint::Model) -> Option<Uuid> {
        Some(row.agency_client_id)
    }
}

/// What signs the events of an address now, the newest last. Only what is not secret of it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Signing;

impl Part for Signing {
    type Table = webhook_secret::Entity;
    const OF: webhook_secret::Column = webhook_secret::Column::WebhookEndpointId;

    fn order() -> Vec<webhook_secret::Column> {
        vec![webhook_secret::Column::CreatedAt, webhook_secret::Column::Id]
    }

    fn visible(&self, reading: &Reading) -> Condition {
        signs(reading.now())
    }

    fn of(row: &webhook_secret::Model) -> Option<Uuid> {
        Some(row.webhook_endpoint_id)
    }
}

/// What signs at a time: what no other one has taken the place of, and what one has not long ago.
pub(super) fn signs(now: DateTime<Utc>) -> Condition {
    use webhook_secret::Column;
    Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.gt(now))
}

/// What is, was or could not be sent to agencies' addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Deliveries;

/// What deliveries are listed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DeliveriesUnder {
    /// The address.
    Webhook,
}

impl Seen for Deliveries {
    type Table = webhook_delivery::Entity;
    const PREFIX: &'static str = "delivery";

    fn visible(reading: &Reading) -> Condition {
        let seen = Query::select()
            .column(webhook_endpoint::Column::Id)
            .from(webhook_endpoint::Entity)
            .cond_where(Webhooks::visible(reading))
            .take();
        Condition::all().add(column(webhook_delivery::Column::WebhookEndpointId).in_subquery(seen))
    }

    fn id(row: &webhook_delivery::Model) -> Uuid {
        row.id
    }
}

impl Listed for Deliveries {
    type Filter = WebhookDeliveryFilter;
    type Field = ();
    type Under = DeliveriesUnder;

    const WIDE: &'static [(&'static str, webhook_delivery::Column)] = &[];

    fn filter(_: &Reading, filter: &WebhookDeliveryFilter) -> Result<Condition, Error> {
        let WebhookDeliveryFilter { status } = filter;
        let status = status.as_ref().map(|wanted| one_of::<_, Status>(webhook_delivery::Column::Status, wanted));
        Ok(Condition::all().add_option(status))
    }

    fn sort(order: Order<()>) -> Sort<webhook_delivery::Entity> {
        let key = |row: &webhook_delivery::Model| (Key::time(Some(row.created_at)), row.id);
        Sort::by(webhook_delivery::Column::CreatedAt, KeyKind::Time, order.descending, key)
    }

    fn parent(_: DeliveriesUnder) -> Option<webhook_delivery::Column> {
        Some(webhook_delivery::Column::WebhookEndpointId)
    }

    fn link(reading: &Reading, _: DeliveriesUnder, parents: Parents<'_>) -> SelectStatement {
        let webhook = column(webhook_delivery::Column::WebhookEndpointId);
        pairs(webhook.clone(), column(webhook_delivery::Column::Id))
            .from(webhook_delivery::Entity)
            .and_where(parents.has(reading.backend(), webhook))
            .take()
    }
}

/// The addresses that are told something: those that are not disabled, of machines that were not revoked and for which
/// their institutions answer.
pub(super) fn listening() -> Condition {
    let good = Query::select()
        .column(agency_client::Column::Id)
        .from(agency_client::Entity)
        .and_where(column(agency_client::Column::RevokedAt).is_null())
        .and_where(answered_for())
        .take();
    Condition::all()
        .add(column(webhook_endpoint::Column::DisabledAt).is_null())
        .add(column(webhook_endpoint::Column::AgencyClientId).in_subquery(good))
}

/// The addresses that are told something now, each with its agency's machine.
pub(super) async fn listeners(db: &Turns) -> Result<Vec<(webhook_endpoint::Model, agency_client::Model)>, Error> {
    let found = webhook_endpoint::Entity::find().filter(listening()).all(db).await?;
    let clients = found.iter().map(|row| row.agency_client_id);
    let clients = agency_client::Entity::find().filter(agency_client::Column::Id.is_in(clients)).all(db).await?;
    let with_client = |row: webhook_endpoint::Model| {
        let client = clients.iter().find(|client| client.id == row.agency_client_id)?.clone();
        Some((row, client))
    };
    Ok(found.into_iter().filter_map(with_client).collect())
}

/// The place in the log up to which an address's events were noted.
pub(super) fn place(row: &webhook_endpoint::Model) -> Position {
    Position { epoch: row.epoch, transaction: row.transaction_id, sequence: row.sequence }
}

/// Those of these contacts that an agency's machine, which this is the reading of, is told of as they are now.
pub(super) async fn known_now(reading: &Reading, subjects: &[(SubjectKind, Uuid)]) -> Result<HashSet<Uuid>, Error> {
    let carried = Carried::of(reading, ContactFilter::default()).await?;
    let of = |kind| subjects.iter().filter(move |(of, _)| *of == kind).map(|(_, key)| *key);
    let mut known = HashSet::new();
    if let Some(condition) = carried.institutions(reading) {
        let keys = among(reading.backend(), column(institution::Column::Id), of(SubjectKind::Institution));
        let found = institution::Entity::find().select_only().column(institution::Column::Id).filter(keys);
        known.extend(found.filter(condition).into_tuple::<Uuid>().all(&reading.db).await?);
    }
    if let Some(condition) = carried.policymakers(reading) {
        let keys = among(reading.backend(), column(policymaker::Column::Id), of(SubjectKind::Policymaker));
        let found = policymaker::Entity::find().select_only().column(policymaker::Column::Id).filter(keys);
        known.extend(found.filter(condition).into_tuple::<Uuid>().all(&reading.db).await?);
    }
    Ok(known)
}
