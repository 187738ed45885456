//! `/admin/rules`: the rule packs, rule by rule. A pack goes on trial here, is looked at, signed and put
//! in force.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::access::{ApiRight, Extent};
use crate::app::App;
use crate::http::api::pages::{self, PackTried};
use crate::http::api::{ApiCaller, Code, Lang, Needs, Problem, needs};
use crate::http::web::page::{Form, Page, again, done, html, to};
use crate::http::web::view::admin::rules::pack::{self as one, Asked};
use crate::http::web::view::admin::rules::{self as view, Upload, Wrong};
use crate::store::screenings::InForce;

const HERE: &str = "/admin/rules";

fn upload<'a, N: Needs>(app: &App, caller: &ApiCaller<N>) -> Upload<'a> {
    Upload {
        may: caller.principal().extent(ApiRight::PolicyWrite) != Extent::None,
        is_recent: caller.recent(app.clock().now()).is_ok(),
        text: "",
        wrong: None,
    }
}

pub(super) async fn get(
    State(app): State<App>,
    page: Page<needs::PolicyRead>,
    RawQuery(query): RawQuery,
) -> Response {
    let upload = upload(&app, &page.caller);
    page.answer(all(&app, &page, &upload, query.as_deref().and_then(done), StatusCode::OK).await)
}

async fn all<N: Needs>(
    app: &App,
    page: &Page<N>,
    upload: &Upload<'_>,
    news: Option<&str>,
    status: StatusCode,
) -> Result<Response, Problem> {
    page.caller.trail().nobody();
    let rules = pages::rules_told(app, &page.caller, Lang(page.words.0)).await?;
    let markup = view::page(&page.scene(app), &page.viewer(app), &rules, upload, news);
    Ok(html(status, page.words, markup))
}

pub(super) async fn post(
    State(app): State<App>,
    page: Page<needs::PolicyWrite>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(tried(&app, &page, &headers, body).await)
}

async fn tried(
    app: &App,
    page: &Page<needs::PolicyWrite>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read_for(app, headers, body, HERE).await?;
    // Forms send line ends as CR LF; a pack is known by the hash of its text as it is in its file.
    let text = form.raw("pack").replace("\r\n", "\n");
    let before = upload(app, &page.caller);
    if !before.is_recent {
        let upload = Upload { text: &text, ..before };
        return all(app, page, &upload, None, StatusCode::UNAUTHORIZED).await;
    }
    let (status, wrong) = match pages::put_on_trial(app, &page.caller, &text).await? {
        PackTried::OnTrial(hash) => return Ok(to(&format!("{HERE}/{hash}?done=trial"))),
        PackTried::Faulty(errors) => (StatusCode::UNPROCESSABLE_ENTITY, Wrong::Faulty(errors)),
        PackTried::Full => (StatusCode::CONFLICT, Wrong::Full),
        PackTried::InForce => (StatusCode::CONFLICT, Wrong::InForce),
    };
    let upload = Upload { text: &text, wrong: Some(wrong), ..before };
    all(app, page, &upload, None, status).await
}

pub(super) async fn pack(
    State(app): State<App>,
    page: Page<needs::PolicyRead>,
    Path(hash): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Asked { news: query.as_deref().and_then(done), ..Asked::default() };
    page.answer(shown(&app, &page, &hash, asked, StatusCode::OK).await)
}

async fn shown<N: Needs>(
    app: &App,
    page: &Page<N>,
    hash: &str,
    asked: Asked<'_>,
    status: StatusCode,
) -> Result<Response, Problem> {
    page.caller.trail().nobody();
    let told = pages::rule_pack(app, &page.caller, Lang(page.words.0), hash).await?;
    let may = upload(app, &page.caller);
    let asked = Asked { may: may.may, is_recent: may.is_recent, ..asked };
    let markup = one::page(&page.scene(app), &page.viewer(app), &told, &asked);
    Ok(html(status, page.words, markup))
}

/// `GET /admin/rules/{hash}/text`: the pack as the file that it was, to be changed and brought back.
pub(super) async fn text(page: Page<needs::PolicyRead>, Path(hash): Path<String>) -> Response {
    page.answer(file(&page, &hash).await)
}

async fn file(page: &Page<needs::PolicyRead>, hash: &str) -> Result<Response, Problem> {
    page.caller.trail().nobody();
    let stored = page.caller.store().rule_pack(hash).await?.ok_or_else(Problem::not_found)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"rules.toml\"")),
    ];
    Ok((headers, stored.body).into_response())
}

pub(super) async fn end(
    State(app): State<App>,
    page: Page<needs::PolicyWrite>,
    Path(hash): Path<String>,
) -> Response {
    // Whoever has to prove anew who they are comes back to the page.
    if page.caller.recent(app.clock().now()).is_err() {
        page.caller.trail().nobody();
        return again(HERE);
    }
    let ended = pages::end_trial(&app, &page.caller, &hash).await;
    page.answer(ended.map(|()| to(&format!("{HERE}?done=end"))))
}

pub(super) async fn sign(
    State(app): State<App>,
    page: Page<needs::PolicyWrite>,
    Path(hash): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(signed(&app, &page, &hash, &headers, body).await)
}

async fn signed(
    app: &App,
    page: &Page<needs::PolicyWrite>,
    hash: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let (by, role) = (form.get("signedBy"), form.get("signedAs"));
    let asked = Asked { signed: Some((by, role)), ..Asked::default() };
    match pages::sign_pack(app, &page.caller, hash, by, role).await {
        Ok(()) => Ok(to(&format!("{HERE}/{hash}?done=sign"))),
        Err(problem) => refused(app, page, hash, asked, problem).await,
    }
}

pub(super) async fn put_in_force(
    State(app): State<App>,
    page: Page<needs::PolicyWrite>,
    Path(hash): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(used(&app, &page, &hash, &headers, body).await)
}

async fn used(
    app: &App,
    page: &Page<needs::PolicyWrite>,
    hash: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let reason = form.get("reason");
    let asked = Asked { reason, ..Asked::default() };
    let before = form.get("insteadOf");
    match pages::put_in_force(app, &page.caller, hash, before, reason).await {
        Ok(InForce::Now | InForce::Already) => Ok(to(&format!("{HERE}?done=use"))),
        Ok(InForce::Unknown) => Err(Problem::not_found()),
        Ok(came @ (InForce::Unsigned | InForce::Stale)) => {
            let asked = Asked { came: Some(came), ..asked };
            shown(app, page, hash, asked, StatusCode::CONFLICT).await
        }
        Err(problem) => refused(app, page, hash, asked, problem).await,
    }
}

/// The page with what was typed, and what is wrong with it.
async fn refused(
    app: &App,
    page: &Page<needs::PolicyWrite>,
    hash: &str,
    asked: Asked<'_>,
    problem: Problem,
) -> Result<Response, Problem> {
    match problem.code() {
        // The page says where to sign in again.
        Code::SignInAgain => shown(app, page, hash, asked, StatusCode::UNAUTHORIZED).await,
        Code::Invalid => {
            let asked = Asked { is_wrong: true, ..asked };
            shown(app, page, hash, asked, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        _ => Err(problem),
    }
}
