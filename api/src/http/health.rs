//! Whether the service lives, and whether it can answer.
use std::sync::atomic::Ordering;

use actix_web::{HttpResponse, web};
use migration::{Migrator, MigratorTrait as _};

use super::server::Service;

/// `GET /livez`: the process runs.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().body("alive\n")
}

/// `GET /readyz`: the database answers, its schema is this release's, and the process is not stopping.
pub(super) async fn ready(service: web::Data<Service>) -> HttpResponse {
    let not_ready = |why: &'static str| HttpResponse::ServiceUnavailable().body(why);
    if service.front.draining.load(Ordering::Relaxed) {
        return not_ready("the service is stopping\n");
    }
    match Migrator::get_pending_migrations_read_only(&service.db).await {
        Ok(pending) if pending.is_empty() => HttpResponse::Ok().body("ready\n"),
        Ok(_) => not_ready("the database's schema is of an earlier release: run `balai migrate`\n"),
        Err(cause) => {
            tracing::warn!(%cause, "not ready");
            not_ready("the database does not answer\n")
        }
    }
}
