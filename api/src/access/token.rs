//! Access tokens: JSON Web Tokens with the claims of RFC 9068, signed with Ed25519 (`EdDSA`, RFC 8037).
use std::collections::HashMap;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Number, Value, json};
use uuid::Uuid;

use crate::error::Error;

/// How long an access token is good.
pub(crate) const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How much clocks may differ.
pub(crate) const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// The `typ` of an access token.
const TYPE: &str = "at+jwt";
/// The `typ` of the token of an invitation's link.
const INVITATION: &str = "invitation+jwt";
/// No token of ours is longer.
const LONGEST: usize = 4_096;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Who made it: the service's public address.
    pub(crate) iss: String,
    /// For whom: the same.
    pub(crate) aud: String,
    /// Whose it is: the ID of an account or of an agency client.
    pub(crate) sub: String,
    /// Which program got it.
    pub(crate) client_id: String,
    /// What it allows, parted by spaces; an account's allows what the account may do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) scope: String,
    /// When it was made, in seconds.
    pub(crate) iat: i64,
    /// Until when it is good, in seconds.
    pub(crate) exp: i64,
    /// What tells it from others.
    pub(crate) jti: Uuid,
    /// The session that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<Uuid>,
}

/// What the token of an invitation's link says: nothing about whom it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InvitationClaims {
    /// Who made it: the service's public address.
    pub(crate) iss: String,
    /// For whom: the page of invitations there.
    pub(crate) aud: String,
    /// The ID of the invitation.
    pub(crate) sub: String,
    /// Until when it is good, in seconds.
    pub(crate) exp: i64,
    /// What the link alone knows.
    pub(crate) jti: String,
}

impl InvitationClaims {
    /// For whom the service with this address makes them: no access token is for that.
    pub(crate) fn audience(issuer: &str) -> String {
        format!("{issuer}/link/invitation")
    }
}

/// A key pair, as the database keeps it.
#[derive(Clone)]
pub(crate) struct KeyPair {
    /// What tells it from others.
    pub(crate) id: Uuid,
    /// PKCS #8, in base64.
    pub(crate) private: String,
    /// RFC 8037's `x`.
    pub(crate) public: String,
}

impl KeyPair {
    /// A new one.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers to give.
    pub(crate) fn generate() -> Result<Self, Error> {
        let refused = |_| Error::internal("a key cannot be made");
        let pair = Ed25519KeyPair::generate().map_err(refused)?;
        let private = pair.to_pkcs8v1().map_err(refused)?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key());
        Ok(Self { id: Uuid::now_v7(), private: STANDARD.encode(private.as_ref()), public })
    }
}

/// Until when a token is good, by its own word: whether it is good at all is for others to say.
pub(crate) fn expiry(token: &str) -> Option<DateTime<Utc>> {
    #[derive(Deserialize)]
    struct Said {
        exp: Number,
    }
    let said = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    time(&serde_json::from_slice::<Said>(&said).ok()?.exp)
}

/// A time as tokens write it: seconds, which may have a fraction (RFC 7519, section 2).
pub(super) fn time(seconds: &Number) -> Option<DateTime<Utc>> {
    let told = seconds.to_string();
    DateTime::from_timestamp(told.split('.').next()?.parse().ok()?, 0)
}

/// Why a token is not taken. Whoever sent it is told no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No key of ours has this ID, as far as is known.
    UnknownKey,
    /// Anything else.
    Invalid,
}

/// The keys: one that signs, and those whose signatures are taken.
pub(crate) struct KeyRing {
    signing: (String, EncodingKey),
    verifying: HashMap<String, DecodingKey>,
    published: Value,
}

impl KeyRing {
    /// Of these keys, of which the first one signs.
    ///
    /// # Errors
    ///
    /// If there is none, or one cannot be read.
    pub(crate) fn new(keys: &[KeyPair]) -> Result<Self, Error> {
        let unreadable = || Error::internal("a signing key cannot be read");
        let first = keys.first().ok_or(Error::internal("there is no signing key"))?;
        let private = STANDARD.decode(&first.private).map_err(|_| unreadable())?;
        let mut verifying = HashMap::new();
        for key in keys {
            let public = DecodingKey::from_ed_components(&key.public).map_err(|_| unreadable())?;
            verifying.insert(key.id.to_string(), public);
        }
        let public = |key: &KeyPair| json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id.to_string(), "x": key.public });
        let published = json!({ "keys": keys.iter().map(public).collect::<Vec<_>>() });
        Ok(Self { signing: (first.id.to_string(), EncodingKey::from_ed_der(&private)), verifying, published })
    }

    /// The public keys, as a JSON Web Key Set (RFC 7517).
    pub(crate) fn published(&self) -> &Value {
        &self.published
    }

    /// A token that says this.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String, Error> {
        self.signed(TYPE, claims)
    }

    /// The token of an invitation's link that says this.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub(crate) fn sign_invitation(&self, claims: &InvitationClaims) -> Result<String, Error> {
        self.signed(INVITATION, claims)
    }

    fn signed(&self, kind: &str, claims: &impl Serialize) -> Result<String, Error> {
        let (id, key) = &self.signing;
        let header = Header { typ: Some(kind.to_owned()), kid: Some(id.clone()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, claims, key).map_err(|_| Error::internal("a token cannot be signed"))
    }

    /// What a token of ours says, if it is good now.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub(crate) fn verify(&self, token: &str, issuer: &str, now: DateTime<Utc>) -> Result<Claims, Refused> {
        let claims: Claims = self.verified(TYPE, token, (issuer, issuer))?;
        let now = now.timestamp();
        let good = claims.exp > now - LEEWAY.num_seconds() && claims.iat <= now + LEEWAY.num_seconds();
        good.then_some(claims).ok_or(Refused::Invalid)
    }

    /// What the token of an invitation's link says, if it is ours and good now.
    pub(crate) fn verify_invitation(&self, token: &str, issuer: &str, now: DateTime<Utc>) -> Option<InvitationClaims> {
        let audience = InvitationClaims::audience(issuer);
        let claims: InvitationClaims = self.verified(INVITATION, token, (issuer, &audience)).ok()?;
        (claims.exp > now.timestamp()).then_some(claims)
    }

    /// What a token of a kind says that one of the keys has signed. Whether it is good now is for the caller to see, by the
    /// service's clock.
    fn verified<T: DeserializeOwned>(
        &self,
        kind: &str,
        token: &str,
        (issuer, audience): (&str, &str),
    ) -> Result<T, Refused> {
        if token.len() > LONGEST {
            return Err(Refused::Invalid);
        }
        let header = decode_header(token).map_err(|_| Refused::Invalid)?;
        if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(kind) {
            return Err(Refused::Invalid);
        }
        let key = header.kid.as_ref().and_then(|id| self.verifying.get(id)).ok_or(Refused::UnknownKey)?;
        let mut expected = Validation::new(Algorithm::EdDSA);
        expected.set_issuer(&[issuer]);
        expected.set_audience(&[audience]);
        expected.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        expected.validate_exp = false;
        Ok(decode(token, key, &expected).map_err(|_| Refused::Invalid)?.claims)
    }
}
