//! Signing in at an OpenID provider.

use pulsvagt::clock::Clock;
use sqlx::{AssertSqlSafe, Executor};

use super::browser::{Browser, SESSION};
use super::provider::{Provider, Visitor, Walked};
use super::trail;
use crate::world::{Answer, World};

const HERE: &str = "https://pulsvagt.test";

async fn world(provider: &Provider) -> World {
    // The provider has the real time.
    let now = Clock::system().now();
    World::for_people(vec![provider.config()], Clock::fixed(now)).await
}

/// Sets the clock to what the provider has; on a busy machine the two drift apart.
pub(super) fn catch_up(world: &World) {
    world.clock.advance((Clock::system().now().0 - world.clock.now().0).max(0));
}

/// Goes to the provider; where that is.
pub(super) async fn begin(browser: &mut Browser, query: &str) -> String {
    let answer = browser.get(&format!("/auth/login?with=0&{query}")).await.expect(303);
    answer.header("location").to_owned()
}

/// Comes back from the provider; the path of the callback.
pub(super) fn come_back(visitor: &mut Visitor, address: &str, login: &str) -> String {
    match visitor.walk(address, login) {
        Walked::Away(to) => to.strip_prefix(HERE).expect("our callback").to_owned(),
        Walked::Page(status, text) => panic!("{status}: {text}"),
    }
}

pub(super) async fn sign_in(browser: &mut Browser, login: &str) -> Answer {
    let address = begin(browser, "return=/api/worklist").await;
    let back = come_back(&mut Visitor::default(), &address, login);
    browser.get(&back).await
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_at_a_provider_and_out_again() {
    let provider = Provider::start();
    let world = world(&provider).await;
    let mut browser = Browser::new(&world);
    // Accounts are another way, so there is a choice.
    let page = browser.get("/auth/login?return=/api/worklist").await.expect(200);
    assert!(page.text.contains("Kommunens login"), "{}", page.text);
    let address = begin(&mut browser, "return=/api/worklist&lang=en").await;
    for part in ["response_type=code&", "code_challenge_method=S256", "ui_locales=en", "nonce="] {
        assert!(address.contains(part), "{address}");
    }
    let mut visitor = Visitor::default();
    let back = come_back(&mut visitor, &address, "0330.nurse.nord");
    assert!(back.starts_with("/auth/callback?code="), "{back}");
    let answer = browser.get(&back).await.expect(303);
    assert_eq!(answer.header("location"), "/api/worklist");
    browser.get("/api/worklist").await.expect(200);
    let session = browser.get("/auth/session").await.expect(200).json();
    assert_eq!(session["tenant"], "0330");
    assert_eq!(session["role"], "nurse");
    assert_eq!(session["issuer"], provider.issuer.as_str());
    assert_eq!(session["name"], "Name of 0330.nurse.nord");
    assert_eq!(session["teams"][0], "nord");
    // The code is used up, also for a browser that still has everything it had then.
    let csrf = browser.csrf().await;
    let done = browser.submit("/auth/logout", &[("csrf", &csrf)]).await.expect(200);
    let to = done.header("refresh").strip_prefix("0; url=").expect("on to the provider").to_owned();
    assert!(to.starts_with(&provider.issuer) && to.contains("id_token_hint="), "{to}");
    browser.get("/auth/session").await.expect(401);
    match visitor.walk(&to, "") {
        Walked::Away(to) => assert_eq!(to, format!("{HERE}/auth/login")),
        Walked::Page(status, text) => panic!("{status}: {text}"),
    }
    let who: Vec<_> = trail(&world).await;
    assert!(who.iter().any(|(what, how, subject)| {
        (what.as_str(), how.as_str(), subject.as_str()) == ("sign-in", "success", "0330.nurse.nord")
    }));
    // A citizen, and somebody of another municipality.
    catch_up(&world);
    sign_in(&mut browser, "0330.citizen.ane").await.expect(303);
    browser.get("/fhir/Patient/ane").await.expect(200);
    browser.get("/fhir/Patient/bo").await.expect(404);
    catch_up(&world);
    sign_in(&mut browser, "0306.lead").await.expect(303);
    browser.get("/fhir/Patient/carl").await.expect(200);
    browser.get("/fhir/Patient/ane").await.expect(404);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_belong_together_is_refused() {
    let provider = Provider::start();
    let world = world(&provider).await;
    let begun = Browser::new(&world);
    // Nobody that the configuration knows: no role, no municipality, no such citizen.
    for login in ["0330.odd", "0999.nurse", "0330.citizen.nobody", "0330.citizen"] {
        let mut browser = begun.clone();
        let refused = sign_in(&mut browser, login).await.expect(401);
        assert!(!browser.jar.contains_key(SESSION) && !refused.text.contains(login), "{login}");
    }
    // A request that was changed on the way to the provider.
    for (part, other) in [("nonce=", "nonce=x"), ("code_challenge=", "code_challenge=x")] {
        let mut browser = begun.clone();
        let address = begin(&mut browser, "").await;
        let address = address.replacen(part, other, 1);
        let address =
            if part == "code_challenge=" { cut(&address, "code_challenge=") } else { address };
        let back = come_back(&mut Visitor::default(), &address, "0330.nurse");
        browser.get(&back).await.expect(401);
        assert!(!browser.jar.contains_key(SESSION), "{part}");
    }
    // An answer that was changed on the way back, or comes to another browser, or too late.
    catch_up(&world);
    let mut browser = begun.clone();
    let address = begin(&mut browser, "return=/x").await;
    let back = come_back(&mut Visitor::default(), &address, "0330.nurse");
    let mut other = begun.clone();
    begin(&mut other, "").await;
    other.get(&back).await.expect(401);
    Browser::new(&world).get(&back).await.expect(401);
    let issuer = back.split("&iss=").next().expect("before the issuer").to_owned();
    for wrong in [
        back.replacen("state=", "state=x", 1),
        back.replacen("state=", "stat=", 1),
        format!("{back}&state=x"),
        issuer.clone(),
        format!("{issuer}&iss=https%3A%2F%2Fevil.example"),
        back.replacen("code=", "error=access_denied&x=", 1),
        "/auth/callback".to_owned(),
    ] {
        browser.clone().get(&wrong).await.expect(401);
    }
    let mut late = browser.clone();
    let before = browser.clone();
    catch_up(&world);
    browser.get(&back).await.expect(303);
    // The code is good once, though this browser has all that is needed.
    before.clone().get(&back).await.expect(401);
    world.clock.advance(16 * 60_000_000);
    late.get(&back).await.expect(401);
    world.end().await;
}

/// The same address with a code challenge of something else.
fn cut(address: &str, name: &str) -> String {
    let (before, rest) = address.split_once(name).expect("a parameter");
    let after = rest.split_once('&').map_or("", |(_, after)| after);
    format!("{before}{name}E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&{after}")
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_and_tokens_run_out() {
    let provider = Provider::start();
    let world = world(&provider).await;
    let mut browser = Browser::new(&world);
    sign_in(&mut browser, "0330.nurse").await.expect(303);
    provider.rotate();
    // Keys are fetched once a minute at most.
    world.clock.advance(61_000_000);
    browser.jar.clear();
    sign_in(&mut browser, "0330.nurse").await.expect(303);
    // An ID token is good for two minutes, and clocks may differ by half of one.
    browser.jar.clear();
    world.clock.advance(100_000_000);
    sign_in(&mut browser, "0330.nurse").await.expect(401);
    assert!(!browser.jar.contains_key(SESSION));
    // Where the provider is away, that is what is said.
    drop(provider);
    world.clock.advance(20 * 60_000_000);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_is_no_refusal() {
    let provider = Provider::start();
    let config = provider.config();
    drop(provider);
    let world = World::for_people(vec![config], Clock::fixed(Clock::system().now())).await;
    let mut browser = Browser::new(&world);
    browser.get("/auth/login?with=0").await.expect(503);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proving_anew_is_proved() {
    let provider = Provider::start();
    let world = world(&provider).await;
    let mut browser = Browser::new(&world);
    let mut visitor = Visitor::default();
    let address = begin(&mut browser, "").await;
    let back = come_back(&mut visitor, &address, "0330.lead");
    browser.get(&back).await.expect(303);
    let mut database = world.database().await;
    let statement =
        "update m0330.session set authenticated = authenticated - interval '11 minutes'";
    database.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.expect("done");
    let csrf = browser.csrf().await;
    let refused = browser.put("/api/triage/policy", &csrf, "{}").await.expect(401);
    assert_eq!(refused.json()["code"], "sign-in-again");
    // Somebody who takes what is asked of the provider out of the address is not believed.
    let mut forger = browser.clone();
    let address = begin(&mut forger, "again=1").await;
    assert!(address.contains("prompt=login") && address.contains("max_age=0"), "{address}");
    let weaker = address.replace("&prompt=login", "").replace("&max_age=0", "");
    let back = come_back(&mut visitor, &weaker, "0330.lead");
    forger.get(&back).await.expect(401);
    let address = begin(&mut browser, "again=1").await;
    let back = come_back(&mut visitor, &address, "0330.lead");
    browser.get(&back).await.expect(303);
    let csrf = browser.csrf().await;
    let done = browser.put("/api/triage/policy", &csrf, "{}").await;
    assert_ne!(done.status.as_u16(), 401, "{}", done.text);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_at_the_callback_is_refused() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    let world = World::for_people(Vec::new(), Clock::system()).await;
    let mut runner = TestRunner::deterministic();
    let text = proptest::string::string_regex("[ -~]{0,60}").expect("a pattern");
    let names = ["code", "state", "iss", "error", "return", "lang", "x"];
    for _ in 0..300 {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for name in names {
            let value = text.new_tree(&mut runner).expect("a value").current();
            if !value.len().is_multiple_of(3) {
                query.append_pair(name, &value);
            }
        }
        let raw = text.new_tree(&mut runner).expect("a value").current();
        let raw: String =
            raw.chars().filter(|c| c.is_ascii_alphanumeric() || "&=%+;".contains(*c)).collect();
        let mut browser = Browser::new(&world);
        let pending: String = raw.chars().filter(char::is_ascii_alphanumeric).collect();
        browser.jar.insert("__Host-pulsvagt-pending".to_owned(), pending.clone());
        browser.jar.insert(SESSION.to_owned(), format!("0330-{pending}"));
        let query = query.finish();
        let answer = browser.get(&format!("/auth/callback?{query}&{raw}")).await.expect(401);
        assert!(!browser.jar.contains_key(SESSION) || browser.jar[SESSION].starts_with("0330-"));
        assert!(answer.text.starts_with("<!DOCTYPE html>"), "{}", answer.text);
        assert!(!answer.text.contains("<script"), "{}", answer.text);
    }
    world.end().await;
}
