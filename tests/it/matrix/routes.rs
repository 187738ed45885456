//! Each route of the sources is in the matrix, or this fails: a new one is one more line here, and
//! one in `rows.rs` where it is in neither the `CapabilityStatement` nor the API's description.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The routes that are written down in the sources, and by what the matrix covers them.
const ROUTES: &[(&str, &str)] = &[
    ("/", "system batch, system transaction; pages"),
    ("/fhir/", "others"),
    ("/metadata", "others"),
    ("/Observation", "Observation create, search-type"),
    ("/Observation/_search", "Observation search-type by POST"),
    ("/Observation/$lastn", "Observation $lastn"),
    ("/Observation/$stats", "Observation $stats"),
    ("/Observation/{id}", "Observation read, update, delete"),
    ("/Observation/{id}/_history", "Observation history-instance"),
    ("/Observation/{id}/_history/{version}", "Observation vread"),
    ("/AuditEvent", "AuditEvent search-type"),
    ("/AuditEvent/_search", "AuditEvent search-type by POST"),
    ("/AuditEvent/{id}", "AuditEvent read"),
    ("/{kind}", "create, search-type"),
    ("/{kind}/_search", "search-type by POST"),
    ("/{kind}/{id}", "read, update, delete, patch"),
    ("/{kind}/{id}/_history", "history-instance"),
    ("/{kind}/{id}/_history/{version}", "vread"),
    ("/oauth/token", "others"),
    ("/oauth/jwks.json", "others"),
    ("/.well-known/smart-configuration", "others"),
    ("/fhir/.well-known/smart-configuration", "others"),
    ("/api/", "others"),
    ("/openapi.json", "others"),
    ("/docs", "others"),
    ("/docs.css", "others"),
    ("/auth/login", "others"),
    ("/auth/callback", "others"),
    ("/auth/local", "others"),
    ("/auth/logout", "others"),
    ("/auth/session", "others"),
    ("/auth/auth.css", "others"),
    ("/rows", "pages"),
    ("/alerts/seen", "pages"),
    ("/alerts/unseen", "pages"),
    ("/alerts/{id}", "pages"),
    ("/alerts/{id}/{verb}", "pages"),
    ("/search", "pages"),
    ("/handover", "pages"),
    ("/citizens/{id}", "pages"),
    ("/citizens/{id}/plan", "pages"),
    ("/citizens/{id}/readings", "pages"),
    ("/me", "pages"),
    ("/admin", "pages"),
    ("/admin/quarantine", "pages"),
    ("/admin/quarantine/all", "pages"),
    ("/admin/quarantine/{id}/{verb}", "pages"),
    ("/admin/settings", "pages"),
    ("/admin/teams", "pages"),
    ("/admin/rules", "pages"),
    ("/admin/ingestion", "pages"),
    ("/accessibility", "pages"),
    ("/was", "pages"),
    ("/assets/{file}", "pages"),
    ("/health/live", "others"),
    ("/health/ready", "others"),
    ("/metrics", "others"),
];

/// What follows `.route(` in the sources of the door.
fn written(folder: &Path, routes: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            written(&path, routes);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).expect("text");
            for call in text.split(".route(").skip(1) {
                let route =
                    call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                let route =
                    route.unwrap_or_else(|| panic!("{}: a route in no quotes", path.display()));
                routes.insert(route.to_owned());
            }
        }
    }
}

#[test]
fn every_route_of_the_sources_is_in_the_matrix() {
    let mut routes = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    written(&root.join("src/http"), &mut routes);
    for call in fs::read_to_string(root.join("src/http.rs")).expect("text").split(".route(").skip(1)
    {
        let route = call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
        routes.insert(route.expect("a route that is written out").to_owned());
    }
    let listed: BTreeSet<String> = ROUTES.iter().map(|(route, _)| (*route).to_owned()).collect();
    assert_eq!(routes, listed);
}
