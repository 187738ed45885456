//! `GET /api/docs`: the description as a page for people. No script, nothing from elsewhere.

use std::sync::Arc;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::problem::Code;

const STYLE: &str = include_str!("docs.css");
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The page's style, at an address of its own, so that the page may have none in itself.
pub(super) async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "no-cache")], STYLE)
}

/// The page, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Page {
    html: Arc<str>,
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-cache"),
            (CONTENT_SECURITY_POLICY, POLICY),
        ];
        (headers, self.html.to_string()).into_response()
    }
}

/// The page of a description.
pub(super) fn page(api: &utoipa::openapi::OpenApi) -> Page {
    let api = serde_json::to_value(api).unwrap_or_default();
    Page { html: document(&api).into_string().into() }
}

fn document(api: &Value) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (text(&api["info"]["title"])) " API" }
                link rel="stylesheet" href="docs.css";
            }
            body {
                header {
                    h1 { (text(&api["info"]["title"])) " API " small { (text(&api["info"]["version"])) } }
                    (paragraphs(&api["info"]["description"]))
                    p { a href="openapi.json" { "OpenAPI description" } }
                }
                main {
                    (contents(api))
                    @for tag in items(&api["tags"]) { (group(api, tag)) }
                    (problems())
                    (schemas(api))
                }
            }
        }
    }
}

fn contents(api: &Value) -> Markup {
    html! {
        nav aria-label="Operations" {
            ul {
                @for (method, path, operation) in operations(api) {
                    li {
                        a href={ "#" (text(&operation["operationId"])) } {
                            (method.to_uppercase()) " " (path)
                        }
                    }
                }
            }
        }
    }
}

fn group(api: &Value, tag: &Value) -> Markup {
    let name = text(&tag["name"]);
    html! {
        section {
            h2 { (name) }
            (paragraphs(&tag["description"]))
            @for (method, path, operation) in operations(api) {
                @if items(&operation["tags"]).any(|listed| listed == name) {
                    (described(method, path, operation))
                }
            }
        }
    }
}

fn described(method: &str, path: &str, operation: &Value) -> Markup {
    let rights: Vec<&str> = items(&operation["security"])
        .flat_map(|requirement| items(&requirement["bearer"]))
        .map(text)
        .collect();
    html! {
        article id=(text(&operation["operationId"])) {
            h3 { code { (method.to_uppercase()) " /api" (path) } }
            p { strong { (text(&operation["summary"])) } }
            (paragraphs(&operation["description"]))
            @if !rights.is_empty() { p { "Needs " code { (rights.join(", ")) } } }
            @if items(&operation["parameters"]).next().is_some() {
                table {
                    caption { "Parameters" }
                    tr { th { "Name" } th { "In" } th { "Type" } th { "Meaning" } }
                    @for parameter in items(&operation["parameters"]) {
                        tr {
                            td { code { (text(&parameter["name"])) } }
                            td { (text(&parameter["in"])) }
                            td { (kind(&parameter["schema"])) }
                            td { (text(&parameter["description"])) }
                        }
                    }
                }
            }
            @for (media, content) in members(&operation["requestBody"]["content"]) {
                p { "Body: " code { (media) } ", " (kind(&content["schema"])) }
            }
            table {
                caption { "Answers" }
                tr { th { "Status" } th { "Body" } th { "Meaning" } }
                @for (status, response) in members(&operation["responses"]) {
                    tr {
                        td { (status) }
                        td {
                            @for (media, content) in members(&response["content"]) {
                                code { (media) } " " (kind(&content["schema"]))
                            }
                        }
                        td { (text(&response["description"])) }
                    }
                }
            }
        }
    }
}

fn problems() -> Markup {
    html! {
        section {
            h2 id="problems" { "Problems" }
            table {
                tr { th { "Code" } th { "Status" } th { "Meaning" } }
                @for code in Code::ALL {
                    tr {
                        td { code { (code.as_str()) } }
                        td { (code.status().as_u16()) }
                        td { (code.title()) }
                    }
                }
            }
        }
    }
}

fn schemas(api: &Value) -> Markup {
    html! {
        section {
            h2 { "Schemas" }
            @for (name, schema) in members(&api["components"]["schemas"]) {
                article id={ "schema-" (name) } {
                    h3 { (name) }
                    (paragraphs(&schema["description"]))
                    @if schema["properties"].is_object() {
                        table {
                            tr { th { "Member" } th { "Type" } th { "Meaning" } }
                            @for (member, about) in members(&schema["properties"]) {
                                tr {
                                    td {
                                        code { (member) }
                                        @if items(&schema["required"]).any(|name| name == member) {
                                            " (always)"
                                        }
                                    }
                                    td { (kind(about)) }
                                    td { (text(&about["description"])) }
                                }
                            }
                        }
                    } @else {
                        p { (kind(schema)) }
                    }
                }
            }
        }
    }
}

/// What a schema takes, in a few words.
fn kind(schema: &Value) -> Markup {
    let alternatives: Vec<&Value> =
        ["oneOf", "anyOf", "allOf"].iter().flat_map(|name| items(&schema[*name])).collect();
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().map(text).collect(),
        _ => Vec::new(),
    };
    html! {
        @if let Some(name) = text(&schema["$ref"]).rsplit('/').next().filter(|name| !name.is_empty()) {
            a href={ "#schema-" (name) } { (name) }
        } @else if !alternatives.is_empty() {
            @for (position, alternative) in alternatives.into_iter().enumerate() {
                @if position > 0 { " or " }
                (kind(alternative))
            }
        } @else if schema["items"].is_object() {
            "list of " (kind(&schema["items"]))
        } @else {
            (types.join(" or "))
            @if schema["additionalProperties"].is_object() {
                " of " (kind(&schema["additionalProperties"]))
            }
            @if let Some(format) = schema["format"].as_str() { " (" (format) ")" }
            @if items(&schema["enum"]).next().is_some() {
                ": "
                @for (position, word) in items(&schema["enum"]).enumerate() {
                    @if position > 0 { ", " }
                    code { (text(word)) }
                }
            }
        }
    }
}

fn operations(api: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    members(&api["paths"]).flat_map(|(path, item)| {
        members(item)
            .filter(|(_, operation)| operation["responses"].is_object())
            .map(move |(method, operation)| (method, path, operation))
    })
}

fn paragraphs(value: &Value) -> Markup {
    html! { @for paragraph in text(value).split("\n\n").filter(|text| !text.is_empty()) { p { (paragraph) } } }
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, member)| (name.as_str(), member))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
