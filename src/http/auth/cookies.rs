//! Cookies. Over TLS their names begin with `__Host-`, so that no other host can set them; on this
//! computer alone, for demos, they are plain.

use axum::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use crate::access::SessionToken;
use crate::access::jwks::is_safe_address;
use crate::app::App;
use crate::http::caller::origin;

/// A cookie of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Name {
    /// The session.
    Session,
    /// What is kept while somebody is at a provider.
    Pending,
    /// What a sign-in form has to bring back.
    Form,
    /// That somebody has signed in from this browser before.
    Device,
}

impl Name {
    fn text(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-pulsvagt",
            (Self::Session, false) => "pulsvagt",
            (Self::Pending, true) => "__Host-pulsvagt-pending",
            (Self::Pending, false) => "pulsvagt-pending",
            (Self::Form, true) => "__Host-pulsvagt-form",
            (Self::Form, false) => "pulsvagt-form",
            (Self::Device, true) => "__Host-pulsvagt-device",
            (Self::Device, false) => "pulsvagt-device",
        }
    }

    /// Seconds that it is kept; `None` = until the browser is closed.
    fn seconds(self) -> Option<u32> {
        match self {
            Self::Session | Self::Form => None,
            Self::Pending => Some(15 * 60),
            Self::Device => Some(180 * 86_400),
        }
    }
}

/// Whether the browser talks TLS to us; `None` where it does not and is not on this computer, so
/// that nothing secret may be given to it.
pub(in crate::http) fn is_secure(parts: &Parts, app: &App) -> Option<bool> {
    let origin = origin(parts, app);
    if origin.starts_with("https://") {
        return Some(true);
    }
    is_safe_address(&origin).then_some(false)
}

/// The value of a cookie; none where it stands twice, since one of them is not ours.
pub(in crate::http) fn read<'p>(parts: &'p Parts, app: &App, name: Name) -> Option<&'p str> {
    named(&parts.headers, name.text(is_secure(parts, app)?))
}

fn named<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = texts
        .flat_map(|text| text.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter(|(given, _)| *given == name)
        .map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// The session that the request came with; none where it says in another way who it is.
pub(in crate::http) fn session_token(parts: &Parts, app: &App) -> Option<SessionToken> {
    if parts.headers.contains_key(AUTHORIZATION) {
        return None;
    }
    read(parts, app, Name::Session).and_then(SessionToken::parse)
}

/// Has the browser keep a cookie.
pub(super) fn set(response: &mut Response, secure: bool, name: Name, value: &str) {
    let age = name.seconds().map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    append(response, secure, name, value, &age);
}

/// Has the browser forget a cookie.
pub(super) fn clear(response: &mut Response, secure: bool, name: Name) {
    append(response, secure, name, "", "; Max-Age=0");
}

fn append(response: &mut Response, secure: bool, name: Name, value: &str, age: &str) {
    let name = name.text(secure);
    let tls = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{tls}{age}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_stands_twice_is_none() {
        let headers = |texts: &[&str]| {
            let mut headers = HeaderMap::new();
            for text in texts {
                headers.append(COOKIE, text.parse().expect("a value"));
            }
            headers
        };
        assert_eq!(named(&headers(&["a=1; pulsvagt=2"]), "pulsvagt"), Some("2"));
        assert_eq!(named(&headers(&["a=1", "pulsvagt=2;b=3"]), "pulsvagt"), Some("2"));
        assert_eq!(named(&headers(&["pulsvagt=2; pulsvagt=3"]), "pulsvagt"), None);
        assert_eq!(named(&headers(&["pulsvagt=2", "pulsvagt=2"]), "pulsvagt"), None);
        assert_eq!(named(&headers(&["xpulsvagt=2; pulsvagt"]), "pulsvagt"), None);
        assert_eq!(named(&HeaderMap::new(), "pulsvagt"), None);
    }
}
