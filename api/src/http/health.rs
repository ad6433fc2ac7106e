//! Whether the service lives, and whether it can answer.
use actix_web::{HttpResponse, web};

use super::server::Service;

/// `GET /livez`: the process runs.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().body("alive\n")
}

/// `GET /readyz`: the database answers.
pub(super) async fn ready(service: web::Data<Service>) -> HttpResponse {
    match service.db.ping().await {
        Ok(()) => HttpResponse::Ok().body("ready\n"),
        Err(cause) => {
            tracing::warn!(%cause, "not ready");
            HttpResponse::ServiceUnavailable().body("the database does not answer\n")
        }
    }
}
