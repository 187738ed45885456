//! `GET /accessibility`: the statement that the law asks for (EN 301 549; lov om tilgængelighed af
//! offentlige organers websteder og mobilapplikationer). For everybody.

use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::page::html;
use super::view;
use super::words::Words;

pub(super) async fn get(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let words = Words::of(query.as_deref(), &headers);
    html(StatusCode::OK, words, view::accessibility::page(words))
}
