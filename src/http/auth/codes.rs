//! `/auth/codes`: one-time codes for whoever has an account of the municipality. They are asked for
//! from when the person has shown that their app makes them.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use maud::html;
use serde::{Deserialize, Serialize};

use super::own::{Fields, Own};
use super::page;
use crate::access::accounts::code::{Secret, new_recovery_codes, recovery_hash};
use crate::access::accounts::{Account, provisioning};
use crate::app::App;
use crate::http::Caller;
use crate::http::fhir::Outcome;
use crate::store::{Attempt, StoreError};
use crate::telemetry::chain;

/// How long somebody may take to set up the app, seconds.
const PATIENCE: i64 = 15 * 60;

/// A secret that the person has been shown; sealed, since it is no use before it is confirmed.
#[derive(Serialize, Deserialize)]
struct Offered {
    account: String,
    secret: Secret,
    at: i64,
}

/// Offers a new secret.
pub(super) async fn get(
    State(app): State<App>,
    parts: Parts,
    caller: Result<Caller, Outcome>,
) -> Response {
    let own = match Own::of(&app, &parts, caller, "ask-codes") {
        Ok(own) => own,
        Err(instead) => return *instead,
    };
    let offered = async {
        let account = own.account().await?;
        let random = |_| StoreError::Setup("the system gave no random bytes".to_owned());
        let secret = Secret::new().map_err(random)?;
        Ok::<_, StoreError>(offer(&app, &own, account, secret, (StatusCode::OK, None)))
    };
    match offered.await {
        Ok(response) => response,
        Err(error) => page::away(own.words, "/auth/codes", chain(&error)),
    }
}

/// Takes it into use. All sessions of the account end, and this browser gets another one.
pub(super) async fn post(
    State(app): State<App>,
    parts: Parts,
    caller: Result<Caller, Outcome>,
    body: Body,
) -> Response {
    let own = match Own::of(&app, &parts, caller, "change-codes") {
        Ok(own) => own,
        Err(instead) => return *instead,
    };
    let fields = Fields::read(&app, &parts, body).await;
    match confirm(&app, &parts, &own, &fields).await {
        Ok(response) => response,
        Err(error) => page::away(own.words, "/auth/codes", chain(&error)),
    }
}

async fn confirm(
    app: &App,
    parts: &Parts,
    own: &Own,
    fields: &Fields,
) -> Result<Response, StoreError> {
    let (words, store, now) = (own.words, own.store(), app.clock().now());
    let random = |_| StoreError::Setup("the system gave no random bytes".to_owned());
    let mut account = own.account().await?;
    let offered = app.people().open("codes", fields.one("offer"));
    let offered = offered.and_then(|plain| serde_json::from_slice::<Offered>(&plain).ok());
    let fresh = |offered: &Offered| {
        offered.account == account.id && (0..PATIENCE).contains(&(now.as_second() - offered.at))
    };
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(offered) = offered.filter(fresh) else {
        let said = Some(words.t("codes-stale"));
        return Ok(offer(app, own, account, Secret::new().map_err(random)?, (unprocessable, said)));
    };
    let (user, source) = (account.about.user.clone(), own.source());
    if let Attempt::Wait(seconds) = store.try_sign_in(&user, source, now).await? {
        let said = Some(words.with("wait-seconds", &[("n", seconds.into())]));
        let status = StatusCode::TOO_MANY_REQUESTS;
        return Ok(offer(app, own, account, offered.secret, (status, said)));
    }
    let digits: String = fields.one("code").chars().filter(|c| !c.is_whitespace()).collect();
    let Some(step) = offered.secret.step(&digits, now.as_second(), 0) else {
        let said = Some(words.t("codes-wrong"));
        return Ok(offer(app, own, account, offered.secret, (unprocessable, said)));
    };
    store.signed_in(&user, source).await?;
    let codes = new_recovery_codes().map_err(random)?;
    let hashes: Vec<_> = codes.iter().filter_map(|code| recovery_hash(code)).collect();
    (account.about.code, account.code_step) = (Some(offered.secret), step);
    let mut tx = store.begin().await?;
    if !store.change_codes_in(&mut tx, &account, &hashes, now).await? {
        return Err(StoreError::Gone);
    }
    own.caller.trail().resource("Account", &account.id, 0, None);
    own.caller.commit(tx, now).await?;
    let body = html! {
        p role="status" { (words.t("codes-done")) }
        p { (words.t("codes-keep")) }
        ul { @for code in &codes { li { code { (code) } } } }
        p { a.button href="/" { (words.t("account-on")) } }
    };
    let shown = page::page(StatusCode::OK, words, &words.t("codes-title"), &body);
    own.anew(app, parts, &account, now, shown).await
}

/// The page with a secret.
fn offer(
    app: &App,
    own: &Own,
    mut account: Account,
    secret: Secret,
    (status, said): (StatusCode, Option<String>),
) -> Response {
    let words = own.words;
    let has_codes = account.about.code.is_some();
    let letters: Vec<char> = secret.to_text().chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
    let offered = Offered {
        account: account.id.clone(),
        secret: secret.clone(),
        at: app.clock().now().as_second(),
    };
    let sealed = serde_json::to_vec(&offered).ok();
    let sealed = sealed.and_then(|plain| app.people().seal("codes", &plain)).unwrap_or_default();
    account.about.code = Some(secret);
    let address = provisioning(&account, own.store().code()).unwrap_or_default();
    let body = html! {
        @if let Some(said) = said { p role="alert" { (said) } }
        @if has_codes { p { (words.t("codes-on")) } }
        p { (words.t("codes-why")) }
        p { code { (groups.join(" ")) } }
        p { a href=(address) { (words.t("codes-open")) } }
        form method="post" action={ "/auth/codes?lang=" (words.code()) } {
            input type="hidden" name="csrf" value=(own.csrf());
            input type="hidden" name="offer" value=(sealed);
            label for="code" { (words.t("codes-code")) }
            input id="code" name="code" autocomplete="one-time-code" inputmode="numeric"
                maxlength="10" required;
            button { (words.t("codes-save")) }
        }
    };
    page::page(status, words, &words.t("codes-title"), &body)
}
