//! What holds for every form that is posted: it comes in time, or is not waited for.
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::ErrorRequestTimeout,
    middleware::Next,
    web,
};

use super::server::Service;
use crate::config::Limit;

/// Has a form come, and be answered, within the time that bodies have.
pub(super) async fn in_time(
    service: web::Data<Service>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let limits = &service.front.limits;
    let answered = limits.in_time(Limit::BodySeconds, limits.body_seconds, next.call(request)).await;
    answered.unwrap_or_else(|| Err(ErrorRequestTimeout("the form did not come in time; try again\n")))
}
