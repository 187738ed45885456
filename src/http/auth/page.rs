//! What the pages of signing in have in common. They have no script.

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use pulsvagt_analytics::Language;

use super::parameter;
use crate::http::api::Lang;
use crate::http::log::Cause;
use crate::http::web::Words;

const STYLE: &str = include_str!("auth.css");
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// The style of these pages.
pub(super) async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

/// The texts of a page, in the language that its address says, else in the one that the browser likes
/// best.
pub(super) fn words(parts: &Parts) -> Words {
    Words(match parameter(parts, "lang").as_deref() {
        Some("en") => Language::English,
        Some("da") => Language::Danish,
        _ => Lang::of(&parts.headers).0,
    })
}

/// A page.
pub(super) fn page(status: StatusCode, words: Words, title: &str, body: &Markup) -> Response {
    let product = words.t("product");
    let markup = html! {
        (DOCTYPE)
        html lang=(words.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – " (product) }
                link rel="stylesheet" href="/auth/auth.css";
            }
            body {
                main {
                    p.brand { (product) }
                    h1 { (title) }
                    (body)
                }
                footer { a href="/accessibility" { (words.t("accessibility")) } }
            }
        }
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    Lang(words.0).tell((status, headers, markup.into_string()).into_response())
}

/// A page that says that it did not work; the reason is for the log.
pub(super) fn refusal(
    status: StatusCode,
    words: Words,
    said: &str,
    again: &str,
    cause: String,
) -> Response {
    let body = html! {
        p role="alert" { (said) }
        p { a.button href=(again) { (words.t("sign-in-retry")) } }
    };
    let mut response = page(status, words, &words.t("sign-in-not"), &body);
    response.extensions_mut().insert(Cause(cause));
    response
}

/// The server, or its database, cannot go on.
pub(super) fn away(words: Words, again: &str, cause: String) -> Response {
    let said = words.t("sign-in-away");
    refusal(StatusCode::SERVICE_UNAVAILABLE, words, &said, again, cause)
}

/// Nothing secret may be given to a browser over a connection that others can read.
pub(super) fn insecure(words: Words) -> Response {
    let said = words.t("sign-in-insecure");
    let cause = "a sign-in without TLS, and public_url is not https".to_owned();
    refusal(StatusCode::FORBIDDEN, words, &said, "/auth/login", cause)
}
