//! The description of the API says what is true, and the page for people stands alone.

use std::collections::{BTreeMap, BTreeSet};

use pulsvagt::access::ApiRight;
use serde_json::Value;

use crate::world::World;

/// Every value with its pointer.
fn walk<'a>(value: &'a Value, at: &str, visit: &mut dyn FnMut(&str, &'a Value)) {
    visit(at, value);
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                walk(member, &format!("{at}/{name}"), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{at}/{index}"), visit);
            }
        }
        _ => {}
    }
}

/// Method, path and description of every operation.
pub(crate) fn operations(api: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in api["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            found.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    assert!(!found.is_empty());
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_whole() {
    let world = World::new().await;
    let answer = world.nobody().get("/api/openapi.json").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let api = answer.json();
    assert!(api["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    assert_eq!(api["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(api["servers"][0]["url"], "/api");

    let mut named: BTreeSet<String> = BTreeSet::new();
    walk(&api, "", &mut |at, value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').expect("a reference into the document");
            assert!(api.pointer(pointer).is_some(), "{at}: {reference} leads nowhere");
            named.insert(pointer.to_owned());
        }
        if let Some(required) = value.get("required").and_then(Value::as_array) {
            for name in required.iter().filter_map(Value::as_str) {
                assert!(value["properties"].get(name).is_some(), "{at}: {name} is required");
            }
        }
    });
    for name in api["components"]["schemas"].as_object().expect("schemas").keys() {
        let pointer = format!("/components/schemas/{name}");
        assert!(named.contains(&pointer), "{name} is used by nothing");
    }
    let tags: Vec<&Value> =
        api["tags"].as_array().expect("tags").iter().map(|tag| &tag["name"]).collect();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for (method, path, operation) in operations(&api) {
        let name = format!("{method} {path}");
        let id = operation["operationId"].as_str().expect("an id").to_owned();
        if let Some(other) = ids.insert(id, name.clone()) {
            panic!("{name} and {other} have the same id");
        }
        assert!(operation["summary"].as_str().is_some_and(|text| !text.ends_with('.')), "{name}");
        assert!(tags.contains(&&operation["tags"][0]), "{name}");
        let right = operation["security"][0]["bearer"][0].as_str().unwrap_or_default();
        assert!(ApiRight::from_name(right).is_some(), "{name} needs no right");
        let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
        assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem", "{name}");
        let described: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| {
                assert_eq!(parameter["required"], true, "{name}");
                parameter["name"].as_str().expect("a name")
            })
            .collect();
        let variable: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(described, variable, "{name}");
    }
    let mut shown = api.clone();
    shown["info"]["version"] = "[version]".into();
    insta::assert_json_snapshot!("openapi", shown);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_stands_alone() {
    let world = World::new().await;
    let api = world.nobody().get("/api/openapi.json").await.json();
    let page = world.nobody().get("/api/docs").await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for elsewhere in ["<script", "<style", "style=", "src=", "http://"] {
        let found = page.text.find(elsewhere);
        assert_eq!(found, None, "{elsewhere}");
    }
    let style = world.nobody().get("/api/docs.css").await.expect(200);
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(page.text.matches("<link").count(), 1, "the style and nothing else");
    assert!(page.text.contains(r#"<link rel="stylesheet" href="docs.css">"#));
    for elsewhere in ["@import", "url("] {
        assert!(!style.text.contains(elsewhere), "{elsewhere}");
    }
    for (method, path, operation) in operations(&api) {
        assert!(page.text.contains(&format!("{method} /api{path}")), "{method} {path}");
        let id = operation["operationId"].as_str().expect("an id");
        assert!(page.text.contains(&format!("id=\"{id}\"")), "{id}");
    }
    for name in api["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(page.text.contains(&format!("id=\"schema-{name}\"")), "{name}");
    }
    for code in ["version-conflict", "forbidden", "database-away"] {
        assert!(page.text.contains(code), "{code}");
    }
    world.end().await;
}
