//! Signing in and out.
use async_graphql::{Context, ID, InputObject, Object};

use super::{
    Sessions,
    query::own,
    service::{self, Entry},
    types::{SessionPayload, SignOutPayload, session_payload, set_cookie},
};
use crate::{
    access::{Seen as _, Viewer},
    error::{Fault, FaultCode},
    graphql::{Result, caller, decode, reading, user_errors},
};

/// Who signs in.
#[derive(InputObject)]
pub(crate) struct SignInInput {
    /// The account's e-mail address.
    email: String,
    /// The account's password.
    #[graphql(secret)]
    password: String,
    /// Whether the refresh token goes into a cookie that no script can read, as browsers want it.
    #[graphql(default)]
    cookie: bool,
}

/// Which session is continued.
#[derive(InputObject)]
pub(crate) struct RefreshSessionInput {
    /// The refresh token; without one, that of the cookie, into which the next one then goes.
    #[graphql(secret)]
    refresh_token: Option<String>,
}

/// Which of one's sessions ends.
#[derive(InputObject)]
pub(crate) struct RevokeSessionInput {
    /// Its ID.
    id: ID,
}

/// Signing in and out.
#[derive(Default)]
pub(crate) struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in. Whether it is the address or the password that is wrong is not told.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: SignInInput,
    ) -> Option<Result<SessionPayload>> {
        let payload = async {
            let SignInInput { email, password, cookie } = input;
            let opened = service::sign_in(entry(ctx)?, &email, password).await?;
            Ok(session_payload(ctx, opened, cookie))
        };
        Some(payload.await)
    }

    /// Gets the next access token, and the next refresh token in exchange for this one. A refresh token is good once; whoever
    /// lost the answer may ask once more. Used again, it ends its session.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: RefreshSessionInput,
    ) -> Option<Result<SessionPayload>> {
        let payload = async {
            let entry = entry(ctx)?;
            let cookie = input.refresh_token.is_none();
            let Some(token) = input.refresh_token.or_else(|| entry.caller.cookie.clone()) else {
                let message = "there is no refresh token, neither here nor in a cookie";
                let fault = Fault::of("refreshToken", FaultCode::Required, message);
                return Ok(session_payload(ctx, Err(vec![fault]), cookie));
            };
            let opened = service::refresh(entry, &token).await?;
            if cookie && opened.is_err() {
                set_cookie(ctx, "", 0);
            }
            Ok(session_payload(ctx, opened, cookie))
        };
        Some(payload.await)
    }

    /// Ends the session that asks, and the one that the cookie belongs to.
    async fn sign_out(&self, ctx: &Context<'_>) -> Option<Result<SignOutPayload>> {
        let payload = async {
            let (reading, entry) = (reading(ctx)?, entry(ctx)?);
            if let Some(token) = &entry.caller.cookie {
                service::end_of_token(entry.db, token, entry.now).await?;
                set_cookie(ctx, "", 0);
            }
            let Viewer::Account(person) = &reading.viewer else {
                if entry.caller.cookie.is_none() {
                    reading.viewer.person()?;
                }
                return Ok(SignOutPayload { sessions: vec![], user_errors: vec![] });
            };
            if let Some(session) = person.session {
                // That it has ended meanwhile is what was wanted.
                let _ = service::revoke(reading, session).await?;
            }
            Ok(SignOutPayload { sessions: own(ctx).await?, user_errors: vec![] })
        };
        Some(payload.await)
    }

    /// Ends one of one's own sessions.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokeSessionInput,
    ) -> Option<Result<SignOutPayload>> {
        let payload = async {
            let key = decode("input.id", Sessions::PREFIX, &input.id)?;
            let revoked = service::revoke(reading(ctx)?, key).await?;
            Ok(SignOutPayload {
                sessions: own(ctx).await?,
                user_errors: user_errors(revoked.err().unwrap_or_default()),
            })
        };
        Some(payload.await)
    }
}

/// Whoever is at the door.
pub(crate) fn entry<'c>(ctx: &Context<'c>) -> Result<Entry<'c>> {
    let reading = reading(ctx)?;
    Ok(Entry { db: &reading.db, now: reading.now(), caller: caller(ctx)?, rules: reading.rules })
}
