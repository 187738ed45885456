//! How people sign in: at an OpenID provider (OpenID Connect Core 1.0, authorisation code with PKCE),
//! or with an account of the municipality.

pub mod exchange;
mod id_token;
pub mod logout_token;
mod provider;
mod seal;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use quick_cache::sync::Cache;
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::accounts;
use super::session::{Lifetimes, Session, SessionToken, SignedIn};
use super::{ClaimNames, MasterKey, SetupError, TokenError};
use crate::clock::{Clock, Micros};
use crate::config::Secret;
use crate::ids::is_fhir_id;
use crate::store::{Store, StoreError};

pub use exchange::{Pending, Proved, Wish};
pub use provider::Provider;
use seal::Seal;

/// Session cookies that nobody has seen before which are looked up at a time.
const STRANGERS: usize = 4;
/// How long others wait for their turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// Sessions that are remembered to have been good.
const REMEMBERED: usize = 50_000;
/// How often a long answer looks whether its session is over.
const LOOK: Duration = Duration::from_secs(20);

/// An OpenID provider at which people sign in. Claims are mapped as those of issuers are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// What the way to sign in is called, for people.
    pub name: String,
    /// The `iss` claim.
    pub issuer: String,
    /// The discovery document, if it is not where OpenID Connect Discovery has it.
    #[serde(default)]
    pub discovery_url: Option<String>,
    /// Who this server is to the provider.
    pub client_id: String,
    /// How it proves that: a secret,
    #[serde(default)]
    pub client_secret: Option<Secret>,
    /// or a private key (`private_key_jwt`), PEM.
    #[serde(default)]
    pub private_key_file: Option<PathBuf>,
    /// What is asked for.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// Signature algorithms that are accepted, as for issuers.
    pub algorithms: Vec<String>,
    /// Who its ID tokens say somebody is.
    #[serde(flatten)]
    pub claims: ClaimNames,
    /// The claim that holds what the person is called.
    #[serde(default = "default_name_claim")]
    pub name_claim: String,
}

fn default_scopes() -> Vec<String> {
    vec!["openid".to_owned(), "profile".to_owned()]
}

fn default_name_claim() -> String {
    "name".to_owned()
}

/// Why somebody does not come in. What they are told is the same for all but the first.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The provider does not answer, or not as it should.
    #[error("the provider does not answer as it should")]
    Provider(#[source] super::jwks::JwksError),
    /// What came back does not belong to what was begun here.
    #[error("{0}")]
    Refused(&'static str),
    /// The ID token is not believed.
    #[error("the ID token is not believed")]
    IdToken(#[from] TokenError),
    /// The server cannot go on.
    #[error("the server cannot make what it needs")]
    Ours,
}

/// Why a session is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSession {
    /// Nobody has ever had it.
    #[error("the session is not known")]
    Unknown,
    /// It is over: signed out, revoked, not used for too long, or too old.
    #[error("the session is over")]
    Over,
    /// Too many come with sessions that nobody has seen.
    #[error("too many unknown sessions at a time")]
    Busy,
}

/// How people sign in here.
pub struct People {
    lifetimes: Lifetimes,
    local: bool,
    providers: Vec<Provider>,
    seal: Option<Seal>,
    known: Cache<[u8; 32], ()>,
    strangers: Semaphore,
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("People")
            .field("local", &self.local)
            .field("providers", &self.providers)
            .finish_non_exhaustive()
    }
}

impl Default for People {
    fn default() -> Self {
        Self {
            lifetimes: Lifetimes::default(),
            local: false,
            providers: Vec::new(),
            seal: None,
            known: Cache::new(REMEMBERED),
            strangers: Semaphore::new(STRANGERS),
        }
    }
}

impl People {
    /// As it is configured.
    ///
    /// # Errors
    /// When a provider cannot be used as configured.
    pub fn new(
        providers: Vec<SignIn>,
        local: bool,
        lifetimes: Lifetimes,
        key: &MasterKey,
        clock: &Clock,
    ) -> Result<Self, SetupError> {
        let mut ready: Vec<Provider> = Vec::new();
        for provider in providers {
            let provider = Provider::new(provider, clock.clone())?;
            if ready.iter().any(|other| other.issuer() == provider.issuer()) {
                return Err(SetupError::Twice { issuer: provider.issuer().to_owned() });
            }
            ready.push(provider);
        }
        let seal = Seal::new(&key.derive(&["sign-in-cookies"]));
        Ok(Self { lifetimes, local, providers: ready, seal, ..Self::default() })
    }

    /// Whether anybody can sign in at all.
    pub fn is_configured(&self) -> bool {
        self.local || !self.providers.is_empty()
    }

    /// Whether accounts of the municipality are used.
    pub fn has_accounts(&self) -> bool {
        self.local
    }

    /// The providers.
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// The provider with that `iss`.
    pub fn provider(&self, issuer: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.issuer() == issuer)
    }

    /// How long sessions last.
    pub fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }

    /// A text that a browser may keep for us and cannot read or change. `purpose` says for what.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Option<String> {
        self.seal.as_ref()?.seal(purpose, plain)
    }

    /// What was sealed for that purpose.
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        self.seal.as_ref()?.open(purpose, sealed)
    }

    /// Whether a session of that token has been good before; it may be over since.
    pub fn has_seen(&self, token: &SessionToken) -> bool {
        self.known.get(&token.hash()).is_some()
    }

    /// Whether sessions of that issuer are believed: not after it was taken out of the
    /// configuration.
    fn believes(&self, issuer: &str) -> bool {
        if issuer == accounts::ISSUER { self.local } else { self.provider(issuer).is_some() }
    }

    /// The session of a token. Counts as use where it is somebody's act, and not a page that asks by
    /// itself.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session(
        &self,
        store: &Store,
        token: &SessionToken,
        is_act: bool,
        now: Micros,
    ) -> Result<Result<SignedIn, NoSession>, StoreError> {
        let stranger = !self.has_seen(token);
        let turn = if stranger {
            tokio::time::timeout(PATIENCE, self.strangers.acquire()).await.ok()
        } else {
            None
        };
        if stranger && turn.is_none() {
            return Ok(Err(NoSession::Busy));
        }
        let Some(mut session) = store.session(token).await? else {
            return Ok(Err(NoSession::Unknown));
        };
        if !self.is_good(&session, now) {
            return Ok(Err(NoSession::Over));
        }
        self.known.insert(token.hash(), ());
        if is_act {
            store.touch_session(&mut session, now).await?;
        }
        Ok(Ok(SignedIn::new(session, token, self.lifetimes)))
    }

    fn is_good(&self, session: &Session, now: Micros) -> bool {
        let person = &session.person;
        // A citizen who is being erased has no logical id any more.
        let kept = person.citizen.as_deref().is_none_or(is_fhir_id);
        kept && self.believes(&person.issuer) && session.is_good(self.lifetimes, now)
    }

    /// Ends when a session is over, or that cannot be found out; never without one. Is no use of it.
    pub async fn until_over(&self, store: &Store, token: Option<&SessionToken>, clock: &Clock) {
        let Some(token) = token else { return std::future::pending().await };
        loop {
            tokio::time::sleep(LOOK).await;
            match store.session(token).await {
                Ok(Some(session)) if self.is_good(&session, clock.now()) => {}
                _ => return,
            }
        }
    }
}
