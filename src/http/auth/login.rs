//! `GET /auth/login`: the ways to sign in; where there is only one, straight on.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use maud::html;

use super::cookies::{self, Name};
use super::page;
use super::{callback_address, own_path, parameter, query, see};
use crate::access::sign_in::{Provider, Wish};
use crate::app::App;
use crate::http::web::Words;
use crate::telemetry::chain;

/// What is asked for.
#[derive(Debug)]
struct Asked {
    back: String,
    again: bool,
    words: Words,
    secure: bool,
}

impl Asked {
    /// The same for another page.
    fn query(&self, with: Option<&str>) -> String {
        let mut parameters = vec![("return", self.back.as_str()), ("lang", self.words.code())];
        parameters.extend(self.again.then_some(("again", "1")));
        parameters.extend(with.map(|with| ("with", with)));
        query(&parameters)
    }
}

/// `return` is where to go afterwards: a path of this server. `again=1` has the person prove anew
/// who they are; `with` chooses a provider by its place in the configuration.
pub(super) async fn get(State(app): State<App>, parts: Parts) -> Response {
    let words = page::words(&parts);
    let Some(secure) = cookies::is_secure(&parts, &app) else { return page::insecure(words) };
    let back = parameter(&parts, "return");
    let asked = Asked {
        back: own_path(back.as_deref()).to_owned(),
        again: parameter(&parts, "again").as_deref() == Some("1"),
        words,
        secure,
    };
    let people = app.people();
    let providers = people.providers();
    let chosen = parameter(&parts, "with").and_then(|with| with.parse::<usize>().ok());
    match (chosen.and_then(|place| providers.get(place)), providers, people.has_accounts()) {
        (Some(provider), ..) | (None, [provider], false) => {
            at_provider(&app, &parts, provider, &asked).await
        }
        (None, [], true) => see(&format!("/auth/local?{}", asked.query(None))),
        (None, [], false) => {
            let said = words.t("sign-in-none");
            let cause = "neither [[sign_in]] nor [local_accounts] is configured".to_owned();
            page::refusal(StatusCode::NOT_FOUND, words, &said, "/auth/login", cause)
        }
        (None, providers, accounts) => choose(providers, accounts, &asked),
    }
}

/// The ways, to choose from.
fn choose(providers: &[Provider], accounts: bool, asked: &Asked) -> Response {
    let words = asked.words;
    let body = html! {
        p { (words.t("sign-in-choose")) }
        @for (place, provider) in providers.iter().enumerate() {
            a.button href={ "/auth/login?" (asked.query(Some(&place.to_string()))) } {
                (provider.name())
            }
        }
        @if accounts {
            a.button href={ "/auth/local?" (asked.query(None)) } { (words.t("sign-in-local")) }
        }
    };
    page::page(StatusCode::OK, words, &words.t("sign-in"), &body)
}

async fn at_provider(app: &App, parts: &Parts, provider: &Provider, asked: &Asked) -> Response {
    let callback = callback_address(parts, app);
    let wish = Wish {
        callback: &callback,
        back: &asked.back,
        again: asked.again,
        language: asked.words.code(),
    };
    let again = format!("/auth/login?{}", asked.query(None));
    let (address, pending) = match provider.begin(&wish).await {
        Ok(begun) => begun,
        Err(error) => return page::away(asked.words, &again, chain(&error)),
    };
    let kept = serde_json::to_vec(&pending).ok();
    match kept.and_then(|kept| app.people().seal("pending", &kept)) {
        Some(sealed) => {
            let mut response = see(&address);
            cookies::set(&mut response, asked.secure, Name::Pending, &sealed);
            response
        }
        None => page::away(asked.words, &again, "nothing can be sealed".to_owned()),
    }
}
