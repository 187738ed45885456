//! The rights of the JSON API, operation by operation as its description lists them: one that is
//! added is in the matrix, or this fails.

use std::fmt::Write;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use pulsvagt::access::{ApiRight, Extent, Role, extent};
use tower::ServiceExt;

use crate::openapi::operations;
use crate::world::World;

/// Only the status, since what follows may be a stream without an end.
pub(super) async fn ask(world: &World, token: Option<String>, method: &str, path: &str) -> u16 {
    let method: Method = method.parse().expect("a method");
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "pulsvagt.test")
        .header("content-type", "application/json")
        .header("if-match", "\"0\"");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Body::from("{}")).expect("a request");
    let answer =
        tokio::time::timeout(Duration::from_secs(30), world.router.clone().oneshot(request));
    let response = answer.await.expect("an answer in time").expect("an answer");
    let status = response.status().as_u16();
    assert!(status < 500 && status != 405, "{path} answered {status}");
    if status >= 400 {
        let kind = response.headers().get("content-type").expect("a type");
        assert_eq!(kind, "application/problem+json", "{path}");
    }
    status
}

/// The path with something in place of what is variable.
pub(super) fn filled(path: &str, citizen: &str) -> String {
    let parts: Vec<&str> =
        path.split('/').map(|part| if part.starts_with('{') { citizen } else { part }).collect();
    format!("/api{}", parts.join("/"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_in_the_api_what_the_table_says() {
    let world = World::new().await;
    let api = world.nobody().get("/api/openapi.json").await.expect(200).json();
    let mut table = format!("{:<60}", "");
    for role in Role::ALL {
        let _ = write!(table, "{:<9}", role.as_str());
    }
    for (method, path, operation) in operations(&api) {
        let name = format!("{method} {path}");
        let right = operation["security"][0]["bearer"][0].as_str().expect("a right");
        let right = ApiRight::from_name(right).expect("a known right");
        let _ = write!(table, "\n{:<60}", format!("{name} {}", right.as_str()));
        assert_eq!(ask(&world, None, &method, &filled(&path, "ane")).await, 401, "{name}");
        for role in Role::ALL {
            let own = role.is_of_one_citizen().then_some("ane");
            let token = Some(world.token("0330", role, own));
            let status = ask(&world, token.clone(), &method, &filled(&path, "ane")).await;
            let reach = extent(role, right);
            assert_ne!(status, 401, "{role} {name}");
            assert_eq!(status == 403, reach == Extent::None, "{role} {name}: {status}");
            if reach == Extent::Own && path.contains("{id}") {
                let another = ask(&world, token, &method, &filled(&path, "bo")).await;
                assert_eq!(another, 404, "{role} {name}");
            }
            let _ = write!(
                table,
                "{:<9}",
                match reach {
                    Extent::All => "✔",
                    Extent::Teams => "teams",
                    Extent::Own => "own",
                    Extent::None => "✘",
                }
            );
        }
    }
    let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!("api", lines.join("\n"));
    world.end().await;
}
