//! Styles, scripts and pictures: in the binary, at addresses that change with their content, so
//! that browsers keep them for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use xxhash_rust::xxh3::xxh3_64;

/// Where they are.
pub(in crate::http) const PLACE: &str = "/assets/";

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

/// Name, type and content. How those from elsewhere are renewed: `assets/README.md`.
const FILES: [(&str, &str, &str); 6] = [
    ("app.css", STYLE, include_str!("assets/app.css")),
    ("app.js", SCRIPT, include_str!("assets/app.js")),
    ("charts.js", SCRIPT, include_str!("assets/charts.js")),
    ("uplot.js", SCRIPT, include_str!("assets/uPlot.iife.min.js")),
    ("uplot.css", STYLE, include_str!("assets/uPlot.min.css")),
    ("icon.svg", PICTURE, include_str!("assets/icon.svg")),
];

static ADDRESSES: LazyLock<Vec<String>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(name, _, text)| format!("{PLACE}{:016x}-{name}", xxh3_64(text.as_bytes())))
        .collect()
});

/// The address of a file.
pub(super) fn address(name: &str) -> &'static str {
    let place = FILES.iter().position(|(known, ..)| *known == name);
    place.and_then(|place| ADDRESSES.get(place)).map_or("", String::as_str)
}

/// A file, by the last part of its address.
pub(super) async fn get(Path(file): Path<String>) -> Response {
    let place = ADDRESSES.iter().position(|known| known.strip_prefix(PLACE) == Some(&*file));
    match place.and_then(|place| FILES.get(place)) {
        Some((_, kind, text)) => {
            let keep = "public, max-age=31536000, immutable";
            ([(CONTENT_TYPE, *kind), (CACHE_CONTROL, keep)], *text).into_response()
        }
        None => (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-store")]).into_response(),
    }
}
