//! Tokens by which a machine proves who it is: signed by itself (RFC 7523, `private_key_jwt`).
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::dangerous::insecure_decode;
use serde::Deserialize;
use serde_json::Value;

use crate::access::{LEEWAY, jwk};

/// What such a token is called in a request.
pub(crate) const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long such a token may be good: whoever finds one has no more time than that.
const LONGEST: TimeDelta = TimeDelta::minutes(10);
/// How large such a token may be, in bytes.
const LARGEST: usize = 4_096;

/// What such a token says.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Assertion {
    pub(super) iss: String,
    sub: String,
    exp: i64,
    nbf: Option<i64>,
    pub(super) jti: String,
}

impl Assertion {
    /// When it ends, clocks considered.
    pub(super) fn expires(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or(DateTime::<Utc>::MAX_UTC) + LEEWAY
    }
}

/// Who says to have made a token: not to be believed until it is verified.
pub(super) fn issuer(token: &str) -> Option<String> {
    let said: Assertion = insecure_decode(token).ok().filter(|_| token.len() <= LARGEST)?.claims;
    Some(said.iss)
}

/// What a token says, if one of these keys has signed it, and it is the machine's own, for us, and good now.
pub(super) fn verify(
    token: &str,
    keys: &Value,
    client_id: &str,
    audiences: &[String],
    now: DateTime<Utc>,
) -> Option<Assertion> {
    let said: Assertion = jwk::verified(token, &jwk::usable(keys), client_id, audiences)?;
    let ends = DateTime::from_timestamp(said.exp, 0)?;
    let begun = said.nbf.is_none_or(|begins| begins <= (now + LEEWAY).timestamp());
    let good =
        begun && said.sub == client_id && !said.jti.is_empty() && ends > now - LEEWAY && ends <= now + LONGEST + LEEWAY;
    good.then_some(said)
}

/// Whether these are public keys that can be verified with, all of them.
pub(super) fn are_usable(keys: &Value) -> bool {
    let Some(all) = keys["keys"].as_array() else { return false };
    let public = all.iter().all(|key| key.get("d").is_none());
    public && (1..=10).contains(&all.len()) && jwk::usable(keys).keys.len() == all.len()
}
