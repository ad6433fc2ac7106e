//! What a client sends: the parameters of GraphQL over HTTP
//! (<https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters>), in a body or in an address.
use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    mime::{self, Mime},
    web::{Bytes, BytesMut, Payload},
};
use async_graphql::{Value, Variables};
use futures_util::StreamExt as _;
use serde::Deserialize;
use url::form_urlencoded;

use super::refusal::Refusal;
use crate::{
    config::{Limit, Limits},
    graphql::ErrorCode,
};

/// The parameters of a request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    pub(super) query: Option<String>,
    /// The name of a document that the service knows.
    pub(super) document_id: Option<String>,
    pub(super) operation_name: Option<String>,
    #[serde(default)]
    pub(super) variables: Variables,
    #[serde(default)]
    extensions: Option<Extensions>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    persisted_query: Option<PersistedQuery>,
}

/// Apollo's name for a document (<https://www.apollographql.com/docs/apollo-server/performance/apq>).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PersistedQuery {
    pub(super) version: u32,
    pub(super) sha256_hash: String,
}

impl Parameters {
    pub(super) fn persisted_query(&self) -> Option<&PersistedQuery> {
        self.extensions.as_ref()?.persisted_query.as_ref()
    }

    /// Of an address, `?query=…&variables=…`.
    pub(super) fn of_address(request: &HttpRequest, limits: &Limits) -> Result<Self, Refusal> {
        let mut found = Self::default();
        for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
            match name.as_ref() {
                "query" => found.query = Some(value.into_owned()),
                "documentId" => found.document_id = Some(value.into_owned()),
                "operationName" => found.operation_name = Some(value.into_owned()).filter(|name| !name.is_empty()),
                "variables" => found.variables = json(&name, &value)?.unwrap_or_default(),
                "extensions" => found.extensions = json(&name, &value)?,
                _ => {}
            }
        }
        found.within(limits)
    }

    /// Of a body in JSON.
    pub(super) async fn of_body(request: &HttpRequest, body: Payload, limits: &Limits) -> Result<Self, Refusal> {
        if !is_json(request) {
            let message = "the body must be JSON: send it with `content-type: application/json`";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Refusal::of_request(status, ErrorCode::UnsupportedMediaType, message));
        }
        let body = read(request, body, limits).await?;
        if body.trim_ascii_start().starts_with(b"[") {
            return Err(Refusal::malformed("several operations in one request are not taken: send one at a time"));
        }
        let found: Self = serde_json::from_slice(&body).map_err(|cause| {
            // The reader's own words may repeat what was sent; where it stopped is enough.
            let (line, column) = (cause.line(), cause.column());
            Refusal::malformed(format!(
                "the body is not a GraphQL request in JSON, such as {{\"query\": \"{{ … }}\"}}: see line {line}, \
                 column {column}"
            ))
        })?;
        found.within(limits)
    }

    /// Of a message in JSON, whose reader has said that it is an object.
    pub(super) fn of_message(message: serde_json::Value, limits: &Limits) -> Result<Self, Refusal> {
        let found: Self = serde_json::from_value(message)
            .map_err(|_| Refusal::malformed("the payload is not a GraphQL request, such as {\"query\": \"{ … }\"}"))?;
        found.within(limits)
    }

    fn within(self, limits: &Limits) -> Result<Self, Refusal> {
        limits.check(Limit::Nesting, nesting_of(&self.variables))?;
        Ok(self)
    }
}

fn json<T: for<'de> Deserialize<'de>>(name: &str, text: &str) -> Result<Option<T>, Refusal> {
    let expected = |_| Refusal::malformed(format!("the parameter `{name}` must be an object in JSON, or null"));
    if text.is_empty() { Ok(None) } else { serde_json::from_str(text).map_err(expected) }
}

/// Whether the body is said to be JSON.
pub(super) fn is_json(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()?.parse::<Mime>().ok());
    kind.is_some_and(|kind| {
        let utf_8 = kind.get_param(mime::CHARSET).is_none_or(|charset| charset == mime::UTF_8);
        kind.essence_str() == "application/json" && utf_8
    })
}

/// The bytes of a body, as long as it is neither too large nor too slow.
async fn read(request: &HttpRequest, body: Payload, limits: &Limits) -> Result<Bytes, Refusal> {
    let told = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|told| told > limits.body) && limits.enforces(Limit::Body) {
        return Err(limits.too_large());
    }
    let read = limits.in_time(Limit::BodySeconds, limits.body_seconds, collect(body, limits)).await;
    read.unwrap_or_else(|| {
        let message = format!("the body must come within {} s", limits.body_seconds);
        Err(Refusal::of_request(StatusCode::REQUEST_TIMEOUT, ErrorCode::BodyTooSlow, message))
    })
}

async fn collect(mut body: Payload, limits: &Limits) -> Result<Bytes, Refusal> {
    let (mut bytes, mut warned) = (BytesMut::new(), false);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| Refusal::malformed("the body ends too early"))?;
        if bytes.len() + chunk.len() > limits.body && !warned {
            if limits.enforces(Limit::Body) {
                return Err(limits.too_large());
            }
            warned = true;
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// How deep the values of variables are nested.
fn nesting_of(variables: &Variables) -> usize {
    let mut deepest = 0;
    let mut open: Vec<(usize, &Value)> = variables.values().map(|value| (1, value)).collect();
    while let Some((depth, value)) = open.pop() {
        deepest = deepest.max(depth);
        match value {
            Value::List(list) => open.extend(list.iter().map(|value| (depth + 1, value))),
            Value::Object(object) => open.extend(object.values().map(|value| (depth + 1, value))),
            _ => {}
        }
    }
    deepest
}
