//! What commands print.
use std::io::Write as _;

/// Prints a line. Whoever reads may have heard enough (`balai schema | head`): that is no fault.
pub(super) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
