//! Every answer that is not what was asked for: problem details (RFC 9457).

mod code;

use std::any::Any;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::caller::{BAD_PURPOSE, FORGED, Refused, SIGN_IN_AGAIN};
use crate::http::fhir::{Outcome, RETRY_SECONDS};
use crate::http::log::Cause;
use crate::store::StoreError;
use crate::telemetry::chain;

pub(in crate::http) use code::Code;

/// Where the types of problems are named.
const TYPES: &str = "https://pulsvagt.dk/problems/";

/// A problem. Causes go to the log and never to the client.
#[derive(Debug, Clone)]
pub(in crate::http) struct Problem {
    code: Code,
    detail: String,
    errors: Vec<Fault>,
    members: Members,
    cause: Option<String>,
}

/// Further members of a problem (RFC 9457, 3.2).
type Members = serde_json::Map<String, serde_json::Value>;

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Fault {
    /// Where in the body, as a JSON pointer (RFC 6901). Empty is the whole body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) pointer: Option<String>,
    /// Which parameter or header, where it is not in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) parameter: Option<String>,
    /// A sentence for a person. Never repeats text that was sent.
    pub(in crate::http) detail: String,
    /// What kind of fault it is, stable.
    pub(in crate::http) code: String,
}

impl Fault {
    /// At a place in the body.
    pub(in crate::http) fn at(
        pointer: impl Into<String>,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        let pointer = Some(pointer.into());
        Self { pointer, parameter: None, detail: detail.into(), code: code.into() }
    }

    /// In a parameter or header.
    pub(in crate::http) fn of_parameter(
        name: impl Into<String>,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        let parameter = Some(name.into());
        Self { pointer: None, parameter, detail: detail.into(), code: code.into() }
    }
}

/// Problem details (RFC 9457), media type `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub(super) struct ProblemDetails<'a> {
    /// The kind of problem as an address: `https://pulsvagt.dk/problems/` and the code.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    kind: String,
    /// The kind of problem in words, the same each time.
    title: &'a str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong this time.
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schema(required = false)]
    detail: &'a str,
    /// The kind of problem, stable.
    code: &'a str,
    /// Everything that is wrong with the request, and where.
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [Fault],
    /// The request's id, as in the header `x-request-id` and in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    request_id: Option<&'a str>,
    /// What else the kind of problem tells; see the operation.
    #[serde(flatten)]
    #[schema(ignore)]
    members: &'a Members,
}

impl Problem {
    /// Of that kind; `detail` says what is wrong this time and may be empty.
    pub(in crate::http) fn new(code: Code, detail: impl Into<String>) -> Self {
        let (errors, members) = (Vec::new(), Members::new());
        Self { code, detail: detail.into(), errors, members, cause: None }
    }

    /// Its kind.
    pub(in crate::http) fn code(&self) -> Code {
        self.code
    }

    /// Everything that is wrong.
    pub(in crate::http) fn faults(&self) -> &[Fault] {
        &self.errors
    }

    /// With everything that is wrong.
    pub(in crate::http) fn with(code: Code, errors: Vec<Fault>) -> Self {
        let detail = errors.first().map(|fault| fault.detail.clone()).unwrap_or_default();
        Self { errors, ..Self::new(code, detail) }
    }

    /// With a further member.
    pub(in crate::http) fn member(mut self, name: &str, value: serde_json::Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// With a cause, which is for the log.
    pub(super) fn because(self, cause: String) -> Self {
        Self { cause: Some(cause), ..self }
    }

    /// 401. The reason is for the log.
    pub(super) fn unauthorised(reason: String) -> Self {
        Self { cause: Some(reason), ..Self::new(Code::Unauthorised, "") }
    }

    /// 404: the same whether it does not exist or may not be known.
    pub(in crate::http) fn not_found() -> Self {
        Self::new(Code::NotFound, "")
    }

    /// The server failed. The cause is for the log.
    pub(in crate::http) fn internal(cause: impl Into<String>) -> Self {
        let detail = "the operator can find the reason by the request id";
        Self { cause: Some(cause.into()), ..Self::new(Code::Internal, detail) }
    }

    /// The answer, with the request's id.
    pub(super) fn render(&self, request_id: Option<&str>) -> Response {
        let status = self.code.status();
        let details = ProblemDetails {
            kind: format!("{TYPES}{}", self.code.as_str()),
            title: self.code.title(),
            status: status.as_u16(),
            detail: &self.detail,
            code: self.code.as_str(),
            errors: &self.errors,
            request_id,
            members: &self.members,
        };
        let json = serde_json::to_string(&details).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(CONTENT_TYPE, kind)], json).into_response();
        let headers = response.headers_mut();
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
            }
            _ => {}
        }
        if let Some(cause) = &self.cause {
            response.extensions_mut().insert(Cause(cause.clone()));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.render(None);
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let cause = chain(&error);
        if matches!(error, StoreError::Restricted) {
            Self { cause: Some(cause), ..Self::new(Code::Restricted, "") }
        } else if matches!(error, StoreError::Gone | StoreError::OutOfSight) {
            Self { cause: Some(cause), ..Self::not_found() }
        } else if error.is_transient() {
            Self { cause: Some(cause), ..Self::new(Code::DatabaseAway, "") }
        } else {
            Self::internal(cause)
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unknown(reason) => Self::unauthorised(reason),
            Refused::Purpose => {
                let fault = Fault::of_parameter("X-Purpose-Of-Use", "bad-purpose", BAD_PURPOSE);
                Self::with(Code::BadHeader, vec![fault])
            }
            Refused::Forged(reason) => {
                Self::new(Code::ForgedRequest, FORGED).because(reason.to_owned())
            }
            Refused::NotRecent => Self::new(Code::SignInAgain, SIGN_IN_AGAIN),
            Refused::Failed(error) => error.into(),
        }
    }
}

/// What the FHIR side refuses in the words of this side: bodies are read by the same code.
impl From<Outcome> for Problem {
    fn from(outcome: Outcome) -> Self {
        let issue = outcome.issues().first();
        let Some(code) = issue.and_then(|issue| Code::from_word(issue.key)) else {
            return Self::internal(issue.map_or("an outcome without issues", |issue| issue.key));
        };
        Self { cause: outcome.cause().map(str::to_owned), ..Self::new(code, "") }
    }
}

/// What a client sees of a panic.
#[expect(clippy::needless_pass_by_value, reason = "the middleware hands it over so")]
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    Problem::internal(format!("panic: {text}")).into_response()
}
