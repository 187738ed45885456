//! Passwords, as Argon2id (RFC 9106).

use std::fmt;
use std::sync::LazyLock;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::access::session::{NoRandom, random};

/// Memory, passes and lanes, as OWASP's cheat sheet for password storage has them as its first
/// choice for Argon2id with little memory: 19 MiB, 2, 1.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// Shortest password, characters: what NIST SP 800-63B (revision 4) wants where there may be no
/// second factor is 15; a second factor is offered here.
pub const SHORTEST: usize = 12;
/// Longest password, bytes: hashing takes time.
pub const LONGEST: usize = 256;
/// Passwords that are checked at a time, each with its own 19 MiB.
const TOGETHER: usize = 2;

static TURNS: Semaphore = Semaphore::const_new(TOGETHER);
/// Of no password: where there is no account the same work is done as where there is one.
static NOBODY: LazyLock<Option<Hash>> = LazyLock::new(|| {
    let bytes: [u8; 16] = random().ok()?;
    Hash::of(&data_encoding::HEXLOWER.encode(&bytes)).ok()
});

/// The hash of a password, as a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct Hash(String);

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hash(…)")
    }
}

/// Why a password cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Too short, too long, or all alike.
    #[error("a password has 12 characters or more, at most 256 bytes, and not all alike")]
    Shape,
    /// It says who it is.
    #[error("a password must not hold the user name")]
    UserName,
    /// The system gave no random bytes.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    /// It could not be hashed.
    #[error("the password cannot be hashed")]
    Hash,
}

fn argon2() -> Result<Argon2<'static>, BadPassword> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|_| BadPassword::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Refuses what is easily guessed.
///
/// # Errors
/// Why it is.
pub fn check(password: &str, user: &str) -> Result<(), BadPassword> {
    let first = password.chars().next();
    let alike = password.chars().all(|c| Some(c) == first);
    if password.chars().count() < SHORTEST || password.len() > LONGEST || alike {
        return Err(BadPassword::Shape);
    }
    if password.to_lowercase().contains(user) {
        return Err(BadPassword::UserName);
    }
    Ok(())
}

impl Hash {
    /// Of a password. Takes some hundredths of a second.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn of(password: &str) -> Result<Self, BadPassword> {
        let salt = SaltString::encode_b64(&random::<16>()?).map_err(|_| BadPassword::Hash)?;
        let hash = argon2()?.hash_password(password.as_bytes(), &salt);
        Ok(Self(hash.map_err(|_| BadPassword::Hash)?.to_string()))
    }

    /// As it was stored.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// As it is stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn is_of(&self, password: &str) -> bool {
        let Ok(hash) = PasswordHash::new(&self.0) else { return false };
        argon2().is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), &hash).is_ok())
    }
}

/// Whether it is the password. Takes the same time where there is no account.
pub async fn verify(hash: Option<Hash>, password: String) -> bool {
    let Ok(_turn) = TURNS.acquire().await else { return false };
    let checked = tokio::task::spawn_blocking(move || match (hash, &*NOBODY) {
        (Some(hash), _) => hash.is_of(&password),
        (None, Some(nobody)) => {
            nobody.is_of(&password);
            false
        }
        (None, None) => false,
    });
    checked.await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_found_again_and_no_other() {
        let hash = Hash::of("en meget lang sætning").expect("a hash");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        assert_ne!(hash, Hash::of("en meget lang sætning").expect("a hash"), "salted");
        assert!(verify(Some(hash.clone()), "en meget lang sætning".to_owned()).await);
        assert!(!verify(Some(hash.clone()), "en meget lang saetning".to_owned()).await);
        assert!(!verify(None, "en meget lang sætning".to_owned()).await);
        assert!(!verify(Some(Hash::stored("damaged".to_owned())), String::new()).await);
        assert!(!format!("{hash:?}").contains("argon2"));
    }

    #[test]
    fn what_is_easily_guessed_is_refused() {
        assert_eq!(check("korrekt hest batteri", "anna"), Ok(()));
        for (password, fault) in [
            ("short", BadPassword::Shape),
            ("aaaaaaaaaaaaaaaa", BadPassword::Shape),
            ("Anna er min bruger", BadPassword::UserName),
        ] {
            assert_eq!(check(password, "anna"), Err(fault), "{password}");
        }
        assert_eq!(check(&"ab".repeat(200), "anna"), Err(BadPassword::Shape));
    }
}
