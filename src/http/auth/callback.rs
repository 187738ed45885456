//! `GET /auth/callback`: back from the provider. Whatever is wrong, nobody is told what.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::begin::{Proof, begin};
use super::cookies::{self, Name};
use super::page;
use super::{callback_address, own_path, parameter, query};
use crate::access::sign_in::exchange::Returned;
use crate::access::sign_in::{Pending, Proved, SignInError};
use crate::app::App;
use crate::http::web::Words;
use crate::store::StoreError;
use crate::telemetry::chain;

/// Why nobody came in.
enum Failed {
    SignIn(SignInError),
    Store(StoreError),
}

impl From<SignInError> for Failed {
    fn from(error: SignInError) -> Self {
        Self::SignIn(error)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Begins a session for whoever the provider says it is.
pub(super) async fn get(State(app): State<App>, parts: Parts) -> Response {
    let words = page::words(&parts);
    let Some(secure) = cookies::is_secure(&parts, &app) else { return page::insecure(words) };
    let pending = cookies::read(&parts, &app, Name::Pending)
        .and_then(|sealed| app.people().open("pending", sealed))
        .and_then(|kept| serde_json::from_slice::<Pending>(&kept).ok());
    let back = pending.as_ref().map_or("/", |pending| own_path(Some(&pending.back))).to_owned();
    let mut response = match finish(&app, &parts, pending.as_ref(), (secure, &back)).await {
        Ok(response) => return response,
        Err(failed) => {
            let again = format!("/auth/login?{}", query(&[("return", &back)]));
            match failed {
                Failed::SignIn(error @ (SignInError::Provider(_) | SignInError::Ours)) => {
                    page::away(words, &again, chain(&error))
                }
                Failed::Store(error) if !matches!(error, StoreError::Gone) => {
                    page::away(words, &again, chain(&error))
                }
                Failed::SignIn(error) => refused(words, &again, chain(&error)),
                Failed::Store(error) => refused(words, &again, chain(&error)),
            }
        }
    };
    cookies::clear(&mut response, secure, Name::Pending);
    response
}

fn refused(words: Words, again: &str, cause: String) -> Response {
    let said = words.t("sign-in-refused");
    page::refusal(StatusCode::UNAUTHORIZED, words, &said, again, cause)
}

async fn finish(
    app: &App,
    parts: &Parts,
    pending: Option<&Pending>,
    (secure, back): (bool, &str),
) -> Result<Response, Failed> {
    let nothing = SignInError::Refused("no sign-in was begun from this browser");
    let pending = pending.ok_or(nothing)?;
    let provider = app.people().provider(pending.issuer());
    let provider = provider.ok_or(SignInError::Refused("the provider is not configured"))?;
    let (code, state) = (parameter(parts, "code"), parameter(parts, "state"));
    let (iss, error) = (parameter(parts, "iss"), parameter(parts, "error"));
    let returned = Returned {
        code: code.as_deref(),
        state: state.as_deref(),
        iss: iss.as_deref(),
        error: error.as_deref(),
    };
    let callback = callback_address(parts, app);
    let proved = provider.finish(pending, &returned, &callback).await?;
    let Proved { tenant, person, authenticated, id_token } = proved;
    let unknown = || SignInError::Refused("the person's municipality is not served here");
    let municipality = app.municipality(&tenant).await?.ok_or_else(unknown)?;
    let proof = Proof { person, authenticated, id_token: Some(id_token) };
    Ok(begin(app, parts, &municipality, proof, (secure, back)).await?)
}
