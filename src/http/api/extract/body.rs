//! Bodies: strict JSON, and where it is not what is expected.

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use pulsvagt_fhir::Document;
use serde::de::DeserializeOwned;

use super::super::problem::{Code, Fault, Problem};
use super::pointer::{of_path, of_value};
use crate::app::App;
use crate::http::fhir::body::read_within;

/// The largest body that an operation takes, bytes.
const LIMIT: usize = 1 << 20;

/// How many repeated members of one body are told.
const MAX_DUPLICATES: usize = 20;

/// A JSON body. Unknown members are refused if `T` refuses them, members that came twice always.
#[derive(Debug, Clone, Copy)]
pub(in crate::http::api) struct ApiJson<T>(pub(in crate::http::api) T);

impl<T: DeserializeOwned> FromRequest<App> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        if !is_json(&parts.headers) {
            return Err(Problem::new(Code::UnsupportedMediaType, ""));
        }
        let held = read_within(app, &parts.headers, body, LIMIT).await?;
        parse(&held.bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Reads a body; a [`Problem`] says where it stops being what is expected.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let refused = |faults| Problem::with(Code::BadBody, faults);
    let document = Document::parse(bytes)
        .map_err(|error| refused(vec![Fault::at("", "not-json", error.to_string())]))?;
    let root = document.root();
    let twice: Vec<Fault> = document
        .duplicates()
        .take(MAX_DUPLICATES)
        .map(|value| {
            let text = "the member is given more than once in the same object";
            Fault::at(of_value(root, value), "duplicate-member", text)
        })
        .collect();
    if !twice.is_empty() {
        return Err(refused(twice));
    }
    let mut reader = serde_json::Deserializer::from_str(document.text());
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (line, column) = (error.inner().line(), error.inner().column());
        let text = error.inner().to_string();
        let text = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
        let code = if text.starts_with("unknown field") { "unknown-member" } else { "unexpected" };
        let text = format!("{} (line {line}, column {column})", without_values(text));
        refused(vec![Fault::at(of_path(error.path()), code, text)])
    })
}

/// What serde has to say, without the values that it quotes: those can be anybody's.
pub(super) fn without_values(text: &str) -> String {
    if let Some((_, expected)) = text.rsplit_once(", expected ") {
        return format!("expected {expected}");
    }
    if text.starts_with("missing field `") || text.starts_with("duplicate field `") {
        return text.to_owned();
    }
    "the value is not one that is expected here".to_owned()
}
