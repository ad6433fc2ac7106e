//! `Idempotency-Key` (<https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>): a mutation that is
//! sent again, because its answer was lost, is not done again.
use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use actix_web::{
    HttpRequest,
    http::{StatusCode, header::RETRY_AFTER},
};
use serde_json::json;

use super::{documents::Admitted, graphql::unavailable_for, refusal::Refusal, server::Service};
use crate::{
    access::{Viewer, hash_of},
    db::{Before, Once, Turns},
    error::Error,
    graphql::{Described, ErrorCode},
    schema::is_repeatable,
};

const HEADER: &str = "idempotency-key";
/// How long a key may be.
const LONGEST: usize = 255;
/// When to try again while the first request runs, in seconds.
const BACK_IN: &str = "1";

/// The keys whose requests this process is running.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<HashSet<String>>);

/// That a request is the one of its key that runs: until it is dropped.
struct Turn<'running> {
    running: &'running Running,
    key: String,
}

impl Running {
    fn take(&self, key: &str) -> Option<Turn<'_>> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.to_owned()).then(|| Turn { running: self, key: key.to_owned() })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// The connections that a request is run on, and its turn, if it has a key.
pub(super) struct Held<'running> {
    pub(super) db: Turns,
    _turn: Option<Turn<'running>>,
}

/// Looks up what came of a request, if it has a key and was run before. Queries may have one, which says nothing.
pub(super) async fn held<'service>(
    service: &'service Service,
    request: &HttpRequest,
    viewer: &Viewer,
    (admitted, text, as_events): (&Admitted, &str, bool),
) -> Result<Held<'service>, Refusal> {
    let whatever = Held { db: service.db.clone(), _turn: None };
    if admitted.reads() {
        return Ok(whatever);
    }
    let Some(key) = key_of(request)? else { return Ok(whatever) };
    if as_events {
        return Err(Refusal::malformed("an `Idempotency-Key` is for an answer in JSON: let `Accept` take one"));
    }
    let [mutation] = admitted.mutations() else {
        return Err(Refusal::malformed("an `Idempotency-Key` is for one mutation: send each in a request of its own"));
    };
    if !is_repeatable(mutation) {
        let message = format!("the answer of `{mutation}` is not kept: send it without `Idempotency-Key`");
        return Err(Refusal::malformed(message));
    }
    let whose = match viewer {
        Viewer::Account(person) => format!("account {} {key}", person.account),
        Viewer::Agency(machine) => format!("agency {} {key}", machine.client),
        Viewer::Anonymous => {
            return Err(Refusal::malformed("an `Idempotency-Key` is one's own: send an access token along"));
        }
    };
    let mut asked = json!([whose, text, admitted.name(), admitted.variables]);
    asked.sort_all_objects();
    let once = Once { key: hash_of(&whose), request: hash_of(&asked.to_string()), now: service.clock.now() };
    let turn = service.front.running.take(&once.key);
    let busy = || Described::new(ErrorCode::IdempotencyInProgress, Error::InProgress.to_string());
    let turn = turn.ok_or_else(|| in_progress(busy()))?;
    let done = match once.before(&service.db).await.map_err(|cause| unavailable_for(&cause.into()))? {
        Before::Never => None,
        Before::Same(subject) => Some(subject),
        Before::Other => {
            let message = "this `Idempotency-Key` was used for another request: take a new one for a new request";
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Refusal::of_request(status, ErrorCode::IdempotencyKeyReused, message));
        }
    };
    Ok(Held { db: service.db.once(once, done), _turn: Some(turn) })
}

/// What to answer while the same request runs elsewhere.
pub(super) fn in_progress(error: Described) -> Refusal {
    let mut refusal = Refusal::of_request(StatusCode::CONFLICT, error.code(), "");
    refusal.errors = vec![error];
    refusal.with(RETRY_AFTER, BACK_IN)
}

/// The key that a request tells.
fn key_of(request: &HttpRequest) -> Result<Option<String>, Refusal> {
    let mut told = request.headers().get_all(HEADER);
    let Some(first) = told.next() else { return Ok(None) };
    let key = first.to_str().ok().and_then(read).filter(|_| told.next().is_none());
    let example = "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"";
    let message = || format!("`Idempotency-Key` must be one string of 1 to {LONGEST} signs, such as {example}");
    key.map(Some).ok_or_else(|| Refusal::malformed(message()))
}

/// A string as RFC 9651 has it (section 3.3.3), or a word without the quotation marks.
fn read(value: &str) -> Option<String> {
    let value = value.trim();
    let is_word = |sign: char| sign.is_ascii_graphic() && !"\",;\\".contains(sign);
    let key = match value.strip_prefix('"') {
        Some(rest) => unquoted(rest.strip_suffix('"')?)?,
        None => value.chars().all(is_word).then(|| value.to_owned())?,
    };
    (1..=LONGEST).contains(&key.len()).then_some(key)
}

fn unquoted(inside: &str) -> Option<String> {
    let (mut key, mut signs) = (String::with_capacity(inside.len()), inside.chars());
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => key.push(signs.next().filter(|escaped| ['"', '\\'].contains(escaped))?),
            '"' => return None,
            ' '..='~' => key.push(sign),
            _ => return None,
        }
    }
    Some(key)
}
