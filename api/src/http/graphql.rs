//! The GraphQL endpoint.
use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, ContentType},
    web,
};
use async_graphql::{ErrorExtensionValues, Request, Response, ServerError};

use super::{nesting, server::Service};
use crate::{
    access::{Reading, Viewer},
    graphql::{Batch, described},
    schema::sdl,
};

/// How large a request may be, in bytes.
pub(super) const LARGEST: usize = 256 * 1024;

/// How deep a query and its variables may be nested: a deep query has some twenty levels.
const DEEPEST: usize = 64;

/// `POST /graphql`: answers a request.
pub(super) async fn execute(service: web::Data<Service>, body: web::Bytes) -> HttpResponse {
    let request = match serde_json::from_slice::<Request>(&body) {
        Ok(request) => request,
        Err(cause) => {
            let expected = "the body is not a GraphQL request in JSON, like {\"query\": \"{ … }\"}";
            return refused("BAD_REQUEST", format!("{expected}: {cause}"));
        }
    };
    if nesting::of_document(&request.query).max(nesting::of_variables(&request.variables)) > DEEPEST {
        return refused("TOO_DEEP", format!("the query or its variables are nested more than {DEEPEST} deep"));
    }
    let response = answer(&service, request).await;
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "private, no-store")).json(response)
}

/// A request that is not looked into.
fn refused(code: &str, message: String) -> HttpResponse {
    let mut error = ServerError::new(message, None);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    error.extensions = Some(extensions);
    HttpResponse::BadRequest().json(serde_json::json!({ "errors": [error] }))
}

/// Runs a request on behalf of whoever sent it.
pub(super) async fn answer(service: &Service, request: Request) -> Response {
    let reading = Reading { db: service.db.clone(), viewer: Viewer::Anonymous, now: service.clock.now() };
    let mut response = service.schema.execute(request.data(Batch::loader(reading))).await;
    response.errors = response.errors.into_iter().map(described).collect();
    response
}

/// `GET /graphql/schema.graphql`: the contract.
pub(super) async fn schema() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body(sdl())
}
