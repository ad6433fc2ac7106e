//! Inviting people, and accepting.
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::invitation;

use super::{
    Invitation, Invitations,
    acceptance_writing::{self, Accepting, Joined},
    writing::{self, Wanted},
};
use crate::{
    access::Seen as _,
    domain::{
        accounts::Role,
        institutions::Institutions,
        sessions::{SessionPayload, entry, session_goes_on, session_payload},
    },
    error::{Target, Written},
    graphql::{CountryCode, EmailAddress, Result, TransitionInput, UserError, decode, once, reading, user_errors},
};

/// Who is invited to what.
#[derive(InputObject)]
pub(crate) struct InviteAccountInput {
    /// The person's e-mail address.
    email: EmailAddress,
    /// What the person is called; they may say otherwise.
    name: Option<String>,
    /// The role.
    role: Role,
    /// The country, for a focal point.
    country: Option<CountryCode>,
    /// The institution, for a representative.
    institution: Option<ID>,
}

/// Who accepts an invitation.
#[derive(InputObject)]
pub(crate) struct AcceptInvitationInput {
    /// What stands at the end of the link.
    #[graphql(secret)]
    token: String,
    /// The person's name, for a new account; the one that the invitation tells, if this is left out.
    name: Option<String>,
    /// For a new account a password of 12 characters at least, and not easy to guess; where the address has an account, its
    /// password. Whoever has signed in to that account needs none.
    #[graphql(secret)]
    password: Option<String>,
    /// Whether the refresh token goes into a cookie that no script can read, as browsers want it.
    #[graphql(default)]
    cookie: bool,
}

/// What came of it.
#[derive(SimpleObject)]
pub(crate) struct InvitationPayload {
    /// The invitation, as it is now.
    invitation: Option<Invitation>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

impl From<Written<invitation::Model>> for InvitationPayload {
    fn from(written: Written<invitation::Model>) -> Self {
        let invitation = written.now.map(|row| Invitation(Arc::new(row)));
        Self { invitation, user_errors: user_errors(written.faults) }
    }
}

/// Inviting people, and accepting.
#[derive(Default)]
pub(crate) struct InvitationMutation;

#[Object]
impl InvitationMutation {
    /// Has a link mailed, good once and for seven days, with which somebody gets a role; whoever has no account makes one
    /// with it. Whether the address has one is not told. The same invitation again renews the one that is pending.
    /// Administrators invite to every role, representatives of an active member colleagues, focal points the first
    /// representative of an institution of their country.
    async fn invite_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is invited to what.")] input: InviteAccountInput,
    ) -> Option<Result<InvitationPayload>> {
        let written = async {
            let InviteAccountInput { email, name, role, country, institution } = input;
            let wanted = Wanted {
                email: email.0,
                name,
                role: role.into(),
                country: country.map(|code| code.key("input.country")).transpose()?,
                institution: institution
                    .map(|id| decode("input.institution", Institutions::PREFIX, &id))
                    .transpose()?,
            };
            Ok(writing::invite(entry(ctx)?, reading(ctx)?, wanted).await?)
        };
        Some(once(ctx, Invitations, written).await)
    }

    /// Accepts an invitation with the link that was mailed: the account of its address has the role since, a new one if there
    /// was none. Opens a session, unless whoever accepts has signed in to that account: then theirs goes on, and only
    /// `account` is told.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who accepts, with which link.")] input: AcceptInvitationInput,
    ) -> Option<Result<SessionPayload>> {
        let payload = async {
            let AcceptInvitationInput { token, name, password, cookie } = input;
            let viewer = reading(ctx)?.viewer.person().ok().map(|person| person.account);
            let accepting = Accepting { token, name, password, viewer };
            Ok(match acceptance_writing::accept(entry(ctx)?, accepting).await? {
                Ok(Joined::Opened(opened)) => session_payload(ctx, Ok(*opened), cookie),
                Ok(Joined::GoesOn(account)) => session_goes_on(account),
                Err(faults) => session_payload(ctx, Err(faults), cookie),
            })
        };
        Some(payload.await)
    }

    /// Takes an invitation back that is pending: its link is good no more. For whoever made it, and for administrators.
    async fn revoke_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Option<Result<InvitationPayload>> {
        let written = async {
            let TransitionInput { id, expected_version, reason } = input;
            let target = Target { key: decode("input.id", Invitations::PREFIX, &id)?, version: expected_version };
            Ok(writing::revoke(reading(ctx)?, target, reason).await?)
        };
        Some(once(ctx, Invitations, written).await)
    }
}
