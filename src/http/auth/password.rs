//! `/auth/password`: another password, for whoever has an account of the municipality.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use maud::html;

use super::own::{Fields, Own};
use super::page;
use crate::access::accounts::password::{self, BadPassword, Hash};
use crate::app::App;
use crate::http::Caller;
use crate::http::fhir::Outcome;
use crate::store::{Attempt, StoreError};
use crate::telemetry::chain;

/// The form.
pub(super) async fn get(
    State(app): State<App>,
    parts: Parts,
    caller: Result<Caller, Outcome>,
) -> Response {
    match Own::of(&app, &parts, caller, "ask-password") {
        Ok(own) => form(&own, StatusCode::OK, None),
        Err(instead) => *instead,
    }
}

/// Changes it. All sessions of the account end, and this browser gets another one.
pub(super) async fn post(
    State(app): State<App>,
    parts: Parts,
    caller: Result<Caller, Outcome>,
    body: Body,
) -> Response {
    let own = match Own::of(&app, &parts, caller, "change-password") {
        Ok(own) => own,
        Err(instead) => return *instead,
    };
    let fields = Fields::read(&app, &parts, body).await;
    match change(&app, &parts, &own, &fields).await {
        Ok(response) => response,
        Err(error) => page::away(own.words, "/auth/password", chain(&error)),
    }
}

async fn change(
    app: &App,
    parts: &Parts,
    own: &Own,
    fields: &Fields,
) -> Result<Response, StoreError> {
    let (words, store, now) = (own.words, own.store(), app.clock().now());
    let wrong = |said: String| Ok(form(own, StatusCode::UNPROCESSABLE_ENTITY, Some(said)));
    let mut account = own.account().await?;
    let (user, source) = (account.about.user.clone(), own.source());
    let new = fields.one("new");
    if new != fields.one("repeat") {
        return wrong(words.t("password-differ"));
    }
    match password::check(new, &user) {
        Ok(()) => {}
        Err(BadPassword::UserName) => return wrong(words.t("password-names")),
        Err(_) => return wrong(words.t("password-shape")),
    }
    if let Attempt::Wait(seconds) = store.try_sign_in(&user, source, now).await? {
        let said = words.with("wait-seconds", &[("n", seconds.into())]);
        return Ok(form(own, StatusCode::TOO_MANY_REQUESTS, Some(said)));
    }
    let current = fields.one("password");
    let is_short = current.len() <= password::LONGEST;
    let typed = if is_short { current.to_owned() } else { String::new() };
    if !password::verify(Some(account.password.clone()), typed).await || !is_short {
        return wrong(words.t("password-wrong"));
    }
    store.signed_in(&user, source).await?;
    let new = new.to_owned();
    let hash = tokio::task::spawn_blocking(move || Hash::of(&new)).await;
    let Ok(Ok(hash)) = hash else {
        return Err(StoreError::Setup("the password cannot be hashed".to_owned()));
    };
    account.password = hash;
    let mut tx = store.begin().await?;
    if !store.change_password_in(&mut tx, &account, now).await? {
        return Err(StoreError::Gone);
    }
    own.caller.trail().resource("Account", &account.id, 0, None);
    own.caller.commit(tx, now).await?;
    let body = html! {
        p role="status" { (words.t("password-done")) }
        p { a.button href="/" { (words.t("account-on")) } }
    };
    let shown = page::page(StatusCode::OK, words, &words.t("password-title"), &body);
    own.anew(app, parts, &account, now, shown).await
}

fn form(own: &Own, status: StatusCode, said: Option<String>) -> Response {
    let words = own.words;
    let password = |name: &str, label: String, purpose: &str| {
        html! {
            label for=(name) { (label) }
            input id=(name) name=(name) type="password" autocomplete=(purpose) maxlength="256"
                required;
        }
    };
    let body = html! {
        @if let Some(said) = said { p role="alert" { (said) } }
        p { (words.t("password-rule")) }
        form method="post" action={ "/auth/password?lang=" (words.code()) } {
            input type="hidden" name="csrf" value=(own.csrf());
            (password("password", words.t("password-current"), "current-password"))
            (password("new", words.t("password-new"), "new-password"))
            (password("repeat", words.t("password-repeat"), "new-password"))
            button { (words.t("password-title")) }
        }
        p.languages { a href="/auth/codes" { (words.t("codes-title")) } }
    };
    page::page(status, words, &words.t("password-title"), &body)
}
