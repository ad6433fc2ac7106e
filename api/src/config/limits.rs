//! How much a request may be: the settings of the limits.
use std::num::NonZeroU32;

use clap::{Args, ValueEnum};

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
    /// The connections of an address that stay open.
    Connections,
    /// The operations that go on over one connection.
    Operations,
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
    /// How large the body of an agency's machine may be, in bytes.
    #[arg(
        long = "limit-agency-body",
        env = "BALAI_LIMIT_AGENCY_BODY",
        value_name = "BYTES",
        default_value = "4194304",
        global = true
    )]
    pub agency_body: usize,
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
    /// What one answer to an agency's machine may cost.
    #[arg(
        long = "limit-agency-cost",
        env = "BALAI_LIMIT_AGENCY_COST",
        value_name = "POINTS",
        default_value = "50000",
        global = true
    )]
    pub agency_cost: u32,
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
    /// How many connections that stay open an address may have: each is a WebSocket or a stream of events.
    #[arg(
        long = "limit-connections",
        env = "BALAI_LIMIT_CONNECTIONS",
        value_name = "NUMBER",
        default_value = "100",
        global = true
    )]
    pub connections: usize,
    /// How many operations may go on at once over a WebSocket.
    #[arg(
        long = "limit-operations",
        env = "BALAI_LIMIT_OPERATIONS",
        value_name = "NUMBER",
        default_value = "20",
        global = true
    )]
    pub operations: usize,
    /// How many seconds a client may take to take what is sent to it.
    #[arg(long = "limit-send-seconds", env = "BALAI_LIMIT_SEND_SECONDS", value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=3600), global = true)]
    pub send_seconds: u64,
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
