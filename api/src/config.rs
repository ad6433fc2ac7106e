//! Every setting: its variable, its flag, its default. The operators' guide holds the same table, which a test
//! compares with this page.
use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf};

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
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
    /// The origins whose pages may ask from a browser, such as `https://culture.example.org`, separated by commas.
    #[arg(long, env = "BALAI_CORS_ORIGINS", value_name = "ORIGINS", value_delimiter = ',', value_parser = origin, global = true)]
    pub cors_origins: Vec<String>,
    /// The networks of the proxies before the service, such as `10.0.0.0/8`, separated by commas: what they say in
    /// `X-Forwarded-For` is believed.
    #[arg(long, env = "BALAI_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = network, global = true)]
    pub trusted_proxies: Vec<IpNet>,
    /// What happens to documents that are in no manifest: `off`, they are run; `log`, they are logged and run;
    /// `enforce`, they are refused.
    #[arg(long, env = "BALAI_TRUSTED_DOCUMENTS", value_name = "MODE", default_value = "off", global = true)]
    pub trusted_documents: TrustedDocuments,
    /// The folder of the trusted documents' manifests, as the compilers of Relay and Apollo write them (`*.json`).
    #[arg(long, env = "BALAI_TRUSTED_DOCUMENTS_DIR", value_name = "DIR", global = true)]
    pub trusted_documents_dir: Option<PathBuf>,
    /// Whether the schema may be asked for in a query.
    #[arg(long, env = "BALAI_INTROSPECTION", value_name = "on|off", default_value = "on", global = true)]
    pub introspection: Switch,
    /// Whether an unknown field's error names the nearest one.
    #[arg(long, env = "BALAI_SUGGESTIONS", value_name = "on|off", default_value = "on", global = true)]
    pub suggestions: Switch,
    /// The address and port to tell metrics at (`/metrics`, for Prometheus); none: nowhere.
    #[arg(long, env = "BALAI_METRICS_LISTEN", value_name = "ADDRESS", global = true)]
    pub metrics_listen: Option<SocketAddr>,
    /// How much a request may be.
    #[command(flatten)]
    pub limits: Limits,
    /// What to log, as a filter of `tracing`: `warn`, `info`, `debug`, `info,sqlx=debug`.
    #[arg(long, env = "BALAI_LOG", value_name = "FILTER", default_value = "info", global = true)]
    pub log: String,
}

/// Something that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// What happens to documents that are in no manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TrustedDocuments {
    /// They are run.
    Off,
    /// They are logged, by their hash, and run.
    Log,
    /// They are refused.
    Enforce,
}

/// A limit that can only warn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Limit {
    /// The size of a body.
    Body,
    /// How deep brackets are nested.
    Nesting,
    /// The tokens of a document.
    Tokens,
    /// How deep fields are nested.
    Depth,
    /// The names of one field.
    Aliases,
    /// The fields at the root.
    RootFields,
    /// The directives of a document.
    Directives,
    /// What one answer may cost.
    Cost,
    /// The errors of an answer.
    Errors,
    /// The time that an answer takes.
    Seconds,
    /// The time that a body takes to come.
    BodySeconds,
    /// The requests of an address in a minute.
    Requests,
    /// The cost of a viewer in a minute.
    Budget,
}

/// How much a request may be, checked in this order.
#[derive(Clone, Debug, Args)]
pub struct Limits {
    /// How many requests an address may send in a minute.
    #[arg(
        long = "limit-requests",
        env = "BALAI_LIMIT_REQUESTS",
        value_name = "NUMBER",
        default_value = "1000",
        global = true
    )]
    pub requests: NonZeroU32,
    /// How many seconds the head of a request may take to come.
    #[arg(long = "limit-head-seconds", env = "BALAI_LIMIT_HEAD_SECONDS", value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=3600), global = true)]
    pub head_seconds: u64,
    /// How many bytes a body may have.
    #[arg(
        long = "limit-body",
        env = "BALAI_LIMIT_BODY",
        value_name = "BYTES",
        default_value = "262144",
        global = true
    )]
    pub body: usize,
    /// How many seconds a body may take to come.
    #[arg(long = "limit-body-seconds", env = "BALAI_LIMIT_BODY_SECONDS", value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u64).range(1..=3600), global = true)]
    pub body_seconds: u64,
    /// How deep the brackets of a document, and its variables, may be nested; never more than 200.
    #[arg(
        long = "limit-nesting",
        env = "BALAI_LIMIT_NESTING",
        value_name = "LEVELS",
        default_value = "64",
        global = true
    )]
    pub nesting: usize,
    /// How many tokens a document may have.
    #[arg(
        long = "limit-tokens",
        env = "BALAI_LIMIT_TOKENS",
        value_name = "NUMBER",
        default_value = "2000",
        global = true
    )]
    pub tokens: usize,
    /// How deep fields may be nested.
    #[arg(long = "limit-depth", env = "BALAI_LIMIT_DEPTH", value_name = "LEVELS", default_value = "12", global = true)]
    pub depth: usize,
    /// Under how many names one field may be asked for in one place.
    #[arg(
        long = "limit-aliases",
        env = "BALAI_LIMIT_ALIASES",
        value_name = "NUMBER",
        default_value = "30",
        global = true
    )]
    pub aliases: usize,
    /// How many fields an operation may have at its root.
    #[arg(
        long = "limit-root-fields",
        env = "BALAI_LIMIT_ROOT_FIELDS",
        value_name = "NUMBER",
        default_value = "15",
        global = true
    )]
    pub root_fields: usize,
    /// How many directives a document may have.
    #[arg(
        long = "limit-directives",
        env = "BALAI_LIMIT_DIRECTIVES",
        value_name = "NUMBER",
        default_value = "50",
        global = true
    )]
    pub directives: usize,
    /// What one answer may cost, in points: an object is one.
    #[arg(long = "limit-cost", env = "BALAI_LIMIT_COST", value_name = "POINTS", default_value = "5000", global = true)]
    pub cost: u32,
    /// What a viewer's answers may cost in a minute, in points.
    #[arg(
        long = "limit-budget",
        env = "BALAI_LIMIT_BUDGET",
        value_name = "POINTS",
        default_value = "100000",
        global = true
    )]
    pub budget: NonZeroU32,
    /// How many seconds an answer may take; then its statements in the database are ended, too.
    #[arg(long = "limit-seconds", env = "BALAI_LIMIT_SECONDS", value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=3600), global = true)]
    pub seconds: u64,
    /// How many errors an answer tells.
    #[arg(
        long = "limit-errors",
        env = "BALAI_LIMIT_ERRORS",
        value_name = "NUMBER",
        default_value = "20",
        global = true
    )]
    pub errors: usize,
    /// The limits that are only logged and counted when they are passed, not enforced, separated by commas: `cost,depth`.
    #[arg(
        long = "limits-warn-only",
        env = "BALAI_LIMITS_WARN_ONLY",
        value_name = "LIMITS",
        value_delimiter = ',',
        global = true
    )]
    pub warn_only: Vec<Limit>,
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

/// An origin, as browsers send it: a scheme, a host and perhaps a port.
fn origin(text: &str) -> Result<String, String> {
    let told = Url::parse(text).map(|url| url.origin().ascii_serialization());
    match told {
        Ok(told) if told == text => Ok(told),
        _ => Err("an origin such as https://culture.example.org is expected, in lower case and without a path".into()),
    }
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let single = || text.parse().map(|address: std::net::IpAddr| IpNet::from(address));
    text.parse::<IpNet>().or_else(|_| single()).map_err(|_| "a network such as 10.0.0.0/8 is expected".into())
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
