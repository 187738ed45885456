//! What people type into pages and forms of signing in.

use axum::body::Body;
use axum::http::Method;
use pulsvagt::clock::Clock;

use super::statements::Watch;
use super::{Log, dump, gunhild, leaks};
use crate::people::browser::{Browser, form};
use crate::worklist::Ward;
use crate::world::{Answer, Client, NOW, World};

async fn send(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let client = client.with("content-type", "application/x-www-form-urlencoded");
    client.send(Method::POST, path, Body::from(form(fields))).await
}

/// Nothing of anybody is where the browser is sent to, nor in any other header.
fn headers_are_clean(answer: &Answer) {
    let text = format!("{:?}", answer.headers);
    assert_eq!(leaks(&text), Vec::<&str>::new(), "{text}");
}

async fn nurses_day(ward: &Ward) {
    let nurse = ward.nurse();
    ward.world.admin("0330").put("Patient/g-17", &gunhild().to_string()).await.expect(201);
    let id = ward.heavy_ane().await;
    for text in ["1203521236", "120352-1236", "Gunhild", "Zwickenberg"] {
        for name in ["q", "text", "name", "cpr", "who"] {
            headers_are_clean(&send(&nurse, "/search", &[(name, text)]).await);
        }
        // In an address it has no business; it is there all the same, now and then.
        headers_are_clean(&nurse.get(&format!("/search?q={text}")).await);
        headers_are_clean(&nurse.get(&format!("/citizens/{text}")).await);
        headers_are_clean(&nurse.get(&format!("/alerts/{text}")).await);
        headers_are_clean(&nurse.get(&format!("/?problem={text}&back={text}")).await);
        let back = [("version", "1"), ("back", text), ("note", text)];
        headers_are_clean(&send(&nurse, &format!("/alerts/{text}/claim"), &back).await);
        headers_are_clean(&send(&nurse, &format!("/alerts/{id}/{text}"), &back).await);
    }
    let path = |verb: &str| format!("/alerts/{id}/{verb}");
    let act = async |verb: &str, fields: &[(&str, &str)]| {
        let answer = send(&nurse, &path(verb), fields).await;
        headers_are_clean(&answer);
        assert_eq!(answer.status.as_u16(), 303, "{verb}: {}", answer.text);
    };
    act("claim", &[("version", "1")]).await;
    let body = serde_json::json!({"text": "Gunhild ringer fra 20457788"});
    ward.act(&nurse, &id, "note", 2, &body).await.expect(200);
    let body = serde_json::json!({"outcome": "advice", "note": "Torsten Zwickenberg 61229933"});
    let closed = ward.act(&nurse, &id, "close", 3, &body).await;
    assert!(closed.status.is_success(), "{}", closed.text);
    let events = format!("/api/alerts/{id}");
    let told = nurse.get(&events).await.expect(200).text;
    assert!(told.contains("Torsten Zwickenberg 61229933"), "{told}");
    assert!(told.contains("Gunhild ringer fra 20457788"), "{told}");
    let page = nurse.get(&format!("/alerts/{id}")).await.expect(200).text;
    assert!(page.contains("Gunhild ringer"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_into_pages_stays_where_it_belongs() {
    let log = Log::listen();
    let ward = Ward::new().await;
    let watch = Watch::begin(&ward.world).await;
    Box::pin(watch.during(&ward.world, nurses_day(&ward))).await;
    let metrics = ward.world.nobody().get("/metrics").await.expect(200).text;
    assert_eq!(leaks(&metrics), Vec::<&str>::new());
    ward.world.app.trail().flush(true).await.expect("flushed");
    watch.end(&ward.world).await;
    let stored = dump(&ward.world).await;
    let lines: Vec<&str> = stored.lines().filter(|line| !leaks(line).is_empty()).collect();
    assert!(lines.is_empty(), "{lines:#?}");
    ward.world.end().await;
    log.is_clean();
}

async fn signing_in(world: &World) {
    for text in ["1203521236", "gunhild.z@example.org", "Zwickenberg", "120352-1236"] {
        let mut browser = Browser::new(world);
        let answer = browser.sign_in(text, &format!("Kvædevej {text}"), text).await;
        headers_are_clean(&answer);
        assert!(!answer.text.contains("Kvædevej"), "a password is shown");
        for path in [
            format!("/auth/login?return=/{text}&with={text}&lang={text}"),
            format!("/auth/callback?code={text}&state={text}&error_description={text}"),
            format!("/auth/callback?error={text}&iss={text}"),
            format!("/auth/{text}"),
            format!("/{text}/{text}"),
        ] {
            let answer = Browser::new(world).get(&path).await;
            // The way back is the one thing that comes back.
            let location = answer.header("location");
            assert!(location.is_empty() || location.starts_with("/auth/local?return="));
        }
        let method = text.replace('@', "-").to_uppercase().parse().expect("a method");
        world.nobody().send(method, "/auth/login", Body::empty()).await;
        world.nobody().with("authorization", &format!("Bearer {text}")).get("/").await;
        let mut browser = Browser::new(world).with("x-request-id", text);
        browser.get("/auth/session").await.expect(401);
        browser.submit("/auth/logout", &[("csrf", text)]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_into_forms_of_signing_in_is_nowhere() {
    let log = Log::listen();
    let world = World::for_people(Vec::new(), Clock::fixed(NOW)).await;
    let watch = Watch::begin(&world).await;
    watch.during(&world, signing_in(&world)).await;
    let metrics = world.nobody().get("/metrics").await.expect(200).text;
    assert_eq!(leaks(&metrics), Vec::<&str>::new());
    world.app.trail().flush(true).await.expect("flushed");
    watch.end(&world).await;
    let stored = dump(&world).await;
    let lines: Vec<&str> = stored.lines().filter(|line| !leaks(line).is_empty()).collect();
    assert!(lines.is_empty(), "{lines:#?}");
    world.end().await;
    log.is_clean();
}
