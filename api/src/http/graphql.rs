//! The GraphQL endpoint, as GraphQL over HTTP has it (<https://graphql.github.io/graphql-over-http/draft/>): what is
//! checked, in which order, before a request is run.
use std::{net::IpAddr, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{ALLOW, ContentType, HeaderName, RETRY_AFTER},
    },
    web,
};
use async_graphql::{Request, Response, ServerError, dataloader::DataLoader};
use chrono::SecondsFormat;
use futures_util::StreamExt as _;
use tokio::time::{Duration, Instant};

use super::{
    answer::{Answer, Cost, Quota, at_most},
    answers::{Answered, answer},
    bearer, client,
    documents::{Admitted, Taken},
    idempotency,
    live::{Credentials, events},
    negotiation::Accepted,
    origin,
    persisted::Named,
    rates::{Left, Spender},
    refusal::{BACK_IN, Refusal},
    request::Parameters,
    server::{Front, Service},
};
use crate::{
    access::{Caller, Reading, Viewer},
    config::{Limit, Limits},
    db::Turns,
    error::Error,
    graphql::{Batch, Described, ErrorCode, described},
    schema::{Event, sdl},
};

/// A client that sends this header is told what its answer cost.
const TELL_COST: &str = "graphql-include-cost";
/// For how long a request that met a lost connection is tried again: the database may be back, or never have gone.
pub(super) const PATIENCE: Duration = Duration::from_millis(400);
/// How often it is tried at least, however long that takes: what was read may have been changed before it was read to its end.
const TRIES: usize = 4;

/// `/graphql`: answers a request.
pub(super) async fn serve(service: web::Data<Service>, request: HttpRequest, body: web::Payload) -> HttpResponse {
    let started = Instant::now();
    let mut quota = Quota::default();
    let accepted = Accepted::of(&request);
    let response = match answered(&service, &request, (accepted, body), &mut quota).await {
        Ok(Outgoing::Whole(answer)) => answer.into_response(&request, accepted.media.unwrap_or_default(), quota),
        Ok(Outgoing::Events(response)) => response,
        Err(refusal) if refusal.of_document && accepted.only_events() => {
            events::refused(refusal, &service.front.limits)
        }
        Err(refusal) => refused(&service, &request, refusal, quota),
    };
    let status = response.status().as_u16().to_string();
    metrics::counter!("balai_graphql_requests_total", "status" => status).increment(1);
    metrics::histogram!("balai_graphql_request_seconds").record(started.elapsed());
    response
}

/// Tells that a request is refused.
pub(super) fn refused(service: &Service, request: &HttpRequest, refusal: Refusal, quota: Quota) -> HttpResponse {
    let media = Accepted::of(request).media.unwrap_or_default();
    Answer::of_refusal(refusal, media, &service.front.limits).into_response(request, media, quota)
}

/// What goes out.
enum Outgoing {
    /// An answer.
    Whole(Answer),
    /// A stream of answers.
    Events(HttpResponse),
}

async fn answered(
    service: &web::Data<Service>,
    request: &HttpRequest,
    (accepted, body): (Accepted, web::Payload),
    quota: &mut Quota,
) -> Result<Outgoing, Refusal> {
    let front = &service.front;
    let address = client::address(request, &front.proxies);
    quota.requests = Some(front.rates.request(address));
    quota.allow(&front.limits)?;
    if accepted.media.is_none() && !accepted.events {
        return Err(Refusal::of_request(
            StatusCode::NOT_ACCEPTABLE,
            ErrorCode::NotAcceptable,
            "answers are application/graphql-response+json, application/json or text/event-stream: `Accept` must take \
             one of them",
        ));
    }
    let viewer = bearer::viewer(service, request).await?;
    let limits = front.limits_of(&viewer);
    let reading = request.method() == Method::GET;
    if !reading && request.method() != Method::POST {
        return Err(Refusal::wrong_method("GET, POST", "this address takes GET and POST"));
    }
    origin::check(request)?;
    let parameters = if reading {
        Parameters::of_address(request, limits)?
    } else {
        Parameters::of_body(request, body, limits).await?
    };
    // A body may take its time: what was taken away meanwhile is gone.
    let viewer = bearer::viewer(service, request).await?;
    let taken = Taken { changes: !reading, goes_on: accepted.events };
    let (admitted, document) = let_in(front, &viewer, parameters, taken)?;
    let as_events = admitted.goes_on() || accepted.only_events();
    let held = idempotency::held(service, request, &viewer, (&admitted, &document.text, as_events)).await?;
    let left = spend(front, (&viewer, address), (&admitted, document), quota)?;
    let caller = bearer::caller(service, request);
    if as_events {
        let credentials = Credentials::of(bearer::token(request)?);
        return Ok(Outgoing::Events(events::stream(service, (credentials, caller), admitted).await?));
    }
    let public = viewer == Viewer::Anonymous;
    let asking = Asking { viewer: &viewer, caller: &caller, db: &held.db };
    let tells_cost = request.headers().contains_key(TELL_COST);
    let response = if admitted.reads() {
        match answer(service, asking, &admitted).await? {
            Answered::Kept(kept) => {
                let cost = tells_cost.then(|| cost(service, (admitted.cost, kept.spent), left));
                return Ok(Outgoing::Whole(Answer::of_kept(kept, cost, public)));
            }
            Answered::Made(response) => *response,
        }
    } else {
        run(service, asking, &admitted, None).await?.unwrap_or_default()
    };
    let headers = told(&response);
    let cost = tells_cost.then(|| cost(service, (admitted.cost, admitted.spent(&response.data)), left));
    let errors: Vec<_> = response.errors.into_iter().map(described).collect();
    // Looked for among all of them: it may not be one of those that are told.
    if let Some(error) = errors.iter().find(|error| error.code() == ErrorCode::Unavailable) {
        return Err(unavailable(error.clone()));
    }
    if let Some(error) = errors.iter().find(|error| error.code() == ErrorCode::IdempotencyInProgress) {
        return Err(idempotency::in_progress(error.clone()));
    }
    let answer = Answer::of_run(response.data, at_most(errors, &front.limits), cost, public).with(headers);
    Ok(Outgoing::Whole(answer))
}

/// Lets an operation in, and takes what it may cost out of the budget of whoever asks.
pub(super) fn admit(
    service: &Service,
    (viewer, address): (&Viewer, IpAddr),
    (parameters, taken): (Parameters, Taken),
    quota: &mut Quota,
) -> Result<Admitted, Refusal> {
    let (admitted, document) = let_in(&service.front, viewer, parameters, taken)?;
    spend(&service.front, (viewer, address), (&admitted, document), quota)?;
    Ok(admitted)
}

/// Lets an operation in, if it is one that can be run.
fn let_in(
    front: &Front,
    viewer: &Viewer,
    mut parameters: Parameters,
    taken: Taken,
) -> Result<(Admitted, Named), Refusal> {
    let limits = front.limits_of(viewer);
    let document = front.persisted.document(&mut parameters)?;
    let name = parameters.operation_name.as_deref();
    let admitted = front.documents.admit(&document.text, name, parameters.variables, taken, limits)?;
    if admitted.introspects() && !front.introspection {
        let message = "the schema is not told in answers here: get it from /graphql/schema.graphql";
        return Err(Refusal::of_document(vec![Described::new(ErrorCode::GraphqlValidationFailed, message)]));
    }
    Ok((admitted, document))
}

/// Takes what an operation may cost out of the budget of whoever asks: what is left of it.
fn spend(
    front: &Front,
    (viewer, address): (&Viewer, IpAddr),
    (admitted, document): (&Admitted, Named),
    quota: &mut Quota,
) -> Result<Left, Refusal> {
    front.persisted.keep(document);
    let left = front.rates.spend(Spender::of(viewer, address), admitted.cost);
    quota.cost = Some(left);
    quota.allow(&front.limits)?;
    Ok(left)
}

/// Who asks, and the connections for it.
#[derive(Clone, Copy)]
pub(super) struct Asking<'request> {
    pub(super) viewer: &'request Viewer,
    pub(super) caller: &'request Caller,
    pub(super) db: &'request Turns,
}

/// Runs an operation, for as long as it may take. One that goes on is run for what has happened, or for nothing yet; there
/// need be no answer to that.
pub(super) async fn run(
    service: &Service,
    asking: Asking<'_>,
    admitted: &Admitted,
    happened: Option<Event>,
) -> Result<Option<Response>, Refusal> {
    let limits = &service.front.limits;
    let work = until_reached(service, asking, admitted, happened);
    let answered = limits.in_time(Limit::Seconds, limits.seconds, work).await;
    answered.ok_or_else(|| took_too_long(limits))
}

/// What to say where an answer takes too long.
pub(super) fn took_too_long(limits: &Limits) -> Refusal {
    let message = format!("the answer took longer than {} s; ask for less at once", limits.seconds);
    Refusal::of_request(StatusCode::GATEWAY_TIMEOUT, ErrorCode::Timeout, message)
}

/// A database that was started anew leaves connections behind that are of no use: each is met once. And what others change
/// while it is read may lead nowhere: then it is read as it is since.
async fn until_reached(
    service: &Service,
    asking: Asking<'_>,
    admitted: &Admitted,
    happened: Option<Event>,
) -> Option<Response> {
    let (started, mut tries) = (Instant::now(), 0);
    loop {
        tries += 1;
        let mut request = Request::new("").variables(admitted.variables.clone());
        request.operation_name = admitted.name().map(ToOwned::to_owned);
        request.set_parsed_query(admitted.document.parsed.clone());
        let request = request.data(asking.caller.clone()).data(Arc::clone(&service.front.sender));
        let request = match &happened {
            Some(event) => event.clone().told(request),
            None => request,
        };
        let response = if admitted.goes_on() {
            let loader = loader(service, asking.viewer, asking.db);
            service.schema.execute_stream(request.data(loader)).next().await
        } else {
            Some(execute(service, (asking.viewer, asking.db), request).await)
        };
        let lost = |error: &ServerError| matches!(error.source::<Error>(), Some(Error::Unavailable(_)));
        let lost = response.as_ref().is_some_and(|response| response.errors.iter().any(lost));
        // What changes data may have been done before the connection was lost.
        if !lost || !admitted.reads() || (tries >= TRIES && started.elapsed() > PATIENCE) {
            return response;
        }
    }
}

/// Runs a request on behalf of whoever sent it.
pub(super) async fn execute(service: &Service, (viewer, db): (&Viewer, &Turns), request: Request) -> Response {
    service.schema.execute(request.data(loader(service, viewer, db))).await
}

/// What looks up the data of one answer, as it is now.
fn loader(service: &Service, viewer: &Viewer, db: &Turns) -> DataLoader<Batch> {
    Batch::loader(Reading::new(db.clone(), viewer.clone(), service.clock.now(), service.front.rules))
}

/// The headers that resolvers asked for.
fn told(response: &Response) -> Vec<(HeaderName, String)> {
    // The library and the server have each a crate of their own for headers.
    let headers = response.http_headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_str().as_bytes()).ok()?, value.to_str().ok()?.to_owned()))
    });
    headers.collect()
}

/// What to answer where it cannot be found out who asks, or what was done before.
pub(super) fn unavailable_for(error: &Error) -> Refusal {
    tracing::error!(%error, "it cannot be found out who asks, or what was done before");
    let message = "the service cannot answer now; try again in a few seconds";
    unavailable(Described::new(ErrorCode::Unavailable, message))
}

fn unavailable(error: Described) -> Refusal {
    let mut refusal = Refusal::of_request(StatusCode::SERVICE_UNAVAILABLE, error.code(), "");
    refusal.errors = vec![error];
    refusal.with(RETRY_AFTER, BACK_IN)
}

fn cost(service: &Service, (requested, actual): (usize, usize), left: Left) -> Cost {
    Cost {
        requested,
        actual,
        limit: left.limit,
        remaining: left.remaining,
        reset_at: (service.clock.now() + left.reset).to_rfc3339_opts(SecondsFormat::Millis, true),
    }
}

impl Refusal {
    pub(super) fn wrong_method(allowed: &'static str, message: &str) -> Self {
        Self::of_request(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed, message).with(ALLOW, allowed)
    }

    /// What changes data is not for GET.
    pub(super) fn not_by_get() -> Self {
        Self::wrong_method("POST", "by GET only queries are run: send this with POST")
    }

    /// What goes on has no single answer.
    pub(super) fn goes_on() -> Self {
        let message = "a subscription goes on: ask with `Accept: text/event-stream`, or over a WebSocket";
        Self::of_request(StatusCode::NOT_ACCEPTABLE, ErrorCode::NotAcceptable, message)
    }
}

/// `GET /graphql/schema.graphql`: the contract.
pub(super) async fn schema() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body(sdl())
}
