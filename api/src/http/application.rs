//! `/application/{secret}`: the page on which whoever has its link confirms an application for membership.
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use entity::vocabulary::MembershipTier;

use super::{
    link::{answer, too_many, trouble},
    server::Service,
};
use crate::{
    access::{Reading, Viewer},
    domain::applications::{Waiting, confirm, waiting},
    error::{Fault, FaultCode},
};

#[derive(Template)]
#[template(path = "application.html")]
struct Page {
    state: State,
}

/// Where the application stands.
enum State {
    /// It can be confirmed.
    Waits(Waiting),
    /// It was, just now.
    Confirmed,
    /// It cannot be, as things stand.
    Refused(Vec<Fault>),
    /// It was, or its time is over.
    Over,
}

/// The page, with what was applied for. Programs that look into letters open it: nothing is done yet.
pub(super) async fn show(service: web::Data<Service>, request: HttpRequest, secret: web::Path<String>) -> HttpResponse {
    if let Some(refusal) = too_many(&service, &request) {
        return refusal;
    }
    match waiting(&nobody(&service), &secret).await {
        Ok(Some(found)) => answer(StatusCode::OK, &Page { state: State::Waits(found) }),
        Ok(None) => answer(StatusCode::NOT_FOUND, &Page { state: State::Over }),
        Err(error) => trouble(&error),
    }
}

/// The page, once its button was pressed.
pub(super) async fn take(service: web::Data<Service>, request: HttpRequest, secret: web::Path<String>) -> HttpResponse {
    if let Some(refusal) = too_many(&service, &request) {
        return refusal;
    }
    let (status, state) = match confirm(&nobody(&service), &secret).await {
        Ok(Ok(_)) => (StatusCode::OK, State::Confirmed),
        Ok(Err(faults)) if faults.iter().any(|fault| fault.code == FaultCode::Expired) => {
            (StatusCode::NOT_FOUND, State::Over)
        }
        Ok(Err(faults)) => (StatusCode::CONFLICT, State::Refused(faults)),
        Err(error) => return trouble(&error),
    };
    answer(status, &Page { state })
}

fn nobody(service: &Service) -> Reading {
    Reading::new(service.db.clone(), Viewer::Anonymous, service.clock.now(), service.front.rules)
}
