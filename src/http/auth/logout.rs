//! `/auth/logout`: ends the session here, and at the provider if it offers that.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, REFRESH};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::cookies::{self, Name};
use super::page;
use super::see;
use crate::app::App;
use crate::http::Caller;
use crate::http::caller::origin;
use crate::http::fhir::Outcome;

/// Asks, since following a link must not change anything.
pub(super) async fn get(parts: Parts, caller: Result<Caller, Outcome>) -> Response {
    let words = page::words(&parts);
    let Ok(caller) = caller else { return see("/auth/login") };
    caller.trail().operation("ask-sign-out");
    caller.trail().nobody();
    let Some(session) = caller.session() else { return see("/auth/login") };
    let body = html! {
        p { (session.person().name) }
        form method="post" action={ "/auth/logout?lang=" (words.code()) } {
            input type="hidden" name="csrf" value=(session.csrf());
            button { (words.t("sign-out")) }
        }
    };
    page::page(StatusCode::OK, words, &words.t("sign-out"), &body)
}

/// Signs out.
pub(super) async fn post(
    State(app): State<App>,
    parts: Parts,
    caller: Result<Caller, Outcome>,
) -> Response {
    let caller = match caller {
        Ok(caller) => caller,
        Err(refused) if refused.status() == StatusCode::UNAUTHORIZED => {
            return forget(see("/auth/login"), &parts, &app);
        }
        Err(refused) => return refused.into_response(),
    };
    caller.trail().operation("sign-out");
    caller.trail().nobody();
    let Some(session) = caller.session() else { return see("/auth/login") };
    caller.trail().resource("Session", session.id(), 0, None);
    let (store, now) = (&caller.municipality().store, app.clock().now());
    let ended = async {
        let mut tx = store.begin().await?;
        store.revoke_session_in(&mut tx, session.id(), now).await?;
        caller.commit(tx, now).await
    };
    if let Err(error) = ended.await {
        return Outcome::failed(error).into_response();
    }
    let provider = app.people().provider(&session.person().issuer);
    let elsewhere = match provider {
        Some(provider) => {
            let back = format!("{}/auth/login", origin(&parts, &app));
            provider.sign_out(session.id_token(), &back).await
        }
        None => None,
    };
    forget(done(&parts, elsewhere.as_deref()), &parts, &app)
}

fn forget(mut response: Response, parts: &Parts, app: &App) -> Response {
    if let Some(secure) = cookies::is_secure(parts, app) {
        cookies::clear(&mut response, secure, Name::Session);
    }
    // Pages that were shown with the session are not to be found in the browser any more.
    let name = HeaderName::from_static("clear-site-data");
    response.headers_mut().insert(name, HeaderValue::from_static("\"cache\""));
    response
}

/// The end. A form may not lead to another server (`form-action`), so the page does.
fn done(parts: &Parts, elsewhere: Option<&str>) -> Response {
    let words = page::words(parts);
    let body = html! {
        @if let Some(address) = elsewhere {
            p { (words.t("signed-out-elsewhere")) }
            p { a.button href=(address) { (words.t("signed-out-on")) } }
        } @else {
            p { a.button href="/auth/login" { (words.t("sign-in-again")) } }
        }
    };
    let mut response = page::page(StatusCode::OK, words, &words.t("signed-out"), &body);
    let refresh = elsewhere.map(|address| HeaderValue::from_str(&format!("0; url={address}")));
    if let Some(Ok(value)) = refresh {
        response.headers_mut().insert(REFRESH, value);
    }
    response
}
