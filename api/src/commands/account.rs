//! `balai account`.
use sea_orm::DatabaseConnection;

use super::{Failure, output::say, prepare, token::failure};
use crate::{
    clock::Clock,
    config::{AccountCommand, Settings, TokenHolder},
    db::change,
    domain::{
        accounts::by_email,
        agencies::by_client_id,
        identities::{Linked, link as link_with},
    },
};

/// Connects an account or an agency's machine with the network's own identity provider.
pub(super) async fn account(settings: &Settings, command: &AccountCommand, clock: &Clock) -> Result<(), Failure> {
    let AccountCommand::Link { subject, holder } = command;
    let issuer = settings.oidc.issuer.as_ref();
    let issuer =
        issuer.ok_or_else(|| Failure::new("no identity provider is set: set BALAI_OIDC_ISSUER to its address"))?;
    let turn = prepare::turn(&settings.location()?).await?;
    prepare::migrate(&turn).await?;
    link(&turn.db, issuer, subject, holder, clock).await?;
    say("connected: the provider's tokens of this subject are taken from now on");
    Ok(())
}

/// Connects a subject of an identity provider with an account or an agency's machine.
///
/// # Errors
///
/// If there is no such account or machine, or the database refuses.
pub async fn link(
    db: &DatabaseConnection,
    issuer: &str,
    subject: &str,
    holder: &TokenHolder,
    clock: &Clock,
) -> Result<(), Failure> {
    let whom = if let Some(client_id) = &holder.agency {
        by_client_id(db, client_id).await.map_err(failure)?.map(|client| Linked::Agency(client.id))
    } else {
        let email = holder.account.as_deref().unwrap_or_default();
        by_email(db, email).await.map_err(failure)?.map(|account| Linked::Account(account.id))
    };
    let whom = whom.ok_or_else(|| Failure::new("there is no such account or agency's machine"))?;
    let change = change(db).await?;
    link_with(&change, issuer, subject, whom, clock.now()).await.map_err(failure)?;
    Ok(change.commit().await?)
}
