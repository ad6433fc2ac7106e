//! The log as administrators see it.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use serde::Serialize;
use serde_json::Value;

use super::service::AuditEntries;
use crate::{
    access::Seen as _,
    changes::{self, FieldChange, Logged, actor_of, fields_of},
    domain::{
        accounts::{Accounts, Actor},
        agencies::AgencyClients,
        nodes::{Node, nodes, prefix},
    },
    graphql::{DateTime, Result, encode, seen},
};

/// What one change did to one subject. Nothing personal is kept in it.
#[derive(Description)]
pub(crate) struct AuditEntry(pub(crate) Arc<Logged>);

impl From<Arc<Logged>> for AuditEntry {
    fn from(row: Arc<Logged>) -> Self {
        Self(row)
    }
}

#[Object(use_type_description)]
impl AuditEntry {
    /// Unique in the network.
    pub(crate) async fn id(&self) -> ID {
        encode(AuditEntries::PREFIX, self.0.id)
    }

    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// Who did it; null, if the service did by itself.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<Actor>> {
        Ok(match actor_of(&self.0) {
            changes::Actor::Nobody => None,
            changes::Actor::Account(account) => Some(Actor::of(ctx, Some(account), None).await?),
            changes::Actor::Agency(client) => {
                let client = seen(ctx, AgencyClients, client).await?;
                client.map(|client| Actor::named(client.name.clone(), client.institution_id))
            }
        })
    }

    /// The ID of the account or agency's machine that did it.
    async fn actor_id(&self) -> Option<ID> {
        match actor_of(&self.0) {
            changes::Actor::Nobody => None,
            changes::Actor::Account(account) => Some(encode(Accounts::PREFIX, account)),
            changes::Actor::Agency(client) => Some(encode(AgencyClients::PREFIX, client)),
        }
    }

    /// The ID of what it was done to.
    async fn subject_id(&self) -> ID {
        encode(prefix(self.0.subject), self.0.subject_id)
    }

    /// What it was done to, as it is now; null, if it is gone.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        let mut found = nodes(ctx, &[(self.0.subject, self.0.subject_id)]).await?;
        Ok(found.pop().flatten())
    }

    /// What was done.
    async fn operation(&self) -> AuditOperation {
        self.0.operation.into()
    }

    /// The subject's version since; null, if it is gone.
    async fn version(&self) -> Option<i32> {
        self.0.version
    }

    /// The fields that changed.
    async fn changes(&self) -> Vec<AuditChange> {
        fields_of(&self.0).into_iter().map(AuditChange::from).collect()
    }

    /// Why, where a reason was told.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }
}

/// A field that changed.
#[derive(SimpleObject)]
pub(crate) struct AuditChange {
    /// Its name in the schema.
    field: String,
    /// What it was, in JSON; null, if it was empty, and where it is personal.
    old: Option<String>,
    /// What it is since, in JSON; null, if it is empty, and where it is personal.
    new: Option<String>,
}

impl From<FieldChange> for AuditChange {
    fn from(FieldChange { name, old, new }: FieldChange) -> Self {
        let told = |value: Value| (!value.is_null()).then(|| value.to_string());
        Self { field: name, old: told(old), new: told(new) }
    }
}

/// What was done to a subject.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "entity::vocabulary::ChangeOperation")]
pub(crate) enum AuditOperation {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was deleted.
    Deleted,
    /// It was merged into another contact, whose ID it leads to since.
    Merged,
    /// It was taken out again of the contact that it was merged into.
    Unmerged,
    /// All that was known of the person was erased.
    Erased,
}
