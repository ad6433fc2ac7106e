//! The GraphQL endpoint.
use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, ContentType},
    web,
};
use async_graphql::{ErrorExtensionValues, Request, Response, ServerError};

use super::server::Service;
use crate::{
    access::{Reading, Viewer},
    graphql::{Batch, described},
    schema::sdl,
};

/// How large a request may be, in bytes.
pub(super) const LARGEST: usize = 256 * 1024;

/// `POST /graphql`: answers a request.
pub(super) async fn execute(service: web::Data<Service>, body: web::Bytes) -> HttpResponse {
    let request = match serde_json::from_slice::<Request>(&body) {
        Ok(request) => request,
        Err(cause) => {
            let mut error = ServerError::new(
                format!("the body is not a GraphQL request in JSON, like {{\"query\": \"{{ … }}\"}}: {cause}"),
                None,
            );
            let mut extensions = ErrorExtensionValues::default();
            extensions.set("code", "BAD_REQUEST");
            error.extensions = Some(extensions);
            return HttpResponse::BadRequest().json(serde_json::json!({ "errors": [error] }));
        }
    };
    let mut response = answer(&service, request).await;
    response.errors = response.errors.into_iter().map(described).collect();
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "private, no-store")).json(response)
}

/// Runs a request on behalf of whoever sent it.
pub(super) async fn answer(service: &Service, request: Request) -> Response {
    let reading = Reading { db: service.db.clone(), viewer: Viewer::Anonymous, now: service.clock.now() };
    service.schema.execute(request.data(Batch::loader(reading))).await
}

/// `GET /graphql/schema.graphql`: the contract.
pub(super) async fn schema() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body(sdl())
}
