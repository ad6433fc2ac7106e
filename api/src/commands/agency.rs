//! `balai agency`.
use super::{Failure, output::say, prepare, token::failure};
use crate::{
    changes::Actor,
    clock::Clock,
    config::{AgencyCommand, Settings},
    db::change,
    domain::{
        agencies::{NewAgency, create, scopes_of},
        institutions::key_of_slug,
    },
};

/// Makes a partner agency's machine.
pub(super) async fn agency(settings: &Settings, command: &AgencyCommand, clock: &Clock) -> Result<(), Failure> {
    let AgencyCommand::Create { name, institution, scope } = command;
    let turn = prepare::turn(&settings.location()?).await?;
    prepare::migrate(&turn).await?;
    let scopes = scopes_of(scope).ok_or_else(|| Failure::new("scopes are CONTACTS_READ and CONTACTS_WRITE"))?;
    let key = key_of_slug(&turn.db, institution).await.map_err(failure)?;
    let institution = key.ok_or_else(|| Failure::new("no institution has this slug"))?;
    let change = change(&turn.db).await?;
    let new = NewAgency { name: name.clone(), institution, scopes, public_keys: None, client_id: None };
    match create(&change, new, Actor::Nobody, clock.now()).await.map_err(failure)? {
        Ok((client, secret)) => {
            change.commit().await?;
            say(&format!("client_id      {}", client.client_id));
            say(&format!("client_secret  {}", secret.unwrap_or_default()));
            say("The secret is not shown again.");
            Ok(())
        }
        Err(faults) => {
            let told: Vec<_> =
                faults.iter().map(|fault| format!("{}: {}", fault.path.join("."), fault.message)).collect();
            Err(Failure::new(told.join("; ")))
        }
    }
}
