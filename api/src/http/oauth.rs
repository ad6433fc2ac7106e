//! How an agency's machine gets an access token (RFC 6749, section 4.4), and gives one back (RFC 7009).
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    web,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use entity::agency_client;
use serde_json::{Value, json};
use std::collections::HashMap;
use url::form_urlencoded;

use super::server::Service;
use crate::{
    access::LIFETIME,
    domain::{
        agencies::{ASSERTION, Proof, granted, is_answered_for, prove, revoke_token, scopes_of},
        authentication::{Holder, access_token, scope_name},
        keys,
    },
    error::Error,
};

/// How large a form may be, in bytes.
const LARGEST: usize = 16_384;

/// Why a request is refused, in the words of RFC 6749, section 5.2.
struct Refused {
    status: StatusCode,
    error: &'static str,
    description: String,
    wait: Option<u64>,
}

impl Refused {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: description.into(), wait: None }
    }

    fn client() -> Self {
        let description = "the client is not known, or has not proved who it is";
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new("invalid_client", description) }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "an agency's machine cannot be answered");
        let refused = Self::new("temporarily_unavailable", "the service cannot answer now; try again in a few seconds");
        Self { status: StatusCode::SERVICE_UNAVAILABLE, wait: Some(1), ..refused }
    }
}

/// `POST /oauth/token`.
pub(super) async fn token(service: web::Data<Service>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    answered(issued(&service, &request, &body).await)
}

/// `POST /oauth/revoke`.
pub(super) async fn revoke(service: web::Data<Service>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    answered(taken_back(&service, &request, &body).await)
}

fn answered(outcome: Result<Value, Refused>) -> HttpResponse {
    match outcome {
        Ok(told) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(told),
        Err(refused) => {
            let mut response = HttpResponse::build(refused.status);
            response.insert_header((CACHE_CONTROL, "no-store"));
            if refused.status == StatusCode::UNAUTHORIZED {
                response.insert_header((WWW_AUTHENTICATE, r#"Basic realm="Balai""#));
            }
            if let Some(wait) = refused.wait {
                response.insert_header((RETRY_AFTER, wait.to_string()));
            }
            response.json(json!({ "error": refused.error, "error_description": refused.description }))
        }
    }
}

async fn issued(service: &Service, request: &HttpRequest, body: &web::Bytes) -> Result<Value, Refused> {
    let form = form(service, request, body)?;
    match form.get("grant_type").map(String::as_str) {
        Some("client_credentials") => {}
        Some(_) => return Err(Refused::new("unsupported_grant_type", "the grant type must be client_credentials")),
        None => return Err(Refused::new("invalid_request", "there is no grant_type")),
    }
    let client = proved(service, request, &form).await?;
    if !is_answered_for(&service.db, client.id).await? {
        let message = "the membership of the institution that answers for the client is suspended or has ended";
        return Err(Refused::new("unauthorized_client", message));
    }
    let asked = form.get("scope").map_or("", String::as_str);
    let scopes = scopes_of(asked).and_then(|asked| granted(&client, &asked));
    let scopes = scopes.ok_or_else(|| Refused::new("invalid_scope", "the client may not do all that it asks for"))?;
    let (identity, now) = (&service.front.identity, service.clock.now());
    let token = access_token(&service.db, identity, Holder::Agency(&client, &scopes), now).await?;
    Ok(json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": LIFETIME.num_seconds(),
        "scope": scopes.into_iter().map(scope_name).collect::<Vec<_>>().join(" "),
    }))
}

async fn taken_back(service: &Service, request: &HttpRequest, body: &web::Bytes) -> Result<Value, Refused> {
    let form = form(service, request, body)?;
    let client = proved(service, request, &form).await?;
    let token = form.get("token").ok_or_else(|| Refused::new("invalid_request", "there is no token"))?;
    let (identity, now) = (&service.front.identity, service.clock.now());
    let ring = keys::ring(&service.db, identity, false, now).await?;
    revoke_token(&service.db, (&ring, identity), &client, token, now).await?;
    Ok(json!({}))
}

/// The parameters of a form, each at most once.
fn form(service: &Service, request: &HttpRequest, body: &web::Bytes) -> Result<HashMap<String, String>, Refused> {
    if let Some(wait) = service.front.wait(request) {
        let refused =
            Refused::new("slow_down", format!("too many requests came from this address; try again in {wait} s"));
        return Err(Refused { status: StatusCode::TOO_MANY_REQUESTS, wait: Some(wait), ..refused });
    }
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") || body.len() > LARGEST {
        return Err(Refused::new("invalid_request", "send a form: application/x-www-form-urlencoded"));
    }
    let mut form = HashMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if form.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Refused::new("invalid_request", "a parameter is there twice"));
        }
    }
    Ok(form)
}

/// The client that has proved to be the one that asks, in one way.
async fn proved(
    service: &Service,
    request: &HttpRequest,
    form: &HashMap<String, String>,
) -> Result<agency_client::Model, Refused> {
    let text = |name: &str| form.get(name).map(String::as_str);
    let basic = match request.headers().get(AUTHORIZATION) {
        None => None,
        Some(value) => Some(value.to_str().ok().and_then(credentials).ok_or_else(Refused::client)?),
    };
    let proof = match (&basic, text("client_secret"), text("client_assertion")) {
        (Some((id, secret)), None, None) => Proof::Secret(id, secret),
        (None, Some(secret), None) => Proof::Secret(text("client_id").unwrap_or_default(), secret),
        (None, None, Some(token)) if text("client_assertion_type") == Some(ASSERTION) => Proof::Assertion(token),
        (None, None, None) => return Err(Refused::client()),
        _ => return Err(Refused::new("invalid_request", "prove who you are in one way")),
    };
    let found = prove(&service.db, &service.front.identity, proof, service.clock.now()).await?;
    let found = found.ok_or_else(Refused::client)?;
    if text("client_id").is_some_and(|named| named != found.client_id) {
        return Err(Refused::client());
    }
    Ok(found)
}

/// The name and the secret of `Basic …`, each of which is encoded as in a form (RFC 6749, section 2.3.1).
fn credentials(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    let pair = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let pair = String::from_utf8(pair).ok()?;
    let (name, secret) = pair.split_once(':')?;
    let decoded = |text: &str| form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned());
    Some((decoded(name)?, decoded(secret)?))
}
