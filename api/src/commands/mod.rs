//! What the program does when it is called.
mod account;
mod agency;
mod changes;
mod demo;
mod doctor;
mod failure;
mod output;
mod prepare;
mod serve;
mod sync;
mod token;

pub use account::link;
pub use failure::Failure;
pub use token::{first_link, issue, rotate_keys};

use std::process::ExitCode;

use crate::{
    clock::Clock,
    config::{Arguments, Command, refuse_unknown},
    schema::sdl,
    telemetry,
};

/// Does what the arguments say: with which status the program ends.
///
/// # Errors
///
/// If it cannot be done; the sentence says why and what to do.
pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let Arguments { command, settings } = arguments;
    refuse_unknown(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
    telemetry::start(&settings.log).map_err(Failure::new)?;
    match command.unwrap_or(Command::Serve) {
        Command::Sync(command) => return sync::sync(command).await,
        Command::Serve => serve::serve(&settings, &Clock::system()).await,
        Command::Migrate => {
            let location = settings.location()?;
            let turn = prepare::turn(&location).await?;
            let pending = prepare::migrate(&turn).await?;
            output::say(&format!("{}: {pending} changes applied, the schema is up to date", location.name()));
            Ok(())
        }
        Command::Seed { demo } => prepare::seed(&settings, demo, &Clock::system()).await,
        Command::Token(command) => token::token(&settings, &command, &Clock::system()).await,
        Command::Agency(command) => agency::agency(&settings, &command, &Clock::system()).await,
        Command::Account(command) => account::account(&settings, &command, &Clock::system()).await,
        Command::Schema => {
            output::say(sdl().trim_end());
            Ok(())
        }
        Command::Changes(command) => changes::changes(&settings, command, &Clock::system()).await,
        Command::Grant { role } => changes::grant(&settings, &role).await,
        Command::Doctor { strict } => doctor::doctor(&settings, strict).await,
    }?;
    Ok(ExitCode::SUCCESS)
}
