//! Tokens by which a machine proves who it is: signed by itself (RFC 7523, `private_key_jwt`).
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    dangerous::insecure_decode,
    decode, decode_header,
    jwk::{Jwk, JwkSet, KeyAlgorithm},
};
use serde::Deserialize;
use serde_json::Value;

use crate::access::LEEWAY;

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
    let keys: JwkSet = serde_json::from_value(keys.clone()).ok()?;
    let header = decode_header(token).ok()?;
    let key = keys.find(header.kid.as_ref()?)?;
    let algorithm = algorithm(key).filter(|algorithm| *algorithm == header.alg)?;
    let mut expected = Validation::new(algorithm);
    expected.set_issuer(&[client_id]);
    expected.set_audience(audiences);
    expected.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    // By our own clock, below.
    expected.validate_exp = false;
    let said: Assertion = decode(token, &DecodingKey::from_jwk(key).ok()?, &expected).ok()?.claims;
    let ends = DateTime::from_timestamp(said.exp, 0)?;
    let begun = said.nbf.is_none_or(|begins| begins <= (now + LEEWAY).timestamp());
    let good =
        begun && said.sub == client_id && !said.jti.is_empty() && ends > now - LEEWAY && ends <= now + LONGEST + LEEWAY;
    good.then_some(said)
}

/// Whether these are public keys that can be verified with.
pub(super) fn are_usable(keys: &Value) -> bool {
    let Ok(set) = serde_json::from_value::<JwkSet>(keys.clone()) else { return false };
    let public = keys["keys"].as_array().is_some_and(|keys| keys.iter().all(|key| key.get("d").is_none()));
    let usable = |key: &Jwk| {
        key.common.key_id.as_ref().is_some_and(|id| !id.is_empty())
            && algorithm(key).is_some()
            && DecodingKey::from_jwk(key).is_ok()
    };
    public && !set.keys.is_empty() && set.keys.len() <= 10 && set.keys.iter().all(usable)
}

/// The algorithm that a key is for, if it is one of those that are taken.
fn algorithm(key: &Jwk) -> Option<Algorithm> {
    match key.common.key_algorithm? {
        KeyAlgorithm::EdDSA => Some(Algorithm::EdDSA),
        KeyAlgorithm::ES256 => Some(Algorithm::ES256),
        KeyAlgorithm::RS256 => Some(Algorithm::RS256),
        _ => None,
    }
}
