//! Secrets that are shown once and kept as hashes: refresh tokens, one-time links, agencies' secrets.
use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::error::Error;

/// How many random bytes a secret has.
const BYTES: usize = 32;

/// 256 random bits, in base64url.
pub(crate) struct Secret(String);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers to give.
    pub(crate) fn random() -> Result<Self, Error> {
        random::<BYTES>().map(|bytes| Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// As its owner gets it, this once.
    pub(crate) fn shown(self) -> String {
        self.0
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> String {
        hash(&self.0)
    }
}

/// Random bytes.
///
/// # Errors
///
/// If the system has none to give.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the system has no random numbers to give"))?;
    Ok(bytes)
}

/// The SHA-256 of a text, in hexadecimal. It is what is kept of a secret, too: that has so many random bits that nobody finds
/// it by trying, so that a fast hash does.
pub(crate) fn hash(secret: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(secret).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
