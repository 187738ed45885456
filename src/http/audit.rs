//! No answer of somebody who was let in leaves before there is an entry that says so.
//!
//! The middleware lays a [`Trail`] for each request. Without one nobody is authenticated, so no
//! route can be put beside it; and without a handler having said whose data it touched, an answer
//! is held back. See docs/adr/0013-audit-blocks.md.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::LazyLock;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::fhir::Outcome;
use super::log::{AskedBy, Cause, Reason, RequestId};
use super::{api, fhir};
use crate::app::App;
use crate::audit::{
    Asked, Finished, NotRecorded, Purpose, ShownNow, Trail, UnknownPurpose, parameter_names,
};

/// By method and path, what the API calls its operations.
static OPERATIONS: LazyLock<HashMap<(String, String), String>> =
    LazyLock::new(api::operation_names);

/// Names of parameters that are offered somewhere. Others may be anything, somebody's name too.
static PARAMETERS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut names = api::query_names();
    names.extend(fhir::parameter_names().map(str::to_owned));
    names.extend(super::web::PARAMETERS.map(str::to_owned));
    names
});

/// Lays the trail, and turns it into an entry before the answer leaves.
pub(super) async fn record(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let trail = Trail::new(asked(&request));
    let is_api = request.uri().path().starts_with("/api");
    request.extensions_mut().insert(trail.clone());
    let response = next.run(request).await;
    let mut response = answer(&app, &trail, response, is_api).await;
    if let Some((tenant, role)) = trail.asked_by() {
        response.extensions_mut().insert(AskedBy { tenant: tenant.to_string(), role });
    } else if let Some(reason) = trail.reason() {
        response.extensions_mut().insert(Reason(reason));
    }
    response
}

/// The answer, if there is an entry that says so.
async fn answer(app: &App, trail: &Trail, response: Response, is_api: bool) -> Response {
    let refuse = |cause: String, away: bool| {
        if is_api { api::unrecorded(cause, away) } else { unrecorded(cause, away) }
    };
    match trail.finish(response.status().as_u16(), app.clock().now()) {
        Finished::Nobody | Finished::Covered => response,
        Finished::Open(entry, recorder) if response.status().is_server_error() => {
            // It tells nothing of anybody, and what failed may well be the database.
            if let Err(error) = recorder.record_later(*entry) {
                tracing::error!(%error, "a failure is not recorded");
            }
            response
        }
        Finished::Open(entry, recorder) => match recorder.record(*entry).await {
            Ok(()) => {
                if let Some(shown) = response.extensions().get::<ShownNow>() {
                    shown.recorded();
                }
                response
            }
            Err(error) => refuse(cause(&error), true),
        },
        Finished::Unsaid(mut entry, recorder) => {
            let operation = entry.operation.clone();
            (entry.outcome, entry.status) = (crate::audit::Outcome::Failed, 500);
            // As above.
            let _ = recorder.record_later(*entry);
            refuse(format!("{operation} does not say whose data it touches"), false)
        }
    }
}

fn cause(error: &NotRecorded) -> String {
    format!("not recorded: {}", crate::telemetry::chain(error))
}

fn unrecorded(cause: String, away: bool) -> Response {
    let mut response = Outcome::unrecorded(away).into_response();
    response.extensions_mut().insert(Cause(cause));
    response
}

fn asked(request: &Request) -> Asked {
    let extensions = request.extensions();
    let route = extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let from = extensions.get::<ConnectInfo<SocketAddr>>();
    let purpose = match request.headers().get("x-purpose-of-use") {
        None => Ok(None),
        Some(code) => match code.to_str().ok().and_then(Purpose::from_code) {
            Some(purpose) => Ok(Some(purpose)),
            None => Err(UnknownPurpose),
        },
    };
    Asked {
        request: extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        operation: operation(request.method(), route, request.uri().path()),
        from: from.map(|from| from.0.ip().to_string()).unwrap_or_default(),
        purpose,
        parameters: parameter_names(request.uri().query().unwrap_or(""), |name| {
            PARAMETERS.contains(name)
        }),
    }
}

/// What is asked for, as the API calls it, or FHIR
/// (<http://hl7.org/fhir/R4/codesystem-restful-interaction.html>) with the type.
fn operation(method: &Method, route: &str, path: &str) -> String {
    if let Some(path) = route.strip_prefix("/api") {
        // What answers to GET answers to HEAD.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let named = OPERATIONS.get(&(method.as_str().to_owned(), path.to_owned()));
        return named.cloned().unwrap_or_else(|| format!("{method} {route}"));
    }
    if let Some(name) = super::web::operation(method, route, path) {
        return name.to_owned();
    }
    let mut segments = path.trim_matches('/').split('/').skip(1);
    let kind = segments.next().and_then(fhir::kind_of_path).unwrap_or("");
    let last = route.rsplit('/').next().unwrap_or("");
    let has_id = route.contains("{id}");
    let interaction = match (method.as_str(), last) {
        (_, "$lastn" | "$stats") => return format!("{kind}/{last}"),
        (_, "$export") if kind.is_empty() => return last.to_owned(),
        (_, "$export") => return format!("{kind}/{last}"),
        (method, _) if route.contains("/$export-status/") => {
            return if method == "DELETE" { "$export-cancel" } else { "$export-status" }.to_owned();
        }
        (_, "$viewdefinition-run" | "$run") => return "$viewdefinition-run".to_owned(),
        (_, "{number}") => return "$export-file".to_owned(),
        (_, "_search") => "search-type",
        (_, "_history") => "history-instance",
        (_, "{version}") => "vread",
        ("GET" | "HEAD", _) if has_id => "read",
        ("GET" | "HEAD", _) => "search-type",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", _) => "delete",
        ("POST", _) if kind.is_empty() => "batch",
        ("POST", _) => "create",
        (other, _) => other,
    };
    if kind.is_empty() { interaction.to_owned() } else { format!("{kind}/{interaction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_the_names_of_fhir_and_of_the_api() {
        for (method, route, path, named) in [
            ("GET", "/fhir/{kind}", "/fhir/Patient", "Patient/search-type"),
            ("POST", "/fhir/{kind}/_search", "/fhir/Patient/_search", "Patient/search-type"),
            ("GET", "/fhir/{kind}/{id}", "/fhir/Patient/x", "Patient/read"),
            ("POST", "/fhir/Observation", "/fhir/Observation", "Observation/create"),
            ("GET", "/fhir/Observation/$lastn", "/fhir/Observation/$lastn", "Observation/$lastn"),
            ("PUT", "/fhir/{kind}/{id}", "/fhir/0101501234/x", "update"),
            (
                "GET",
                "/fhir/{kind}/{id}/_history/{version}",
                "/fhir/Goal/x/_history/1",
                "Goal/vread",
            ),
            ("POST", "/fhir", "/fhir", "batch"),
            (
                "POST",
                "/fhir/ViewDefinition/$run",
                "/fhir/ViewDefinition/$run",
                "$viewdefinition-run",
            ),
            ("GET", "/api/worklist", "/api/worklist", "getWorklist"),
            ("POST", "/api/alerts/{id}/claim", "/api/alerts/x/claim", "claimAlert"),
            ("POST", "/alerts/{id}/{verb}", "/alerts/x/claim", "claimAlert"),
            ("GET", "/", "/", "getWorklist"),
            ("POST", "/search", "/search", "Patient/search-type"),
        ] {
            let method: Method = method.parse().expect("a method");
            assert_eq!(operation(&method, route, path), named);
        }
    }
}
