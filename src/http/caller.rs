//! The extractor that is the door: a handler that takes a [`Caller`] has been authenticated.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::fhir::{Failure, Outcome};
use crate::access::machines::MachineError;
use crate::access::{Interaction, Presented, Principal, TokenError};
use crate::app::{App, Municipality};
use crate::ids::CitizenNo;
use crate::ingest::Sender;
use crate::store::StoreError;

/// An authenticated caller, and the one municipality it can reach.
#[derive(Debug, Clone)]
pub struct Caller {
    principal: Principal,
    municipality: Arc<Municipality>,
    base: Arc<str>,
}

impl Caller {
    /// Who it is.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The municipality.
    pub fn municipality(&self) -> &Municipality {
        &self.municipality
    }

    /// The FHIR base address as the caller sees it, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The one citizen that the caller can reach, if there is such a limit.
    pub fn citizen(&self) -> Option<&str> {
        self.principal.citizen()
    }

    /// Refuses what the role and the scopes do not let the caller do to anything of the type. What
    /// they let it do to some, `fhir::within` narrows.
    pub(super) fn require(&self, interaction: Interaction, kind: &str) -> Result<(), Outcome> {
        if self.principal.may(interaction, kind) { Ok(()) } else { Err(Outcome::forbidden()) }
    }

    /// Refuses staff and gateways what is a restricted citizen's; the citizen's own access stays.
    /// Comes after it is known that the caller may know of it.
    pub(super) async fn may_see(&self, citizen: Option<CitizenNo>) -> Result<(), StoreError> {
        match self.principal.citizen() {
            Some(_) => Ok(()),
            None => self.municipality.store.open_to_staff(citizen).await,
        }
    }

    /// On whose behalf readings are examined that are to be created or updated.
    pub(super) fn sender(&self, app: &App, interaction: Interaction) -> Sender<'_> {
        Sender {
            citizen: self.principal.citizen(),
            scopes: self.principal.scopes().map(|scopes| (scopes, interaction)),
            base: &self.base,
            received: app.clock().now(),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Outcome;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        // An entry of a Bundle is asked by whoever sent the Bundle.
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        Ok(Self::authenticate(parts, app).await?)
    }
}

/// Why nobody comes in.
#[derive(Debug)]
pub(super) enum Refused {
    /// Who is asking is not known. The reason is for the log.
    Unknown(String),
    /// It could not be found out.
    Failed(StoreError),
}

impl From<Refused> for Outcome {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unknown(reason) => Self::unauthorised(&reason),
            Refused::Failed(error) => Self::failed(error),
        }
    }
}

impl Caller {
    /// Who sent the request, by its bearer token.
    pub(super) async fn authenticate(parts: &Parts, app: &App) -> Result<Self, Refused> {
        let identified = match parts.extensions.get::<Identified>() {
            Some(identified) => identified.clone(),
            None => identify(parts, app).await.map_err(Refused::Failed)?,
        };
        let principal =
            identified.0.map_err(|unknown| Refused::Unknown(unknown.reason.to_string()))?;
        let municipality =
            app.municipality(principal.tenant()).await.map_err(Refused::Failed)?.ok_or_else(
                || Refused::Unknown("the token's municipality is not served here".to_owned()),
            )?;
        if let Some(client) = principal.client() {
            let active = app.machines().is_active(&municipality.store, client).await;
            if !active.map_err(Refused::Failed)? {
                return Err(Refused::Unknown("the client is revoked".to_owned()));
            }
        }
        let base = base(parts, app).into();
        Ok(Self { principal, municipality, base })
    }
}

/// Whose token came with the request, or why it is not believed.
#[derive(Debug, Clone)]
pub(super) struct Identified(pub(super) Result<Principal, Unknown>);

/// Why who is asking is not known.
#[derive(Debug, Clone)]
pub(super) struct Unknown {
    /// For the log.
    reason: Arc<str>,
    /// Whether it may be somebody who tries tokens.
    pub(super) is_guess: bool,
}

impl Identified {
    fn unknown(reason: &str, is_guess: bool) -> Self {
        Self(Err(Unknown { reason: reason.into(), is_guess }))
    }
}

/// The bearer token of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Who sent the request: the token is good, and the connection is the one it is bound to.
///
/// # Errors
/// When it cannot be found out.
pub(super) async fn identify(parts: &Parts, app: &App) -> Result<Identified, StoreError> {
    let Some(token) = bearer(&parts.headers) else {
        return Ok(Identified::unknown("no bearer token", false));
    };
    let principal = match principal(app, token).await {
        Ok(principal) => principal,
        Err(MachineError::Store(error)) => return Err(error),
        Err(MachineError::Token(error)) => {
            return Ok(Identified::unknown(&error.to_string(), error.is_guess()));
        }
        Err(error) => return Ok(Identified::unknown(&error.to_string(), true)),
    };
    let presented = parts.extensions.get::<Presented>();
    if principal.is_believed_with(presented, app.clock().now().as_second()) {
        Ok(Identified(Ok(principal)))
    } else {
        Ok(Identified::unknown("the token is bound to another certificate", false))
    }
}

/// Who bears the token: somebody known to a configured issuer, or a system with a token of ours.
async fn principal(app: &App, token: &str) -> Result<Principal, MachineError> {
    match app.authenticator().authenticate(token).await {
        Err(TokenError::UnknownIssuer) => app.machines().authenticate(token).await,
        known => Ok(known?),
    }
}

/// The address of the server as the caller sees it, without a slash at the end.
pub(super) fn origin(parts: &Parts, app: &App) -> String {
    if let Some(url) = app.public_url() {
        return url.to_owned();
    }
    let host = parts
        .headers
        .get(axum::http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| parts.uri.authority().map(axum::http::uri::Authority::as_str))
        .filter(|host| {
            host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
        })
        .unwrap_or("localhost");
    let scheme =
        if parts.extensions.get::<crate::app::OverTls>().is_some() { "https" } else { "http" };
    format!("{scheme}://{host}")
}

/// The FHIR base address as the caller sees it, without a slash at the end.
pub(super) fn base(parts: &Parts, app: &App) -> String {
    format!("{}/fhir", origin(parts, app))
}

impl From<StoreError> for Outcome {
    fn from(error: StoreError) -> Self {
        Failure::from(error).into()
    }
}
