//! What was written when the session was over, to be sent again.

use maud::{Markup, html};

use super::frame::{self, Kind};
use crate::http::web::words::Words;

/// A form that was not taken.
#[derive(Debug)]
pub(in crate::http::web) struct Again {
    /// Where it was sent.
    pub(in crate::http::web) to: String,
    /// What was in it, without what proves whose it is.
    pub(in crate::http::web) fields: Vec<Field>,
    /// Who is signed in now, and what a form of theirs has to bring.
    pub(in crate::http::web) person: Option<(String, String)>,
}

/// A field of a form.
#[derive(Debug)]
pub(in crate::http::web) struct Field {
    /// Its name.
    pub(in crate::http::web) name: String,
    /// What it holds.
    pub(in crate::http::web) value: String,
    /// Whether somebody has written it.
    pub(in crate::http::web) is_written: bool,
}

/// The page.
pub(in crate::http::web) fn page(words: Words, again: &Again) -> Markup {
    let title = words.t(if again.person.is_some() { "again-check" } else { "again-over" });
    frame::page(
        words,
        None,
        &title,
        Kind::default(),
        &html! {
            section data-over {
                h1 { (title) }
                p role="alert" { (words.t("again-not-sent")) }
                @match &again.person {
                    Some((name, _)) => p { (words.with("again-person", &[("name", name.as_str().into())])) }
                    None => p {
                        a href="/auth/login?return=/signed-in" target="_blank" rel="noopener" {
                            (words.t("again-sign-in"))
                        }
                        " " (words.t("again-then"))
                    }
                }
            }
            @if again.fields.iter().any(|field| field.is_written) {
                h2 { (words.t("you-wrote")) }
                dl class="facts" {
                    @for field in &again.fields {
                        @if field.is_written { div { dt { code { (field.name) } } dd class="quote" { (field.value) } } }
                    }
                }
            }
            form method="post" action=(again.to) data-again {
                @if let Some((_, csrf)) = &again.person { input type="hidden" name="csrf" value=(csrf); }
                @for field in &again.fields {
                    // A hidden input would lose what is on other lines than the first.
                    textarea name=(field.name) hidden { "\n" (field.value) }
                }
                button class="main" { (words.t("again-send")) }
            }
        },
    )
}

/// Where a sign-in in another window ends.
pub(in crate::http::web) fn signed_in(words: Words) -> Markup {
    let title = words.t("signed-in");
    frame::page(
        words,
        None,
        &title,
        Kind::default(),
        &html! {
            h1 { (title) }
            p { (words.t("signed-in-help")) }
            p { a href="/" { (words.t("to-start")) } }
        },
    )
}
