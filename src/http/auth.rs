//! Signing in and out with a browser. See docs/adr/0017-people-and-sessions.md.

mod backchannel;
mod begin;
mod callback;
mod codes;
pub(super) mod cookies;
pub(super) mod csrf;
mod local;
mod login;
mod logout;
mod own;
mod page;
mod password;
mod session;

use axum::Router;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::caller::origin;
use super::fhir::pairs;
use crate::app::App;

/// Longest address to go back to, bytes.
const LONGEST_RETURN: usize = 2 << 10;

/// Pages of these that one may want to go to by oneself.
const OWN_PAGES: [&str; 2] = ["/auth/password", "/auth/codes"];

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/auth/login", get(login::get))
        .route("/auth/callback", get(callback::get))
        .route("/auth/local", get(local::get).post(local::post))
        .route("/auth/logout", get(logout::get).post(logout::post))
        .route("/auth/backchannel-logout", post(backchannel::post))
        .route("/auth/password", get(password::get).post(password::post))
        .route("/auth/codes", get(codes::get).post(codes::post))
        .route("/auth/session", get(session::get))
        .route("/auth/auth.css", get(page::style))
}

/// Where to go after a sign-in: a path of this server and nothing else, or its front page.
pub(super) fn own_path(text: Option<&str>) -> &str {
    text.filter(|path| {
        // A browser takes `//` and `/\` for the beginning of another host.
        path.len() <= LONGEST_RETURN
            && path.starts_with('/')
            && !path.starts_with("//")
            && (!path.starts_with("/auth/") || OWN_PAGES.contains(path))
            && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    })
    .unwrap_or("/")
}

/// A parameter of the query, if it stands once.
fn parameter(parts: &Parts, name: &str) -> Option<String> {
    let all = pairs(parts.uri.query().unwrap_or(""));
    let mut values = all.into_iter().filter(|(given, _)| given == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// A query of these parameters.
fn query(parameters: &[(&str, &str)]) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        out.append_pair(name, value);
    }
    out.finish()
}

/// 303: to be asked for with GET, whatever was done here.
fn see(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::from_str(address) {
        response.headers_mut().insert(axum::http::header::LOCATION, value);
    }
    response
}

/// Where the provider sends browsers back to.
fn callback_address(parts: &Parts, app: &App) -> String {
    format!("{}/auth/callback", origin(parts, app))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_own_paths_are_gone_back_to() {
        for good in ["/", "/auth/password", "/citizens/x?a=b#c", "/a//b", "/me"] {
            assert_eq!(own_path(Some(good)), good);
        }
        for bad in [
            "",
            "x",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=y",
            "/\t/evil.example",
            "/æ",
            "/auth/logout",
        ] {
            assert_eq!(own_path(Some(bad)), "/", "{bad:?}");
        }
        assert_eq!(own_path(Some(&format!("/{}", "x".repeat(3_000)))), "/");
        assert_eq!(own_path(None), "/");
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_stays_here(text in any::<String>()) {
            let path = own_path(Some(&text));
            prop_assert!(path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'));
            prop_assert!(HeaderValue::from_str(path).is_ok());
        }
    }
}
