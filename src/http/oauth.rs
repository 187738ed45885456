//! OAuth 2.0 for systems that act for themselves, and what SMART apps read before they begin.

mod jwks;
mod smart_configuration;
mod token;

use axum::Router;
use axum::http::request::Parts;
use axum::routing::{get, post};

use super::caller::origin;
use crate::access::jwks::is_safe_address;
use crate::app::App;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/oauth/token", post(token::post))
        .route("/oauth/jwks.json", get(jwks::get))
        .route("/.well-known/smart-configuration", get(smart_configuration::get))
        .route("/fhir/.well-known/smart-configuration", get(smart_configuration::get))
}

/// The address of the token endpoint, which assertions have to be made for. What a client says in
/// its `Host` header is no proof of who we are, unless it is this computer; so elsewhere there is
/// no token endpoint without a configured public address.
fn token_endpoint(parts: &Parts, app: &App) -> Option<String> {
    let origin = origin(parts, app);
    let known =
        app.public_url().is_some() || is_safe_address(&origin.replacen("https://", "http://", 1));
    known.then(|| format!("{origin}/oauth/token"))
}
