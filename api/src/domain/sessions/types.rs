//! Sessions, and what comes of opening one, as clients see them.
use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use entity::{account, session};

use super::{Opened, Sessions};
use crate::{
    access::{LIFETIME, Seen as _, Viewer},
    domain::accounts::Account,
    error::Checked,
    graphql::{DateTime, Result, UserError, encode, reading, user_errors},
};

/// The cookie that holds a refresh token where a browser asked for it. Its prefix has browsers take it from this host
/// alone, and over TLS alone.
pub(crate) const COOKIE: &str = "__Host-balai-refresh";

/// A device on which one signed in.
#[derive(Clone, Description)]
pub(crate) struct Session(pub(crate) Arc<session::Model>);

#[Object(use_type_description)]
impl Session {
    /// Unique in the network: what `node` takes.
    pub(crate) async fn id(&self) -> ID {
        encode(Sessions::PREFIX, self.0.id)
    }

    /// What the program called itself.
    async fn agent(&self) -> Option<&str> {
        self.0.agent.as_deref()
    }

    /// When one signed in.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it was last continued.
    async fn last_used_at(&self) -> DateTime {
        DateTime(self.0.last_used_at)
    }

    /// When one has to sign in again, unless it is continued before.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// Whether it is the one that asks.
    async fn current(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(matches!(&reading(ctx)?.viewer, Viewer::Account(person) if person.session == Some(self.0.id)))
    }
}

/// A session that was opened or continued, and the tokens for it.
#[derive(SimpleObject)]
pub(crate) struct SessionPayload {
    /// What to send as `Authorization: Bearer …`.
    access_token: Option<String>,
    /// For how many seconds the access token is good.
    expires_in: Option<i64>,
    /// What continues the session, once; null where it went into a cookie.
    refresh_token: Option<String>,
    /// The session.
    session: Option<Session>,
    /// Who signed in.
    account: Option<Account>,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

/// What came of opening a session; `cookie` says whether its refresh token goes into a cookie.
pub(crate) fn session_payload(ctx: &Context<'_>, opened: Checked<Opened>, cookie: bool) -> SessionPayload {
    match opened {
        Err(faults) => SessionPayload {
            access_token: None,
            expires_in: None,
            refresh_token: None,
            session: None,
            account: None,
            user_errors: user_errors(faults),
        },
        Ok(opened) => {
            if cookie {
                let seconds = (opened.session.expires_at - opened.session.last_used_at).num_seconds();
                set_cookie(ctx, &opened.refresh_token, seconds);
            }
            SessionPayload {
                access_token: Some(opened.access_token),
                expires_in: Some(LIFETIME.num_seconds()),
                refresh_token: (!cookie).then_some(opened.refresh_token),
                session: Some(Session(Arc::new(opened.session))),
                account: Some(Account(Arc::new(opened.account))),
                user_errors: vec![],
            }
        }
    }
}

/// What came of something after which the session goes on that asked: no other one is opened.
pub(crate) fn session_goes_on(account: account::Model) -> SessionPayload {
    SessionPayload {
        access_token: None,
        expires_in: None,
        refresh_token: None,
        session: None,
        account: Some(Account(Arc::new(account))),
        user_errors: vec![],
    }
}

/// Has the browser keep a refresh token for so many seconds; for none, forget it.
pub(super) fn set_cookie(ctx: &Context<'_>, token: &str, seconds: i64) {
    let cookie = format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
    ctx.append_http_header("set-cookie", cookie);
}

/// What came of ending a session.
#[derive(SimpleObject)]
pub(crate) struct SignOutPayload {
    /// The sessions that go on.
    pub(super) sessions: Vec<Session>,
    /// What was wrong with the input; empty, if nothing was.
    pub(super) user_errors: Vec<UserError>,
}
