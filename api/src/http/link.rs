//! `/link/{secret}`: the page on which whoever has a one-time link sets a password.
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, REFERRER_POLICY, RETRY_AFTER},
    },
    web,
};
use askama::Template;
use serde::Deserialize;

use super::{bearer::caller, server::Service};
use crate::{
    domain::{
        passwords::{Chosen, choose, link},
        sessions::Entry,
    },
    error::{Error, Fault},
};

/// What the page may load, and where its form may go.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "link.html")]
struct Page<'a> {
    /// Whether there is something to fill in.
    open: bool,
    /// Whether the link makes an account.
    makes_account: bool,
    done: bool,
    email: &'a str,
    name: &'a str,
    faults: &'a [Fault],
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Filled {
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    password: String,
}

/// The page, empty.
pub(super) async fn show(service: web::Data<Service>, request: HttpRequest, secret: web::Path<String>) -> HttpResponse {
    if let Some(refusal) = too_many(&service, &request) {
        return refusal;
    }
    match link(&service.db, &secret, service.clock.now()).await {
        Ok(Some(found)) => answer(StatusCode::OK, &form(found.account_id.is_none(), "", "", &[])),
        Ok(None) => answer(StatusCode::NOT_FOUND, &CLOSED),
        Err(error) => trouble(&error),
    }
}

/// The page, filled in.
pub(super) async fn take(
    service: web::Data<Service>,
    request: HttpRequest,
    secret: web::Path<String>,
    filled: web::Form<Filled>,
) -> HttpResponse {
    if let Some(refusal) = too_many(&service, &request) {
        return refusal;
    }
    let Filled { email, name, password } = filled.into_inner();
    let now = service.clock.now();
    let makes_account = match link(&service.db, &secret, now).await {
        Ok(Some(found)) => found.account_id.is_none(),
        Ok(None) => return answer(StatusCode::NOT_FOUND, &CLOSED),
        Err(error) => return trouble(&error),
    };
    let caller = caller(&service, &request);
    let entry = Entry { db: &service.db, now, caller: &caller, rules: service.front.rules };
    let account = makes_account.then(|| (email.clone(), name.clone()));
    match choose(entry, Chosen { secret: secret.into_inner(), account, password }).await {
        Ok(Ok(())) => answer(StatusCode::OK, &Page { done: true, ..CLOSED }),
        Ok(Err(faults)) => answer(StatusCode::BAD_REQUEST, &form(makes_account, &email, &name, &faults)),
        Err(error) => trouble(&error),
    }
}

/// What to answer to an address that asks too often.
pub(super) fn too_many(service: &Service, request: &HttpRequest) -> Option<HttpResponse> {
    let wait = service.front.wait(request)?.to_string();
    Some(
        HttpResponse::TooManyRequests().insert_header((RETRY_AFTER, wait)).body("too many requests; try again later\n"),
    )
}

/// A link that is good no more.
const CLOSED: Page<'static> = Page { open: false, makes_account: false, done: false, email: "", name: "", faults: &[] };

fn form<'a>(makes_account: bool, email: &'a str, name: &'a str, faults: &'a [Fault]) -> Page<'a> {
    Page { open: true, makes_account, done: false, email, name, faults }
}

/// A page that is for whoever has a link, and for nobody else.
pub(super) fn answer(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type(ContentType::html())
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            // The address is a secret.
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(html),
        Err(cause) => {
            tracing::error!(%cause, "a page cannot be made");
            HttpResponse::InternalServerError().body("something went wrong on our side\n")
        }
    }
}

/// What to answer where the service is in trouble.
pub(super) fn trouble(error: &Error) -> HttpResponse {
    tracing::error!(%error, "a link cannot be followed");
    HttpResponse::ServiceUnavailable().body("the service cannot answer now; try again in a minute\n")
}
