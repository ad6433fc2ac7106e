//! How events are signed (Standard Webhooks): with a secret that both sides know (`v1`), and with a key whose public half
//! anybody may know (`v1a`).
use aws_lc_rs::{hmac, signature::Ed25519KeyPair};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use entity::webhook_secret;

use crate::{
    access::{KeyPair, random},
    error::Error,
};

/// What a secret begins with, as its owner gets it.
const SECRET: &str = "whsec_";
/// What a public key begins with.
const PUBLIC: &str = "whpk_";
/// How many random bytes a secret has.
const BYTES: usize = 32;

/// What signs events: as it is kept.
pub(super) struct Keys {
    /// The secret, in base64.
    pub(super) secret: String,
    /// The private key: PKCS #8, in base64.
    pub(super) private: String,
    /// The public key, in base64.
    pub(super) public: String,
}

impl Keys {
    /// New ones.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers to give.
    pub(super) fn generate() -> Result<Self, Error> {
        let KeyPair { private, public, .. } = KeyPair::generate()?;
        let public = URL_SAFE_NO_PAD.decode(public).map_err(|_| unusable())?;
        Ok(Self { secret: STANDARD.encode(random::<BYTES>()?), private, public: STANDARD.encode(public) })
    }

    /// The secret as its owner gets it, this once.
    pub(super) fn shown(&self) -> String {
        format!("{SECRET}{}", self.secret)
    }
}

/// A public key as it is shown.
pub(super) fn shown(public: &str) -> String {
    format!("{PUBLIC}{public}")
}

/// The signatures of an event with all that sign it now, the newest first.
///
/// # Errors
///
/// If one of them cannot be used.
pub(super) fn signatures(
    keys: &[webhook_secret::Model],
    (id, timestamp): (&str, i64),
    body: &str,
) -> Result<String, Error> {
    let content = format!("{id}.{timestamp}.{body}");
    let mut symmetric = vec![];
    let mut asymmetric = vec![];
    for webhook_secret::Model { secret, private_key, .. } in keys {
        let secret = STANDARD.decode(secret).map_err(|_| unusable())?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), content.as_bytes());
        symmetric.push(format!("v1,{}", STANDARD.encode(tag)));
        let private = STANDARD.decode(private_key).map_err(|_| unusable())?;
        let pair = Ed25519KeyPair::from_pkcs8(&private).map_err(|_| unusable())?;
        asymmetric.push(format!("v1a,{}", STANDARD.encode(pair.sign(content.as_bytes()))));
    }
    symmetric.append(&mut asymmetric);
    Ok(symmetric.join(" "))
}

fn unusable() -> Error {
    Error::internal("what signs events cannot be used")
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    /// How PKCS #8 begins for a private key of Ed25519 alone (RFC 8410, section 7).
    const BEGINS: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

    fn kept(secret: &str, private: &str) -> webhook_secret::Model {
        webhook_secret::Model {
            id: Uuid::nil(),
            webhook_endpoint_id: Uuid::nil(),
            secret: secret.to_owned(),
            private_key: private.to_owned(),
            public_key: String::new(),
            created_at: DateTime::UNIX_EPOCH,
            expires_at: None,
        }
    }

    /// What the libraries of Standard Webhooks, and the server that it comes from, are tested with.
    #[test]
    fn signatures_are_those_of_the_specification() {
        let pair = "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
        let pair = STANDARD.decode(pair).unwrap_or_default();
        let private = STANDARD.encode([&BEGINS, &pair[..32]].concat());
        let keys = [kept("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &private)];
        let of = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330);
        let signed = signatures(&keys, of, r#"{"test": 2432232314}"#).unwrap_or_default();
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= \
            v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
        assert_eq!(signed, expected);
        assert_eq!(shown(&STANDARD.encode(&pair[32..])), "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
    }

    #[test]
    fn all_that_sign_now_sign_the_same() {
        let made = [Keys::generate(), Keys::generate()].map(Result::ok);
        let keys: Vec<_> = made.iter().flatten().map(|keys| kept(&keys.secret, &keys.private)).collect();
        let signed = signatures(&keys, ("delivery_1", 7), "{}").unwrap_or_default();
        let parts: Vec<_> = signed.split(' ').filter_map(|part| part.split_once(',')).collect();
        assert_eq!(parts.iter().map(|(version, _)| *version).collect::<Vec<_>>(), ["v1", "v1", "v1a", "v1a"]);
        for (place, keys) in made.iter().flatten().enumerate() {
            assert!(keys.shown().starts_with("whsec_") && keys.shown().len() == 50, "32 bytes");
            let secret = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(&keys.secret).unwrap_or_default());
            let tag = STANDARD.decode(parts[place].1).unwrap_or_default();
            assert!(hmac::verify(&secret, b"delivery_1.7.{}", &tag).is_ok());
            let public = UnparsedPublicKey::new(&ED25519, STANDARD.decode(&keys.public).unwrap_or_default());
            let signature = STANDARD.decode(parts[place + 2].1).unwrap_or_default();
            assert!(public.verify(b"delivery_1.7.{}", &signature).is_ok());
        }
    }
}
