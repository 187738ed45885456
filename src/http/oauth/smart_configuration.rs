//! `GET /.well-known/smart-configuration`
//! (<https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html>): what is really offered.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::token_endpoint;
use crate::access::policy::{is_read_only, resource_types};
use crate::app::App;
use crate::http::caller::origin;

/// Open to everybody: clients read it before they have a token.
pub(super) async fn get(State(app): State<App>, parts: Parts) -> Response {
    let document = document(&parts, &app);
    ([(CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}

fn document(parts: &Parts, app: &App) -> Value {
    let mut document = json!({
        "jwks_uri": format!("{}/oauth/jwks.json", origin(parts, app)),
        "scopes_supported": scopes(),
        "code_challenge_methods_supported": ["S256"],
        "capabilities": [
            "client-confidential-asymmetric",
            "permission-patient",
            "permission-user",
            "permission-v1",
            "permission-v2"
        ]
    });
    if let Some(endpoint) = token_endpoint(parts, app) {
        document["token_endpoint"] = json!(endpoint);
        document["grant_types_supported"] = json!(["client_credentials"]);
        document["token_endpoint_auth_methods_supported"] = json!(["private_key_jwt"]);
        document["token_endpoint_auth_signing_alg_values_supported"] = json!(["RS384", "ES384"]);
    }
    if let Some(endpoint) = app.authenticator().authorization_endpoint() {
        document["authorization_endpoint"] = json!(endpoint);
    }
    document
}

/// The widest scope for each type that means something here.
fn scopes() -> Vec<String> {
    let letters = |kind: &str| if is_read_only(kind) { "rs" } else { "crus" };
    ["patient", "user", "system"]
        .into_iter()
        .flat_map(|level| {
            let one = move |kind: &str| format!("{level}/{kind}.{}", letters(kind));
            resource_types().map(one).chain([format!("{level}/*.crus")])
        })
        .collect()
}
