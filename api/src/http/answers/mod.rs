//! Answers that are kept: whoever may see as much and asks the same gets the same bytes, until something is changed that they
//! were made of.
mod flight;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use actix_web::web::Bytes;
use chrono::{DateTime, Days, NaiveTime, Utc};
use moka::sync::Cache;
use sea_orm::DbErr;

use self::flight::{Flight, Flights, Landed, Pilot, landed};
use super::{
    documents::Admitted,
    graphql::{Asking, run, took_too_long},
    refusal::Refusal,
    server::Service,
};
use crate::{
    config::Limit,
    db::{MadeOf, Moves, Stamp, Tables},
    domain::opportunities::next_closing,
};

const MEGABYTE: u64 = 1024 * 1024;
/// What an answer takes beside its bytes and its question, by estimate.
const BESIDE: usize = 400;
/// An answer that takes more than this part of all is not kept: it would push out too many others.
const SHARE: u64 = 8;

/// The answers that are kept.
pub(super) struct Answers {
    /// None, if nothing is kept.
    kept: Option<Cache<Question, Kept>>,
    longest: usize,
    making: Flights<Question>,
    moves: Arc<Moves>,
    closing: Mutex<Option<Closing>>,
}

/// What is asked, and on behalf of whom, as far as that matters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    document: u64,
    operation: usize,
    variables: Box<str>,
    rights: Box<str>,
}

/// What is known of a question.
#[derive(Clone)]
enum Kept {
    /// Its answer.
    Answer(Arc<KeptAnswer>),
    /// It has another answer for each who asks.
    ByAsker,
    /// Its answers are not kept.
    Never,
}

/// An answer without errors.
pub(super) struct KeptAnswer {
    /// The body, in JSON.
    pub(super) body: Bytes,
    /// The tag of the body, once somebody has asked for it.
    pub(super) tag: OnceLock<String>,
    /// What it did cost, in points.
    pub(super) spent: usize,
    tables: Tables,
    since: Stamp,
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

/// From when to when no opportunity closes.
#[derive(Clone, Copy)]
struct Closing {
    since: Stamp,
    from: DateTime<Utc>,
    next: Option<DateTime<Utc>>,
}

/// What is answered.
pub(super) enum Answered {
    /// With what was kept, or is.
    Kept(Arc<KeptAnswer>),
    /// With what was made for this request.
    Made(Box<async_graphql::Response>),
}

impl Answered {
    fn made(response: async_graphql::Response) -> Self {
        Self::Made(Box::new(response))
    }
}

impl Answers {
    /// None yet, and never more than these megabytes.
    pub(super) fn new(megabytes: u32, moves: Arc<Moves>) -> Self {
        let most = u64::from(megabytes) * MEGABYTE;
        let weigh = |question: &Question, kept: &Kept| {
            let body = if let Kept::Answer(answer) = kept { answer.body.len() } else { 0 };
            u32::try_from(body + question.variables.len() + question.rights.len() + BESIDE).unwrap_or(u32::MAX)
        };
        let kept = (most > 0).then(|| Cache::builder().weigher(weigh).max_capacity(most).build());
        let longest = usize::try_from(most / SHARE).unwrap_or(usize::MAX);
        Self { kept, longest, making: Flights::default(), moves, closing: Mutex::default() }
    }

    /// What is known of a question: nothing, if something was changed since, or may have been.
    fn known(&self, question: &Question, now: DateTime<Utc>) -> Option<Kept> {
        let kept = self.kept.as_ref()?.get(question)?;
        match &kept {
            Kept::Answer(answer) => answer.holds(&self.moves, now).then_some(kept),
            Kept::ByAsker | Kept::Never => Some(kept),
        }
    }

    fn keep(&self, question: Question, kept: Kept) {
        if let Some(all) = &self.kept {
            all.insert(question, kept);
        }
    }
}

impl KeptAnswer {
    fn holds(&self, moves: &Moves, now: DateTime<Utc>) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until) && moves.are_still(self.tables, self.since)
    }
}

impl Question {
    fn of(admitted: &Admitted, rights: String) -> Option<Self> {
        let (document, operation) = admitted.identity();
        let variables = serde_json::to_string(&admitted.variables).ok()?.into();
        Some(Self { document, operation, variables, rights: rights.into() })
    }
}

/// Answers a request that only reads: with what is kept, or with what is made now and then kept.
pub(super) async fn answer(service: &Service, asking: Asking<'_>, admitted: &Admitted) -> Result<Answered, Refusal> {
    let answers = &service.front.answers;
    let alone = || async { Ok(Answered::made(run(service, asking, admitted, None).await?.unwrap_or_default())) };
    if answers.kept.is_none() || !answers.moves.are_followed() {
        return alone().await;
    }
    let (mut rights, mut own) = (asking.viewer.shared_rights(), false);
    loop {
        let Some(question) = Question::of(admitted, rights.clone()) else { return alone().await };
        match answers.known(&question, service.clock.now()) {
            Some(Kept::Answer(answer)) => {
                tell("kept");
                return Ok(Answered::Kept(answer));
            }
            Some(Kept::ByAsker) if !own => {
                (rights, own) = (asking.viewer.rights(), true);
                continue;
            }
            Some(Kept::ByAsker | Kept::Never) => {
                tell("never_kept");
                return alone().await;
            }
            None => {}
        }
        match answers.making.board(&question) {
            Flight::Own(pilot) => {
                tell("made");
                return made(service, asking, admitted, (question, own), pilot).await;
            }
            Flight::Others(told) => {
                let limits = &service.front.limits;
                match limits.in_time(Limit::Seconds, limits.seconds, landed(told)).await {
                    Some(Landed::LookAgain) => {}
                    Some(Landed::Alone) => return alone().await,
                    None => return Err(took_too_long(limits)),
                }
            }
        }
    }
}

fn tell(outcome: &'static str) {
    metrics::counter!("balai_answers_total", "answer" => outcome).increment(1);
}

/// Makes an answer, and keeps it if it is one to be kept.
async fn made(
    service: &Service,
    asking: Asking<'_>,
    admitted: &Admitted,
    (question, own): (Question, bool),
    pilot: Pilot<'_, Question>,
) -> Result<Answered, Refusal> {
    let answers = &service.front.answers;
    let (since, from) = (answers.moves.now(), service.clock.now());
    let made_of = Arc::new(MadeOf::nothing(asking.viewer.names()));
    let db = asking.db.noting(Arc::clone(&made_of));
    let ran = run(service, Asking { db: &db, ..asking }, admitted, None).await;
    let response = match ran {
        Ok(response) => response.unwrap_or_default(),
        Err(refusal) => {
            pilot.land(Landed::Alone);
            return Err(refusal);
        }
    };
    if !response.errors.is_empty() || !response.http_headers.is_empty() {
        pilot.land(Landed::Alone);
        return Ok(Answered::made(response));
    }
    if made_of.depends_on_moment() || !made_of.tables().are_logged() {
        answers.keep(question, Kept::Never);
        pilot.land(Landed::Alone);
        return Ok(Answered::made(response));
    }
    let (Ok(until), Some(body)) = (until(service, &made_of, (since, from)).await, body(&response)) else {
        pilot.land(Landed::Alone);
        return Ok(Answered::made(response));
    };
    let spent = admitted.spent(&response.data);
    let tables = made_of.tables();
    let answer = Arc::new(KeptAnswer { body, tag: OnceLock::new(), spent, tables, since, from, until });
    if answer.body.len() > answers.longest {
        pilot.land(Landed::Alone);
        return Ok(Answered::Kept(answer));
    }
    if made_of.depends_on_asker() && !own {
        if let Some(question) = Question::of(admitted, asking.viewer.rights()) {
            answers.keep(question, Kept::Answer(Arc::clone(&answer)));
        }
        answers.keep(question, Kept::ByAsker);
    } else {
        answers.keep(question, Kept::Answer(Arc::clone(&answer)));
    }
    pilot.land(Landed::LookAgain);
    Ok(Answered::Kept(answer))
}

fn body(response: &async_graphql::Response) -> Option<Bytes> {
    #[derive(serde::Serialize)]
    struct Body<'response> {
        data: &'response async_graphql::Value,
    }
    Some(serde_json::to_vec(&Body { data: &response.data }).ok()?.into())
}

/// Until when an answer holds, if nothing is changed.
async fn until(
    service: &Service,
    made_of: &MadeOf,
    (since, from): (Stamp, DateTime<Utc>),
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let midnight = || (from.date_naive() + Days::new(1)).and_time(NaiveTime::MIN).and_utc();
    let day = made_of.depends_on_day().then(midnight);
    if !made_of.depends_on_closing() {
        return Ok(day);
    }
    let closing = service.front.answers.closing(service, (since, from)).await?;
    Ok(day.into_iter().chain(closing).min())
}

impl Answers {
    /// When the next opportunity closes after a moment that has just been.
    async fn closing(
        &self,
        service: &Service,
        (since, from): (Stamp, DateTime<Utc>),
    ) -> Result<Option<DateTime<Utc>>, DbErr> {
        let known = *self.closing.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |known: &Closing| {
            known.from <= from
                && known.next.is_none_or(|next| from < next)
                && self.moves.are_still(Tables::named("opportunity"), known.since)
        };
        if let Some(known) = known.filter(holds) {
            return Ok(known.next);
        }
        let next = next_closing(&service.db, from).await?;
        *self.closing.lock().unwrap_or_else(PoisonError::into_inner) = Some(Closing { since, from, next });
        Ok(next)
    }
}
