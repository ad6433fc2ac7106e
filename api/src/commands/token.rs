//! `balai token`.
use std::path::PathBuf;

use sea_orm::DatabaseConnection;

use super::{Failure, output::say, prepare};
use crate::{
    access::Identity,
    clock::Clock,
    config::{Settings, TokenCommand, TokenHolder},
    domain::{
        accounts::by_email,
        agencies::{by_client_id, granted, scopes_of},
        authentication::{Holder, access_token},
        keys,
        passwords::{bootstrap, needs_bootstrap},
    },
    error::Error,
    http::identity,
    mail::{Mailer, Templates},
};

/// Makes what lets somebody in, and prints it.
pub(super) async fn token(settings: &Settings, command: &TokenCommand, clock: &Clock) -> Result<(), Failure> {
    let identity = identity(settings, settings.listen).map_err(Failure::new)?;
    let turn = prepare::turn(&settings.location()?).await?;
    prepare::migrate(&turn).await?;
    let (db, now) = (&turn.db, clock.now());
    match command {
        TokenCommand::Bootstrap => {
            let secret = bootstrap(db, now).await.map_err(failure)?;
            say(&identity.link(&secret));
        }
        TokenCommand::RotateKeys => {
            rotate_keys(db, clock).await?;
            say("a new key signs from now on; tokens that were signed before stay good");
        }
        TokenCommand::Issue { holder, scope } => {
            say(&issued(db, &identity, holder, scope.as_deref(), clock).await?);
        }
    }
    Ok(())
}

/// Has a new key sign access tokens.
///
/// # Errors
///
/// If the database refuses.
pub async fn rotate_keys(db: &DatabaseConnection, clock: &Clock) -> Result<(), Failure> {
    keys::rotate(db, clock.now()).await.map_err(failure)
}

/// An access token of an account or of an agency's machine, which allows all that they may do, for the service at a public
/// address.
///
/// # Errors
///
/// If there is no such account or machine, or the database refuses.
pub async fn issue(
    db: &DatabaseConnection,
    public_url: &str,
    holder: &TokenHolder,
    clock: &Clock,
) -> Result<String, Failure> {
    let templates = Templates::new("en", None).map_err(Failure::new)?;
    let mailer = Mailer::new("balai@localhost", None, PathBuf::new(), templates).map_err(Failure::new)?;
    issued(db, &Identity::new(public_url.to_owned(), mailer, None), holder, None, clock).await
}

async fn issued(
    db: &DatabaseConnection,
    identity: &Identity,
    holder: &TokenHolder,
    scope: Option<&str>,
    clock: &Clock,
) -> Result<String, Failure> {
    if let Some(client_id) = &holder.agency {
        return for_agency(db, identity, client_id, scope, clock).await;
    }
    let account = by_email(db, holder.account.as_deref().unwrap_or_default()).await.map_err(failure)?;
    let account = account.ok_or_else(|| Failure::new("no account has this e-mail address"))?;
    access_token(db, identity, Holder::Account(account.id, None), clock.now()).await.map_err(failure)
}

async fn for_agency(
    db: &DatabaseConnection,
    identity: &Identity,
    client_id: &str,
    scope: Option<&str>,
    clock: &Clock,
) -> Result<String, Failure> {
    let client = by_client_id(db, client_id).await.map_err(failure)?;
    let client = client.ok_or_else(|| Failure::new("no agency's machine calls itself so, or it was revoked"))?;
    let scopes = scopes_of(scope.unwrap_or_default()).and_then(|asked| granted(&client, &asked));
    let scopes = scopes.ok_or_else(|| Failure::new("the machine may not do all of this"))?;
    access_token(db, identity, Holder::Agency(&client, &scopes), clock.now()).await.map_err(failure)
}

/// The secret of a link for the first administrator, as long as there is none.
///
/// # Errors
///
/// If the database refuses.
pub async fn first_link(db: &DatabaseConnection, clock: &Clock) -> Result<Option<String>, Failure> {
    if !needs_bootstrap(db, clock.now()).await.map_err(failure)? {
        return Ok(None);
    }
    bootstrap(db, clock.now()).await.map(Some).map_err(failure)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what errors are mapped with")]
pub(super) fn failure(error: Error) -> Failure {
    Failure::new(error.to_string())
}
