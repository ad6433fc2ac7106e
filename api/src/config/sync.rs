//! `balai sync`: which address book is kept in step with which network, and how.
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// How many contacts are asked for at once, if it is not said.
const PAGE: &str = "500";

/// What is done to an address book.
#[derive(Clone, Debug, Subcommand)]
pub enum SyncCommand {
    /// Brings an address book up to date with what the network says since: the first time all of it.
    Pull {
        /// The address book.
        #[command(flatten)]
        book: SyncBook,
        /// Which contacts.
        #[command(flatten)]
        filter: SyncFilter,
        /// How many contacts are asked for at once.
        #[arg(long, value_name = "NUMBER", default_value = PAGE, value_parser = clap::value_parser!(u16).range(1..=1000))]
        page: u16,
    },
    /// Pushes the address book's own entries: those that did not come from the network.
    Push {
        /// The address book.
        #[command(flatten)]
        book: SyncBook,
        /// How.
        #[command(flatten)]
        pushing: Pushing,
    },
    /// Compares the address book with what the network has, and mends what differs.
    Check {
        /// The address book.
        #[command(flatten)]
        book: SyncBook,
        /// Which contacts.
        #[command(flatten)]
        filter: SyncFilter,
        /// Only says what differs.
        #[arg(long)]
        dry_run: bool,
    },
}

/// An address book, and the network that it is kept in step with.
#[derive(Args, Clone, Debug)]
pub struct SyncBook {
    /// A folder of vCards (an existing one, or a name without an ending), a `.csv` or a `.jsonl` of JSContact cards.
    #[arg(value_name = "BOOK")]
    pub place: PathBuf,
    /// The network's address, such as `https://balai.example.org`.
    #[arg(long, value_name = "URL")]
    pub url: String,
    /// A file that nobody else can read with the machine's `client_id` and `client_secret`: as `balai agency create`
    /// prints them, or as JSON, `{"clientId": "…", "clientSecret": "…"}`.
    #[arg(long, value_name = "FILE")]
    pub credentials: PathBuf,
}

/// Which contacts an address book holds: kept with it, until it is said otherwise. One of the values of each that is given.
#[derive(Args, Clone, Debug, Default)]
pub struct SyncFilter {
    /// `PERSON` or `ORGANIZATION`.
    #[arg(long = "kind", value_name = "KIND")]
    pub kinds: Vec<String>,
    /// Of a country, such as `KR`.
    #[arg(long = "country", value_name = "CODE")]
    pub countries: Vec<String>,
    /// An institution, by its ID, and the people who hold or held a position there.
    #[arg(long = "institution", value_name = "ID")]
    pub institutions: Vec<String>,
    /// Organisations of a kind, such as `FILM_BODY`.
    #[arg(long = "institution-kind", value_name = "KIND")]
    pub institution_kinds: Vec<String>,
    /// Active in an area, such as `FILM`.
    #[arg(long = "policy-area", value_name = "AREA")]
    pub policy_areas: Vec<String>,
    /// All contacts again, whatever was chosen until now.
    #[arg(long, conflicts_with_all = ["kinds", "countries", "institutions", "institution_kinds", "policy_areas"])]
    pub all: bool,
}

/// How own entries are pushed.
#[derive(Args, Clone, Debug)]
pub struct Pushing {
    /// Looks for who is not known yet by e-mail address, among those that the machine has made.
    #[arg(long)]
    pub match_by_email: bool,
    /// What to do with an entry that the network has changed since it was last brought up to date.
    #[arg(long, value_name = "WHAT", default_value = "fail")]
    pub on_conflict: Conflict,
    /// Who may see addresses and numbers that the network does not have yet.
    #[arg(long, value_name = "WHO", default_value = "members")]
    pub visibility: SeenBy,
    /// On what it rests that the people pushed agreed to be shared with partner agencies, such as `form of 3 May 2026`.
    #[arg(long, value_name = "BASIS")]
    pub consent_basis: Option<String>,
    /// Pushes also entries that have not changed since they were pushed.
    #[arg(long)]
    pub again: bool,
    /// Only says what would come of it.
    #[arg(long)]
    pub dry_run: bool,
}

/// What to do with an entry that the network has changed, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Conflict {
    /// It fails.
    Fail,
    /// The network's stays as it is.
    Skip,
    /// The book's replaces the network's.
    Overwrite,
}

/// Who may see an address or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SeenBy {
    /// Everybody.
    Public,
    /// The network's members, and partner agencies where the person has consented.
    Members,
}
