//! What a search finds, as clients see it.
use async_graphql::{Context, Enum, Union};
use entity::vocabulary::SubjectKind;

use super::service::search;
use crate::{
    db::PageArgs,
    domain::{
        agreements::Agreement,
        conventions::Convention,
        countries::Country,
        groups::CountryGroup,
        institutions::Institution,
        nodes::{Node, nodes},
        opportunities::Opportunity,
        policymakers::Policymaker,
    },
    graphql::{Connection, CountryCode, Result, reading},
};

/// What can be found.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum SearchKind {
    /// Countries.
    Country,
    /// Groups of countries.
    CountryGroup,
    /// Conventions.
    Convention,
    /// Institutions.
    Institution,
    /// Policymakers.
    Policymaker,
    /// Agreements.
    Agreement,
    /// Opportunities.
    Opportunity,
}

impl From<SearchKind> for SubjectKind {
    fn from(kind: SearchKind) -> Self {
        match kind {
            SearchKind::Country => Self::Country,
            SearchKind::CountryGroup => Self::CountryGroup,
            SearchKind::Convention => Self::Convention,
            SearchKind::Institution => Self::Institution,
            SearchKind::Policymaker => Self::Policymaker,
            SearchKind::Agreement => Self::Agreement,
            SearchKind::Opportunity => Self::Opportunity,
        }
    }
}

/// Something that was found.
#[derive(Union)]
pub(crate) enum SearchResult {
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
}

impl SearchResult {
    /// A node, if it is of a kind that is searched.
    fn of(node: Node) -> Option<Self> {
        Some(match node {
            Node::Country(node) => Self::Country(node),
            Node::CountryGroup(node) => Self::CountryGroup(node),
            Node::Convention(node) => Self::Convention(node),
            Node::Institution(node) => Self::Institution(node),
            Node::Policymaker(node) => Self::Policymaker(node),
            Node::Agreement(node) => Self::Agreement(node),
            Node::Opportunity(node) => Self::Opportunity(node),
            Node::Account(_)
            | Node::AgencyClient(_)
            | Node::AuditEntry(_)
            | Node::ChangeRequest(_)
            | Node::DuplicateContact(_)
            | Node::Interest(_)
            | Node::Membership(_)
            | Node::Invitation(_)
            | Node::Session(_)
            | Node::WebhookEndpoint(_)
            | Node::WebhookDelivery(_) => return None,
        })
    }
}

/// A page of what was found.
pub(super) type SearchConnection = Connection<SearchResult>;

/// A page of what has all of the words.
pub(super) async fn found(
    ctx: &Context<'_>,
    query: &str,
    kinds: Option<&[SearchKind]>,
    country: Option<&CountryCode>,
    page: &PageArgs,
) -> Result<SearchConnection> {
    let kinds = kinds.map(|kinds| kinds.iter().map(|kind| (*kind).into()).collect::<Vec<_>>());
    let country = country.map(|code| code.key("country")).transpose()?;
    let (slice, total) = search(reading(ctx)?, query, kinds.as_deref(), country, page).await?;
    let subjects: Vec<_> = slice.rows.iter().map(|(_, subject)| *subject).collect();
    let mut nodes = nodes(ctx, &subjects).await?.into_iter();
    let slice = slice.try_map(|_| nodes.next().flatten().and_then(SearchResult::of));
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    Ok(Connection::new(slice, |result| result, Box::new(move |_| Box::pin(async move { Ok(total) }))))
}
