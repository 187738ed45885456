//! `GET /accessibility`: the statement that the law asks for (EN 301 549; lov om tilgængelighed af
//! offentlige organers websteder og mobilapplikationer), and `GET /was`, the short address at which
//! people look for a municipality's own. For everybody.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::page::{html, to};
use super::view;
use super::words::Words;
use crate::app::App;

pub(super) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let words = Words::of(query.as_deref(), &headers);
    let mut statements = Vec::new();
    for (code, address) in app.statements() {
        // Without its database a municipality is told by its code.
        let open = app.municipality(code).await.ok().flatten();
        let name = open.map_or_else(|| code.to_string(), |open| open.store.name().to_owned());
        statements.push((name, address.clone()));
    }
    html(StatusCode::OK, words, view::accessibility::page(words, &statements))
}

/// The municipality's own statement, where there is one; else our page about it.
pub(super) async fn official(State(app): State<App>) -> Response {
    let mut addresses = app.statements().values();
    match (addresses.next(), addresses.next()) {
        (Some(address), None) => to(address),
        _ => to("/accessibility"),
    }
}
