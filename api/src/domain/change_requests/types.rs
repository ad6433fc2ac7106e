//! Requests as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object};
use entity::{change_request, vocabulary};
use serde::Serialize;

use super::{ChangeRequests, lifecycle::status};
use crate::{
    access::Seen as _,
    changes::fields_in,
    domain::{
        accounts::Actor,
        audit::AuditChange,
        nodes::{Node, nodes},
    },
    graphql::{DateTime, Result, encode, reading},
};

/// What an administrator asks another one to approve: it is done once it is approved, if nothing has changed meanwhile. Seen
/// by administrators.
#[derive(Clone, Description)]
pub(crate) struct ChangeRequest(pub(crate) Arc<change_request::Model>);

impl From<Arc<change_request::Model>> for ChangeRequest {
    fn from(row: Arc<change_request::Model>) -> Self {
        Self(row)
    }
}

impl From<Box<change_request::Model>> for ChangeRequest {
    fn from(row: Box<change_request::Model>) -> Self {
        Self(Arc::from(row))
    }
}

#[Object(use_type_description)]
impl ChangeRequest {
    /// Unique in the network.
    pub(crate) async fn id(&self) -> ID {
        encode(ChangeRequests::PREFIX, self.0.id)
    }

    /// What is to be done.
    async fn action(&self) -> ChangeRequestAction {
        self.0.action.into()
    }

    /// What it is to be done to, a membership or an account, as it is now; null, if it is gone.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        Ok(nodes(ctx, &[(self.0.subject, self.0.subject_id)]).await?.pop().flatten())
    }

    /// The administrator who asks for it.
    async fn requested_by(&self, ctx: &Context<'_>) -> Result<Actor> {
        Actor::of(ctx, self.0.requested_by, None).await
    }

    /// When it was asked for.
    async fn requested_at(&self) -> DateTime {
        DateTime(self.0.requested_at)
    }

    /// Until when it can be approved.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// Why it is to be done, where a reason was told.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The fields that it changes, as they were when it was asked for.
    async fn changes(&self) -> Vec<AuditChange> {
        fields_in(&self.0.changes).into_iter().map(AuditChange::from).collect()
    }

    /// Where it stands now.
    async fn status(&self, ctx: &Context<'_>) -> Result<ChangeRequestStatus> {
        Ok(status(&self.0, reading(ctx)?.now()).into())
    }

    /// The administrator who approved or rejected it, or took it back; null, if nobody has.
    async fn decided_by(&self, ctx: &Context<'_>) -> Result<Option<Actor>> {
        let Some(account) = self.0.decided_by else { return Ok(None) };
        Ok(Some(Actor::of(ctx, Some(account), None).await?))
    }

    /// When it was approved, rejected or taken back, or found to be stale.
    async fn decided_at(&self) -> Option<DateTime> {
        self.0.decided_at.map(DateTime)
    }

    /// What was told with the decision.
    async fn decision_reason(&self) -> Option<&str> {
        self.0.decision_reason.as_deref()
    }

    /// Counts the changes, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// What an administrator may need another one for.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "vocabulary::ChangeRequestAction")]
pub(crate) enum ChangeRequestAction {
    /// To reject an institution's application to become a full member.
    RejectFullMember,
    /// To take an institution's membership away.
    ExpelMember,
    /// To give an account the role of an administrator.
    GrantAdmin,
    /// To reject an institution's application to become an associate member.
    RejectAssociate,
    /// To reject an institution's application to become an observer.
    RejectObserver,
    /// To admit an institution.
    ApproveMember,
    /// To have a member's rights rest.
    SuspendMember,
    /// To give a member its rights back.
    ReinstateMember,
    /// To begin a new term of a membership.
    RenewMember,
    /// To take the role of an administrator away from an account.
    RevokeAdmin,
    /// To disable an account.
    DisableAccount,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq, Hash, Serialize)]
#[graphql(remote = "vocabulary::ChangeRequestStatus")]
pub(crate) enum ChangeRequestStatus {
    /// It waits for another administrator.
    Pending,
    /// Another administrator has approved it, and it was done.
    Approved,
    /// Another administrator has rejected it, or whoever asked has taken it back.
    Rejected,
    /// It cannot be done any more: what it is about has changed, or whoever asked is no administrator now.
    Stale,
    /// Nobody has decided in time.
    Expired,
}
