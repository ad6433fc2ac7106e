//! Others' public keys (JSON Web Keys, RFC 7517), and tokens that are signed with them.
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The keys of a set that can be verified with. What is of a sort that is not taken here is left out: sets hold keys for
/// other purposes, too.
pub(crate) fn usable(set: &Value) -> JwkSet {
    let keys = set["keys"].as_array().into_iter().flatten();
    let keys = keys.filter_map(|key| serde_json::from_value::<Jwk>(key.clone()).ok()).filter(|key| {
        let named = key.common.key_id.as_ref().is_some_and(|id| !id.is_empty());
        named && algorithm(key).is_some() && DecodingKey::from_jwk(key).is_ok()
    });
    JwkSet { keys: keys.collect() }
}

/// What a token says that one of these keys has signed, made by this issuer and for one of these audiences. Whether it is
/// good now is for the caller to see, by the service's clock.
pub(crate) fn verified<T: DeserializeOwned>(
    token: &str,
    keys: &JwkSet,
    issuer: &str,
    audiences: &[String],
) -> Option<T> {
    let header = decode_header(token).ok().filter(|header| header.crit.is_none())?;
    let key = keys.find(header.kid.as_ref()?)?;
    let algorithm = algorithm(key).filter(|algorithm| *algorithm == header.alg)?;
    let mut expected = Validation::new(algorithm);
    expected.set_issuer(&[issuer]);
    expected.set_audience(audiences);
    expected.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    expected.validate_exp = false;
    Some(decode(token, &DecodingKey::from_jwk(key).ok()?, &expected).ok()?.claims)
}

/// The algorithm that a key is for, if it is one of those that are taken. A token has no say in it.
fn algorithm(key: &Jwk) -> Option<Algorithm> {
    if !matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let (algorithm, name) = match &key.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    key.common.key_algorithm.is_none_or(|told| told == name).then_some(algorithm)
}
