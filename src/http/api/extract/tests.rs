use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::body::{parse, without_values};
use super::etag;
use super::version::parse as version;
use crate::http::api::problem::Problem;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    names: Vec<Name>,
    #[expect(unused, reason = "only read")]
    limits: BTreeMap<String, f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    #[expect(unused, reason = "only read")]
    text: Option<Kind>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Long,
}

async fn errors(problem: Problem) -> Vec<(String, String, String)> {
    use http_body_util::BodyExt;
    let body = problem.render(None).into_body().collect().await.expect("a body").to_bytes();
    let json: Value = serde_json::from_slice(&body).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let errors = json["errors"].as_array().expect("errors");
    errors.iter().map(|e| (text(&e["pointer"]), text(&e["code"]), text(&e["detail"]))).collect()
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_told_with_its_place() {
    let good: Body = parse(br#"{"names":[{"text":"long"}],"limits":{"a/b":1.5}}"#).expect("fine");
    assert_eq!(good.names.len(), 1);
    for (body, pointer, code, detail) in [
        (
            r#"{"names":["#,
            "",
            "not-json",
            "the text ends in the middle of a value at line 1, column 11",
        ),
        (
            r#"{"names":[{"text":"0101501234"}],"limits":{}}"#,
            "/names/0/text",
            "unexpected",
            "expected `long` (line 1, column 30)",
        ),
        (
            "{\"names\":[],\n\"limits\":{\"a/~b\":\"x, expected y\"}}",
            "/limits/a~1~0b",
            "unexpected",
            "expected f64 (line 2, column 32)",
        ),
        (
            r#"{"names":[{"test":null}],"limits":{}}"#,
            "/names/0/test",
            "unknown-member",
            "expected `text` (line 1, column 17)",
        ),
        (r#"{"names":[]}"#, "", "unexpected", "missing field `limits` (line 1, column 12)"),
        (
            r#"{"names":[],"limits":{"a":1e999}}"#,
            "/limits/a",
            "unexpected",
            "the value is not one that is expected here (line 1, column 31)",
        ),
        (
            r#"{"names":[],"limits":{"a":1,"b":2,"a":3}}"#,
            "/limits/a",
            "duplicate-member",
            "the member is given more than once in the same object",
        ),
        ("[1]", "/0", "unexpected", "expected a sequence (line 1, column 2)"),
    ] {
        let problem = parse::<Body>(body.as_bytes()).expect_err(body);
        let told = errors(problem).await;
        assert_eq!(told, [(pointer.to_owned(), code.to_owned(), detail.to_owned())], "{body}");
    }
}

#[test]
fn values_are_not_repeated() {
    assert_eq!(without_values("invalid value: string \"x\", expected y"), "expected y");
    assert!(!without_values("0101501234 is nobody").contains("0101501234"));
}

#[test]
fn a_version_is_one_strong_or_weak_tag() {
    assert_eq!(version(&etag(3)), Some(3));
    assert_eq!(version(" W/\"12\" "), Some(12));
    for bad in ["*", "3", "\"\"", "\"x\"", "\"1\", \"2\"", "\"-1\"", "\"99999999999\"", ""] {
        assert_eq!(version(bad), None, "{bad}");
    }
}
