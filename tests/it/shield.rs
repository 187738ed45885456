//! What every answer says to browsers, which requests are refused before they are understood, and
//! who may use the server from a web page.

use axum::Router;
use axum::body::Body;
use axum::http::Method;
use pulsvagt::access::Role;
use pulsvagt::app::Limits;
use pulsvagt::clock::Clock;
use pulsvagt::http::Setup;

use crate::world::{Answer, NOW, World, router_with};

#[track_caller]
fn is_shielded(answer: &Answer, about: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{about}: {name}");
    }
    assert!(answer.header("permissions-policy").contains("camera=()"), "{about}");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';"), "{about}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{about}: {policy}");
    assert!(!policy.contains("unsafe"), "{about}: {policy}");
    for name in ["server", "x-powered-by", "strict-transport-security", "set-cookie"] {
        assert!(!answer.headers.contains_key(name), "{about}: {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_tells_browsers_to_be_careful() {
    let world = World::new().await;
    let nurse = world.nurse();
    for (path, status) in [
        ("Patient/ane", 200),
        ("Patient/nobody", 404),
        ("Observation?patient=ane", 200),
        ("Observation?date=nonsense", 400),
        ("/api/worklist", 200),
        ("/api/citizens/ane/summary", 200),
        ("/api/triage/policy", 200),
        ("/api/nothing", 404),
        ("/nothing", 404),
        ("/health/live", 200),
        ("/metrics", 200),
    ] {
        let answer = nurse.get(path).await.expect(status);
        is_shielded(&answer, path);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let unknown = world.nobody().get("Patient/ane").await.expect(401);
    is_shielded(&unknown, "without a token");
    assert_eq!(unknown.header("cache-control"), "no-store");
    for path in ["/api/docs", "/api/docs.css", "/api/openapi.json", "metadata"] {
        let answer = world.nobody().get(path).await.expect(200);
        is_shielded(&answer, path);
        assert_ne!(answer.header("cache-control"), "no-store", "{path} tells of nobody");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_and_headers_have_a_limit() {
    let world = World::new().await;
    let nurse = world.nurse();
    let path = |length: usize| format!("Patient?name={}", "x".repeat(length));
    nurse.get(&path(8_000)).await.expect(200);
    let refused = nurse.get(&path(8_192)).await.expect(414);
    assert_eq!(refused.issues()[0].0, "address-too-long");
    is_shielded(&refused, "a long address");
    let refused = nurse.get(&format!("/api/worklist?x={}", "x".repeat(9_000))).await.expect(414);
    assert_eq!(refused.json()["code"], "address-too-long");
    assert_eq!(refused.header("content-type"), "application/problem+json");

    let long = nurse.with("x-filler", &"x".repeat(33_000));
    assert_eq!(long.get("Patient/ane").await.expect(431).issues()[0].0, "headers-too-large");
    assert_eq!(long.get("/api/worklist").await.expect(431).json()["code"], "headers-too-large");
    nurse.with("x-filler", &"x".repeat(31_000)).get("Patient/ane").await.expect(200);
    let many = (0..100)
        .fold(nurse.clone(), |client, number| client.with(format!("x-{number}").leak(), "1"));
    assert_eq!(many.get("Patient/ane").await.expect(431).issues()[0].0, "headers-too-large");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_have_a_limit_in_size_and_depth() {
    let limits = Limits { body: 100_000, ..Limits::default() };
    let world = World::with(limits, Clock::fixed(NOW)).await;
    let (gateway, nurse) = (world.gateway(), world.nurse());
    let large = format!("{{\"resourceType\":\"Observation\",\"x\":\"{}\"}}", "x".repeat(100_000));
    assert_eq!(
        gateway.post("Observation", &large).await.expect(413).issues()[0].0,
        "body-too-large"
    );
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let nested = format!("{{\"resourceType\":\"Observation\",\"x\":{deep}}}");
    let refused = gateway.post("Observation", &nested).await.expect(400);
    assert!(refused.text.contains("nested deeper than"), "{}", refused.text);
    let line = gateway.with("content-type", "application/fhir+ndjson");
    let receipts = line.post("Observation", &format!("{nested}\n")).await.expect(200);
    assert!(receipts.text.contains("nested deeper than"), "{}", receipts.text);
    let json = nurse.with("content-type", "application/json").with("if-match", "\"0\"");
    let refused = json.put("/api/citizens/ane/plan", &nested).await.expect(400);
    assert_eq!(refused.json()["code"], "bad-body");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_that_are_not_offered_are_refused_with_those_that_are() {
    let world = World::new().await;
    let nurse = world.nurse();
    for name in ["TRACE", "PROPFIND", "BREW", "OPTIONS"] {
        let method = Method::from_bytes(name.as_bytes()).expect("a method");
        for (path, allowed) in [
            ("/fhir/Observation", "GET,HEAD,POST"),
            ("/fhir/Patient/ane", "GET,HEAD,PUT,DELETE,PATCH"),
            ("/api/worklist", "GET,HEAD"),
            ("/health/live", "GET,HEAD"),
            ("/metrics", "GET,HEAD"),
        ] {
            let answer = nurse.send(method.clone(), path, Body::from("secret")).await.expect(405);
            assert_eq!(answer.header("allow"), allowed, "{name} {path}");
            assert!(!answer.text.contains("secret"), "nothing comes back");
            is_shielded(&answer, path);
        }
    }
    world.end().await;
}

/// The router of a server that these web pages may use.
fn allowing(world: &World, origins: &[&str]) -> Router {
    let origins: Vec<String> = origins.iter().map(|text| (*text).to_owned()).collect();
    router_with(&world.app, &Setup::new(&origins, Vec::new()))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_listed_origins_may_use_the_server_from_a_web_page() {
    const OURS: &str = "https://nurse.example.dk";
    let world = World::new().await;
    let router = allowing(&world, &[OURS, "https://other.example.dk:8443"]);
    let nurse = world.nurse().through(|_| router);
    let ask = nurse
        .without_token()
        .with("access-control-request-method", "PUT")
        .with("access-control-request-headers", "authorization,if-match");
    let preflight = ask.with("origin", OURS);
    let answer = preflight.send(Method::OPTIONS, "/api/citizens/ane/plan", Body::empty()).await;
    let answer = answer.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), OURS);
    assert!(answer.header("access-control-allow-methods").contains("PUT"));
    for header in ["if-match", "x-purpose-of-use"] {
        assert!(answer.header("access-control-allow-headers").contains(header), "{header}");
    }
    assert_eq!(answer.header("access-control-max-age"), "3600");
    assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    assert!(
        answer
            .headers
            .get_all("vary")
            .iter()
            .any(|vary| vary.to_str().is_ok_and(|v| v.contains("origin")))
    );
    is_shielded(&answer, "a preflight");
    let answer = nurse.with("origin", OURS).get("/api/worklist").await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), OURS);
    assert!(answer.header("access-control-expose-headers").contains("etag"));
    for origin in [
        "https://evil.example",
        "https://nurse.example.dk.evil.example",
        "http://nurse.example.dk",
        "https://nurse.example.dk:8443",
        "null",
    ] {
        let answer = nurse.with("origin", origin).get("/api/worklist").await.expect(200);
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{origin}");
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert!(
            vary.iter().any(|vary| vary.to_str().is_ok_and(|v| v.contains("origin"))),
            "{origin}"
        );
        let preflight = ask.with("origin", origin);
        let answer = preflight.send(Method::OPTIONS, "/api/worklist", Body::empty()).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{origin}");
    }
    // By default there are none, and a preflight is a method like any other.
    let closed = world.nurse().with("origin", OURS);
    let answer = closed.get("/api/worklist").await.expect(200);
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    closed.send(Method::OPTIONS, "/api/worklist", Body::empty()).await.expect(405);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_bound_to_a_certificate_is_nothing_without_it() {
    let world = World::new().await;
    let certificate = pulsvagt::access::Thumbprint::of(b"a certificate");
    let bound = world.bound_token("0330", Role::Nurse, certificate);
    let with = |token: &str| world.nobody().with("authorization", &format!("Bearer {token}"));
    let refused = with(&bound).get("Patient/ane").await.expect(401);
    let bad = with("x.y.z").get("Patient/ane").await.expect(401);
    assert_eq!(refused.text, bad.text);
    with(&bound).get("/api/worklist").await.expect(401);
    world.end().await;
}
