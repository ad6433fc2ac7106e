//! Passwords: which are taken, and how they are kept (argon2id, RFC 9106).
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use icu_normalizer::ComposingNormalizerBorrowed;
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

use super::secret::random;
use crate::error::Error;

/// How many characters a password has at least.
pub(crate) const SHORTEST: usize = 12;
/// How many characters a password may have: more would only take time.
pub(crate) const LONGEST: usize = 256;
/// How many are hashed at once: each takes 19 MiB, and a core for some tens of milliseconds.
const AT_ONCE: usize = 2;
/// How many are hashed or wait: more would wait for longer than a request may take.
const WAITING: usize = 100;

/// Hashes passwords, away from the threads that answer requests.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    /// How many may be hashed or wait.
    places: Arc<Semaphore>,
    /// What is verified where there is no account, so that it takes as long.
    decoy: Arc<OnceLock<String>>,
}

impl Passwords {
    /// Ready to hash.
    pub(crate) fn new() -> Self {
        let (turns, places) = (Semaphore::new(AT_ONCE), Semaphore::new(WAITING));
        Self { turns: Arc::new(turns), places: Arc::new(places), decoy: Arc::default() }
    }

    /// What is kept of a password: a PHC string.
    ///
    /// # Errors
    ///
    /// If it cannot be hashed.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Error> {
        self.in_turn(move || hashed(&password)).await
    }

    /// Whether it is the password that this is kept of. Without one it takes as long, and is not.
    ///
    /// # Errors
    ///
    /// If what is kept cannot be read.
    pub(crate) async fn verify(&self, password: String, kept: Option<String>) -> Result<bool, Error> {
        let decoy = Arc::clone(&self.decoy);
        self.in_turn(move || {
            let known = kept.is_some();
            if decoy.get().is_none() {
                let _ = decoy.set(hashed("a decoy that nobody's password is")?);
            }
            let decoy = decoy.get().map_or("", String::as_str);
            let kept = kept.as_deref().unwrap_or(decoy);
            let kept = PasswordHash::new(kept).map_err(|_| Error::internal("a password's hash cannot be read"))?;
            Ok(Argon2::default().verify_password(normalised(&password).as_bytes(), &kept).is_ok() && known)
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let Ok(_place) = self.places.try_acquire() else { return Err(Error::Throttled(Duration::from_secs(1))) };
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_| Error::internal("passwords are hashed no more"))?;
        // The turn goes with the work: whoever waits for it may be gone before it is done.
        let done = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(turn);
            outcome
        });
        done.await.map_err(|_| Error::internal("hashing a password failed"))?
    }
}

/// A password as it is hashed: however a keyboard composes its characters (RFC 8265).
fn normalised(password: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(password).into_owned()
}

fn hashed(password: &str) -> Result<String, Error> {
    let hash = Argon2::default()
        .hash_password_with_salt(normalised(password).as_bytes(), &random::<16>()?)
        .map_err(|_| Error::internal("a password cannot be hashed"))?;
    Ok(hash.to_string())
}

/// What is wrong with a password that somebody chooses, whose e-mail address and name these are; nothing, if it is taken.
pub(crate) fn fault(password: &str, about: &[&str]) -> Option<String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some(format!("must have at least {SHORTEST} characters"));
    }
    if length > LONGEST {
        return Some(format!("must have at most {LONGEST} characters"));
    }
    let parts = about.iter().flat_map(|about| about.split(|letter: char| !letter.is_alphanumeric()));
    let known: Vec<&str> = about.iter().copied().chain(parts).filter(|part| !part.is_empty()).collect();
    if zxcvbn(password, &known).score() < Score::Three {
        return Some("is too easy to guess; use several words that do not belong together".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_common_and_personal_ones_are_refused() {
        for password in
            ["short", "password1234", "qwertyuiop123", "aaaaaaaaaaaaaa", "123456789012", "sok.dara@example.org"]
        {
            assert!(fault(password, &["sok.dara@example.org", "Sok Dara"]).is_some(), "{password}");
        }
        assert!(fault(&"long words ".repeat(30), &[]).is_some());
        assert_eq!(fault("heron tapir quince umbrella", &["sok.dara@example.org"]), None);
        assert_eq!(fault("ទន្លេមេគង្គហូរចុះសមុទ្រ", &[]), None);
    }

    #[tokio::test]
    async fn a_password_is_known_again_however_it_is_composed() -> Result<(), Error> {
        let passwords = Passwords::new();
        let kept = passwords.hash("điện ảnh và sân khấu".to_owned()).await?;
        let decomposed =
            icu_normalizer::DecomposingNormalizerBorrowed::new_nfd().normalize("điện ảnh và sân khấu").into_owned();
        assert!(passwords.verify(decomposed, Some(kept.clone())).await?);
        assert!(!passwords.verify("dien anh va san khau".to_owned(), Some(kept)).await?);
        assert!(!passwords.verify("a decoy that nobody's password is".to_owned(), None).await?);
        Ok(())
    }
}
