//! The GraphQL endpoint, as GraphQL over HTTP has it (<https://graphql.github.io/graphql-over-http/draft/>): what is
//! checked, in which order, before a request is run.
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{ALLOW, ContentType, HeaderName, RETRY_AFTER},
    },
    web,
};
use async_graphql::{Request, Response};
use chrono::SecondsFormat;
use tokio::time::{Duration, Instant};

use super::{
    answer::{Answer, Cost, Quota, at_most},
    bearer, client,
    documents::Admitted,
    idempotency::{self, Held},
    negotiation::Media,
    origin,
    rates::{Left, Spender},
    refusal::Refusal,
    request::Parameters,
    server::Service,
};
use crate::{
    access::{Caller, Reading, Viewer},
    config::Limit,
    db::Turns,
    error::Error,
    graphql::{Batch, Described, ErrorCode, described},
    schema::sdl,
};

/// A client that sends this header is told what its answer cost.
const TELL_COST: &str = "graphql-include-cost";
/// For how long a request that met a lost connection is tried again: the database may be back, or never have gone.
const PATIENCE: Duration = Duration::from_millis(400);
/// When to try again that finds no database, in seconds.
const BACK_IN: &str = "2";

/// `/graphql`: answers a request.
pub(super) async fn serve(service: web::Data<Service>, request: HttpRequest, body: web::Payload) -> HttpResponse {
    let started = Instant::now();
    let mut quota = Quota::default();
    let media = Media::of(&request);
    let answer = answered(&service, &request, (media, body), &mut quota).await;
    let media = media.unwrap_or_default();
    let answer = answer.unwrap_or_else(|refusal| Answer::of_refusal(refusal, media, &service.front.limits));
    let response = answer.into_response(&request, media, quota);
    let status = response.status().as_u16().to_string();
    metrics::counter!("balai_graphql_requests_total", "status" => status).increment(1);
    metrics::histogram!("balai_graphql_request_seconds").record(started.elapsed());
    response
}

async fn answered(
    service: &Service,
    request: &HttpRequest,
    (media, body): (Option<Media>, web::Payload),
    quota: &mut Quota,
) -> Result<Answer, Refusal> {
    let front = &service.front;
    let address = client::address(request, &front.proxies);
    quota.requests = Some(front.rates.request(address));
    quota.allow(&front.limits)?;
    if media.is_none() {
        return Err(Refusal::of_request(
            StatusCode::NOT_ACCEPTABLE,
            ErrorCode::NotAcceptable,
            "answers are application/graphql-response+json or application/json: `Accept` must take one of them",
        ));
    }
    let viewer = bearer::viewer(service, request).await?;
    let limits = front.limits_of(&viewer);
    let reading = request.method() == Method::GET;
    if !reading && request.method() != Method::POST {
        return Err(Refusal::wrong_method("GET, POST", "this address takes GET and POST"));
    }
    origin::check(request)?;
    let mut parameters = if reading {
        Parameters::of_address(request, limits)?
    } else {
        Parameters::of_body(request, body, limits).await?
    };
    // A body may take its time: what was taken away meanwhile is gone.
    let viewer = bearer::viewer(service, request).await?;
    let document = front.persisted.document(&mut parameters)?;
    let name = parameters.operation_name.as_deref();
    let admitted = front.documents.admit(&document.text, name, parameters.variables, reading, limits)?;
    if admitted.introspects() && !front.introspection {
        let message = "the schema is not told in answers here: get it from /graphql/schema.graphql";
        return Err(Refusal::of_document(vec![Described::new(ErrorCode::GraphqlValidationFailed, message)]));
    }
    let held = idempotency::held(service, request, &viewer, (&admitted, &document.text)).await?;
    front.persisted.keep(document);
    let left = front.rates.spend(Spender::of(&viewer, address), admitted.cost);
    quota.cost = Some(left);
    quota.allow(&front.limits)?;
    let public = viewer == Viewer::Anonymous;
    let caller = bearer::caller(service, request);
    let response = run(service, (&viewer, &caller, &held), &admitted).await?;
    let headers = told(&response);
    let cost = request.headers().contains_key(TELL_COST).then(|| cost(service, &admitted, &response, left));
    let errors: Vec<_> = response.errors.into_iter().map(described).collect();
    // Looked for among all of them: it may not be one of those that are told.
    if let Some(error) = errors.iter().find(|error| error.code() == ErrorCode::Unavailable) {
        return Err(unavailable(error.clone()));
    }
    if let Some(error) = errors.iter().find(|error| error.code() == ErrorCode::IdempotencyInProgress) {
        return Err(idempotency::in_progress(error.clone()));
    }
    Ok(Answer::of_run(response.data, at_most(errors, &front.limits), cost, public).with(headers))
}

/// Who asks, and the connections for it.
type Asking<'request> = (&'request Viewer, &'request Caller, &'request Held<'request>);

/// Runs an operation, for as long as it may take.
async fn run(service: &Service, asking: Asking<'_>, admitted: &Admitted) -> Result<Response, Refusal> {
    let limits = &service.front.limits;
    let answered = limits.in_time(Limit::Seconds, limits.seconds, until_reached(service, asking, admitted)).await;
    answered.ok_or_else(|| {
        let message = format!("the answer took longer than {} s; ask for less at once", limits.seconds);
        Refusal::of_request(StatusCode::GATEWAY_TIMEOUT, ErrorCode::Timeout, message)
    })
}

/// A database that was started anew leaves connections behind that are of no use: each is met once.
async fn until_reached(service: &Service, (viewer, caller, held): Asking<'_>, admitted: &Admitted) -> Response {
    let started = Instant::now();
    loop {
        let mut request = Request::new("").variables(admitted.variables.clone());
        request.operation_name = admitted.name().map(ToOwned::to_owned);
        request.set_parsed_query(admitted.document.parsed.clone());
        let response = execute(service, (viewer, &held.db), request.data(caller.clone())).await;
        let lost = response.errors.iter().any(|error| matches!(error.source::<Error>(), Some(Error::Unavailable(_))));
        // What changes data may have been done before the connection was lost.
        if !lost || !admitted.reads() || started.elapsed() > PATIENCE {
            return response;
        }
    }
}

/// Runs a request on behalf of whoever sent it.
pub(super) async fn execute(service: &Service, (viewer, db): (&Viewer, &Turns), request: Request) -> Response {
    let reading = Reading { db: db.clone(), viewer: viewer.clone(), now: service.clock.now() };
    service.schema.execute(request.data(Batch::loader(reading))).await
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

fn cost(service: &Service, admitted: &Admitted, response: &Response, left: Left) -> Cost {
    Cost {
        requested: admitted.cost,
        actual: admitted.spent(&response.data),
        limit: left.limit,
        remaining: left.remaining,
        reset_at: (service.clock.now() + left.reset).to_rfc3339_opts(SecondsFormat::Millis, true),
    }
}

impl Refusal {
    fn wrong_method(allowed: &'static str, message: &str) -> Self {
        Self::of_request(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed, message).with(ALLOW, allowed)
    }

    /// What changes data, or goes on, is not for GET.
    pub(super) fn not_by_get() -> Self {
        Self::wrong_method("POST", "by GET only queries are run: send this with POST")
    }
}

/// `GET /graphql/schema.graphql`: the contract.
pub(super) async fn schema() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body(sdl())
}
