//! `/auth/local`: signing in with an account of the municipality. Whether there is such a user, and
//! which part was wrong, shows neither in the answer nor in how long it takes.

mod attempt;
mod form;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::cookies::{self, Name};
use super::csrf::{is_form, is_ours};
use super::page;
use super::{own_path, parameter};
use crate::access::session::random;
use crate::app::App;
use crate::http::fhir::body::read_within;
use crate::http::fhir::pairs;
use crate::store::StoreError;
use crate::telemetry::chain;

use attempt::{Ended, Typed};
use form::{Filled, Said};

/// Largest form, bytes.
const LARGEST: usize = 16 << 10;
/// Letters of what a form has to bring back.
const FORM_TOKEN: usize = 32;

/// The form.
pub(super) async fn get(State(app): State<App>, parts: Parts) -> Response {
    let words = page::words(&parts);
    let Some(secure) = cookies::is_secure(&parts, &app) else { return page::insecure(words) };
    if !app.people().has_accounts() {
        return form::off(words);
    }
    let back = parameter(&parts, "return");
    let filled = Filled {
        tenant: parameter(&parts, "tenant").unwrap_or_default(),
        user: String::new(),
        back: own_path(back.as_deref()).to_owned(),
        again: parameter(&parts, "again").as_deref() == Some("1"),
    };
    show(&app, &parts, secure, (StatusCode::OK, None), &filled)
}

/// The form, with what it has to bring back: the same for all forms that are open in a browser.
fn show(
    app: &App,
    parts: &Parts,
    secure: bool,
    (status, said): (StatusCode, Option<Said>),
    filled: &Filled,
) -> Response {
    let words = page::words(parts);
    let known = cookies::read(parts, app, Name::Form).filter(|text| text.len() == FORM_TOKEN);
    let known = known.filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let token = match (known, random::<16>()) {
        (Some(known), _) => known.to_owned(),
        (None, Ok(bytes)) => data_encoding::HEXLOWER.encode(&bytes),
        (None, Err(error)) => return page::away(words, "/auth/local", error.to_string()),
    };
    let mut response = form::form(app, words, status, said, filled, &token);
    cookies::set(&mut response, secure, Name::Form, &token);
    response
}

/// Signs in.
pub(super) async fn post(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let words = page::words(&parts);
    let Some(secure) = cookies::is_secure(&parts, &app) else { return page::insecure(words) };
    if !app.people().has_accounts() {
        return form::off(words);
    }
    let read = if is_form(&parts.headers) {
        read_within(&app, &parts.headers, body, LARGEST).await.ok()
    } else {
        None
    };
    let text = read.as_ref().and_then(|held| std::str::from_utf8(&held.bytes).ok());
    let fields = pairs(text.unwrap_or_default());
    let one = |name: &str| {
        let mut values = fields.iter().filter(|(given, _)| given == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => value.as_str(),
            _ => "",
        }
    };
    let filled = Filled {
        tenant: one("tenant").to_owned(),
        user: one("user").to_owned(),
        back: own_path(Some(one("return"))).to_owned(),
        again: one("again") == "1",
    };
    let form = cookies::read(&parts, &app, Name::Form).filter(|text| text.len() == FORM_TOKEN);
    let forged = match is_ours(&parts, &app) {
        Err(reason) => Some(reason),
        Ok(()) if form != Some(one("csrf")) => Some("the form is not one of this browser"),
        Ok(()) => None,
    };
    if let Some(reason) = forged {
        let said = (StatusCode::FORBIDDEN, Some(Said::Stale));
        return because(show(&app, &parts, secure, said, &filled), reason.to_owned());
    }
    let typed = Typed { password: one("password"), code: one("code") };
    match attempt::attempt(&app, &parts, &filled, typed, secure).await {
        Ok(Ended::In(response)) => *response,
        Ok(Ended::Refused(reason)) => {
            let said = (StatusCode::UNAUTHORIZED, Some(Said::Wrong));
            because(show(&app, &parts, secure, said, &filled), reason.to_owned())
        }
        Ok(Ended::Wait(seconds)) => {
            let said = (StatusCode::TOO_MANY_REQUESTS, Some(Said::Wait(seconds)));
            let mut response = show(&app, &parts, secure, said, &filled);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            because(response, "too many failed sign-ins".to_owned())
        }
        Err(StoreError::Gone) => {
            let said = (StatusCode::UNAUTHORIZED, Some(Said::Wrong));
            because(show(&app, &parts, secure, said, &filled), "the citizen is gone".to_owned())
        }
        Err(error) => page::away(words, "/auth/local", chain(&error)),
    }
}

fn because(mut response: Response, cause: String) -> Response {
    response.extensions_mut().insert(crate::http::log::Cause(cause));
    response
}
