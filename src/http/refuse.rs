//! What is refused before any handler sees it, in the words of the side that was asked.

use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use pulsvagt_fhir::IssueCode;

use super::api::{self, Code};
use super::fhir::Outcome;
use super::web;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The client has asked for more than its share; there is enough again after that time.
    RateLimited(Duration),
    /// The address is longer than is accepted.
    AddressTooLong,
    /// There are more headers, or longer ones, than are accepted.
    HeadersTooLarge,
}

impl Why {
    const fn code(self) -> Code {
        match self {
            Self::RateLimited(_) => Code::RateLimited,
            Self::AddressTooLong => Code::AddressTooLong,
            Self::HeadersTooLarge => Code::HeadersTooLarge,
        }
    }

    const fn detail(self) -> &'static str {
        match self {
            Self::RateLimited(_) => {
                "too much was asked for; nothing of this request was done, try again after the \
                 seconds in Retry-After"
            }
            Self::AddressTooLong => {
                "the address is longer than 8 KiB; searches can be sent as a form to _search"
            }
            Self::HeadersTooLarge => "at most 100 headers of together 32 KiB are taken in",
        }
    }

    /// As FHIR says it.
    pub(super) fn outcome(self) -> Outcome {
        let kind = match self {
            Self::RateLimited(_) => IssueCode::Throttled,
            Self::AddressTooLong | Self::HeadersTooLarge => IssueCode::TooLong,
        };
        let outcome = Outcome::one(self.code().status(), kind, self.code().as_str(), self.detail());
        match self {
            Self::RateLimited(wait) => outcome.after(wait),
            Self::AddressTooLong | Self::HeadersTooLarge => outcome,
        }
    }

    /// The answer to a request for that path.
    pub(super) fn answer(
        self,
        uri: &Uri,
        headers: &HeaderMap,
        request_id: Option<&str>,
    ) -> Response {
        let path = uri.path();
        let mut response = if path == "/api" || path.starts_with("/api/") {
            api::refused(self.code(), self.detail(), request_id)
        } else if web::is_page(path) {
            web::error(self.code().status(), web::language(uri.query(), headers), request_id)
        } else {
            return self.outcome().into_response();
        };
        if let Self::RateLimited(wait) = self {
            response.headers_mut().insert(RETRY_AFTER, seconds(wait));
        }
        response
    }
}

/// Whole seconds, at least one.
pub(super) fn seconds(wait: Duration) -> HeaderValue {
    let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    HeaderValue::from(whole.clamp(1, 86_400))
}
