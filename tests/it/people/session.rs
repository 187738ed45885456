//! Sessions: how long, where, and what is stored of them.

use pulsvagt::access::{Role, SessionToken};
use pulsvagt::audit::{Block, Entry};
use pulsvagt::clock::Clock;

use super::browser::{Browser, SESSION};
use super::{PASSWORD, account, store};
use crate::world::{NOW, World, router_with};

const MINUTE: i64 = 60_000_000;

async fn signed_in(role: Role) -> (World, Browser) {
    let world = World::for_people(Vec::new(), Clock::fixed(NOW)).await;
    account(&world, "anna", role).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna", PASSWORD, "").await.expect(303);
    (world, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_is_not_used_and_after_ten_hours() {
    let (world, mut browser) = signed_in(Role::Nurse).await;
    world.clock.advance(30 * MINUTE - 1);
    browser.get("/auth/session").await.expect(200);
    for _ in 0..19 {
        world.clock.advance(29 * MINUTE);
        browser.get("/api/worklist").await.expect(200);
    }
    // Nine and a half hours and a little; now it ends by its age.
    world.clock.advance(19 * MINUTE + 1);
    browser.get("/api/worklist").await.expect(401);
    let mut idle = Browser::new(&world);
    idle.sign_in("anna", PASSWORD, "").await.expect(303);
    world.clock.advance(30 * MINUTE);
    idle.get("/api/worklist").await.expect(401);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_stands_open_keeps_no_session_alive() {
    let (world, browser) = signed_in(Role::Nurse).await;
    // What a page asks for by itself is no use of a session; what somebody does on it is.
    for (path, acted, lives) in [
        ("/rows?ids=", None, false),
        ("/rows?ids=", Some("0"), false),
        ("/rows?ids=", Some("1"), true),
        ("/", Some("0"), false),
        ("/", None, true),
        ("/auth/session", Some("0"), false),
        ("/api/worklist", None, true),
    ] {
        let mut open = browser.clone();
        open.sign_in("anna", PASSWORD, "").await.expect(303);
        for _ in 0..4 {
            world.clock.advance(7 * MINUTE);
            let mut page = match acted {
                Some(acted) => open.with("x-acted", acted),
                None => open.clone(),
            };
            page.get(path).await.expect(200);
        }
        world.clock.advance(3 * MINUTE);
        open.get("/auth/session").await.expect(if lives { 200 } else { 401 });
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_events_keeps_no_session_alive() {
    // Whoever may not follow is told so at once, after the session has been looked at.
    let (world, mut browser) = signed_in(Role::Admin).await;
    for (path, lives) in [("/api/worklist", true), ("/api/events", false)] {
        world.clock.advance(29 * MINUTE);
        browser.get(path).await.expect(403);
        world.clock.advance(2 * MINUTE);
        browser.get("/auth/session").await.expect(if lives { 200 } else { 401 });
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_good_on_every_server_and_revoked_on_all() {
    let (world, mut browser) = signed_in(Role::Nurse).await;
    // Another server of the same installation.
    let key = pulsvagt::access::MasterKey::from_bytes([7; 32]);
    let catalog = pulsvagt::store::Catalog::connect(&world.url, key, 4).expect("a catalogue");
    let authenticator = pulsvagt::access::Authenticator::new(Vec::new(), world.clock.clone());
    let other = pulsvagt::app::App::start(
        catalog,
        world.clock.clone(),
        authenticator.expect("an authenticator"),
        pulsvagt::app::Limits::default(),
        Some("https://pulsvagt.test".to_owned()),
    )
    .await
    .expect("an app");
    other.set_people(world.people(Vec::new()));
    let router = router_with(&other, &pulsvagt::http::Setup::default());
    let mut there = browser.through(|_| router);
    there.get("/api/worklist").await.expect(200);
    let store = store(&world, "0330").await;
    let sessions = store.sessions(NOW).await.expect("listed");
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].person.name, "Name of anna");
    let mut tx = store.begin().await.expect("begun");
    assert!(store.revoke_session_in(&mut tx, &sessions[0].id, NOW).await.expect("revoked"));
    assert!(!store.revoke_session_in(&mut tx, &sessions[0].id, NOW).await.expect("once"));
    tx.commit(&Block::of(Entry::of_system("test", "x", NOW))).await.expect("committed");
    browser.get("/api/worklist").await.expect(401);
    there.get("/api/worklist").await.expect(401);
    other.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_again_is_another_session() {
    let (world, mut browser) = signed_in(Role::Lead).await;
    let before = browser.clone();
    browser.sign_in("anna", PASSWORD, "").await.expect(303);
    assert_ne!(before.jar[SESSION], browser.jar[SESSION]);
    before.clone().get("/auth/session").await.expect(401);
    browser.get("/auth/session").await.expect(200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_is_of_no_use_to_get_in() {
    let (world, mut browser) = signed_in(Role::Nurse).await;
    let cookie = browser.jar[SESSION].clone();
    let token = SessionToken::parse(&cookie).expect("a token");
    let (_, secret) = cookie.split_once('-').expect("a secret");
    let hex = data_encoding::HEXLOWER
        .encode(&data_encoding::BASE64URL_NOPAD.decode(secret.as_bytes()).expect("bytes"));
    let csrf = browser.csrf().await;
    for text in [secret, &hex, &csrf, "Name of anna"] {
        let query = format!("select count(*) from session where session::text like '%{text}%'");
        assert_eq!(world.count("0330", &query).await, 0, "{text}");
    }
    let hash = data_encoding::HEXLOWER.encode(&token.hash());
    let query = format!("select count(*) from session where session::text like '%{hash}%'");
    assert_eq!(world.count("0330", &query).await, 1);
    // Neither the stored hash nor the same bits of another municipality are a session.
    for wrong in [cookie.replace("0330", "0306"), cookie.replace("0330", "0999"), {
        let hash = data_encoding::BASE64URL_NOPAD.encode(&token.hash());
        format!("0330-{hash}")
    }] {
        browser.jar.insert(SESSION.to_owned(), wrong.clone());
        browser.get("/api/worklist").await.expect(401);
    }
    // A token in the header is what counts, and no fallback to the cookie.
    browser.jar.insert(SESSION.to_owned(), cookie);
    browser.with("authorization", "Bearer x").get("/api/worklist").await.expect(401);
    browser.with("authorization", "Basic eDp5").get("/api/worklist").await.expect(401);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_cookie_is_none_over_tls() {
    let (world, mut browser) = signed_in(Role::Nurse).await;
    let value = browser.jar.remove(SESSION).expect("a session");
    browser.jar.insert("pulsvagt".to_owned(), value.clone());
    browser.get("/auth/session").await.expect(401);
    browser.jar.insert(SESSION.to_owned(), value);
    browser.get("/auth/session").await.expect(200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dangerous_needs_a_recent_sign_in() {
    let (world, mut browser) = signed_in(Role::Lead).await;
    let csrf = browser.csrf().await;
    world.clock.advance(11 * MINUTE);
    let refused = browser.put("/api/triage/policy", &csrf, "{}").await.expect(401);
    assert_eq!(refused.json()["code"], "sign-in-again");
    let page = browser.get("/auth/login?again=1&return=/x").await.expect(303);
    let form = browser.get(page.header("location")).await.expect(200);
    assert!(form.text.contains("Bekræft, at det er dig."), "{}", form.text);
    browser.sign_in("anna", PASSWORD, "").await.expect(303);
    let csrf = browser.csrf().await;
    let done = browser.put("/api/triage/policy", &csrf, "{}").await;
    assert_ne!(done.status.as_u16(), 401, "{}", done.text);
    // Bearer tokens are as recent as their issuer makes them.
    let lead = world.client("0330", Role::Lead, None).with("content-type", "application/json");
    let done = lead.with("if-match", "\"9\"").put("/api/triage/policy", "{}").await;
    assert_ne!(done.status.as_u16(), 401, "{}", done.text);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_everything_home_needs_a_recent_sign_in() {
    let (world, mut browser) = signed_in(Role::Citizen).await;
    let csrf = browser.csrf().await;
    browser.get("/api/me/export").await.expect(200);
    let file = browser.submit("/me/export", &[("csrf", &csrf)]).await.expect(200);
    assert!(file.text.starts_with("{\"resourceType\":\"Patient\""), "{}", file.text);
    world.clock.advance(11 * MINUTE);
    let refused = browser.get("/api/me/export").await.expect(401);
    assert_eq!(refused.json()["code"], "sign-in-again");
    let sent = browser.submit("/me/export", &[("csrf", &csrf)]).await.expect(303);
    assert_eq!(sent.header("location"), "/auth/login?again=1&return=/me");
    // No page of another site can have it sent.
    browser.submit("/me/export", &[]).await.expect(403);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_sessions_move_to_another_key() {
    use pulsvagt::store::rekey::Rekey;
    let world = World::for_people(Vec::new(), Clock::fixed(NOW)).await;
    account(&world, "anna", Role::Nurse).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna", PASSWORD, "").await.expect(303);
    let store = store(&world, "0330").await;
    let to = world.catalog.ring().add().expect("a key");
    let done = store.rekey(Rekey { to, blind_index: false }, |_| {}).await.expect("rekeyed");
    assert_eq!(done.left, 0);
    let mark = format!("~{to}~");
    for table in ["account", "session"] {
        let query = format!("select count(*) from {table} where starts_with(body, '{mark}')");
        assert_eq!(world.count("0330", &query).await, 1, "{table}");
    }
    browser.get("/auth/session").await.expect(200);
    world.end().await;
}
