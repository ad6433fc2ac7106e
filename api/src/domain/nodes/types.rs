//! The interface of everything that has an ID.
use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, Interface};
use entity::vocabulary::SubjectKind;
use sea_orm::EntityTrait;
use uuid::Uuid;

use crate::{
    access::Seen,
    domain::{
        accounts::{Account, Accounts},
        agencies::{AgencyClient, AgencyClients},
        agreements::{Agreement, Agreements},
        audit::{AuditEntries, AuditEntry},
        change_requests::{ChangeRequest, ChangeRequests},
        conventions::{Convention, Conventions},
        countries::{Countries, Country},
        duplicates::{DuplicateContact, DuplicateContacts},
        groups::{CountryGroup, Groups},
        institutions::{Institution, Institutions},
        interests::{Interest, Interests},
        invitations::{Invitation, Invitations},
        memberships::{Membership, Memberships},
        opportunities::{Opportunities, Opportunity},
        policymakers::{Policymaker, Policymakers},
        sessions::{Session, Sessions},
        webhooks::{Deliveries, WebhookDelivery, WebhookEndpoint, Webhooks},
    },
    error::Error,
    graphql::{Result, kind_of, named},
};

/// Anything that has an ID of its own.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Unique in the network: what `node` takes."))]
pub(crate) enum Node {
    /// A country.
    Country(Country),
    /// A group of countries.
    CountryGroup(CountryGroup),
    /// A convention.
    Convention(Convention),
    /// An institution.
    Institution(Institution),
    /// A policymaker.
    Policymaker(Policymaker),
    /// An agreement.
    Agreement(Agreement),
    /// An opportunity.
    Opportunity(Opportunity),
    /// An account.
    Account(Account),
    /// A partner agency's machine.
    AgencyClient(AgencyClient),
    /// An institution's interest in an opportunity.
    Interest(Interest),
    /// An institution's standing in the network.
    Membership(Membership),
    /// An invitation to a role.
    Invitation(Invitation),
    /// An entry of the log.
    AuditEntry(AuditEntry),
    /// What an administrator asks another one to approve.
    ChangeRequest(ChangeRequest),
    /// Two contacts that are likely the same.
    DuplicateContact(DuplicateContact),
    /// A device on which one signed in.
    Session(Session),
    /// An address at which an agency's machine is told what changes.
    WebhookEndpoint(WebhookEndpoint),
    /// An event that is, was or could not be sent there.
    WebhookDelivery(WebhookDelivery),
}

/// What the IDs of a kind begin with.
pub(crate) fn prefix(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Country => Countries::PREFIX,
        SubjectKind::CountryGroup => Groups::PREFIX,
        SubjectKind::Convention => Conventions::PREFIX,
        SubjectKind::Institution => Institutions::PREFIX,
        SubjectKind::Policymaker => Policymakers::PREFIX,
        SubjectKind::Agreement => Agreements::PREFIX,
        SubjectKind::Opportunity => Opportunities::PREFIX,
        SubjectKind::Account => Accounts::PREFIX,
        SubjectKind::AgencyClient => AgencyClients::PREFIX,
        SubjectKind::Interest => Interests::PREFIX,
        SubjectKind::Membership => Memberships::PREFIX,
        SubjectKind::Invitation => Invitations::PREFIX,
        SubjectKind::Session => Sessions::PREFIX,
        SubjectKind::AuditEntry => AuditEntries::PREFIX,
        SubjectKind::ChangeRequest => ChangeRequests::PREFIX,
        SubjectKind::WebhookEndpoint => Webhooks::PREFIX,
        SubjectKind::WebhookDelivery => Deliveries::PREFIX,
        SubjectKind::DuplicateContact => DuplicateContacts::PREFIX,
        SubjectKind::GroupMembership => "membership",
        SubjectKind::Accession => "accession",
    }
}

/// What an ID is of.
///
/// # Errors
///
/// If it is malformed, or of nothing in the network.
pub(crate) fn kind(field: &str, id: &ID) -> Result<(SubjectKind, Uuid), Error> {
    let (prefix, key) = kind_of(field, id)?;
    let kind = match prefix.as_str() {
        Countries::PREFIX => SubjectKind::Country,
        Groups::PREFIX => SubjectKind::CountryGroup,
        Conventions::PREFIX => SubjectKind::Convention,
        Institutions::PREFIX => SubjectKind::Institution,
        Policymakers::PREFIX => SubjectKind::Policymaker,
        Agreements::PREFIX => SubjectKind::Agreement,
        Opportunities::PREFIX => SubjectKind::Opportunity,
        Accounts::PREFIX => SubjectKind::Account,
        AgencyClients::PREFIX => SubjectKind::AgencyClient,
        Interests::PREFIX => SubjectKind::Interest,
        Memberships::PREFIX => SubjectKind::Membership,
        Invitations::PREFIX => SubjectKind::Invitation,
        Sessions::PREFIX => SubjectKind::Session,
        AuditEntries::PREFIX => SubjectKind::AuditEntry,
        ChangeRequests::PREFIX => SubjectKind::ChangeRequest,
        Webhooks::PREFIX => SubjectKind::WebhookEndpoint,
        Deliveries::PREFIX => SubjectKind::WebhookDelivery,
        DuplicateContacts::PREFIX => SubjectKind::DuplicateContact,
        _ => {
            return Err(Error::invalid(field, format!("nothing in this network has an ID that begins with {prefix}_")));
        }
    };
    Ok((kind, key))
}

/// The nodes of these kinds and keys, in their order; none where there is none or it may not be seen.
pub(crate) async fn nodes(ctx: &Context<'_>, asked: &[(SubjectKind, Uuid)]) -> Result<Vec<Option<Node>>> {
    let of = |kind| asked.iter().filter(move |(asked, _)| *asked == kind).map(|(_, key)| *key).collect::<Vec<_>>();
    let invitations = found(ctx, Invitations, of(SubjectKind::Invitation)).await?;
    let (accounts, agencies, sessions, interests, memberships, entries) = (
        found(ctx, Accounts, of(SubjectKind::Account)).await?,
        found(ctx, AgencyClients, of(SubjectKind::AgencyClient)).await?,
        found(ctx, Sessions, of(SubjectKind::Session)).await?,
        found(ctx, Interests, of(SubjectKind::Interest)).await?,
        found(ctx, Memberships, of(SubjectKind::Membership)).await?,
        found(ctx, AuditEntries, of(SubjectKind::AuditEntry)).await?,
    );
    let requests = found(ctx, ChangeRequests, of(SubjectKind::ChangeRequest)).await?;
    let webhooks = found(ctx, Webhooks, of(SubjectKind::WebhookEndpoint)).await?;
    let deliveries = found(ctx, Deliveries, of(SubjectKind::WebhookDelivery)).await?;
    let pairs = found(ctx, DuplicateContacts, of(SubjectKind::DuplicateContact)).await?;
    let (countries, groups, conventions, institutions, policymakers, agreements, opportunities) = (
        found(ctx, Countries, of(SubjectKind::Country)).await?,
        found(ctx, Groups, of(SubjectKind::CountryGroup)).await?,
        found(ctx, Conventions, of(SubjectKind::Convention)).await?,
        found(ctx, Institutions, of(SubjectKind::Institution)).await?,
        found(ctx, Policymakers, of(SubjectKind::Policymaker)).await?,
        found(ctx, Agreements, of(SubjectKind::Agreement)).await?,
        found(ctx, Opportunities, of(SubjectKind::Opportunity)).await?,
    );
    let node = |(kind, key): &(SubjectKind, Uuid)| match kind {
        SubjectKind::Country => countries.get(key).cloned().map(|row| Node::Country(Country(row))),
        SubjectKind::CountryGroup => groups.get(key).cloned().map(|row| Node::CountryGroup(CountryGroup(row))),
        SubjectKind::Convention => conventions.get(key).cloned().map(|row| Node::Convention(Convention(row))),
        SubjectKind::Institution => institutions.get(key).cloned().map(|row| Node::Institution(Institution(row))),
        SubjectKind::Policymaker => policymakers.get(key).cloned().map(|row| Node::Policymaker(Policymaker(row))),
        SubjectKind::Agreement => agreements.get(key).cloned().map(|row| Node::Agreement(Agreement(row))),
        SubjectKind::Opportunity => opportunities.get(key).cloned().map(|row| Node::Opportunity(Opportunity(row))),
        SubjectKind::Account => accounts.get(key).cloned().map(|row| Node::Account(Account(row))),
        SubjectKind::AgencyClient => agencies.get(key).cloned().map(|row| Node::AgencyClient(AgencyClient(row))),
        SubjectKind::Interest => interests.get(key).cloned().map(|row| Node::Interest(Interest(row))),
        SubjectKind::Membership => memberships.get(key).cloned().map(|row| Node::Membership(Membership(row))),
        SubjectKind::Invitation => invitations.get(key).cloned().map(|row| Node::Invitation(Invitation(row))),
        SubjectKind::AuditEntry => entries.get(key).cloned().map(|row| Node::AuditEntry(AuditEntry(row))),
        SubjectKind::ChangeRequest => requests.get(key).cloned().map(|row| Node::ChangeRequest(ChangeRequest(row))),
        SubjectKind::DuplicateContact => {
            pairs.get(key).cloned().map(|row| Node::DuplicateContact(DuplicateContact(row)))
        }
        SubjectKind::Session => sessions.get(key).cloned().map(|row| Node::Session(Session(row))),
        SubjectKind::WebhookEndpoint => {
            webhooks.get(key).cloned().map(|row| Node::WebhookEndpoint(WebhookEndpoint(row)))
        }
        SubjectKind::WebhookDelivery => {
            deliveries.get(key).cloned().map(|row| Node::WebhookDelivery(WebhookDelivery(row)))
        }
        SubjectKind::GroupMembership | SubjectKind::Accession => None,
    };
    Ok(asked.iter().map(node).collect())
}

type Row<S> = <<S as Seen>::Table as EntityTrait>::Model;

/// The rows with these keys; no statement where there are no keys.
async fn found<S: Seen>(ctx: &Context<'_>, subject: S, keys: Vec<Uuid>) -> Result<HashMap<Uuid, Arc<Row<S>>>> {
    named(ctx, subject, &keys).await
}
