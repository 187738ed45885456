//! Panics and unknown paths, on each side.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_LANGUAGE;
use axum::routing::get;
use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use super::*;
use crate::http::log::Cause;
use crate::http::{api, fhir, log};

async fn boom() -> &'static str {
    panic!("boom 0101501234")
}

/// The door's layers that have to do with it, around something that panics on each side.
fn door(logged: bool) -> Router {
    // As functions: the routes of the sources are collected by how they are written.
    let router = Router::route(Router::new(), "/citizens/{id}", get(boom));
    let router = Router::route(router, "/fhir/Patient", get(boom))
        .nest("/api", api::layered(Router::route(Router::new(), "/worklist", get(boom))))
        .fallback(unknown)
        .layer(CatchPanicLayer::custom(fhir::panicked))
        .layer(axum::middleware::from_fn(as_pages));
    if logged { router.layer(axum::middleware::from_fn_with_state(None, log::log)) } else { router }
}

struct Told {
    status: u16,
    kind: String,
    language: String,
    id: String,
    cause: Option<String>,
    text: String,
}

async fn ask(path: &str, accept: &str, logged: bool) -> Told {
    let request = Request::get(path).header(ACCEPT, accept).body(Body::empty()).expect("a request");
    let (head, body) = door(logged).oneshot(request).await.expect("an answer").into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    let header = |name: &str| {
        let value = head.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    Told {
        status: head.status.as_u16(),
        kind: header("content-type"),
        language: header(CONTENT_LANGUAGE.as_str()),
        id: header("x-request-id"),
        cause: head.extensions.get::<Cause>().map(|cause| cause.0.clone()),
        text: String::from_utf8(bytes.to_vec()).expect("text"),
    }
}

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn a_panic_is_told_in_the_way_of_each_side_and_its_cause_to_the_log_alone() {
    for (path, accept, kind, says) in [
        ("/citizens/x", BROWSER, "text/html", "<h1>Det gik ikke</h1>"),
        ("/citizens/x?lang=en", "*/*", "text/html", "<h1>That did not work</h1>"),
        ("/fhir/Patient", BROWSER, "application/fhir+json", "OperationOutcome"),
        ("/api/worklist", BROWSER, "application/problem+json", "problems/internal"),
    ] {
        let told = ask(path, accept, true).await;
        assert_eq!(told.status, 500, "{path}");
        assert!(told.kind.starts_with(kind), "{path}: {}", told.kind);
        assert!(told.text.contains(says), "{path}: {}", told.text);
        assert!(!told.text.contains("boom") && !told.text.contains("0101501234"), "{path}");
        if kind != "application/fhir+json" {
            assert!(!told.id.is_empty() && told.text.contains(&told.id), "{path}: its id");
        }
        let cause = ask(path, accept, false).await.cause.expect("a cause, for the log");
        assert_eq!(cause, "panic: boom 0101501234", "{path}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_page_to_people_and_an_outcome_to_programs() {
    let page = ask("/nowhere?lang=en", BROWSER, true).await;
    assert_eq!((page.status, page.language.as_str()), (404, "en"));
    assert!(page.kind.starts_with("text/html") && page.text.contains(&page.id));
    let program = ask("/nowhere", "*/*", true).await;
    assert!(program.status == 404 && program.kind.starts_with("application/fhir+json"));
    assert!(program.text.contains("OperationOutcome"));
    for path in ["/metrics/x", "/health", "/fhirx", "/oauth/x"] {
        let told = ask(path, BROWSER, true).await;
        assert_eq!(told.kind.starts_with("text/html"), path == "/fhirx", "{path}");
    }
}
