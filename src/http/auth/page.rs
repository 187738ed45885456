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
use crate::projection::words::Text;

const STYLE: &str = include_str!("auth.css");
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// The style of these pages.
pub(super) async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

/// The language of a page: what its address says, else what the browser likes best.
pub(super) fn language(parts: &Parts) -> Lang {
    match parameter(parts, "lang").as_deref() {
        Some("en") => Lang(Language::English),
        Some("da") => Lang(Language::Danish),
        _ => Lang::of(&parts.headers),
    }
}

/// The tag of a language.
pub(super) fn tag(lang: Lang) -> &'static str {
    match lang.0 {
        Language::Danish => "da",
        Language::English => "en",
    }
}

/// A text in both languages.
pub(super) const fn text(da: &'static str, en: &'static str) -> Text<'static> {
    Text { da, en }
}

/// A page.
pub(super) fn page(
    status: StatusCode,
    lang: Lang,
    title: Text<'static>,
    body: &Markup,
) -> Response {
    titled(status, lang, lang.pick(title), body)
}

/// A page of that title.
pub(super) fn titled(status: StatusCode, lang: Lang, title: &str, body: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang=(tag(lang)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – Pulsvagt" }
                link rel="stylesheet" href="/auth/auth.css";
            }
            body {
                main {
                    p.brand { "Pulsvagt" }
                    h1 { (title) }
                    (body)
                }
                footer { a href="/accessibility" { (Words(lang.0).t("accessibility")) } }
            }
        }
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    lang.tell((status, headers, markup.into_string()).into_response())
}

/// A page that says that it did not work; the reason is for the log.
pub(super) fn refusal(
    status: StatusCode,
    lang: Lang,
    said: Text<'static>,
    again: &str,
    cause: String,
) -> Response {
    let body = html! {
        p role="alert" { (lang.pick(said)) }
        p { a.button href=(again) { (lang.pick(text("Prøv igen", "Try again"))) } }
    };
    let title = text("Du er ikke logget ind", "You are not signed in");
    let mut response = page(status, lang, title, &body);
    response.extensions_mut().insert(Cause(cause));
    response
}

/// The server, or its database, cannot go on.
pub(super) fn away(lang: Lang, again: &str, cause: String) -> Response {
    let said = text(
        "Det kan ikke lade sig gøre lige nu. Prøv igen om lidt.",
        "This cannot be done just now. Try again in a moment.",
    );
    refusal(StatusCode::SERVICE_UNAVAILABLE, lang, said, again, cause)
}

/// Nothing secret may be given to a browser over a connection that others can read.
pub(super) fn insecure(lang: Lang) -> Response {
    let said = text(
        "Det er kun muligt at logge ind over https.",
        "Signing in is only possible over https.",
    );
    let cause = "a sign-in without TLS, and public_url is not https".to_owned();
    refusal(StatusCode::FORBIDDEN, lang, said, "/auth/login", cause)
}
