//! `POST /alerts/{id}/{verb}`: what nurses do with an alert, as plain forms.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::format::Scene;
use super::model::Meanwhile;
use super::page::{Form, Page, html, to, with_news};
use super::view;
use crate::app::App;
use crate::clock::Micros;
use crate::http::api::pages::{self, Acted};
use crate::http::api::{Problem, needs};
use crate::ids::AlertId;
use crate::triage::{Action, Alert, CloseOutcome, EscalateTo, Refusal};

/// What can be done, as the last part of the address.
pub(super) const VERBS: [&str; 9] =
    ["claim", "release", "remeasure", "call-back", "escalate", "snooze", "note", "close", "reopen"];

/// What the API calls it.
pub(super) fn operation(verb: &str) -> &'static str {
    match verb {
        "claim" => "claimAlert",
        "release" => "releaseAlert",
        "remeasure" => "requestRemeasure",
        "call-back" => "agreeCallBack",
        "escalate" => "escalateAlert",
        "snooze" => "snoozeAlert",
        "note" => "noteAlert",
        "close" => "closeAlert",
        "reopen" => "reopenAlert",
        _ => "actOnAlert",
    }
}

pub(super) async fn post(
    State(app): State<App>,
    page: Page<needs::WorklistAct>,
    Path((id, verb)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(acted(&app, &page, &id, &verb, &headers, body).await)
}

async fn acted(
    app: &App,
    page: &Page<needs::WorklistAct>,
    id: &str,
    verb: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let id: AlertId = id.parse().map_err(|_| Problem::not_found())?;
    let form = Form::read(app, headers, body).await?;
    let scene = page.scene(app);
    let verb = VERBS.into_iter().find(|known| *known == verb).ok_or_else(Problem::not_found)?;
    let version = form.get("version").parse().map_err(|_| Problem::not_found())?;
    let action = action(verb, &form, &scene);
    match pages::act(app, &page.caller, id, version, &action).await? {
        Acted::Done(alert) => Ok(to(&with_news(&form.back(), verb, alert.id))),
        Acted::Conflict(conflict, events) => {
            let by = conflict.by.as_ref().map(|by| by.called().to_owned());
            let events = pages::happened(&conflict.alert, events, page.words.0);
            let told = view::act::Told::Meanwhile(Meanwhile { by, events });
            not_done(app, page, verb, &form, &conflict.alert, told, StatusCode::CONFLICT).await
        }
        Acted::Refused(refusal, alert) => {
            let status = match refusal {
                Refusal::Text { .. } | Refusal::Time { .. } => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::CONFLICT,
            };
            let told = view::act::Told::Refused(refusal);
            not_done(app, page, verb, &form, &alert, told, status).await
        }
    }
}

/// What the form asks for. What cannot be read is refused by triage, which knows what is needed.
fn action(verb: &str, form: &Form, scene: &Scene) -> Action {
    let past = Micros(0);
    match verb {
        "release" => Action::Release,
        "remeasure" => Action::RequestRemeasure,
        "call-back" => Action::CallBack { at: scene.parse_local(form.get("at")).unwrap_or(past) },
        "escalate" => Action::Escalate {
            to: match form.get("to") {
                "gp" => EscalateTo::Gp,
                "112" => EscalateTo::Emergency,
                role => EscalateTo::Role(role.to_owned()),
            },
        },
        "snooze" => {
            let hours: Option<i64> = form.get("hours").parse().ok();
            let hours = hours.filter(|hours| (1..=100_000).contains(hours));
            let until = hours.map_or(past, |hours| Micros(scene.now.0 + hours * 3_600_000_000));
            Action::Snooze { until, reason: form.get("reason").to_owned() }
        }
        "note" => Action::Note { text: form.get("note").to_owned() },
        "close" => {
            let known = CloseOutcome::ALL.into_iter();
            let outcome = known.into_iter().find(|it| it.as_str() == form.get("outcome"));
            let note = form.get("note").to_owned();
            match outcome {
                Some(outcome) => Action::Close { outcome, note },
                // Without an outcome there is nothing to close it with: as if nothing was written.
                None => Action::Close { outcome: CloseOutcome::NoAction, note: String::new() },
            }
        }
        "reopen" => Action::Reopen,
        _ => Action::Claim,
    }
}

/// Says why not, who was faster, and gives back what was written.
async fn not_done(
    app: &App,
    page: &Page<needs::WorklistAct>,
    verb: &'static str,
    form: &Form,
    alert: &Alert,
    told: view::act::Told,
    status: StatusCode,
) -> Result<Response, Problem> {
    let rows = pages::rows_of(app, &page.caller, std::slice::from_ref(alert), page.words.0).await?;
    let row = rows.into_iter().next().ok_or_else(Problem::not_found)?;
    let written = [form.get("note"), form.get("reason")].join("").trim().to_owned();
    let policy = page.caller.store().policy().await?.policy;
    let attempt = view::act::Attempt {
        verb,
        told,
        row,
        written,
        back: form.back(),
        snooze_hours: policy.snooze_hours.of(alert.level),
    };
    let markup = view::act::page(&page.scene(app), &page.viewer(app), &attempt);
    Ok(html(status, page.words, markup))
}
