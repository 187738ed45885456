//! `POST /oauth/token`: an access token for a registered client
//! (<https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html>).

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::token_endpoint;
use crate::access::machines::{AccessToken, Asked, Claimed, MachineError, TOKEN_SECONDS};
use crate::access::{Client, Presented};
use crate::app::{App, Municipality};
use crate::audit::{Actor, Purpose, Trail};
use crate::http::fhir::body::read_within;
use crate::http::fhir::{RETRY_SECONDS, pairs};
use crate::http::log::Cause;
use crate::store::StoreError;
use crate::telemetry::chain;

/// Largest form, bytes.
const LARGEST: usize = 64 << 10;
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Makes an access token, or says why not (RFC 6749, section 5.2). Who is not believed is told the
/// same whatever the reason, and whether or not there is such a client.
pub(super) async fn post(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match token(&app, &parts, body).await {
        Ok(made) => answer(
            StatusCode::OK,
            &json!({
                "access_token": made.token,
                "token_type": "bearer",
                "expires_in": TOKEN_SECONDS,
                "scope": made.scopes.to_string(),
            }),
        ),
        Err(refusal) => refusal.answer(),
    }
}

async fn token(app: &App, parts: &Parts, body: Body) -> Result<AccessToken, Refusal> {
    let form = Form::read(app, &parts.headers, body).await?;
    match form.one("grant_type")? {
        None => return Err(Refusal::Request("grant_type is missing")),
        Some("client_credentials") => {}
        Some(_) => return Err(Refusal::Grant),
    }
    let Some(endpoint) = token_endpoint(parts, app) else {
        return Err(Refusal::Request(
            "public_url is not configured, so no assertion can be for us",
        ));
    };
    let scope = form.one("scope")?.unwrap_or("");
    let named = form.one("client_id")?;
    if form.one("client_assertion_type")? != Some(ASSERTION_TYPE) {
        return Err(Refusal::Client("client_assertion_type is missing or another".to_owned()));
    }
    let assertion = form.one("client_assertion")?.unwrap_or("");
    let claimed = Claimed::parse(assertion)?;
    if named.is_some_and(|named| named != claimed.client.as_str()) {
        return Err(Refusal::Client("client_id is not that of the assertion".to_owned()));
    }
    let _turn = app.machines().turn().await.ok_or(Refusal::Busy)?;
    let unknown = || Refusal::Client("the client's municipality is not served here".to_owned());
    let tenant = claimed.client.tenant().map_err(|_| unknown())?;
    let municipality = app.municipality(&tenant).await?.ok_or_else(unknown)?;
    let proven = |client: &Client| record(parts, &municipality, client);
    let store = &municipality.store;
    let asked = Asked { endpoint: &endpoint, scope, shown: parts.extensions.get::<Presented>() };
    let made = app.machines().exchange(store, &claimed, asked, proven).await?;
    tracing::info!(client = %claimed.client, tenant = %tenant, scope = %made.scopes,
        "access token made");
    Ok(made)
}

/// From here on it is known who asks, and the answer, whatever it is, gets an entry.
fn record(parts: &Parts, municipality: &Municipality, client: &Client) {
    let Some(trail) = parts.extensions.get::<Trail>() else { return };
    let id = client.id.to_string();
    let actor = Actor {
        issuer: String::new(),
        subject: id.clone(),
        role: client.role.as_str().to_owned(),
        client: Some(id),
    };
    let (tenant, recorder) = (municipality.store.code(), municipality.recorder.clone());
    trail.operation("token");
    trail.authenticated(tenant, actor, Purpose::of(client.role), recorder);
    trail.nobody();
}

/// The parameters of the request.
struct Form(Vec<(String, String)>);

impl Form {
    async fn read(app: &App, headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
        let is_form = headers.get(CONTENT_TYPE).is_some_and(|kind| {
            let kind = kind.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
            kind.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
        });
        if !is_form {
            return Err(Refusal::Request("a form is expected: application/x-www-form-urlencoded"));
        }
        let held = read_within(app, headers, body, LARGEST).await.map_err(|outcome| {
            if outcome.status().is_server_error() { Refusal::Busy } else { Refusal::Body }
        })?;
        let text = std::str::from_utf8(&held.bytes);
        Ok(Self(pairs(text.map_err(|_| Refusal::Request("the form is not UTF-8"))?.trim())))
    }

    /// A parameter, which may stand once.
    fn one(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.0.iter().filter(|(given, _)| given == name);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some((_, value)), None) => Ok(Some(value)),
            (Some(_), Some(_)) => Err(Refusal::Request("a parameter stands twice")),
        }
    }
}

/// Why there is no token. What a client is told beside the kind is only about the form.
enum Refusal {
    Request(&'static str),
    Body,
    Grant,
    Client(String),
    Scope,
    Busy,
    Failed(StoreError),
}

impl From<MachineError> for Refusal {
    fn from(error: MachineError) -> Self {
        match error {
            MachineError::Scope => Self::Scope,
            MachineError::Store(error) => Self::Failed(error),
            error => Self::Client(error.to_string()),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl Refusal {
    fn answer(self) -> Response {
        let told = |error: &str, text: &str| json!({"error": error, "error_description": text});
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::Request(text) => answer(bad, &told("invalid_request", text)),
            Self::Body => answer(bad, &told("invalid_request", "the form cannot be read")),
            Self::Grant => {
                let text = "only client_credentials is offered";
                answer(bad, &told("unsupported_grant_type", text))
            }
            Self::Scope => {
                let text = "none of these scopes is registered for the client";
                answer(bad, &told("invalid_scope", text))
            }
            Self::Client(reason) => {
                let text = "the client or its assertion is not accepted";
                let mut response = answer(StatusCode::UNAUTHORIZED, &told("invalid_client", text));
                response.extensions_mut().insert(Cause(reason));
                response
            }
            Self::Busy => away(None),
            Self::Failed(error) => away(Some(chain(&error))),
        }
    }
}

fn away(cause: Option<String>) -> Response {
    let text = "try again";
    let told = json!({"error": "temporarily_unavailable", "error_description": text});
    let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, &told);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
    if let Some(cause) = cause {
        response.extensions_mut().insert(Cause(cause));
    }
    response
}

fn answer(status: StatusCode, json: &Value) -> Response {
    let headers =
        [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];
    (status, headers, json.to_string()).into_response()
}
