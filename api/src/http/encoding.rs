//! Which answers are compressed: those that are large enough to gain by it.
use actix_web::{
    Error,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{CONTENT_ENCODING, ETAG, HeaderValue},
    middleware::Next,
};

/// A smaller answer fits into one packet as it is.
const SMALL: u64 = 1024;
/// What has the compressor leave an answer as it is.
pub(super) const AS_IT_IS: &str = "identity";

/// Has the compressor, which stands outside of this, leave small answers as they are.
pub(super) async fn spare_small(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    if matches!(response.response().body().size(), BodySize::Sized(size) if size < SMALL) {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(AS_IT_IS));
    }
    Ok(response)
}

/// Tells the encodings of what has a strong validator apart: their bytes are others (RFC 9110, section 8.8.3.3).
pub(super) async fn tell_apart(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let header = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let encoding = header(CONTENT_ENCODING).filter(|encoding| *encoding != AS_IT_IS);
    let tag = header(ETAG).and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
    let own =
        encoding.zip(tag).and_then(|(encoding, tag)| HeaderValue::from_str(&format!("\"{tag}-{encoding}\"")).ok());
    if let Some(own) = own {
        response.headers_mut().insert(ETAG, own);
    }
    Ok(response)
}

/// Takes back what was said to the compressor: no encoding is not to be named (RFC 9110, section 8.4).
pub(super) async fn unname(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    if response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding == AS_IT_IS) {
        response.headers_mut().remove(CONTENT_ENCODING);
    }
    Ok(response)
}
