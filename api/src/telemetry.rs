//! What the service says about itself: its log, on the standard error.
use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// What libraries say that nobody needs, unless the setting asks for it.
const QUIET: &str = "sea_orm_migration=warn,sqlx=warn,actix_server=warn,actix_http=off";

/// Starts the log.
///
/// # Errors
///
/// If the filter cannot be read.
pub fn start(filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(format!("{QUIET},{filter}")).map_err(|_| {
        format!("BALAI_LOG cannot be read: {filter:?} is not a filter such as `info` or `info,sqlx=debug`")
    })?;
    // A second start, as tests in one process make it, keeps the first log.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    Ok(())
}
