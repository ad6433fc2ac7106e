//! An operation over a connection that stays open: one answer, or one each time that something happens.
use std::{net::IpAddr, sync::Arc};

use actix_web::{http::StatusCode, web};
use tokio::sync::{
    broadcast::{Receiver, error::RecvError},
    mpsc::Sender,
};

use super::{
    super::{
        answer::payload,
        documents::Admitted,
        graphql::{Asking, run, unavailable_for},
        rates::{Spender, seconds},
        refusal::Refusal,
        server::Service,
    },
    Credentials,
    watch::Cut,
};
use crate::{
    access::{Caller, Viewer},
    changes::{Position, after, is_expired},
    config::Limit,
    domain::contacts::{ContactKind, Replay},
    error::Error,
    graphql::{Described, ErrorCode, described},
    schema::Event,
};

/// How many entries of the log are told again at once.
const AT_ONCE: u64 = 500;

/// What an operation tells.
#[derive(Debug)]
pub(super) enum Told {
    /// An answer, in JSON.
    Next(String),
    /// There are no more.
    Done,
    /// There are none, or no more, for these reasons.
    Failed(Vec<Described>),
    /// The connection must end.
    Cut(Cut),
}

/// An operation that was let in, and runs.
pub(super) struct Operation {
    service: web::Data<Service>,
    credentials: Credentials,
    caller: Caller,
    admitted: Admitted,
    /// What it waits for, if it goes on, and from where on it is told first what has happened before.
    events: Option<(Receiver<Event>, Option<Position>)>,
}

/// Nobody is left to tell.
struct Alone;

impl Operation {
    /// Begins an operation: what happens from now on is not missed.
    ///
    /// # Errors
    ///
    /// If its arguments are no good, or it cannot be known what happens.
    pub(super) async fn begin(
        service: &web::Data<Service>,
        (credentials, caller): (Credentials, Caller),
        admitted: Admitted,
    ) -> Result<Self, Refusal> {
        let mut events = None;
        if admitted.goes_on() {
            let (viewer, replay) = (credentials.viewer(service).await?, Replay::default());
            let asking = Asking { viewer: &viewer, caller: &caller, db: &service.db };
            // A filter that is no good is told at once, and not when something happens.
            if let Some(response) = run(service, asking, &admitted, Some(Event::Begins(Arc::clone(&replay)))).await?
                && !response.errors.is_empty()
            {
                return Err(Refusal::of_document(response.errors.into_iter().map(described).collect()));
            }
            let listens = service.tail.listen().await.map_err(|cause| unavailable_for(&cause))?;
            events = Some((listens, replay.get().copied()));
        }
        Ok(Self { service: service.clone(), credentials, caller, admitted, events })
    }

    /// Runs it to its end.
    pub(super) async fn run(mut self, listener: Sender<Told>) {
        let told = match self.events.take() {
            Some((events, from)) => self.follow(events, from, &listener).await,
            None => self.answer(None, &listener).await.map(|end| end.unwrap_or(Told::Done)),
        };
        if let Ok(told) = told {
            // Whoever is gone need not know.
            let _ = listener.send(told).await;
        }
    }

    /// Answers each time that something happens, until it ends.
    async fn follow(
        &self,
        mut events: Receiver<Event>,
        mut from: Option<Position>,
        listener: &Sender<Told>,
    ) -> Result<Told, Alone> {
        if let Some(from) = &mut from
            && let Some(end) = self.replay(from, listener).await?
        {
            return Ok(end);
        }
        loop {
            let happened = match events.recv().await {
                Ok(happened) => happened,
                Err(RecvError::Lagged(_)) => return Ok(Told::Cut(Cut::Slow)),
                Err(RecvError::Closed) => {
                    let message = "what happens cannot be told any more; subscribe again";
                    return Ok(Told::Failed(vec![Described::new(ErrorCode::Unavailable, message)]));
                }
            };
            if from.is_some_and(|told| happened.is_before(told)) {
                continue;
            }
            if let Some(end) = self.answer(Some(happened), listener).await? {
                return Ok(end);
            }
        }
    }

    /// Answers for all that has happened since a place, and leaves the place behind it: how the operation ends, if it does.
    async fn replay(&self, place: &mut Position, listener: &Sender<Told>) -> Result<Option<Told>, Alone> {
        let cannot = |cause: &Error| Ok(Some(ended(unavailable_for(cause))));
        loop {
            let entries = match after(&self.service.db, *place, ContactKind::SUBJECTS, AT_ONCE).await {
                Ok(entries) => entries,
                Err(cause) => return cannot(&cause),
            };
            for entry in &entries {
                if let Some(event) = Event::of(entry)
                    && let Some(end) = self.answer(Some(event), listener).await?
                {
                    return Ok(Some(end));
                }
                *place = Position::behind(entry);
            }
            match is_expired(&self.service.db, *place).await {
                Err(cause) => return cannot(&cause),
                Ok(true) => return Ok(Some(Told::Cut(Cut::Slow))),
                Ok(false) if (entries.len() as u64) < AT_ONCE => return Ok(None),
                Ok(false) => {}
            }
        }
    }

    /// Answers once, as whoever is there now: how the operation ends, if it does.
    async fn answer(&self, happened: Option<Event>, listener: &Sender<Told>) -> Result<Option<Told>, Alone> {
        let viewer = match self.credentials.viewer(&self.service).await {
            Ok(viewer) => viewer,
            Err(refusal) => return Ok(Some(ended(refusal))),
        };
        let asking = Asking { viewer: &viewer, caller: &self.caller, db: &self.service.db };
        let happens = happened.is_some();
        let response = match run(&self.service, asking, &self.admitted, happened).await {
            Ok(Some(response)) => response,
            Ok(None) => return Ok(None),
            Err(refusal) => return Ok(Some(ended(refusal))),
        };
        let errors: Vec<Described> = response.errors.into_iter().map(described).collect();
        let missed = |error: &Described| matches!(error.code(), ErrorCode::Unavailable | ErrorCode::Timeout);
        if happens && errors.iter().any(missed) {
            // Whoever went on would never know of it.
            return Ok(Some(Told::Failed(errors)));
        }
        let answer = payload(Some(response.data), errors, &self.service.front.limits);
        listener.send(Told::Next(answer)).await.map_err(|_| Alone)?;
        Ok(happens.then(|| self.spent(&viewer, self.caller.address)).flatten())
    }

    /// Takes an answer's cost out of the budget; what it costs to begin was taken already.
    fn spent(&self, viewer: &Viewer, address: IpAddr) -> Option<Told> {
        let front = &self.service.front;
        let left = front.rates.spend(Spender::of(viewer, address), self.admitted.cost);
        (left.exhausted && front.limits.enforces(Limit::Budget)).then(|| {
            let wait = seconds(left.reset);
            let message = format!(
                "more than {} points of cost were asked for in a minute; subscribe again in {wait} s",
                left.limit
            );
            Told::Failed(vec![Described::new(ErrorCode::Throttled, message)])
        })
    }
}

fn ended(refusal: Refusal) -> Told {
    if refusal.status == StatusCode::UNAUTHORIZED { Told::Cut(Cut::Forbidden) } else { Told::Failed(refusal.errors) }
}
