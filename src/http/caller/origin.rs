//! Where the server is, as callers see it.

use axum::http::request::Parts;

use crate::app::App;

/// The address of the server as the caller sees it, without a slash at the end.
pub(in crate::http) fn origin(parts: &Parts, app: &App) -> String {
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
pub(in crate::http) fn base(parts: &Parts, app: &App) -> String {
    format!("{}/fhir", origin(parts, app))
}
