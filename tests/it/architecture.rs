//! The invariants of docs/ARCHITECTURE.md, looked up in the sources.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).expect("a folder") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let name = path.strip_prefix(root).expect("inside").display().to_string();
                found.push((name, fs::read_to_string(&path).expect("text")));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} has no sources");
    found
}

/// Lines of code, without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// Files of `folder` in which a line of code has `word`, but for those whose name has one of
/// `allowed`.
fn strangers(folder: &str, word: &str, allowed: &[&str]) -> Vec<String> {
    sources(folder)
        .into_iter()
        .filter(|(name, _)| !allowed.iter().any(|part| name.contains(part)))
        .filter(|(_, text)| code(text).any(|line| line.contains(word)))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn sql_lives_in_store_only() {
    assert_eq!(strangers("src", "sqlx::", &["src/store"]), [""; 0]);
    assert_eq!(strangers("fhir/src", "sqlx", &[]), [""; 0]);
}

#[test]
fn http_lives_in_http_only() {
    let allowed = ["src/http", "src/cli", "src/server"];
    assert_eq!(strangers("src", "axum::", &allowed), [""; 0]);
    assert_eq!(strangers("fhir/src", "axum", &[]), [""; 0]);
}

#[test]
fn polars_lives_in_analytics_only() {
    assert_eq!(strangers("src", "polars", &[]), [""; 0]);
    assert_eq!(strangers("fhir/src", "polars", &[]), [""; 0]);
}

#[test]
fn the_clock_and_ids_have_one_source() {
    for now in ["Timestamp::now(", "Zoned::now(", "SystemTime::now("] {
        assert_eq!(strangers("src", now, &["src/clock.rs"]), [""; 0], "{now}");
        assert_eq!(strangers("fhir/src", now, &[]), [""; 0], "{now}");
    }
    for mint in ["Uuid::new_v", "Uuid::now_v"] {
        assert_eq!(strangers("src", mint, &["src/ids.rs"]), [""; 0], "{mint}");
    }
}

#[test]
fn ingest_does_not_know_http_and_store_does_not_know_ingest() {
    assert_eq!(strangers("src/ingest", "crate::http", &[]), [""; 0]);
    assert_eq!(strangers("src/store", "crate::http", &[]), [""; 0]);
    assert_eq!(strangers("src/store", "crate::ingest", &[]), [""; 0]);
}

#[test]
fn a_store_cannot_be_asked_for_a_municipality() {
    for (name, text) in sources("src/store") {
        if name.ends_with("catalog.rs") || name.ends_with("health.rs") {
            continue;
        }
        let signatures = code(&text).filter(|line| line.contains("pub") && line.contains("fn "));
        for line in signatures {
            assert!(!line.contains("tenant") && !line.contains("TenantCode)"), "{name}: {line}");
        }
    }
}

#[test]
fn what_is_committed_without_an_entry_is_nobodys() {
    let allowed = [
        // Who is due, how far screening is behind, what came out of it where no alert has changed.
        "src/store/screenings/due.rs",
        "src/projection/lag.rs",
        "src/screening/work.rs",
        "src/store/alerts/expire.rs",
        // Steps of what has an entry, and what changes nothing that can be read.
        "src/store/erasure.rs",
        "src/store/erasure/mentions.rs",
        "src/store/retention/readings.rs",
        "src/store/retention/rows.rs",
        "src/store/rekey.rs",
        "src/store/rekey/resources.rs",
        "src/store/resources/labels.rs",
        "src/store/cohorts/runs.rs",
        // Ranges of keys of an export, which has an entry, as each file of it will have.
        "src/store/bulk/lay.rs",
        // Where it is defined.
        "src/store/municipality.rs",
    ];
    assert_eq!(strangers("src", "commit_unrecorded", &allowed), [""; 0]);
    // Nor is there another way to commit than with an entry, but for the store's own and what the
    // catalogue commits with an entry in the site's chain.
    let own = ["src/store/municipality.rs", "src/store/catalog.rs", "src/store/signing_keys.rs"];
    assert_eq!(strangers("src", ".commit()", &own), [""; 0]);
}

#[test]
fn every_route_is_behind_the_door_that_records() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http.rs"))
        .expect("text");
    let recorded = text.find("audit::record").expect("the door");
    let last = text.rfind(".route(").max(text.rfind(".nest(")).max(text.rfind(".merge("));
    assert!(last.expect("routes") < recorded, "a layer covers what is added before it");
    // Whoever authenticates goes through Caller, which takes nobody in without a trail.
    assert_eq!(strangers("src/http", ".authenticate(token", &["src/http/caller.rs"]), [""; 0]);
}

#[test]
fn files_are_short() {
    for folder in ["src", "fhir/src", "analytics", "tests", "benches"] {
        for (name, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= 500, "{name} has {lines} lines");
        }
    }
}

#[test]
fn every_crate_takes_part_in_the_lints() {
    for manifest in ["Cargo.toml", "fhir/Cargo.toml", "analytics/Cargo.toml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest);
        let text = fs::read_to_string(path).expect("a manifest");
        assert!(text.contains("[lints]\nworkspace = true"), "{manifest}");
    }
}

#[test]
fn statements_have_names() {
    for (name, text) in sources("src/store") {
        for (position, _) in text.match_indices("sqlx::query") {
            let after: String = text[position..].chars().take(160).collect();
            // An import, not a statement.
            if after.starts_with("sqlx::query_builder") || after.starts_with("sqlx::query::") {
                continue;
            }
            assert!(after.contains("-- "), "{name}: a statement without a name: {after}");
        }
    }
}

#[test]
fn migrations_do_not_change() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut expected = String::new();
    for set in ["catalog", "municipality"] {
        let mut names: Vec<_> = fs::read_dir(root.join(set))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
            .collect();
        names.sort();
        for name in names {
            let bytes = fs::read(root.join(set).join(&name)).expect("a migration");
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
            let hex = data_encoding::HEXLOWER.encode(digest.as_ref());
            let _ = writeln!(expected, "{hex}  {set}/{name}");
        }
    }
    let listed = fs::read_to_string(root.join("CHECKSUMS")).expect("CHECKSUMS");
    assert_eq!(listed, expected, "landed migrations are never edited; add a new one");
}
