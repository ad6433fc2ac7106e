//! Changing and resetting passwords.
use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::service::{self, Chosen};
use crate::{
    domain::sessions::{SessionPayload, entry, session_payload},
    graphql::{Result, UserError, reading},
};

/// Which password takes which one's place.
#[derive(InputObject)]
pub(crate) struct ChangePasswordInput {
    /// The password until now.
    #[graphql(secret)]
    current_password: String,
    /// The password from now on: 12 characters at least, and not easy to guess.
    #[graphql(secret)]
    new_password: String,
    /// Whether the refresh token goes into a cookie.
    #[graphql(default)]
    cookie: bool,
}

/// Whose password is to be reset.
#[derive(InputObject)]
pub(crate) struct RequestPasswordResetInput {
    /// The account's e-mail address.
    email: String,
}

/// Which password is set, with which link.
#[derive(InputObject)]
pub(crate) struct ResetPasswordInput {
    /// What stands at the end of the link.
    #[graphql(secret)]
    token: String,
    /// The password: 12 characters at least, and not easy to guess.
    #[graphql(secret)]
    password: String,
    /// Whether the refresh token goes into a cookie.
    #[graphql(default)]
    cookie: bool,
}

/// That a link was asked for.
#[derive(SimpleObject)]
pub(crate) struct RequestPasswordResetPayload {
    /// True, whether or not anybody has an account of this address.
    accepted: bool,
    /// What was wrong with the input; empty, if nothing was.
    user_errors: Vec<UserError>,
}

/// Changing and resetting passwords.
#[derive(Default)]
pub(crate) struct PasswordMutation;

#[Object]
impl PasswordMutation {
    /// Changes one's own password. All sessions end, and a new one begins.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which password takes which one's place.")] input: ChangePasswordInput,
    ) -> Option<Result<SessionPayload>> {
        let payload = async {
            let ChangePasswordInput { current_password, new_password, cookie } = input;
            let opened = service::replace(entry(ctx)?, reading(ctx)?, current_password, new_password).await?;
            Ok(session_payload(ctx, opened, cookie))
        };
        Some(payload.await)
    }

    /// Has a link mailed, good for an hour, to whoever has an account of this address.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose password is to be reset.")] input: RequestPasswordResetInput,
    ) -> Option<Result<RequestPasswordResetPayload>> {
        let payload = async {
            service::request_reset(entry(ctx)?, &input.email)?;
            Ok(RequestPasswordResetPayload { accepted: true, user_errors: vec![] })
        };
        Some(payload.await)
    }

    /// Sets a password with the link that was mailed, and signs in. All other sessions end.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which password is set, with which link.")] input: ResetPasswordInput,
    ) -> Option<Result<SessionPayload>> {
        let payload = async {
            let ResetPasswordInput { token, password, cookie } = input;
            let chosen = Chosen { secret: token, account: None, password };
            let opened = service::reset(entry(ctx)?, chosen).await?;
            Ok(session_payload(ctx, opened, cookie))
        };
        Some(payload.await)
    }
}
