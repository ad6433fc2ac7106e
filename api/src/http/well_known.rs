//! What other programs learn about tokens: the keys (RFC 7517) and the authorisation server's metadata (RFC 8414).
use actix_web::{HttpResponse, http::header::CACHE_CONTROL, web};
use entity::vocabulary::{AgencyScope, Flag as _};
use serde_json::json;

use super::server::Service;
use crate::domain::{authentication::scope_name, keys};

/// For how long the keys may be kept: less than a retired one is still taken.
const KEPT: &str = "public, max-age=300";

/// `GET /.well-known/jwks.json`.
pub(super) async fn keys(service: web::Data<Service>) -> HttpResponse {
    match keys::ring(&service.db, &service.front.identity, false, service.clock.now()).await {
        Ok(ring) => HttpResponse::Ok().insert_header((CACHE_CONTROL, KEPT)).json(ring.published()),
        Err(error) => {
            tracing::error!(%error, "the keys cannot be read");
            HttpResponse::ServiceUnavailable().json(json!({ "error": "temporarily_unavailable" }))
        }
    }
}

/// `GET /.well-known/oauth-authorization-server`.
pub(super) async fn metadata(service: web::Data<Service>) -> HttpResponse {
    let issuer = &service.front.identity.issuer;
    HttpResponse::Ok().insert_header((CACHE_CONTROL, KEPT)).json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "token_endpoint": format!("{issuer}/oauth/token"),
        "revocation_endpoint": format!("{issuer}/oauth/revoke"),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": AgencyScope::ALL.iter().copied().map(scope_name).collect::<Vec<_>>(),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["EdDSA", "ES256", "RS256"],
        "service_documentation": format!("{issuer}/docs/partner-agencies"),
    }))
}
