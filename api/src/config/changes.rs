//! The log of changes: what is done to it by hand, and how long it keeps entries.
use clap::{Args, Subcommand};

/// What is done to the log of changes by hand, under the role that owns it.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ChangesCommand {
    /// Moves the entries that are past their time to the archive. The service itself never does.
    Compact,
    /// Says that this database was restored from a backup that the program cannot tell from the database itself: whoever
    /// follows the log would otherwise take its new entries for those that are lost.
    Epoch,
}

/// How long the log keeps entries.
#[derive(Args, Clone, Copy, Debug)]
pub struct Retention {
    /// How many days entries of the log are kept before `balai changes compact` moves them to the archive.
    #[arg(id = "change_retention_days", long = "change-retention-days", env = "BALAI_CHANGE_RETENTION_DAYS", value_name = "DAYS", default_value = "400", value_parser = clap::value_parser!(u16).range(1..), global = true)]
    pub days: u16,
}
