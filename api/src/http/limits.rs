//! The limits: what is too much is counted, told, and refused, or only told where the settings say so.
use actix_web::http::StatusCode;
use clap::ValueEnum as _;
use tokio::time::{Duration, Instant, timeout};

use super::refusal::Refusal;
use crate::{
    config::{Limit, Limits},
    graphql::{Described, ErrorCode},
};

/// Brackets nested deeper than this are refused whatever the settings say: the parser's stack has an end.
const NESTING: usize = 200;

impl Limits {
    /// Whether what is past this limit is refused; it is counted and logged either way.
    pub(super) fn enforces(&self, limit: Limit) -> bool {
        let enforced = !self.warn_only.contains(&limit);
        let outcome = if enforced { "refused" } else { "warned" };
        metrics::counter!("balai_limits_passed_total", "limit" => name(limit), "outcome" => outcome).increment(1);
        // Refusals are what limits are for, and as many as somebody likes; what is let through is for the operator to see.
        if enforced {
            tracing::debug!(limit = name(limit), "a request is past a limit, and refused");
        } else {
            tracing::warn!(limit = name(limit), "a request is past a limit, and let through");
        }
        enforced
    }

    /// Refuses a document that has more of something than it may have.
    pub(super) fn check(&self, limit: Limit, found: usize) -> Result<(), Refusal> {
        let (most, code, what) = match limit {
            Limit::Nesting => (self.nesting.min(NESTING), ErrorCode::NestingTooDeep, "levels of brackets"),
            Limit::Tokens => (self.tokens, ErrorCode::TooManyTokens, "tokens"),
            Limit::Depth => (self.depth, ErrorCode::QueryTooDeep, "levels of fields"),
            Limit::Aliases => (self.aliases, ErrorCode::TooManyAliases, "names for one field in one place"),
            Limit::RootFields => (self.root_fields, ErrorCode::TooManyRootFields, "fields at the root"),
            Limit::Directives => (self.directives, ErrorCode::TooManyDirectives, "directives"),
            Limit::Cost => (self.cost as usize, ErrorCode::CostExceeded, "points of cost"),
            Limit::Body
            | Limit::Errors
            | Limit::Seconds
            | Limit::BodySeconds
            | Limit::Requests
            | Limit::Budget
            | Limit::Connections
            | Limit::Operations => return Ok(()),
        };
        // What the parser's stack could not bear is refused before it is asked whether to warn.
        let bottomless = limit == Limit::Nesting && found > NESTING;
        if found <= most || !(bottomless || self.enforces(limit)) {
            return Ok(());
        }
        let message = format!("the query has {found} {what}, and may have {most}; ask for less at once");
        Err(Refusal::of_document(vec![Described::new(code, message)]))
    }

    /// What comes of some work, if it is done within so many seconds.
    pub(super) async fn in_time<T>(&self, limit: Limit, seconds: u64, work: impl Future<Output = T>) -> Option<T> {
        let (started, patience) = (Instant::now(), Duration::from_secs(seconds));
        let done = if self.warn_only.contains(&limit) { Some(work.await) } else { timeout(patience, work).await.ok() };
        if done.is_none() || started.elapsed() > patience {
            self.enforces(limit);
        }
        done
    }

    /// What to answer to a body that is too large.
    pub(super) fn too_large(&self) -> Refusal {
        let message = format!("a request may have {} bytes", self.body);
        Refusal::of_request(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BodyTooLarge, message)
    }
}

/// As the settings name it.
fn name(limit: Limit) -> String {
    limit.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
