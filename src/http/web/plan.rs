//! `POST /citizens/{id}/plan`: other limits.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::page::{Form, Page, html, to};
use super::view;
use crate::app::App;
use crate::http::api::pages::{self, Put};
use crate::http::api::{Problem, needs};
use crate::plans::Wrong;

/// Before the name of a limit in the form.
const LIMIT: &str = "limit.";

pub(super) async fn post(
    State(app): State<App>,
    page: Page<needs::PlanWrite>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(changed(&app, &page, &id, &headers, body).await)
}

async fn changed(
    app: &App,
    page: &Page<needs::PlanWrite>,
    id: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let version = form.get("version").parse().map_err(|_| Problem::not_found())?;
    let typed = typed(&form);
    let (limits, mut wrong) = limits(&typed);
    if wrong.is_empty() {
        match pages::put_plan(app, &page.caller, id, version, &limits).await? {
            Put::Done => return Ok(to(&format!("/citizens/{id}?changed=1#plan"))),
            Put::Stale => {
                let markup = view::plan::stale(&page.scene(app), &page.viewer(app), id, &typed);
                return Ok(html(StatusCode::CONFLICT, page.words, markup));
            }
            Put::Wrong(faults) => wrong.extend(names(faults)),
        }
    } else {
        page.caller.citizen(id).await?;
    }
    let plan = pages::plan_of(app, &page.caller, id, page.words.0).await?;
    let markup = view::plan::refused(&page.scene(app), &page.viewer(app), id, plan, &typed, &wrong);
    Ok(html(StatusCode::UNPROCESSABLE_ENTITY, page.words, markup))
}

/// What stands in the fields of the limits.
pub(super) fn typed(form: &Form) -> Vec<(&str, &str)> {
    form.fields().filter_map(|(name, value)| Some((name.strip_prefix(LIMIT)?, value))).collect()
}

/// The limits; an empty field is the rule pack's. And the names of those that are no numbers.
pub(super) fn limits(typed: &[(&str, &str)]) -> (Vec<(String, Option<f64>)>, Vec<String>) {
    let (mut limits, mut wrong) = (Vec::new(), Vec::new());
    for (name, value) in typed {
        // Both decimal marks are understood.
        match value.replace(',', ".").parse::<f64>() {
            _ if value.is_empty() => limits.push(((*name).to_owned(), None)),
            Ok(number) if number.is_finite() => limits.push(((*name).to_owned(), Some(number))),
            _ => wrong.push((*name).to_owned()),
        }
    }
    (limits, wrong)
}

/// The limits that are wrong, of all that is wrong with a plan.
pub(super) fn names(faults: Vec<Wrong>) -> impl Iterator<Item = String> {
    let pointers = faults.into_iter().map(|fault| fault.pointer);
    pointers.filter_map(|pointer| pointer.strip_prefix("/limits/").map(str::to_owned))
}
