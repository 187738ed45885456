//! Requests that another site's page has a browser make.

use axum::http::Method;
use pulsvagt::access::Role;
use pulsvagt::clock::Clock;

use super::browser::{Browser, form};
use super::{PASSWORD, account};
use crate::world::{Answer, NOW, World};

const HERE: &str = "https://pulsvagt.test";

#[tokio::test(flavor = "multi_thread")]
async fn a_session_needs_its_token_and_a_page_of_ours() {
    let world = World::for_people(Vec::new(), Clock::fixed(NOW)).await;
    account(&world, "anna", Role::Lead).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna", PASSWORD, "").await.expect(303);
    let csrf = browser.csrf().await;
    let json = browser.with("content-type", "application/json").with("if-match", "\"9\"");
    let path = "/api/triage/policy";
    let put = async |browser: Browser| -> Answer {
        browser.clone().raw(Method::PUT, path, "{}".to_owned()).await
    };
    // Nothing at all; a foreign page; no origin; a sister site; no token; another's token.
    let with = |name: &'static str, value: &str| json.with(name, value);
    let token = json.with("x-csrf-token", &csrf);
    for (about, wrong) in [
        ("nothing", json.clone()),
        ("the token and nothing else", token.clone()),
        ("no token", with("origin", HERE)),
        ("a foreign origin", token.with("origin", "https://evil.example")),
        ("a longer origin", token.with("origin", "https://pulsvagt.test.evil.example")),
        ("another scheme", token.with("origin", "http://pulsvagt.test")),
        ("another port", token.with("origin", "https://pulsvagt.test:8443")),
        ("no origin that is told", token.with("origin", "null")),
        ("a foreign site", token.with("sec-fetch-site", "cross-site")),
        ("a sister", token.with("origin", HERE).with("sec-fetch-site", "same-site")),
        ("by hand", token.with("sec-fetch-site", "none")),
        ("ours, says one, and not, says the other", {
            token.with("sec-fetch-site", "same-origin").with("origin", "https://evil.example")
        }),
        (
            "another token",
            with("origin", HERE).with("x-csrf-token", &csrf.replace(&csrf[..4], "AAAA")),
        ),
        ("an empty token", with("origin", HERE).with("x-csrf-token", "")),
    ] {
        let answer = put(wrong).await.expect(403);
        assert_eq!(answer.json()["code"], "forged-request", "{about}");
    }
    // 412: it came as far as the version.
    put(token.with("origin", HERE)).await.expect(412);
    put(token.with("sec-fetch-site", "same-origin")).await.expect(412);
    put(token.with("sec-fetch-site", "same-origin").with("origin", "null")).await.expect(412);
    // The FHIR side says the same in its words.
    let mut foreign = browser.with("origin", "https://evil.example");
    let answer =
        foreign.raw(Method::POST, "/fhir/Patient/_search", String::new()).await.expect(403);
    assert_eq!(answer.issues()[0].0, "forged-request");
    // Bearer requests have no cookie that anybody could misuse.
    let lead = world.client("0330", Role::Lead, None).with("content-type", "application/json");
    let lead = lead.with("if-match", "\"9\"").with("origin", "https://evil.example");
    lead.put(path, "{}").await.expect(412);
    // Refusals are recorded.
    let refused = world.count("0330", "select sum(entries) from audit_block").await;
    assert!(refused > 14, "{refused}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn simple_forms_of_other_sites_do_nothing() {
    let world = World::for_people(Vec::new(), Clock::fixed(NOW)).await;
    account(&world, "anna", Role::Nurse).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna", PASSWORD, "").await.expect(303);
    let csrf = browser.csrf().await;
    let kinds =
        ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"];
    for kind in kinds {
        for (name, value) in
            [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("x-none", "")]
        {
            let mut page = browser.with("content-type", kind).with(name, value);
            page.raw(Method::POST, "/auth/logout", form(&[("csrf", "x")])).await.expect(403);
        }
    }
    // Twice is not once.
    let twice = [("csrf", csrf.as_str()), ("csrf", csrf.as_str())];
    browser.submit("/auth/logout", &twice).await.expect(403);
    let large = "x".repeat(70_000);
    let answer = browser.submit("/auth/logout", &[("csrf", &csrf), ("x", &large)]).await;
    answer.expect(413);
    browser.get("/auth/session").await.expect(200);
    // The form of the search comes whole to where it is read.
    let fields = [("csrf", csrf.as_str()), ("_id", "ane")];
    let found = browser.submit("/fhir/Patient/_search", &fields).await;
    assert!(found.status.as_u16() != 403, "{}", found.text);
    browser.submit("/auth/logout", &[("csrf", &csrf)]).await.expect(200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_signed_in_as_somebody_else_by_a_foreign_page() {
    let world = World::for_people(Vec::new(), Clock::fixed(NOW)).await;
    account(&world, "mallory", Role::Nurse).await;
    let mut browser = Browser::new(&world);
    let page = browser.get("/auth/local").await.expect(200);
    let csrf = super::browser::hidden(&page.text, "csrf");
    let fields =
        [("tenant", "0330"), ("user", "mallory"), ("password", PASSWORD), ("csrf", csrf.as_str())];
    let kind = "application/x-www-form-urlencoded";
    let mut foreign = browser.with("origin", "https://evil.example").with("content-type", kind);
    foreign.raw(Method::POST, "/auth/local", form(&fields)).await.expect(403);
    // A form that was not given to this browser.
    let mut other = Browser::new(&world);
    other.submit("/auth/local", &fields).await.expect(403);
    browser.submit("/auth/local", &fields[..3]).await.expect(403);
    browser.submit("/auth/local", &fields).await.expect(303);
    world.end().await;
}
