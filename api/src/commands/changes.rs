//! `balai changes` and `balai grant`: what is done to the log under the role that owns it.
use std::time::Duration;

use super::{Failure, output::say, prepare, token::failure};
use crate::{
    changes::{self, Grant},
    clock::Clock,
    config::{ChangesCommand, Settings},
    db::Location,
};

const DAY: Duration = Duration::from_hours(24);

/// Moves what is past its time to the archive, or begins a new epoch.
pub(super) async fn changes(settings: &Settings, command: ChangesCommand, clock: &Clock) -> Result<(), Failure> {
    let location = settings.location()?;
    let turn = prepare::turn(&location).await?;
    prepare::bring_up_to_date(&turn).await?;
    if !changes::keeps_log(&turn.db).await? {
        return Err(Failure::new(
            "the role in DATABASE_URL may only add to the log: do this under the role that owns the tables",
        ));
    }
    let place = location.name();
    match command {
        ChangesCommand::Compact => {
            prepare::settle(&turn).await?;
            let days = settings.retention.days;
            let moved = changes::compact(&turn.db, clock.now() - DAY * days.into()).await.map_err(failure)?;
            say(&format!("{place}: entries older than {days} days moved to the archive: {moved}"));
        }
        ChangesCommand::Epoch => {
            let epoch = changes::begin(&turn.db).await?;
            say(&format!("{place}: the log is in epoch {epoch} from now on"));
        }
    }
    Ok(())
}

/// Gives a role what the service needs, and no more of the log than that.
pub(super) async fn grant(settings: &Settings, role: &str) -> Result<(), Failure> {
    let location = settings.location()?;
    if let Location::File(_) = location {
        return Err(Failure::new("an SQLite file has no roles: set DATABASE_URL to a PostgreSQL server"));
    }
    let turn = prepare::turn(&location).await?;
    prepare::migrate(&turn).await?;
    match changes::grant(&turn.db, role).await? {
        Grant::Given => {
            say(&format!("{}: {role} may run the service, and add to the log alone", location.name()));
            Ok(())
        }
        Grant::NoRole => Err(Failure::new(format!("there is no role {role}: make it first, with createuser"))),
        Grant::Owner => Err(Failure::new(format!(
            "the role {role} owns the tables, or may act for who does: give the service another one"
        ))),
    }
}
