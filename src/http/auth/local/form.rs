//! The form.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use crate::app::App;
use crate::http::api::Lang;
use crate::http::auth::page::{self, text};
use crate::http::auth::query;

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
pub(super) fn off(lang: Lang) -> Response {
    let said = text(
        "Her logger man ikke ind med brugernavn og adgangskode.",
        "User names and passwords are not used here.",
    );
    let cause = "[local_accounts] is off".to_owned();
    page::refusal(StatusCode::NOT_FOUND, lang, said, "/auth/login", cause)
}

fn told(said: Said, lang: Lang) -> String {
    match said {
        Said::Wrong => lang
            .pick(text(
                "Brugernavn, adgangskode eller kode passer ikke.",
                "User name, password or code is not right.",
            ))
            .to_owned(),
        Said::Stale => lang
            .pick(text(
                "Siden var for gammel. Udfyld den igen.",
                "The page was too old. Fill it in again.",
            ))
            .to_owned(),
        Said::Wait(seconds) if seconds > 90 => {
            let minutes = seconds.div_ceil(60);
            let (before, after) = (
                text("For mange forsøg. Prøv igen om", "Too many attempts. Try again in"),
                text("minutter.", "minutes."),
            );
            format!("{} {minutes} {}", lang.pick(before), lang.pick(after))
        }
        Said::Wait(seconds) => {
            let (before, after) = (
                text("For mange forsøg. Prøv igen om", "Too many attempts. Try again in"),
                text("sekunder.", "seconds."),
            );
            format!("{} {seconds} {}", lang.pick(before), lang.pick(after))
        }
    }
}

/// The page.
pub(super) fn form(
    app: &App,
    lang: Lang,
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
    let other = if page::tag(lang) == "da" { ("en", "English") } else { ("da", "Dansk") };
    let parameters: Vec<(&str, &str)> =
        [("return", filled.back.as_str()), ("lang", other.0)].into_iter().chain(again).collect();
    let action = query(&[("lang", page::tag(lang))]);
    let body = html! {
        @if let Some(said) = said { p role="alert" { (told(said, lang)) } }
        @if filled.again && said.is_none() {
            p { (lang.pick(text("Bekræft, at det er dig.", "Confirm that it is you."))) }
        }
        form method="post" action={ "/auth/local?" (action) } {
            input type="hidden" name="csrf" value=(token);
            input type="hidden" name="return" value=(filled.back);
            @if filled.again { input type="hidden" name="again" value="1"; }
            @if let [(code, _)] = tenants.as_slice() {
                input type="hidden" name="tenant" value=(code);
            } @else {
                label for="tenant" { (lang.pick(text("Kommune", "Municipality"))) }
                select id="tenant" name="tenant" {
                    @for (code, name) in &tenants {
                        option value=(code) selected[*code == filled.tenant] { (name) }
                    }
                }
            }
            label for="user" { (lang.pick(text("Brugernavn", "User name"))) }
            input id="user" name="user" value=(filled.user) autocomplete="username"
                autocapitalize="none" spellcheck="false" maxlength="100" required autofocus;
            label for="password" { (lang.pick(text("Adgangskode", "Password"))) }
            input id="password" name="password" type="password" autocomplete="current-password"
                maxlength="256" required;
            label for="code" {
                (lang.pick(text("Engangskode", "One-time code")))
                span.hint {
                    (lang.pick(text(
                        "Kun hvis du har en app til koder. En gendannelseskode kan også bruges.",
                        "Only if you have an app for codes. A recovery code works too.",
                    )))
                }
            }
            input id="code" name="code" autocomplete="one-time-code" spellcheck="false"
                maxlength="30";
            button { (lang.pick(text("Log ind", "Sign in"))) }
        }
        p.languages {
            a href={ "/auth/local?" (query(&parameters)) } lang=(other.0) hreflang=(other.0) { (other.1) }
        }
    };
    page::page(status, lang, text("Log ind", "Sign in"), &body)
}
