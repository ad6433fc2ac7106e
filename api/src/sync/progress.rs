//! How far it is, on a terminal; and what there is to say, in any case.
use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// How far it is.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Begins something.
    pub(crate) fn begin(what: &'static str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template("{spinner} {msg}: {pos} [{elapsed}]");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        Self(ProgressBar::new_spinner().with_style(style).with_message(what))
    }

    /// So many more are done.
    pub(super) fn more(&self, count: usize) {
        self.0.inc(count as u64);
    }

    /// Says something meanwhile, on the standard error.
    pub(super) fn say(&self, line: &str) {
        self.0.suspend(|| eprintln!("balai: {line}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
