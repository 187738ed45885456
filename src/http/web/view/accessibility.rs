//! The accessibility statement.

use maud::{Markup, html};

use super::frame::{self, Kind};
use crate::http::web::words::Words;

/// The page, for everybody.
pub(in crate::http::web) fn page(words: Words) -> Markup {
    let title = words.t("accessibility");
    frame::page(
        words,
        None,
        &title,
        Kind { large: true, ..Kind::default() },
        &html! {
            h1 { (title) }
            p { (words.t("a11y-what")) }
            h2 { (words.t("a11y-how-title")) }
            ul {
                @for key in ["a11y-keyboard", "a11y-colour", "a11y-zoom", "a11y-script", "a11y-table", "a11y-language"] {
                    li { (words.t(key)) }
                }
            }
            h2 { (words.t("a11y-tested-title")) }
            p { (words.t("a11y-tested")) }
            h2 { (words.t("a11y-not-title")) }
            p { (words.t("a11y-not")) }
            h2 { (words.t("a11y-contact-title")) }
            p { (words.t("a11y-contact")) }
        },
    )
}
