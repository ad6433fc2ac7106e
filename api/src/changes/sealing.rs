//! How places in the log are handed to clients: sealed, so that nobody reads in them how much was changed that is not theirs,
//! and nobody makes one up. A new epoch has a new key, with which the places of the one before are none.
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    error::Unspecified,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::change_epoch;
use sea_orm::{ConnectionTrait, EntityTrait as _};

use crate::error::Error;

/// What seals, and opens what it has sealed.
pub(crate) struct Seal(RandomizedNonceKey);

impl Seal {
    /// The seal of the log's epoch.
    ///
    /// # Errors
    ///
    /// If the log has none.
    pub(crate) async fn of(db: &impl ConnectionTrait) -> Result<Self, Error> {
        let row = change_epoch::Entity::find().one(db).await?.ok_or(Error::internal("the log has no epoch"))?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &row.token_key);
        Ok(Self(key.map_err(|_| Error::internal("the log's epoch has no key"))?))
    }

    /// Seals what is said.
    ///
    /// # Errors
    ///
    /// If there is no chance to be had.
    pub(crate) fn seal(&self, said: &[u8]) -> Result<String, Error> {
        let mut text = said.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::empty(), &mut text);
        let nonce = nonce.map_err(|_| Error::internal("a place in the log cannot be sealed"))?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &text].concat()))
    }

    /// What was said, if it was sealed with this.
    pub(crate) fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        let mut bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let mut opened = |nonce: &[u8]| -> Result<Vec<u8>, Unspecified> {
            let nonce = Nonce::try_assume_unique_for_key(nonce)?;
            Ok(self.0.open_in_place(nonce, Aad::empty(), text)?.to_vec())
        };
        opened(nonce).ok()
    }
}
