//! Every setting: its variable, its flag, its default. The operators' guide holds the same table, which a test
//! compares with this page.
mod changes;
mod folder;
mod four_eyes;
mod limits;
mod mail;
mod oidc;
mod sync;
mod webhooks;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use url::Url;

use crate::db::Location;
pub use changes::{ChangesCommand, Retention};
pub(crate) use folder::own_folder;
pub use four_eyes::FourEyes;
pub use limits::{Limit, Limits};
pub use mail::Mail;
pub use oidc::{Oidc, is_safe};
pub use sync::{Conflict, Pushing, SeenBy, SyncBook, SyncCommand, SyncFilter};
pub use webhooks::{Retries, Webhooks};

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
    /// Makes what lets somebody in: a link for an administrator, an access token for a script, a new signing key.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Makes a partner agency's machine.
    #[command(subcommand)]
    Agency(AgencyCommand),
    /// Connects an account or an agency's machine with the network's own identity provider.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Keeps an agency's address book in step with a network: a folder of vCards, a CSV or a JSONL.
    #[command(subcommand)]
    Sync(SyncCommand),
    /// Prints the GraphQL schema.
    Schema,
    /// Does by hand what the service must not do to the log of changes.
    #[command(subcommand)]
    Changes(ChangesCommand),
    /// Lets a role of PostgreSQL run the service, so that it can add to the log of changes and not rewrite it.
    Grant {
        /// The role, which must be there.
        role: String,
    },
    /// Checks the settings, the connection and the database's schema, and says what to do.
    Doctor {
        /// Also fail at what is only advised against.
        #[arg(long)]
        strict: bool,
    },
}

/// What lets somebody in.
#[derive(Clone, Debug, Subcommand)]
pub enum TokenCommand {
    /// Prints a link, good once and for a day, on which an administrator makes an account.
    Bootstrap,
    /// Prints an access token, good for ten minutes, for a script on this machine.
    Issue {
        /// Whom it is for.
        #[command(flatten)]
        holder: TokenHolder,
        /// What it allows an agency's machine, parted by spaces; by default all that the machine may do.
        #[arg(long, value_name = "SCOPES", requires = "agency")]
        scope: Option<String>,
    },
    /// Has a new key sign access tokens. Tokens that were signed before stay good.
    RotateKeys,
}

/// A partner agency's machine.
#[derive(Clone, Debug, Subcommand)]
pub enum AgencyCommand {
    /// Makes one, and prints what it calls itself and its secret, which is not shown again.
    Create {
        /// What it is called.
        #[arg(long)]
        name: String,
        /// The institution that answers for it, by its slug.
        #[arg(long, value_name = "SLUG")]
        institution: String,
        /// What it may do, parted by spaces: `CONTACTS_READ CONTACTS_WRITE`.
        #[arg(long, value_name = "SCOPES")]
        scope: String,
    },
}

/// An account, or an agency's machine, and what the identity provider calls it.
#[derive(Clone, Debug, Subcommand)]
pub enum AccountCommand {
    /// Has the identity provider's tokens of a `sub` be those of an account or of an agency's machine, from now on.
    Link {
        /// What the provider calls them: the `sub` of its tokens.
        #[arg(long, value_name = "SUB")]
        subject: String,
        /// Who they are here.
        #[command(flatten)]
        holder: TokenHolder,
    },
}

/// An account, or an agency's machine.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct TokenHolder {
    /// The e-mail address of an account.
    #[arg(long, value_name = "EMAIL")]
    pub account: Option<String>,
    /// What an agency's machine calls itself.
    #[arg(long, value_name = "CLIENT_ID")]
    pub agency: Option<String>,
}

impl TokenHolder {
    /// The account of an e-mail address.
    #[must_use]
    pub fn account(email: impl Into<String>) -> Self {
        Self { account: Some(email.into()), agency: None }
    }

    /// The machine that calls itself so.
    #[must_use]
    pub fn agency(client_id: impl Into<String>) -> Self {
        Self { account: None, agency: Some(client_id.into()) }
    }
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
    /// The address by which the world knows the service, such as `https://balai.example.org`: tokens are made in its name,
    /// and links in letters lead there. By default the one that it listens on.
    #[arg(long, env = "BALAI_PUBLIC_URL", value_name = "URL", value_parser = origin, global = true)]
    pub public_url: Option<String>,
    /// How letters leave, and what they say.
    #[command(flatten)]
    pub mail: Mail,
    /// The network's own identity provider.
    #[command(flatten)]
    pub oidc: Oidc,
    /// How many threads answer requests; by default one for each core.
    #[arg(long, env = "BALAI_WORKERS", value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024), global = true)]
    pub workers: Option<u16>,
    /// How many megabytes of answers are kept in memory until something changes that they were made of; 0 keeps none.
    #[arg(long, env = "BALAI_CACHE", value_name = "MEGABYTES", default_value = "32", value_parser = clap::value_parser!(u32).range(0..=65_536), global = true)]
    pub cache: u32,
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
    /// How long the log of changes keeps entries.
    #[command(flatten)]
    pub retention: Retention,
    /// How agencies' own addresses are told what changes.
    #[command(flatten)]
    pub webhooks: Webhooks,
    /// What an administrator does only when another one has approved it, as soon as there are two, separated by commas:
    /// `reject-full-member`, `reject-associate`, `reject-observer`, `approve-member`, `suspend-member`,
    /// `reinstate-member`, `renew-member`, `expel-member`, `grant-admin`, `revoke-admin`, `disable-account`; or `none`.
    #[arg(
        long,
        env = "BALAI_FOUR_EYES",
        value_name = "ACTIONS",
        default_value = "reject-full-member,expel-member,grant-admin",
        global = true
    )]
    pub four_eyes: FourEyes,
    /// What to log, as a filter of `tracing`: `warn`, `info`, `debug`, `info,sqlx=debug`.
    #[arg(long, env = "BALAI_LOG", value_name = "FILTER", default_value = "info", global = true)]
    pub log: String,
}

/// What the operator has decided of what the domain leaves open.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// What an administrator does only when another one has approved it.
    pub four_eyes: FourEyes,
    /// How long the log of changes keeps entries.
    pub retention: Retention,
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

    /// The folder of the embedded database and of letters.
    ///
    /// # Errors
    ///
    /// If the platform has no folder for data and none is set.
    pub fn data_dir(&self) -> Result<PathBuf, SettingError> {
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
