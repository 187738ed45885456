//! The extractor that is the door: a handler that takes a [`Caller`] has been authenticated.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::fhir::{Failure, Outcome};
use crate::access::machines::MachineError;
use crate::access::{Interaction, Principal, TokenError};
use crate::app::{App, Municipality};
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
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| Refused::Unknown("no bearer token".to_owned()))?;
        let principal = principal(app, token).await?;
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

/// Who bears the token: somebody known to a configured issuer, or a system with a token of ours.
async fn principal(app: &App, token: &str) -> Result<Principal, Refused> {
    match app.authenticator().authenticate(token).await {
        Ok(principal) => return Ok(principal),
        Err(TokenError::UnknownIssuer) => {}
        Err(error) => return Err(Refused::Unknown(error.to_string())),
    }
    app.machines().authenticate(token).await.map_err(|error| match error {
        MachineError::Store(error) => Refused::Failed(error),
        error => Refused::Unknown(error.to_string()),
    })
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
