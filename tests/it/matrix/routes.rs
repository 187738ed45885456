//! Each route of the sources is in the matrix, or this fails. **A new page is one more line in
//! [`ROUTES`]**: its route, and what is asked of it. What of `/fhir` and `/api` is in the
//! `CapabilityStatement` or the API's description comes into the matrix by itself; something that is
//! in neither gets a row in `rows.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::rows::Row;

/// The routes that are written down in the sources, and what covers each: requests, as they are sent
/// (method, path and, behind a space, a form; `{citizen}`, `{alert}`, `{run}` … stand
/// for somebody's), or else how names of rows begin.
const ROUTES: &[(&str, &[&str])] = &[
    // Pages.
    ("/", &["GET /", "system batch", "system transaction"]),
    ("/rows", &["GET /rows?ids={alert}"]),
    ("/alerts/seen", &["POST /alerts/seen alert={alert}.99"]),
    ("/alerts/unseen", &["POST /alerts/unseen alert={alert}.99"]),
    ("/alerts/{id}", &["GET /alerts/{alert}"]),
    (
        "/alerts/{id}/{verb}",
        &[
            "POST /alerts/{alert}/claim",
            "POST /alerts/{alert}/release",
            "POST /alerts/{alert}/remeasure",
            "POST /alerts/{alert}/call-back",
            "POST /alerts/{alert}/escalate",
            "POST /alerts/{alert}/snooze",
            "POST /alerts/{alert}/note",
            "POST /alerts/{alert}/close",
            "POST /alerts/{alert}/reopen",
            "POST /alerts/{alert}/none",
        ],
    ),
    ("/search", &["GET /search", "POST /search q={cpr}"]),
    ("/handover", &["GET /handover"]),
    ("/break-glass", &["GET /break-glass", "POST /break-glass cpr={cpr}&reason=x&minutes=15"]),
    ("/break-glass/{id}/end", &["POST /break-glass/{access}/end back=/"]),
    ("/citizens/{id}", &["GET /citizens/{citizen}"]),
    ("/citizens/{id}/plan", &["POST /citizens/{citizen}/plan"]),
    ("/citizens/{id}/plan/preview", &["POST /citizens/{citizen}/plan/preview"]),
    (
        "/citizens/{id}/readings",
        &["GET /citizens/{citizen}/readings?signal=body_weight&from=20450"],
    ),
    ("/me", &["GET /me"]),
    ("/me/export", &["POST /me/export"]),
    ("/me/consents", &["POST /me/consents"]),
    ("/me/consents/{id}/withdraw", &["POST /me/consents/{consent}/withdraw"]),
    ("/admin", &["GET /admin"]),
    ("/admin/quarantine", &["GET /admin/quarantine"]),
    (
        "/admin/quarantine/all",
        &["POST /admin/quarantine/all device=Device/{device}&reason=implausible&decision=reject\
           &why=matrix&until=2020-01-01T00:00:00Z"],
    ),
    (
        "/admin/quarantine/{id}/{verb}",
        &[
            "POST /admin/quarantine/{doubted}/accept version=99&why=matrix",
            "POST /admin/quarantine/{doubted}/fix version=99&why=matrix&value.0=70.5",
            "POST /admin/quarantine/{doubted}/reject version=99&why=matrix",
            "POST /admin/quarantine/{doubted}/undo version=99",
        ],
    ),
    ("/admin/settings", &["GET /admin/settings", "POST /admin/settings"]),
    ("/admin/teams", &["GET /admin/teams", "POST /admin/teams"]),
    ("/admin/teams/{code}/hours", &["POST /admin/teams/default/hours"]),
    ("/admin/teams/{code}/members", &["POST /admin/teams/default/members subject=colleague"]),
    (
        "/admin/teams/{code}/members/{member}/leave",
        &["POST /admin/teams/default/members/{member}/leave"],
    ),
    ("/admin/rules", &["GET /admin/rules", "POST /admin/rules pack=x"]),
    ("/admin/rules/{hash}", &["GET /admin/rules/{pack}"]),
    ("/admin/rules/{hash}/text", &["GET /admin/rules/{pack}/text"]),
    ("/admin/rules/{hash}/end", &["POST /admin/rules/{pack}/end"]),
    ("/admin/rules/{hash}/sign", &["POST /admin/rules/{pack}/sign signedBy=A+test&signedAs=test"]),
    ("/admin/rules/{hash}/use", &["POST /admin/rules/{pack}/use insteadOf={pack}&reason=because"]),
    ("/admin/ingestion", &["GET /admin/ingestion"]),
    ("/admin/break-glass", &["GET /admin/break-glass"]),
    ("/cohorts", &["GET /cohorts", "POST /cohorts do=run"]),
    ("/cohorts/runs/{id}", &["GET /cohorts/runs/{run}"]),
    ("/cohorts/runs/{id}/cancel", &["POST /cohorts/runs/{run}/cancel"]),
    ("/cohorts/runs/{id}/rows", &["GET /cohorts/runs/{run}/rows?format=csv"]),
    ("/cohorts/comparisons/{id}", &["GET /cohorts/comparisons/{comparison}"]),
    ("/signed-in", &["GET /signed-in"]),
    ("/accessibility", &["GET /accessibility"]),
    ("/was", &["GET /was"]),
    ("/assets/{file}", &["GET /assets/none.css"]),
    // Signing in.
    ("/auth/login", &["GET /auth/login"]),
    ("/auth/callback", &["GET /auth/callback"]),
    ("/auth/local", &["GET /auth/local", "POST /auth/local user=nurse"]),
    ("/auth/logout", &["GET /auth/logout"]),
    ("/auth/backchannel-logout", &["POST /auth/backchannel-logout logout_token=x"]),
    ("/auth/password", &["GET /auth/password", "POST /auth/password password=x"]),
    ("/auth/codes", &["GET /auth/codes", "POST /auth/codes code=x"]),
    ("/auth/session", &["GET /auth/session"]),
    ("/auth/auth.css", &["GET /auth/auth.css"]),
    // Beside them.
    ("/health/live", &["GET /health/live"]),
    ("/health/ready", &["GET /health/ready"]),
    ("/metrics", &["GET /metrics"]),
    ("/oauth/jwks.json", &["GET /oauth/jwks.json"]),
    ("/oauth/token", &["POST /oauth/token grant_type=client_credentials"]),
    ("/.well-known/smart-configuration", &["GET /.well-known/smart-configuration"]),
    ("/fhir/.well-known/smart-configuration", &["GET /fhir/.well-known/smart-configuration"]),
    // The API; its operations are in its description.
    ("/api/", &["GET /api/"]),
    ("/openapi.json", &["GET /api/openapi.json"]),
    ("/docs", &["GET /api/docs"]),
    ("/docs.css", &["GET /api/docs.css"]),
    // FHIR.
    ("/fhir/", &["batch with POST /fhir/"]),
    ("/metadata", &["GET /fhir/metadata"]),
    ("/$export", &["GET /fhir/$export", "POST /fhir/$export _outputFormat=ndjson"]),
    (
        "/Patient/$export",
        &["GET /fhir/Patient/$export", "POST /fhir/Patient/$export _outputFormat=ndjson"],
    ),
    (
        "/Group/{id}/$export",
        &[
            "GET /fhir/Group/{group}/$export",
            "POST /fhir/Group/{group}/$export _outputFormat=ndjson",
        ],
    ),
    ("/$export-file/{id}/{number}", &["GET /fhir/$export-file/{export}/1"]),
    // Last, for it is gone then.
    (
        "/$export-status/{id}",
        &["GET /fhir/$export-status/{export}", "DELETE /fhir/$export-status/{export}"],
    ),
    ("/$viewdefinition-run", &["view of Observation", "view of Patient"]),
    ("/ViewDefinition/$viewdefinition-run", &["view of Condition"]),
    ("/ViewDefinition/$run", &["view of Encounter"]),
    ("/Observation", &["Observation create", "Observation search-type of", "stream to"]),
    ("/Observation/_search", &["Observation search-type by POST"]),
    ("/Observation/$lastn", &["Observation $lastn", "Observation $lastn by POST"]),
    ("/Observation/$stats", &["Observation $stats", "Observation $stats by POST"]),
    ("/Observation/{id}", &["Observation read", "Observation update", "Observation delete"]),
    ("/Observation/{id}/_history", &["Observation history-instance"]),
    ("/Observation/{id}/_history/{version}", &["Observation vread"]),
    ("/AuditEvent", &["AuditEvent search-type of"]),
    ("/AuditEvent/_search", &["AuditEvent search-type by POST"]),
    ("/AuditEvent/{id}", &["AuditEvent read"]),
    ("/{kind}", &["Condition create", "Condition search-type of"]),
    ("/{kind}/_search", &["Condition search-type by POST"]),
    ("/{kind}/{id}", &["Condition read", "Condition update", "Condition delete", "Task patch"]),
    ("/{kind}/{id}/_history", &["Condition history-instance"]),
    ("/{kind}/{id}/_history/{version}", &["Condition vread"]),
];

/// Requests among what covers routes, each with its route.
pub(super) fn asked() -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_request = |(_, text): &(&str, &str)| {
        ["GET /", "POST /", "DELETE /"].iter().any(|start| text.starts_with(start))
    };
    let all = ROUTES.iter().flat_map(|(route, covers)| covers.iter().map(|text| (*route, *text)));
    all.filter(is_request)
}

/// What is to cover a route, and is the name of no row.
pub(super) fn uncovered(rows: &[Row]) -> Vec<&'static str> {
    let all = ROUTES.iter().flat_map(|(_, covers)| covers.iter().copied());
    all.filter(|text| !rows.iter().any(|row| row.name.starts_with(text))).collect()
}

/// What follows `.route(` in a source of the door.
fn written(path: &Path, routes: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            written(&entry.expect("an entry").path(), routes);
        }
    } else if path.extension().is_some_and(|kind| kind == "rs") {
        let text = fs::read_to_string(path).expect("text");
        for call in text.split(".route(").skip(1) {
            let route = call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
            let route = route.unwrap_or_else(|| panic!("{}: a route in no quotes", path.display()));
            routes.insert(route.to_owned());
        }
    }
}

#[test]
fn every_route_of_the_sources_is_in_the_matrix() {
    let mut routes = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    written(&root.join("src/http"), &mut routes);
    written(&root.join("src/http.rs"), &mut routes);
    let listed: BTreeSet<String> = ROUTES.iter().map(|(route, _)| (*route).to_owned()).collect();
    let missing: Vec<&String> = routes.difference(&listed).collect();
    assert!(missing.is_empty(), "add a line to ROUTES for {missing:?}");
    let gone: Vec<&String> = listed.difference(&routes).collect();
    assert!(gone.is_empty(), "there is no route {gone:?} any more");
}
