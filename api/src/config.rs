//! Every setting: its variable, its flag, its default. The operators' guide holds the same table, which a test
//! compares with this page.
use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use url::Url;

use crate::db::Location;

/// Balai: who is who, what binds which countries, and what is open to whom, as a GraphQL API.
#[derive(Debug, Parser)]
#[command(name = "balai", version, max_term_width = 100)]
pub struct Arguments {
    /// What to do; `serve` by default.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How.
    #[command(flatten)]
    pub settings: Settings,
}

/// What the program can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Brings the database up to date, loads the reference data, and answers requests.
    Serve,
    /// Brings the database's schema up to date.
    Migrate,
    /// Loads the reference data that ships with this release: adds what is new, renews what nobody changed.
    Seed {
        /// Also load about sixty invented policymakers (addresses at example.org).
        #[arg(long)]
        demo: bool,
    },
    /// Prints the GraphQL schema.
    Schema,
    /// Checks the settings, the connection and the database's schema, and says what to do.
    Doctor,
}

/// Where and how the service runs.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// A PostgreSQL server, as `postgres://user:password@host/database`; none: an SQLite file in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL", global = true)]
    pub database_url: Option<String>,
    /// The folder of the embedded database; by default `balai` in the platform's folder for data.
    #[arg(long, env = "BALAI_DATA_DIR", value_name = "DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// The address and port to listen on.
    #[arg(long, env = "BALAI_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8000", global = true)]
    pub listen: SocketAddr,
    /// How many threads answer requests; by default one for each core.
    #[arg(long, env = "BALAI_WORKERS", value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024), global = true)]
    pub workers: Option<u16>,
    /// The folder of GraphiQL's files, as `api/pages/graphiql/bundle.sh` makes it; none: they come from a public CDN.
    #[arg(long, env = "BALAI_GRAPHIQL_DIR", value_name = "DIR", global = true)]
    pub graphiql_dir: Option<PathBuf>,
    /// What to log, as a filter of `tracing`: `warn`, `info`, `debug`, `info,sqlx=debug`.
    #[arg(long, env = "BALAI_LOG", value_name = "FILTER", default_value = "info", global = true)]
    pub log: String,
}

/// A setting that cannot be used; the sentence says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SettingError(String);

impl Settings {
    /// Where the database is.
    ///
    /// # Errors
    ///
    /// If the URL is not PostgreSQL's, or the platform has no folder for data and none is set.
    pub fn location(&self) -> Result<Location, SettingError> {
        match self.database_url.as_deref().filter(|url| !url.is_empty()) {
            Some(url) if !url.starts_with("postgres://") && !url.starts_with("postgresql://") => Err(SettingError(
                "DATABASE_URL must begin with postgres:// ; leave it out for the embedded SQLite file".into(),
            )),
            // Not even what is wrong with it is told: that may be a part of the password.
            Some(url) => Url::parse(url).map(Location::Server).map_err(|_| {
                SettingError(
                    "DATABASE_URL cannot be read; signs such as / or @ in its password must be percent-encoded".into(),
                )
            }),
            None => Ok(Location::File(self.data_dir()?.join("balai.db"))),
        }
    }

    fn data_dir(&self) -> Result<PathBuf, SettingError> {
        let platform = || directories::ProjectDirs::from("", "", "balai").map(|dirs| dirs.data_dir().to_owned());
        self.data_dir.clone().or_else(platform).ok_or_else(|| {
            SettingError("there is no home folder to keep the data in: set BALAI_DATA_DIR to a folder".into())
        })
    }
}

/// The settings' variables.
#[must_use]
pub fn variables() -> Vec<String> {
    let command = Arguments::command();
    let names = command.get_arguments().filter_map(|argument| argument.get_env());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

/// Refuses variables that look like settings and are none: a misspelt setting would otherwise be ignored.
///
/// # Errors
///
/// If there is such a variable, with the nearest setting.
pub fn refuse_unknown(names: impl IntoIterator<Item = String>) -> Result<(), SettingError> {
    let known = variables();
    let unknown = names.into_iter().find(|name| name.starts_with("BALAI_") && !known.contains(name));
    let Some(name) = unknown else { return Ok(()) };
    let nearest = known.iter().max_by(|a, b| {
        let near = |known: &str| strsim::jaro_winkler(known, &name);
        near(a).total_cmp(&near(b))
    });
    let nearest = nearest.map(|known| format!("; did you mean {known}?")).unwrap_or_default();
    Err(SettingError(format!("there is no setting {name}{nearest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_setting_is_refused_with_the_nearest_name() {
        let error = refuse_unknown(["BALAI_LISTN".to_owned()]).map_err(|error| error.to_string());
        assert_eq!(error, Err("there is no setting BALAI_LISTN; did you mean BALAI_LISTEN?".to_owned()));
    }

    #[test]
    fn settings_and_other_programs_variables_pass() {
        assert!(refuse_unknown(["BALAI_LISTEN".to_owned(), "HOME".to_owned()]).is_ok());
    }
}
