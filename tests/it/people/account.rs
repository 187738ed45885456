//! Signing in with accounts of the municipality.

use pulsvagt::access::Role;
use pulsvagt::access::accounts::code::Secret;
use pulsvagt::access::accounts::password::Hash;
use pulsvagt::audit::{Block, Entry};
use pulsvagt::clock::Clock;

use super::browser::{Browser, SESSION};
use super::{PASSWORD, account, account_with, store, trail};
use crate::world::{NOW, World};

async fn world() -> World {
    World::for_people(Vec::new(), Clock::fixed(NOW)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_and_out() {
    let world = world().await;
    let anna = account(&world, "anna", Role::Nurse).await;
    let mut browser = Browser::new(&world);
    browser.get("/api/worklist").await.expect(401);
    let answer = browser.get("/auth/login?return=/api/worklist").await.expect(303);
    assert!(answer.header("location").starts_with("/auth/local?return=%2Fapi%2Fworklist"));
    let answer = browser.sign_in("Anna ", PASSWORD, "").await.expect(303);
    assert_eq!(answer.header("location"), "/api/worklist");
    browser.get("/api/worklist").await.expect(200);
    browser.get("/fhir/Patient/ane").await.expect(200);
    browser.get("/fhir/Patient/carl").await.expect(404);
    let session = browser.get("/auth/session").await.expect(200).json();
    assert_eq!(session["tenant"], "0330");
    assert_eq!(session["municipality"], "Slagelse");
    assert_eq!(session["role"], "nurse");
    assert_eq!(session["name"], "Name of anna");
    assert_eq!(session["teams"][0], "default");
    assert_eq!(session["subject"], anna.id.as_str());
    assert_eq!(session["until"], "2026-01-01T00:30:00.000000Z");
    assert_eq!(session["ends"], "2026-01-01T10:00:00.000000Z");
    // A link must not sign anybody out.
    let page = browser.get("/auth/logout").await.expect(200);
    let csrf = super::browser::hidden(&page.text, "csrf");
    browser.get("/auth/session").await.expect(200);
    let stolen = browser.clone();
    let answer = browser.submit("/auth/logout", &[("csrf", &csrf)]).await.expect(200);
    assert!(answer.text.contains("Du er logget ud"), "{}", answer.text);
    assert!(!browser.jar.contains_key(SESSION));
    browser.get("/auth/session").await.expect(401);
    stolen.clone().get("/auth/session").await.expect(401);
    let found: Vec<_> = trail(&world).await.into_iter().map(|(what, how, _)| (what, how)).collect();
    for what in ["sign-in", "sign-out"] {
        assert!(found.contains(&(what.to_owned(), "success".to_owned())), "{what}: {found:?}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fails_is_told_nothing() {
    let world = world().await;
    let anna = account(&world, "anna", Role::Nurse).await;
    let disabled = account(&world, "bo", Role::Nurse).await;
    let store = store(&world, "0330").await;
    let mut tx = store.begin().await.expect("begun");
    store.disable_account_in(&mut tx, &disabled, NOW).await.expect("disabled");
    tx.commit(&Block::of(Entry::of_system("test", "x", NOW))).await.expect("committed");
    let mut answers = Vec::new();
    for (user, password) in
        [("anna", "forkert men langt nok"), ("nobody", PASSWORD), ("bo", PASSWORD), ("anna", "")]
    {
        let mut browser = Browser::new(&world);
        let answer = browser.sign_in(user, password, "").await.expect(401);
        assert!(!browser.jar.contains_key(SESSION), "{user}");
        // What was typed as a user name comes back in the form, and is all that differs.
        let csrf = super::browser::hidden(&answer.text, "csrf");
        answers.push(answer.text.replace(&csrf, "").replace(&format!("value=\"{user}\""), ""));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert!(!answers[0].contains(PASSWORD));
    let failed: Vec<_> = trail(&world).await.into_iter().filter(|one| one.1 == "refused").collect();
    assert_eq!(failed.len(), 4, "{failed:?}");
    assert_eq!(failed[0].2, anna.id);
    assert!(failed[1].2.starts_with('~'), "what nobody is called may be anything: {failed:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_slow_down_and_lock_nobody_out() {
    let world = world().await;
    account(&world, "anna", Role::Nurse).await;
    // Her own browser has been used before.
    let mut own = Browser::new(&world);
    own.sign_in("anna", PASSWORD, "").await.expect(303);
    let mut stranger = Browser::new(&world);
    for (user, password) in [("nobody", PASSWORD), ("anna", "forkert men langt nok")] {
        for _ in 0..5 {
            stranger.sign_in(user, password, "").await.expect(401);
        }
        // From now on every attempt has to wait, and twice as long each time, up to five minutes.
        let mut waited = 0;
        for doubled in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            let answer = stranger.sign_in(user, password, "").await.expect(429);
            let wait: i64 = answer.header("retry-after").parse().expect("seconds");
            assert_eq!(wait, doubled, "{user}");
            world.clock.advance(wait * 1_000_000 - 1_000);
            stranger.sign_in(user, password, "").await.expect(429);
            world.clock.advance(1_000);
            stranger.sign_in(user, password, "").await.expect(401);
            waited += wait;
        }
        assert!(waited < 20 * 60, "nobody waits for longer than five minutes at a time");
    }
    // Even the right password waits now, from where strangers come,
    stranger.sign_in("anna", PASSWORD, "").await.expect(429);
    // and not in the browser that she has used before.
    own.jar.remove(SESSION);
    own.sign_in("anna", PASSWORD, "").await.expect(303);
    // Somebody else's device is none of hers.
    let mut other = Browser::new(&world);
    other.jar.insert("__Host-pulsvagt-device".to_owned(), "AAAA".to_owned());
    other.sign_in("anna", PASSWORD, "").await.expect(429);
    world.clock.advance(300_000_000);
    stranger.sign_in("anna", PASSWORD, "").await.expect(303);
    assert_eq!(world.count("0330", "select count(*) from sign_in_delay").await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_attempts_at_once_are_no_way_around() {
    let world = world().await;
    account(&world, "anna", Role::Nurse).await;
    let mut first = Browser::new(&world);
    let page = first.get("/auth/local").await.expect(200);
    let csrf = super::browser::hidden(&page.text, "csrf");
    let attempts = (0..20).map(|number| {
        let (mut browser, csrf) = (first.clone(), csrf.clone());
        async move {
            let password = format!("forkert men langt nok {number}");
            let fields =
                [("tenant", "0330"), ("user", "anna"), ("password", &password), ("csrf", &csrf)];
            browser.submit("/auth/local", &fields).await.status.as_u16()
        }
    });
    let statuses = futures_util::future::join_all(attempts).await;
    let looked_at = statuses.iter().filter(|status| **status == 401).count();
    assert_eq!(looked_at, 5, "{statuses:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_asked_for_and_good_once() {
    let world = world().await;
    let secret = Secret::new().expect("a secret");
    let recovery = "abcdefgh-ijklmnop";
    account_with(&world, "anna", Role::Nurse, Some(secret.clone()), &[recovery]).await;
    let now = NOW.as_second();
    let mut browser = Browser::new(&world);
    browser.sign_in("anna", PASSWORD, "").await.expect(401);
    browser.sign_in("anna", PASSWORD, "000000").await.expect(401);
    browser.sign_in("anna", PASSWORD, &secret.at(now - 90)).await.expect(401);
    let code = secret.at(now);
    browser.sign_in("anna", PASSWORD, &format!("{} {}", &code[..3], &code[3..])).await.expect(303);
    browser.sign_in("anna", PASSWORD, &code).await.expect(401);
    browser.sign_in("anna", PASSWORD, &secret.at(now - 30)).await.expect(401);
    world.clock.advance(30_000_000);
    browser.sign_in("anna", PASSWORD, &secret.at(now + 30)).await.expect(303);
    let mut other = Browser::new(&world);
    other.sign_in("anna", "forkert men langt nok", recovery).await.expect(401);
    other.sign_in("anna", PASSWORD, &recovery.to_uppercase()).await.expect(303);
    other.sign_in("anna", PASSWORD, recovery).await.expect(401);
    assert_eq!(world.count("0330", "select count(*) from account_recovery").await, 0);
    // Nothing that says who somebody is or lets in stands in clear.
    let text =
        "select count(*) from account where account::text ~* 'anna' or account::text like $$%";
    let text = format!("{text}{}%$$", String::from(secret.clone()));
    assert_eq!(world.count("0330", &text).await, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_ends_what_there_was() {
    let world = world().await;
    let mut anna = account(&world, "anna", Role::Nurse).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna", PASSWORD, "").await.expect(303);
    anna.password = Hash::of("en helt anden sætning").expect("a hash");
    let store = store(&world, "0330").await;
    let mut tx = store.begin().await.expect("begun");
    store.reset_account_in(&mut tx, &anna, &[], NOW).await.expect("reset");
    tx.commit(&Block::of(Entry::of_system("test", "x", NOW))).await.expect("committed");
    browser.get("/auth/session").await.expect(401);
    browser.sign_in("anna", PASSWORD, "").await.expect(401);
    browser.sign_in("anna", "en helt anden sætning", "").await.expect(303);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_reaches_what_is_their_own() {
    let world = world().await;
    account(&world, "ane", Role::Citizen).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("ane", PASSWORD, "").await.expect(303);
    assert_eq!(browser.get("/auth/session").await.expect(200).json()["citizen"], "ane");
    browser.get("/fhir/Patient/ane").await.expect(200);
    browser.get("/fhir/Patient/bo").await.expect(404);
    browser.get("/api/worklist").await.expect(403);
    browser.get("/api/me/access-log").await.expect(200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_in_where_it_is_off_or_others_can_listen() {
    let off = World::new().await;
    for path in ["/auth/login", "/auth/local"] {
        // Its address is http, and not on this computer.
        let answer = off.nobody().get(path).await.expect(403);
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
    }
    off.end().await;
    let world = World::without_address().await;
    let client = world.nobody().with("host", "127.0.0.1:8080");
    client.get("/auth/login").await.expect(404);
    client.get("/auth/local").await.expect(404);
    client.get("/auth/callback?code=x&state=y").await.expect(401);
    world.end().await;
}
