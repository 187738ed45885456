//! What handlers of pages take and give: the caller with the right that the page needs, and HTML.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{
    CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, RETRY_AFTER, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::Markup;

use super::error;
use super::format::Scene;
use super::kept::NotTaken;
use super::model::{Section, Viewer};
use super::view;
use super::words::Words;
use crate::access::accounts::ISSUER;
use crate::access::session::SignedIn;
use crate::access::{ApiRight, Extent, Principal, Role};
use crate::app::App;
use crate::http::Caller;
use crate::http::api::{ApiCaller, Code, Needs, Problem};
use crate::http::auth::csrf::largest;
use crate::http::auth::own_path;
use crate::http::fhir::{body::read_within, pairs};
use crate::http::log::Cause;
use crate::ids::AlertId;

/// No script or style but ours, nothing from elsewhere, forms to us only.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Where people sign in.
const SIGN_IN: &str = "/auth/login";

/// Somebody who may see the page, and in which language. Who is not signed in is sent to do so.
#[derive(Debug, Clone)]
pub(super) struct Page<N> {
    /// Who.
    pub(super) caller: ApiCaller<N>,
    /// The language.
    pub(super) words: Words,
    here: String,
}

impl<N: Needs> Page<N> {
    /// Language, clock and zone of what is shown.
    pub(super) fn scene(&self, app: &App) -> Scene {
        let (words, zone) = (self.words, self.caller.store().zone().clone());
        Scene { words, zone, now: app.clock().now() }
    }

    /// Who looks.
    pub(super) fn viewer(&self, app: &App) -> Viewer {
        let principal = self.caller.principal();
        let session = self.caller.caller().session();
        let name = session.map_or(principal.subject(), |session| &session.person().name);
        Viewer {
            name: name.to_owned(),
            municipality: self.caller.store().name().to_owned(),
            is_citizen: principal.citizen().is_some(),
            worklist: may(principal, ApiRight::WorklistRead),
            cohorts: may(principal, ApiRight::CohortRun),
            opens: may(principal, ApiRight::BreakGlass),
            sections: Section::ALL
                .into_iter()
                .filter(|section| may(principal, section.right()))
                .collect(),
            csrf: session.map(SignedIn::masked_csrf).unwrap_or_default(),
            left: session.map(|session| {
                let left = session.until().as_second() - app.clock().now().as_second();
                u64::try_from(left).unwrap_or(0)
            }),
            account: session.is_some_and(|session| session.person().issuer == ISSUER),
            here: self.here.clone(),
        }
    }

    /// The page, or what went wrong as one.
    pub(super) fn answer(&self, made: Result<Response, Problem>) -> Response {
        made.unwrap_or_else(|problem| broken(problem, self.words))
    }
}

impl<N: Needs> FromRequestParts<App> for Page<N> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let words = Words::of(parts.uri.query(), &parts.headers);
        let problem = match ApiCaller::from_request_parts(parts, app).await {
            Ok(caller) => return Ok(Self { caller, words, here: here(parts) }),
            Err(problem) => problem,
        };
        let is_page = parts.method == Method::GET && !is_part(parts.uri.path());
        match problem.code() {
            Code::Unauthorised if is_page => Err(to(&sign_in(&here(parts)))),
            Code::Unauthorised if parts.method == Method::POST => {
                Err(not_taken(to(&sign_in("/")), NotTaken::SignedOut))
            }
            Code::ForgedRequest => Err(not_taken(broken(problem, words), NotTaken::OldSession)),
            // The list is for nurses; who comes to the front door and has another page is shown that.
            Code::Forbidden if parts.uri.path() == "/" => {
                match Caller::authenticate(parts, app).await {
                    Ok(caller) if caller.citizen().is_some() => {
                        caller.trail().nobody();
                        Err(to("/me"))
                    }
                    Ok(caller) if caller.principal().role() == Role::Admin => {
                        caller.trail().nobody();
                        Err(to("/admin"))
                    }
                    Ok(caller) if caller.principal().role() == Role::Analyst => {
                        caller.trail().nobody();
                        Err(to("/cohorts"))
                    }
                    _ => Err(broken(problem, words)),
                }
            }
            _ => Err(broken(problem, words)),
        }
    }
}

fn may(principal: &Principal, right: ApiRight) -> bool {
    principal.extent(right) != Extent::None
}

fn not_taken(mut response: Response, why: NotTaken) -> Response {
    response.extensions_mut().insert(why);
    response
}

/// Whether it is fetched by a page's script.
fn is_part(path: &str) -> bool {
    path == "/rows" || path.ends_with("/readings")
}

/// Path and query without what was just done.
fn here(parts: &Parts) -> String {
    without_news(parts.uri.path_and_query().map_or("/", |whole| whole.as_str()))
}

fn sign_in(back: &str) -> String {
    format!("{SIGN_IN}?return={}", view::encode(back))
}

/// 303: somebody has to prove anew who they are, and comes back to `back`.
pub(super) fn again(back: &str) -> Response {
    to(&format!("{SIGN_IN}?again=1&return={}", view::encode(back)))
}

/// 303: another page is to be shown.
pub(super) fn to(path: &str) -> Response {
    let place = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response()
}

/// A page.
pub(super) fn html(status: StatusCode, words: Words, page: Markup) -> Response {
    let mut response = (status, page.into_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(words.code()));
    headers.append(VARY, HeaderValue::from_static("cookie"));
    response
}

/// Marks a page that says that something went wrong, and nothing else.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct ErrorPage;

/// A problem as a page. The reason goes to the log, as from the API.
pub(super) fn broken(problem: Problem, words: Words) -> Response {
    let code = problem.code();
    let told = problem.into_response();
    let mut response = error(code.status(), words, None);
    if let Some(cause) = told.extensions().get::<Cause>() {
        response.extensions_mut().insert(cause.clone());
    }
    if let Some(wait) = told.headers().get(RETRY_AFTER) {
        response.headers_mut().insert(RETRY_AFTER, wait.clone());
    }
    response
}

/// The fields of a form.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form that was sent. That it comes from one of the caller's own pages was seen to when
    /// the caller was let in.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) async fn read(app: &App, headers: &HeaderMap, body: Body) -> Result<Self, Problem> {
        Self::read_for(app, headers, body, "/").await
    }

    /// The same for a path that may take larger ones.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) async fn read_for(
        app: &App,
        headers: &HeaderMap,
        body: Body,
        path: &str,
    ) -> Result<Self, Problem> {
        let held = read_within(app, headers, body, largest(path)).await?;
        Ok(Self(pairs(&String::from_utf8_lossy(&held.bytes))))
    }

    /// A field as it was sent; empty where it is left out.
    pub(super) fn raw(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(field, _)| field == name);
        field.map_or("", |(_, value)| value)
    }

    /// A field, without space around it; empty where it is left out.
    pub(super) fn get(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(field, _)| field == name);
        field.map_or("", |(_, value)| value.trim())
    }

    /// The fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.trim()))
    }

    /// Where the form was, if that is one of our pages.
    pub(super) fn back(&self) -> String {
        without_news(own_path(Some(self.get("back"))))
    }
}

/// What was just done to which alert, for the page that is shown next.
pub(super) fn with_news(path: &str, verb: &str, alert: AlertId) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}done={verb}&alert={alert}")
}

/// What was just done to these alerts.
pub(super) fn with_news_of(path: &str, verb: &str, alerts: &[AlertId]) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    let ids: Vec<String> = alerts.iter().map(ToString::to_string).collect();
    format!("{path}{separator}done={verb}&ids={}", ids.join(","))
}

/// What was just done, as a query says.
pub(super) fn done(query: &str) -> Option<&str> {
    query.split('&').find_map(|part| part.strip_prefix("done="))
}

/// What addresses tell once.
const NEWS: [&str; 6] = ["done=", "alert=", "ids=", "ticked=", "reading=", "left="];

/// An address without that.
fn without_news(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let lasts = |part: &&str| NEWS.iter().all(|name| !part.starts_with(name));
    let rest: Vec<&str> = query.split('&').filter(lasts).collect();
    if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(to: &str) -> String {
        Form(vec![("back".to_owned(), to.to_owned())]).back()
    }

    #[test]
    fn forms_lead_back_to_our_own_pages_only() {
        assert_eq!(back("/?level=red"), "/?level=red");
        assert_eq!(back("/alerts/x?lang=en&done=claim&alert=y"), "/alerts/x?lang=en");
        for elsewhere in ["//evil.example", "https://evil.example", "", "/\\evil", "/a b", "/\r\nx"]
        {
            assert_eq!(back(elsewhere), "/", "{elsewhere:?}");
        }
    }

    #[test]
    fn what_was_done_is_told_once() {
        let id = AlertId::default();
        assert_eq!(with_news("/", "claim", id), format!("/?done=claim&alert={id}"));
        assert_eq!(with_news("/?mine=1", "close", id), format!("/?mine=1&done=close&alert={id}"));
        assert_eq!(without_news(&with_news("/?mine=1", "close", id)), "/?mine=1");
        let several = with_news_of("/?mine=1", "seen", &[id, id]);
        assert_eq!(several, format!("/?mine=1&done=seen&ids={id},{id}"));
        assert_eq!(without_news(&format!("{several}&ticked=1")), "/?mine=1");
    }
}
