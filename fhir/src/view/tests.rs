//! Views and what they come to, as JSON in the shape of the tests of SQL on FHIR: `fhir/tests/views`
//! holds our own, and each folder that `PULSVAGT_VIEWS` names (with `:` between them) is run too.
//!
//! Of official tests that say otherwise than this does, `NOT_SO` tells which and why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Value, json};

use super::View;
use crate::Document;

/// File and title of a test whose expectation another version of the same suite has taken back.
const NOT_SO: [(&str, &str, &str); 2] = [
    ("fhirpath", "string join", "nothing joined is nothing since the suite of 3.0 (fn_join)"),
    ("fhirpath", "string join: default separator", "the same"),
];

/// Rows, or the sentence that refuses them.
fn rows(view: &Value, resources: &[Value]) -> Result<(Vec<String>, Vec<Value>), String> {
    let text = view.to_string();
    let document = Document::parse(text.as_bytes()).expect("JSON");
    let view = View::parse(document.root(), "view").map_err(|issue| {
        format!("{} {}: {}", issue.code.as_str(), issue.expression, issue.diagnostics)
    })?;
    let mut found = Vec::new();
    for resource in resources {
        let text = resource.to_string();
        let document = Document::parse(text.as_bytes()).expect("JSON");
        let rows = view.rows(document.root(), Some("http://example.org/fhir"));
        for row in rows.map_err(|error| error.to_string())? {
            let mut json = String::new();
            view.push_json(&row, &mut json);
            found.push(serde_json::from_str(&json).expect("a row is JSON"));
        }
    }
    Ok((view.columns().map(str::to_owned).collect(), found))
}

/// A value in one form: numbers by value, and no members that are null.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let number: f64 = number.to_string().parse().expect("a number");
            json!(format!("number {number}"))
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(members) => {
            let told = members.iter().filter(|(_, value)| !value.is_null());
            told.map(|(name, value)| (name.clone(), plain(value))).collect()
        }
        other => other.clone(),
    }
}

/// In the order of their text: suites do not say in which order rows come.
fn sorted(rows: &[Value]) -> Vec<String> {
    let mut rows: Vec<String> = rows.iter().map(|row| plain(row).to_string()).collect();
    rows.sort();
    rows
}

/// What is wrong, if anything.
fn judged(test: &Value, resources: &[Value]) -> Option<String> {
    let found = rows(&test["view"], resources);
    if test["expectError"] == true {
        return match (&found, test["error"].as_str()) {
            (Ok((_, rows)), _) => Some(format!("rows instead of an error: {rows:?}")),
            (Err(error), Some(expected)) if !error.contains(expected) => {
                Some(format!("another error: {error}"))
            }
            _ => None,
        };
    }
    let (columns, found) = match found {
        Ok(found) => found,
        Err(error) => return Some(error),
    };
    if !test["expectColumns"].is_null() && test["expectColumns"] != json!(columns) {
        return Some(format!("other columns: {columns:?}"));
    }
    let expected = test["expect"].as_array().expect("rows");
    (sorted(expected) != sorted(&found)).then(|| format!("other rows: {found:?}"))
}

/// Passed, and what is wrong with the others, by file.
fn run(folder: &Path) -> BTreeMap<String, (usize, Vec<String>)> {
    let mut files = BTreeMap::new();
    for entry in
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|kind| kind != "json") {
            continue;
        }
        let name = path.file_stem().and_then(|it| it.to_str()).expect("a name").to_owned();
        let text = fs::read_to_string(&path).expect("text");
        let suite: Value = serde_json::from_str(&text).expect("JSON");
        let resources = suite["resources"].as_array().expect("resources");
        let (passed, failed): &mut (usize, Vec<String>) = files.entry(name.clone()).or_default();
        for test in suite["tests"].as_array().expect("tests") {
            let title = test["title"].as_str().expect("a title");
            let not_so = NOT_SO.iter().any(|(file, other, _)| *file == name && *other == title);
            match judged(test, resources) {
                None if not_so => failed.push(format!("{title}: is so now; take it off NOT_SO")),
                None => *passed += 1,
                Some(_) if not_so => {}
                Some(why) => failed.push(format!("{title}: {why}")),
            }
        }
    }
    files
}

fn hold(folder: &Path, least: usize) {
    let files = run(folder);
    let mut wrong = Vec::new();
    let mut all = 0;
    for (name, (passed, failed)) in &files {
        println!("{name}: {passed} passed, {} failed", failed.len());
        all += passed;
        wrong.extend(failed.iter().map(|why| format!("{name}: {why}")));
    }
    println!("{}: {all} passed, {} failed", folder.display(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all >= least, "only {all} tests in {}", folder.display());
}

#[test]
fn our_own_views_come_to_what_they_say() {
    hold(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/views"), 40);
}

#[test]
fn views_of_other_suites_come_to_what_they_say() {
    let folders = env::var_os("PULSVAGT_VIEWS").unwrap_or_default();
    for folder in env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty()) {
        hold(&folder, 100);
    }
}
