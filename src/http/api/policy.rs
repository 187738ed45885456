//! `/api/triage/policy`: what the municipality has decided about its alerts.

mod schema;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::alerts::actor;
use super::extract::{ApiCaller, ApiJson, IfMatch, etag, needs};
use super::language::Lang;
use super::problem::{Code, Fault, Problem};
use super::worklist::Coverage;
use crate::app::App;
use crate::clock::Micros;
use crate::store::Store;
use crate::store::alerts::{PolicyChange, StoredPolicy};
use crate::triage::{Policy, PolicyDifference, PolicyError};

use schema::PolicyBody;
pub(super) use schema::shifts;

/// Versions that are told of.
const HISTORY: u16 = 100;

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
    match decide(&app, &caller, expected, &policy).await? {
        Decided::Set(stored) => Ok(answer(stored, lang, app.clock().now())),
        Decided::Stale(_) => Err(Problem::new(Code::VersionConflict, "")),
        Decided::Wrong(error) => Err(Problem::with(Code::Invalid, vec![fault(&error)])),
    }
}

/// What became of another policy.
#[derive(Debug)]
pub(in crate::http) enum Decided {
    /// It is in force.
    Set(StoredPolicy),
    /// Somebody else has set one since it was read: this.
    Stale(StoredPolicy),
    /// It cannot be used.
    Wrong(PolicyError),
}

/// Replaces the policy that was read in version `expected`.
///
/// # Errors
/// 401 `sign-in-again` for somebody who signed in a while ago.
pub(in crate::http) async fn decide(
    app: &App,
    caller: &ApiCaller<needs::PolicyWrite>,
    expected: u32,
    policy: &Policy,
) -> Result<Decided, Problem> {
    let now = app.clock().now();
    caller.recent(now)?;
    if let Err(error) = policy.check() {
        caller.trail().nobody();
        return Ok(Decided::Wrong(error));
    }
    let actor = actor(caller);
    let mut tx = caller.store().begin().await?;
    match caller.store().set_policy_in(&mut tx, expected, policy, &actor, now).await? {
        PolicyChange::Set(stored) => {
            caller.trail().resource("TriagePolicy", "policy", stored.version, None);
            caller.commit(tx, now).await?;
            Ok(Decided::Set(stored))
        }
        PolicyChange::Stale(stored) => {
            caller.trail().nobody();
            Ok(Decided::Stale(stored))
        }
    }
}

/// A version of the policy.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyVersion {
    /// Which, from 1.
    version: u32,
    /// When it was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    set_at: Option<String>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_by: Option<String>,
    /// What it has otherwise than the version before.
    changes: Vec<PolicyChangeView>,
}

/// A field that is another than in the version before.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PolicyChangeView {
    /// Its name; of a number for a level with that, such as `quietHours.red`.
    field: String,
    /// What it was.
    before: serde_json::Value,
    /// What it is.
    after: serde_json::Value,
}

/// What was decided before
///
/// The versions of the policy, newest first, at most 100; each with what it changed. The first one is
/// compared with the defaults.
#[utoipa::path(
    get,
    path = "/triage/policy/history",
    operation_id = "getTriagePolicyHistory",
    tag = "administration",
    security(("bearer" = ["policy:read"])),
    responses((status = 200, description = "The versions.", body = Vec<PolicyVersion>)),
)]
pub(super) async fn history(caller: ApiCaller<needs::PolicyRead>) -> Result<Response, Problem> {
    caller.trail().nobody();
    let versions: Vec<PolicyVersion> = versions(caller.store())
        .await?
        .into_iter()
        .map(|(stored, changes)| PolicyVersion {
            version: stored.version,
            set_at: stored.set_at.map(|at| at.to_string()),
            set_by: stored.set_by,
            changes: changes
                .into_iter()
                .map(|PolicyDifference { field, before, after }| PolicyChangeView {
                    field,
                    before,
                    after,
                })
                .collect(),
        })
        .collect();
    Ok(super::json(&versions))
}

/// The newest versions with what each changed, newest first.
pub(in crate::http) async fn versions(
    store: &Store,
) -> Result<Vec<(StoredPolicy, Vec<PolicyDifference>)>, Problem> {
    // One more, for the oldest that is told to be compared with.
    let mut stored = store.policy_history(HISTORY + 1).await?;
    let oldest = if stored.len() > usize::from(HISTORY) {
        stored.pop().map(|oldest| oldest.policy)
    } else {
        None
    };
    let default = Policy { zone: store.zone().clone().into(), ..Policy::default() };
    let mut before = oldest.unwrap_or(default);
    let mut told = Vec::with_capacity(stored.len());
    for version in stored.into_iter().rev() {
        let changes = before.differences(&version.policy);
        before = version.policy.clone();
        told.push((version, changes));
    }
    told.reverse();
    Ok(told)
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
/// What is wrong with a policy, or with a part of one.
pub(super) fn fault(error: &PolicyError) -> Fault {
    Fault::at(pointer(error), code(error), told(error))
}

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
