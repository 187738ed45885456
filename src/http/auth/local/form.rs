//! The form.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use crate::app::App;
use crate::http::auth::{page, query};
use crate::http::web::Words;

/// What the form holds when it is shown.
#[derive(Debug, Clone)]
pub(super) struct Filled {
    /// The municipality's code.
    pub(super) tenant: String,
    /// The user name.
    pub(super) user: String,
    /// Where to go afterwards.
    pub(super) back: String,
    /// Whether somebody is to prove anew who they are.
    pub(super) again: bool,
}

/// What is said above the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Something of it was wrong.
    Wrong,
    /// Too many failures; so many seconds until the next attempt.
    Wait(u32),
    /// The form has been open for too long, or is somebody else's.
    Stale,
}

/// There are no such accounts here.
pub(super) fn off(words: Words) -> Response {
    let said = words.t("sign-in-off");
    let cause = "[local_accounts] is off".to_owned();
    page::refusal(StatusCode::NOT_FOUND, words, &said, "/auth/login", cause)
}

fn told(said: Said, words: Words) -> String {
    match said {
        Said::Wrong => words.t("sign-in-wrong"),
        Said::Stale => words.t("sign-in-stale"),
        Said::Wait(seconds) if seconds > 90 => {
            words.with("wait-minutes", &[("n", seconds.div_ceil(60).into())])
        }
        Said::Wait(seconds) => words.with("wait-seconds", &[("n", seconds.into())]),
    }
}

/// The page.
pub(super) fn form(
    app: &App,
    words: Words,
    status: StatusCode,
    said: Option<Said>,
    filled: &Filled,
    token: &str,
) -> Response {
    let mut tenants: Vec<(String, String)> = app
        .municipalities()
        .iter()
        .map(|one| (one.store.code().to_string(), one.store.name().to_owned()))
        .collect();
    tenants.sort_by(|one, other| one.1.cmp(&other.1));
    let again = filled.again.then_some(("again", "1"));
    let other = if words.code() == "da" { ("en", "in-english") } else { ("da", "in-danish") };
    let parameters: Vec<(&str, &str)> =
        [("return", filled.back.as_str()), ("lang", other.0)].into_iter().chain(again).collect();
    let action = query(&[("lang", words.code())]);
    let body = html! {
        @if let Some(said) = said { p role="alert" { (told(said, words)) } }
        @if filled.again && said.is_none() {
            p { (words.t("sign-in-confirm")) }
        }
        form method="post" action={ "/auth/local?" (action) } {
            input type="hidden" name="csrf" value=(token);
            input type="hidden" name="return" value=(filled.back);
            @if filled.again { input type="hidden" name="again" value="1"; }
            @if let [(code, _)] = tenants.as_slice() {
                input type="hidden" name="tenant" value=(code);
            } @else {
                label for="tenant" { (words.t("sign-in-municipality")) }
                select id="tenant" name="tenant" {
                    @for (code, name) in &tenants {
                        option value=(code) selected[*code == filled.tenant] { (name) }
                    }
                }
            }
            label for="user" { (words.t("sign-in-user")) }
            input id="user" name="user" value=(filled.user) autocomplete="username"
                autocapitalize="none" spellcheck="false" maxlength="100" required autofocus;
            label for="password" { (words.t("sign-in-password")) }
            input id="password" name="password" type="password" autocomplete="current-password"
                maxlength="256" required;
            label for="code" {
                (words.t("sign-in-code"))
                span.hint { (words.t("sign-in-code-help")) }
            }
            input id="code" name="code" autocomplete="one-time-code" spellcheck="false"
                maxlength="30";
            button { (words.t("sign-in")) }
        }
        p.languages {
            a href={ "/auth/local?" (query(&parameters)) } lang=(other.0) hreflang=(other.0) {
                (words.t(other.1))
            }
        }
    };
    page::page(status, words, &words.t("sign-in"), &body)
}
