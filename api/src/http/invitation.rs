//! `/link/invitation/{token}`: the page on which whoever is invited accepts.
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use entity::vocabulary::Role;
use serde::Deserialize;

use super::{
    bearer::caller,
    link::{answer, too_many, trouble},
    server::Service,
};
use crate::{
    domain::{
        invitations::{Accepting, Offer, join, offer},
        sessions::Entry,
    },
    error::Fault,
};

#[derive(Template)]
#[template(path = "invitation.html")]
struct Page<'a> {
    /// What there is to accept, if the link is good.
    offer: Option<&'a Offer>,
    done: bool,
    /// Whether the role waits for a second administrator.
    waits: bool,
    name: &'a str,
    faults: &'a [Fault],
}

impl Page<'_> {
    /// A link that is good no more.
    const CLOSED: Page<'static> = Page { offer: None, done: false, waits: false, name: "", faults: &[] };
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Filled {
    name: Option<String>,
    password: String,
}

/// The page, empty.
pub(super) async fn show(service: web::Data<Service>, request: HttpRequest, token: web::Path<String>) -> HttpResponse {
    if let Some(refusal) = too_many(&service, &request) {
        return refusal;
    }
    let caller = caller(&service, &request);
    let entry = Entry { db: &service.db, now: service.clock.now(), caller: &caller, rules: service.front.rules };
    match offer(entry, &token).await {
        Ok(Some(found)) => answer(StatusCode::OK, &Page { offer: Some(&found), name: &found.name, ..Page::CLOSED }),
        Ok(None) => answer(StatusCode::NOT_FOUND, &Page::CLOSED),
        Err(error) => trouble(&error),
    }
}

/// The page, filled in.
pub(super) async fn take(
    service: web::Data<Service>,
    request: HttpRequest,
    token: web::Path<String>,
    filled: web::Form<Filled>,
) -> HttpResponse {
    if let Some(refusal) = too_many(&service, &request) {
        return refusal;
    }
    let Filled { name, password } = filled.into_inner();
    let caller = caller(&service, &request);
    let entry = Entry { db: &service.db, now: service.clock.now(), caller: &caller, rules: service.front.rules };
    let found = match offer(entry, &token).await {
        Ok(Some(found)) => found,
        Ok(None) => return answer(StatusCode::NOT_FOUND, &Page::CLOSED),
        Err(error) => return trouble(&error),
    };
    let told = name.clone().unwrap_or_default();
    let accepting = Accepting { token: token.into_inner(), name, password: Some(password), viewer: None };
    match join(entry, accepting).await {
        Ok(Ok(waits)) => answer(StatusCode::OK, &Page { done: true, waits, ..Page::CLOSED }),
        Ok(Err(faults)) => {
            let page = Page { offer: Some(&found), name: &told, faults: &faults, ..Page::CLOSED };
            answer(StatusCode::BAD_REQUEST, &page)
        }
        Err(error) => trouble(&error),
    }
}
