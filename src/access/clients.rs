//! Systems that are registered with a municipality and get tokens for themselves.

use std::fmt;
use std::str::FromStr;

use super::jwks::{JwksError, KeySet, is_safe_address};
use super::scope::{BadScope, Level};
use super::{Principal, Role, Scopes, Thumbprint};
use crate::clock::Micros;
use crate::ids::{TenantCode, new_client_id};

/// The id of a client. It begins with the municipality's code, so that nobody has to be asked
/// whose it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

/// Not the id of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a client's id is a municipality code, a hyphen and 32 hexadecimal digits")]
pub struct BadClientId;

impl ClientId {
    /// A new one.
    pub fn new(tenant: &TenantCode) -> Self {
        Self(new_client_id(tenant))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The municipality.
    ///
    /// # Errors
    /// Never, for an id that was read: its first four characters are digits.
    pub fn tenant(&self) -> Result<TenantCode, BadClientId> {
        self.0.get(..4).and_then(|code| code.parse().ok()).ok_or(BadClientId)
    }
}

impl FromStr for ClientId {
    type Err = BadClientId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (code, random) = text.split_once('-').ok_or(BadClientId)?;
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if code.parse::<TenantCode>().is_ok() && random.len() == 32 && random.bytes().all(hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadClientId)
        }
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many certificates a client has at most: one, and the one that follows it.
pub const MOST_CERTIFICATES: usize = 2;

/// The public keys of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientKeys {
    /// A JWK set.
    Inline(String),
    /// Where the set is fetched from.
    Url(String),
}

/// A registered client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Its name, for people.
    pub name: String,
    /// What it is to the municipality.
    pub role: Role,
    /// The most that it may ask for.
    pub scopes: Scopes,
    /// Its keys.
    pub keys: ClientKeys,
    /// The certificates of which its connections have to show one; none = they need not. Two while
    /// one replaces the other.
    pub certificates: Vec<Thumbprint>,
    /// Since when it is registered.
    pub created: Micros,
    /// Since when it is not believed any more.
    pub revoked: Option<Micros>,
}

/// What a client's registration says to a token that was made for it earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The client could still get it.
    Good,
    /// The client is revoked.
    Revoked,
    /// The registration is another one since.
    Changed,
}

/// Why a client cannot be registered like that.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// It has no name.
    #[error("a client needs a name of 1 to 200 characters")]
    Name,
    /// Only a citizen's own app has that role.
    #[error("a client for itself cannot have the role citizen")]
    Role,
    /// A scope is not understood.
    #[error(transparent)]
    Scope(#[from] BadScope),
    /// There are none, or of another level.
    #[error("a client for itself needs scopes, all of which begin with system/")]
    Level,
    /// The keys cannot be used.
    #[error("the keys cannot be used")]
    Keys(#[from] JwksError),
}

impl ClientKeys {
    /// Keys as somebody registers them.
    ///
    /// # Errors
    /// When they are not public keys for signatures, or would be fetched unsafely.
    pub fn check(self) -> Result<Self, JwksError> {
        match &self {
            Self::Inline(set) => KeySet::parse(set).map(|_| self),
            Self::Url(url) if is_safe_address(url) => Ok(self),
            Self::Url(_) => Err(JwksError::Address),
        }
    }
}

impl Client {
    /// A new client of the municipality.
    ///
    /// # Errors
    /// When it cannot be registered like that.
    pub fn new(
        tenant: &TenantCode,
        name: &str,
        role: Role,
        scope: &str,
        keys: ClientKeys,
        now: Micros,
    ) -> Result<Self, RegistrationError> {
        let name = name.trim();
        if !(1..=200).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(RegistrationError::Name);
        }
        if role == Role::Citizen {
            return Err(RegistrationError::Role);
        }
        let scopes = Scopes::parse_strict(scope)?;
        if scopes.is_empty() || scopes.iter().any(|scope| scope.level() != Level::System) {
            return Err(RegistrationError::Level);
        }
        Ok(Self {
            id: ClientId::new(tenant),
            name: name.to_owned(),
            role,
            scopes,
            keys: keys.check()?,
            certificates: Vec::new(),
            created: now,
            revoked: None,
        })
    }

    /// What the registration says to somebody who bears a token of the client's.
    pub(super) fn standing(&self, bearer: &Principal) -> Standing {
        let is_bound_as_registered = match bearer.certificate {
            Some(bound) => self.certificates.contains(&bound),
            None => self.certificates.is_empty(),
        };
        // Holds for what was minted here; not for what somebody else signs with a key of ours.
        let is_allowed_as_registered = bearer.role == self.role
            && bearer.scopes().is_some_and(|scopes| scopes.are_within(&self.scopes));
        match self.revoked {
            Some(_) => Standing::Revoked,
            None if is_bound_as_registered && is_allowed_as_registered => Standing::Good,
            None => Standing::Changed,
        }
    }
}
