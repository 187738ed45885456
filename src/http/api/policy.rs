//! `/api/triage/policy`: what the municipality has decided about its alerts.

mod schema;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{ApiCaller, ApiJson, IfMatch, etag, needs};
use super::language::Lang;
use super::problem::{Code, Fault, Problem};
use super::worklist::Coverage;
use crate::app::App;
use crate::clock::Micros;
use crate::store::alerts::{PolicyChange, StoredPolicy};
use crate::triage::{Actor, PolicyError};

use schema::PolicyBody;

/// The policy in force.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyView {
    /// Which version it is, from 1; 0 = the defaults, as nobody has decided anything.
    version: u32,
    /// When it was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    set_at: Option<String>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_by: Option<String>,
    /// When somebody looks at the worklist, in words.
    coverage: Coverage,
    /// The policy.
    policy: PolicyBody,
}

/// The policy in force
///
/// The `ETag` is its version.
#[utoipa::path(
    get,
    path = "/triage/policy",
    operation_id = "getTriagePolicy",
    tag = "administration",
    security(("bearer" = ["policy:read"])),
    params(("Accept-Language" = Option<String>, Header, description = "da or en; else da")),
    responses((
        status = 200,
        description = "The policy.",
        body = PolicyView,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::PolicyRead>,
    lang: Lang,
) -> Result<Response, Problem> {
    caller.trail().nobody();
    let stored = caller.store().policy().await?;
    Ok(answer(stored, lang, app.clock().now()))
}

/// Decide another policy
///
/// Replaces the version named in `If-Match` (`"0"` where nobody had decided anything). What is left
/// out has its default. It holds for what happens from then on; response targets that were set stay.
#[utoipa::path(
    put,
    path = "/triage/policy",
    operation_id = "putTriagePolicy",
    tag = "administration",
    security(("bearer" = ["policy:write"])),
    params(
        ("If-Match" = String, Header, description = "The ETag of the version that is replaced"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = PolicyBody,
    responses((
        status = 200,
        description = "What is in force now.",
        body = PolicyView,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: ApiCaller<needs::PolicyWrite>,
    lang: Lang,
    IfMatch(expected): IfMatch,
    ApiJson(PolicyBody(policy)): ApiJson<PolicyBody>,
) -> Result<Response, Problem> {
    let now = app.clock().now();
    caller.recent(now)?;
    policy.check().map_err(|error| {
        Problem::with(Code::Invalid, vec![Fault::at(pointer(&error), code(&error), told(&error))])
    })?;
    let principal = caller.principal();
    let actor =
        Actor { id: principal.subject().to_owned(), role: principal.role().as_str().to_owned() };
    let mut tx = caller.store().begin().await?;
    match caller.store().set_policy_in(&mut tx, expected, &policy, &actor, now).await? {
        PolicyChange::Set(stored) => {
            caller.trail().resource("TriagePolicy", "policy", stored.version, None);
            caller.commit(tx, now).await?;
            Ok(answer(stored, lang, now))
        }
        PolicyChange::Stale(_) => Err(Problem::new(Code::VersionConflict, "")),
    }
}

fn answer(stored: StoredPolicy, lang: Lang, now: Micros) -> Response {
    let version = stored.version;
    let view = PolicyView {
        version,
        set_at: stored.set_at.map(|at| at.to_string()),
        set_by: stored.set_by,
        coverage: Coverage::new(&stored.policy, lang, now),
        policy: PolicyBody(stored.policy),
    };
    let mut response = super::json(&view);
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&etag(version)) {
        headers.insert(ETAG, tag);
    }
    lang.tell(response)
}

/// Where in the body it is wrong.
fn pointer(error: &PolicyError) -> String {
    match error {
        PolicyError::Unstaffed => "/staffed".to_owned(),
        PolicyError::Shift(at) => format!("/staffed/{at}"),
        PolicyError::Range { field, .. } => format!("/{}", field.replace('.', "/")),
        PolicyError::Time(_) | PolicyError::Day(_) | PolicyError::Zone(_) => String::new(),
    }
}

fn code(error: &PolicyError) -> &'static str {
    match error {
        PolicyError::Unstaffed => "unstaffed",
        PolicyError::Shift(_) => "shift-ends-first",
        PolicyError::Range { .. } => "out-of-range",
        PolicyError::Time(_) | PolicyError::Day(_) | PolicyError::Zone(_) => "unexpected",
    }
}

/// Without the value that was sent.
fn told(error: &PolicyError) -> String {
    match error {
        PolicyError::Range { least, most, .. } => format!("expected {least} to {most}"),
        other => other.to_string(),
    }
}
