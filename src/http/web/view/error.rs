//! What went wrong.

use maud::{Markup, html};

use super::frame::{self, Kind};
use crate::http::web::words::Words;

/// The page of a status, with the request's id by which the reason can be found.
pub(in crate::http::web) fn page(words: Words, status: u16, request_id: Option<&str>) -> Markup {
    let key = match status {
        401 => "error-401",
        403 => "error-403",
        404 => "error-404",
        429 => "error-429",
        503 => "error-503",
        400..500 => "error-400",
        _ => "error-500",
    };
    let title = words.t("error-title");
    frame::page(
        words,
        None,
        &title,
        Kind::default(),
        &html! {
            h1 { (title) }
            p { (words.t(key)) }
            p { a href="/" { (words.t("to-start")) } }
            @if let Some(id) = request_id {
                p class="fine" { (words.t("error-id")) " " code { (id) } }
            }
        },
    )
}
