//! The accessibility statement.

use maud::{Markup, html};

use super::frame::{self, Kind};
use crate::http::web::words::Words;

/// Where the agency that supervises the law says how to turn to it.
const AGENCY: &str =
    "https://digst.dk/digital-inklusion/webtilgaengelighed/oplever-du-ikke-tilgaengeligt-indhold/";

/// The page, for everybody, with the names of municipalities and the addresses of their statements.
pub(in crate::http::web) fn page(words: Words, statements: &[(String, String)]) -> Markup {
    let title = words.t("accessibility");
    frame::page(
        words,
        None,
        &title,
        Kind { large: true, ..Kind::default() },
        &html! {
            h1 { (title) }
            p { (words.t("a11y-what")) }
            h2 { (words.t("a11y-official-title")) }
            p { (words.t("a11y-official")) }
            @if statements.is_empty() { p { (words.t("a11y-official-none")) } }
            ul {
                @for (name, address) in statements {
                    li { a href=(address) { (words.with("a11y-official-of", &[("name", name.as_str().into())])) } }
                }
            }
            h2 { (words.t("a11y-status-title")) }
            p { (words.t("a11y-status")) }
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
            p { a href=(AGENCY) { (words.t("a11y-agency")) } }
        },
    )
}
