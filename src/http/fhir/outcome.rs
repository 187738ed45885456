//! Every answer that is not what was asked for: an `OperationOutcome`.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use pulsvagt_fhir::json::push_string;
use pulsvagt_fhir::{Issue, IssueCode, Severity};

use super::super::log::Cause;
use super::super::refuse::seconds;
use crate::ingest::SubmitError;
use crate::store::StoreError;
use crate::telemetry::chain;

/// Seconds after which a client may try again.
pub(in crate::http) const RETRY_SECONDS: &str = "2";

/// An answer with issues. Causes go to the log and never to the client.
#[derive(Debug, Clone)]
pub struct Outcome {
    status: StatusCode,
    issues: Vec<Issue>,
    cause: Option<String>,
    retry: Option<Duration>,
}

impl Outcome {
    /// With these issues.
    pub(crate) fn new(status: StatusCode, issues: Vec<Issue>) -> Self {
        Self { status, issues, cause: None, retry: None }
    }

    /// With one issue that has no place.
    pub(crate) fn one(
        status: StatusCode,
        code: IssueCode,
        key: &'static str,
        diagnostics: impl Into<String>,
    ) -> Self {
        Self::new(status, vec![Issue::error(code, key, "", diagnostics)])
    }

    /// 400: the request cannot be read.
    pub(crate) fn bad_request(key: &'static str, diagnostics: impl Into<String>) -> Self {
        Self::one(StatusCode::BAD_REQUEST, IssueCode::Invalid, key, diagnostics)
    }

    /// 401: who is asking is not known. The reason is for the log.
    pub(crate) fn unauthorised(reason: &str) -> Self {
        let outcome = Self::one(
            StatusCode::UNAUTHORIZED,
            IssueCode::Login,
            "unauthorised",
            "a valid bearer token is needed",
        );
        Self { cause: Some(reason.to_owned()), ..outcome }
    }

    /// 403: the role, or the scopes, do not allow this at all.
    pub(crate) fn forbidden() -> Self {
        Self::one(
            StatusCode::FORBIDDEN,
            IssueCode::Forbidden,
            "forbidden",
            "this role, or the scopes of this token, do not allow this",
        )
    }

    /// 404: the same whether it does not exist or may not be known.
    pub(crate) fn not_found() -> Self {
        Self::one(StatusCode::NOT_FOUND, IssueCode::NotFound, "not-found", "no such resource")
    }

    /// 400 or 422 for a resource that was refused: 400 where it could not even be read.
    pub(crate) fn refused(issues: Vec<Issue>) -> Self {
        Self::new(refusal(&issues), issues)
    }

    /// The server or its database failed.
    pub(crate) fn failed(error: StoreError) -> Self {
        Failure::from(error).into()
    }

    /// The same, with when to come back.
    pub(crate) fn after(self, wait: Duration) -> Self {
        Self { retry: Some(wait), ..self }
    }

    /// Instead of an answer that could not be recorded.
    pub(crate) fn unrecorded(away: bool) -> Self {
        let kind = if away { Kind::Away } else { Kind::Ours };
        let failure = Failure { kind, cause: String::new() };
        let outcome = Self::from(failure);
        if away {
            let text = "who asked cannot be recorded now, so nothing is told; try again";
            return Self::one(outcome.status, IssueCode::Transient, "not-recorded", text);
        }
        outcome
    }

    /// The same, with a cause, which is for the log.
    pub(crate) fn because(self, cause: &str) -> Self {
        Self { cause: Some(cause.to_owned()), ..self }
    }

    /// The same, told of a place where it names none.
    pub(crate) fn at(mut self, place: &str) -> Self {
        for issue in &mut self.issues {
            if issue.expression.is_empty() {
                place.clone_into(&mut issue.expression);
            }
        }
        self
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The issues.
    pub(crate) fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// Why, for the log.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The JSON of the resource.
    pub(crate) fn json(&self) -> String {
        let mut out = String::with_capacity(256);
        push_outcome(&mut out, &self.issues);
        out
    }
}

/// 403 where scopes do not cover it, 400 when the JSON or its structure is broken, 422 when its
/// content is.
pub(super) fn refusal(issues: &[Issue]) -> StatusCode {
    let any = |code| issues.iter().any(|issue| issue.is_error() && issue.code == code);
    if any(IssueCode::Forbidden) {
        return StatusCode::FORBIDDEN;
    }
    if any(IssueCode::Structure) {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// Appends an `OperationOutcome`. Without issues it says that all is well.
pub(super) fn push_outcome(out: &mut String, issues: &[Issue]) {
    out.push_str("{\"resourceType\":\"OperationOutcome\",\"issue\":");
    push_issues(out, issues);
    out.push('}');
}

/// Appends the array of issues.
pub(super) fn push_issues(out: &mut String, issues: &[Issue]) {
    out.push('[');
    let fine = Issue {
        severity: Severity::Information,
        code: IssueCode::Informational,
        key: "ok",
        expression: String::new(),
        diagnostics: "all is well".to_owned(),
    };
    let issues = if issues.is_empty() { std::slice::from_ref(&fine) } else { issues };
    for (position, issue) in issues.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        out.push_str("{\"severity\":\"");
        out.push_str(issue.severity.as_str());
        out.push_str("\",\"code\":\"");
        out.push_str(issue.code.as_str());
        out.push_str("\",\"details\":{\"coding\":[{\"system\":\"urn:pulsvagt:issue\",\"code\":");
        push_string(out, issue.key);
        out.push_str("}]},\"diagnostics\":");
        push_string(out, &issue.diagnostics);
        if !issue.expression.is_empty() {
            out.push_str(",\"expression\":[");
            push_string(out, &issue.expression);
            out.push(']');
        }
        out.push('}');
    }
    out.push(']');
}

impl IntoResponse for Outcome {
    fn into_response(self) -> Response {
        let json = self.json();
        let kind = HeaderValue::from_static("application/fhir+json; charset=utf-8");
        let mut response = (self.status, [(CONTENT_TYPE, kind)], json).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let usual = HeaderValue::from_static(RETRY_SECONDS);
                headers.insert(RETRY_AFTER, self.retry.map_or(usual, seconds));
            }
            _ => {}
        }
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(Cause(cause));
        }
        response
    }
}

/// Something on our side that did not work.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    cause: String,
}

/// What a client may know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Away,
    Ours,
    /// Not a failure: the citizen's data must not be processed.
    Restricted,
    /// Not a failure: the citizen was erased a moment ago.
    Gone,
    /// Not a failure: the caller may not know of it.
    OutOfSight,
}

impl Kind {
    fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Restricted => Self::Restricted,
            StoreError::Gone => Self::Gone,
            StoreError::OutOfSight => Self::OutOfSight,
            error if error.is_transient() => Self::Away,
            _ => Self::Ours,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self { kind: Kind::of(&error), cause: chain(&error) }
    }
}

impl From<&Arc<StoreError>> for Failure {
    fn from(error: &Arc<StoreError>) -> Self {
        Self { kind: Kind::of(error), cause: chain(&**error) }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        let outcome = match failure.kind {
            Kind::Away => Self::one(
                StatusCode::SERVICE_UNAVAILABLE,
                IssueCode::Transient,
                "database-away",
                "the database is not available; nothing of this request was stored, try again",
            ),
            // The same as for a citizen that never was.
            Kind::Gone => Self::one(
                StatusCode::UNPROCESSABLE_ENTITY,
                IssueCode::NotFound,
                "subject-unknown",
                "no such citizen in this municipality, or not one you may write for",
            ),
            Kind::OutOfSight => Self::not_found(),
            Kind::Restricted => Self::one(
                StatusCode::FORBIDDEN,
                IssueCode::Forbidden,
                "restricted",
                "the citizen's data is stored and must not be processed (GDPR article 18)",
            ),
            Kind::Ours => Self::one(
                StatusCode::INTERNAL_SERVER_ERROR,
                IssueCode::Exception,
                "internal",
                "the server failed; the operator can find the reason by the x-request-id",
            ),
        };
        Self { cause: Some(failure.cause), ..outcome }
    }
}

impl From<SubmitError> for Outcome {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Busy(_) => Self::one(
                StatusCode::TOO_MANY_REQUESTS,
                IssueCode::Throttled,
                "queue-full",
                "more is coming in than can be written; nothing of this request was stored, try \
                 again",
            ),
            SubmitError::Stopping => Self::one(
                StatusCode::SERVICE_UNAVAILABLE,
                IssueCode::Transient,
                "stopping",
                "the server is stopping; nothing of this request was stored, try again",
            ),
            SubmitError::Store(error) => Failure::from(&error).into(),
        }
    }
}

/// What a client sees of a panic.
#[expect(clippy::needless_pass_by_value, reason = "the middleware hands it over so")]
pub(in crate::http) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    let failure = Failure { kind: Kind::Ours, cause: format!("panic: {text}") };
    Outcome::from(failure).into_response()
}
