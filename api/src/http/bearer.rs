//! Who asks, by the credentials that come along.
use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{AUTHORIZATION, USER_AGENT, WWW_AUTHENTICATE},
    },
};

use super::{client, graphql::unavailable_for, refusal::Refusal, server::Service};
use crate::{
    access::{Caller, Viewer},
    domain::{authentication::authenticate, sessions::COOKIE},
    graphql::ErrorCode,
};

/// Who asks: nobody in particular without credentials. Credentials that are not good are refused, and not left aside.
pub(super) async fn viewer(service: &Service, request: &HttpRequest) -> Result<Viewer, Refusal> {
    holder(service, token(request)?.as_deref()).await
}

/// The token that comes with a request, if one does.
pub(super) fn token(request: &HttpRequest) -> Result<Option<String>, Refusal> {
    let mut told = request.headers().get_all(AUTHORIZATION);
    let Some(first) = told.next() else { return Ok(None) };
    match (first.to_str().ok().and_then(bearer), told.next()) {
        (Some(token), None) => Ok(Some(token.to_owned())),
        _ => Err(refused()),
    }
}

/// Who holds a token now: nobody in particular, if there is none.
pub(super) async fn holder(service: &Service, token: Option<&str>) -> Result<Viewer, Refusal> {
    let Some(token) = token else { return Ok(Viewer::Anonymous) };
    match authenticate(&service.db, &service.front.identity, token, service.clock.now()).await {
        Ok(Some(viewer)) => Ok(viewer),
        Ok(None) => Err(refused()),
        Err(error) => Err(unavailable_for(&error)),
    }
}

/// The token of `Bearer …` (RFC 6750).
pub(super) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

pub(super) fn refused() -> Refusal {
    let message = "the access token is not valid: ask without one, or with one that is";
    Refusal::of_request(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, message)
        .with(WWW_AUTHENTICATE, r#"Bearer realm="Balai", error="invalid_token""#)
}

/// Who sent a request, for what signs them in.
pub(super) fn caller(service: &Service, request: &HttpRequest) -> Caller {
    Caller {
        address: client::address(request, &service.front.proxies),
        agent: request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).map(ToOwned::to_owned),
        cookie: request.cookie(COOKIE).map(|cookie| cookie.value().to_owned()).filter(|token| !token.is_empty()),
        identity: std::sync::Arc::clone(&service.front.identity),
    }
}
