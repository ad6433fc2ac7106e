//! Which pages may ask from a browser: none that the person at the browser does not mean to ask (CSRF), and from other
//! origins those that the settings name (CORS).
use actix_cors::Cors;
use actix_web::{
    HttpRequest,
    http::{
        Method, StatusCode,
        header::{ETAG, HOST, HeaderName, ORIGIN, RETRY_AFTER},
    },
};
use url::Url;

use super::{refusal::Refusal, request::is_json};
use crate::graphql::ErrorCode;

/// Headers that browsers let a page set only after asking the service.
const PREFLIGHT: [&str; 2] = ["graphql-require-preflight", "apollo-require-preflight"];

/// Refuses what a page of another site may have made a browser send without asking: see
/// <https://www.apollographql.com/docs/apollo-server/security/cors#preventing-cross-site-request-forgery-csrf>.
pub(super) fn check(request: &HttpRequest) -> Result<(), Refusal> {
    let asked_first = is_json(request) || PREFLIGHT.iter().any(|name| request.headers().contains_key(*name));
    let elsewhere = request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if asked_first || (request.method() == Method::GET && !elsewhere) {
        return Ok(());
    }
    // A body of another type is refused as such, with the type that is right.
    if request.method() == Method::POST {
        return Ok(());
    }
    let message = "a page of another site asks: send `GraphQL-Require-Preflight: 1` along";
    Err(Refusal::of_request(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message))
}

/// Refuses a socket to a page of another site, unless the settings name it: browsers do not ask before they open one, and
/// tell the page's origin. What is no browser tells none.
pub(super) fn check_socket(request: &HttpRequest, origins: &[String], own: &str) -> Result<(), Refusal> {
    let mut told = request.headers().get_all(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let known = |origin: &str| {
        let of_host = origin.split_once("://").map(|(_, host)| host);
        (host.is_some() && of_host == host)
            || origins.iter().any(|known| known == origin)
            || Url::parse(own).is_ok_and(|own| own.origin().ascii_serialization() == origin)
    };
    if told.all(known) {
        return Ok(());
    }
    let message = "a page of another site asks, which the service's settings do not name";
    Err(Refusal::of_request(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message))
}

/// What browsers are told that ask for a page of another origin.
pub(super) fn cors(origins: &[String]) -> Cors {
    let cors = origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    let told = ["ratelimit", "ratelimit-policy"].map(HeaderName::from_static);
    cors.allowed_methods([Method::GET, Method::POST])
        .allow_any_header()
        .expose_headers(told.into_iter().chain([ETAG, RETRY_AFTER]))
        .max_age(3600)
}
