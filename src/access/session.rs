//! Sessions of people who signed in. What a browser has is 256 random bits; what is stored is their
//! hash, so whoever can read the database cannot be anybody.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::{digest, hmac, rand};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

use super::{Principal, Role};
use crate::clock::Micros;
use crate::ids::TenantCode;

/// Length of a token's random part, bytes.
const RANDOM: usize = 32;
/// The same in text.
const RANDOM_TEXT: usize = 43;
/// Bytes of a token against forged requests.
const CSRF: usize = 24;
/// The same in text.
const CSRF_TEXT: usize = 32;

/// The system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandom;

/// Random bytes.
///
/// # Errors
/// When the system gives none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandom> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| NoRandom)?;
    Ok(bytes)
}

/// SHA-256.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// What a browser shows to be believed: the municipality's code, so that nobody has to be asked
/// whose it is, and random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken {
    tenant: TenantCode,
    random: [u8; RANDOM],
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionToken({}, …)", self.tenant)
    }
}

impl SessionToken {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new(tenant: &TenantCode) -> Result<Self, NoRandom> {
        Ok(Self { tenant: tenant.clone(), random: random()? })
    }

    /// Reads the text of a cookie; `None` for what was never one.
    pub fn parse(text: &str) -> Option<Self> {
        let (code, random) = text.split_once('-')?;
        if random.len() != RANDOM_TEXT {
            return None;
        }
        let random = BASE64URL_NOPAD.decode(random.as_bytes()).ok()?.try_into().ok()?;
        Some(Self { tenant: code.parse().ok()?, random })
    }

    /// The text for a cookie.
    pub fn to_text(&self) -> String {
        format!("{}-{}", self.tenant, BASE64URL_NOPAD.encode(&self.random))
    }

    /// The municipality.
    pub fn tenant(&self) -> &TenantCode {
        &self.tenant
    }

    /// What is stored of it.
    pub fn hash(&self) -> [u8; 32] {
        sha256(&[b"pulsvagt session ", &self.random])
    }

    /// What pages of the session have to send along with whatever changes something. Other sites
    /// can make a browser send the cookie, and cannot read this.
    pub fn csrf(&self) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.random);
        let tag = hmac::sign(&key, b"pulsvagt csrf");
        BASE64URL_NOPAD.encode(&tag.as_ref()[..CSRF])
    }
}

/// The token against forged requests, so that its text is another on every page. Pages are
/// compressed and show what others have written, so the length of an answer that holds the same
/// secret each time could tell it, a character at a time (BREACH, <https://www.breachattack.com>).
///
/// Base64url of a random pad and of the text with the pad added by exclusive or; the text itself
/// where the system gives no random bytes.
fn masked(token: &str) -> String {
    let Ok(pad) = random::<CSRF_TEXT>() else { return token.to_owned() };
    let hidden = token.bytes().zip(pad).map(|(byte, pad)| byte ^ pad);
    BASE64URL_NOPAD.encode(&pad.iter().copied().chain(hidden).collect::<Vec<u8>>())
}

/// What was masked, or what was given where it was not.
pub(crate) fn unmasked(given: &[u8]) -> Vec<u8> {
    match BASE64URL_NOPAD.decode(given) {
        Ok(bytes) if bytes.len() == 2 * CSRF_TEXT => {
            let (pad, hidden) = bytes.split_at(CSRF_TEXT);
            pad.iter().zip(hidden).map(|(pad, byte)| pad ^ byte).collect()
        }
        _ => given.to_vec(),
    }
}

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifetimes {
    /// Without being used, minutes.
    pub idle_minutes: u32,
    /// However much it is used, minutes.
    pub absolute_minutes: u32,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { idle_minutes: 30, absolute_minutes: 600 }
    }
}

impl Lifetimes {
    /// How long a session lasts without being used.
    pub fn idle(self) -> Duration {
        Duration::from_mins(self.idle_minutes.into())
    }

    /// How long a session lasts however much it is used.
    pub fn absolute(self) -> Duration {
        Duration::from_mins(self.absolute_minutes.into())
    }
}

/// Later by that much.
pub(crate) fn after(at: Micros, time: Duration) -> Micros {
    Micros(at.0.saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX)))
}

/// Somebody who has proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What they are to the municipality.
    pub role: Role,
    /// Who says so.
    pub issuer: String,
    /// Who, in the issuer's words.
    pub subject: String,
    /// What they are called; for pages only, never for logs.
    pub name: String,
    /// The citizen's logical id, exactly for [`Role::Citizen`].
    pub citizen: Option<String>,
    /// Their teams, if the issuer names any.
    pub teams: Vec<String>,
    /// `da` or `en`, if they have chosen.
    pub language: Option<String>,
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, by which it is listed and revoked; of no use to get in.
    pub id: String,
    /// Whose it is.
    pub person: Person,
    /// When they have last proved who they are.
    pub authenticated: Micros,
    /// When it was last used, to the minute.
    pub seen: Micros,
    /// When it ends however much it is used.
    pub ends: Micros,
    /// When it was revoked.
    pub revoked: Option<Micros>,
    /// The provider's ID token, to sign out there too.
    pub id_token: Option<String>,
}

impl Session {
    /// Until when it is good if it is not used any more.
    pub fn until(&self, lifetimes: Lifetimes) -> Micros {
        after(self.seen, lifetimes.idle()).min(self.ends)
    }

    /// Whether it is good.
    pub fn is_good(&self, lifetimes: Lifetimes, now: Micros) -> bool {
        self.revoked.is_none() && now < self.until(lifetimes)
    }
}

/// A session that a request came with.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIn {
    session: Session,
    csrf: String,
    until: Micros,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedIn({})", self.session.id)
    }
}

impl SignedIn {
    pub(crate) fn new(session: Session, token: &SessionToken, lifetimes: Lifetimes) -> Self {
        let until = session.until(lifetimes);
        Self { session, csrf: token.csrf(), until }
    }

    /// The id, by which it is listed and revoked.
    pub fn id(&self) -> &str {
        &self.session.id
    }

    /// Whose it is.
    pub fn person(&self) -> &Person {
        &self.session.person
    }

    /// What a page has to send along, as form field `csrf` or header `X-CSRF-Token`, with whatever
    /// changes something.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// [`Self::csrf`] for a page: another text each time.
    pub fn masked_csrf(&self) -> String {
        masked(&self.csrf)
    }

    /// When the person has last proved who they are.
    pub fn authenticated(&self) -> Micros {
        self.session.authenticated
    }

    /// When it ends however much it is used.
    pub fn ends(&self) -> Micros {
        self.session.ends
    }

    /// Until when it is good if it is not used any more.
    pub fn until(&self) -> Micros {
        self.until
    }

    /// The provider's ID token, to sign out there too.
    pub fn id_token(&self) -> Option<&str> {
        self.session.id_token.as_deref()
    }

    /// The caller that it makes.
    pub(crate) fn principal(&self, tenant: &TenantCode) -> Principal {
        let person = &self.session.person;
        Principal {
            tenant: tenant.clone(),
            role: person.role,
            issuer: person.issuer.as_str().into(),
            program: None,
            subject: person.subject.as_str().into(),
            citizen: person.citizen.as_deref().map(Into::into),
            expires: self.until.as_second(),
            scopes: None,
            client: None,
            teams: person.teams.as_slice().into(),
            certificate: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_written_and_nothing_else_is_one() {
        let tenant: TenantCode = "0330".parse().expect("a code");
        let token = SessionToken::new(&tenant).expect("random bytes");
        let text = token.to_text();
        assert_eq!(SessionToken::parse(&text), Some(token.clone()));
        let other = SessionToken::new(&tenant).expect("random bytes");
        assert_ne!(token.hash(), other.hash());
        assert_ne!(token.csrf(), other.csrf());
        // On pages it is another text each time, and comes back as what it is.
        let masked = [masked(&token.csrf()), masked(&token.csrf())];
        assert_ne!(masked[0], masked[1]);
        for text in [&masked[0], &masked[1], &token.csrf()] {
            assert_eq!(unmasked(text.as_bytes()), token.csrf().as_bytes());
        }
        assert_ne!(unmasked(masked[0].replace('-', "_").as_bytes()), other.csrf().as_bytes());
        assert!(!format!("{token:?}").contains(&text[5..]));
        for wrong in ["", "0330", "0330-", "330-x", &text[..text.len() - 1], &format!("{text}A")] {
            assert_eq!(SessionToken::parse(wrong), None, "{wrong}");
        }
        assert_eq!(SessionToken::parse(&text.replace("0330", "033a")), None);
    }
}
