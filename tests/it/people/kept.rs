//! What was written when the session was over.

use axum::http::Method;
use pulsvagt::access::Role;
use pulsvagt::clock::Clock;

use super::browser::{Browser, form, hidden};
use super::{PASSWORD, account};
use crate::world::{NOW, World};

const WRITTEN: &str = "Talte med <Ane>:\r\n\r\n\"bedre\" & glad";
const ESCAPED: &str = "Talte med &lt;Ane&gt;:\r\n\r\n&quot;bedre&quot; &amp; glad";
const PATH: &str = "/alerts/019b2a3c-4d5e-7f80-9a1b-0123456789ab/note";

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_back_and_is_sent_again_after_signing_in() {
    let world = World::for_people(Vec::new(), Clock::fixed(NOW)).await;
    account(&world, "anna", Role::Nurse).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna", PASSWORD, "").await.expect(303);
    let old = hidden(&browser.get("/").await.expect(200).text, "csrf");
    let fields = [("csrf", old.as_str()), ("version", "1"), ("note", WRITTEN), ("back", "/")];
    // A session that is good takes it, as far as the alert, which is not there.
    browser.submit(PATH, &fields).await.expect(404);
    // Nobody is signed in any more, in that browser.
    let jar = std::mem::take(&mut browser.jar);
    let page = browser.submit(PATH, &fields).await.expect(401);
    assert!(page.text.contains(&format!("<textarea name=\"note\" hidden>\n{ESCAPED}</textarea>")));
    assert!(page.text.contains(&format!("action=\"{PATH}\"")), "{}", page.text);
    assert!(page.text.contains("href=\"/auth/login?return=/signed-in\""), "{}", page.text);
    assert!(!page.text.contains(&old) && !page.text.contains("<Ane>"), "{}", page.text);
    assert_eq!((page.header("cache-control"), page.header("location")), ("no-store", ""));
    browser.get("/signed-in").await.expect(200);
    // Signed in again: the form of the old session is asked about once, with a token of the new one.
    browser.sign_in("anna", PASSWORD, "").await.expect(303);
    assert_ne!(browser.jar, jar);
    for stale in [&fields[..], &fields[1..]] {
        let page = browser.submit(PATH, stale).await.expect(403);
        assert!(
            page.text.contains(ESCAPED) && page.text.contains("Du er logget ind som Name of anna")
        );
        let csrf = hidden(&page.text, "csrf");
        let again = [("csrf", csrf.as_str()), ("version", "1"), ("note", WRITTEN)];
        browser.submit(PATH, &again).await.expect(404);
    }
    // The plan's form too.
    let limits = [("version", "0"), ("limit.heavy", "99,5")];
    let page = browser.submit("/citizens/ane/plan", &limits).await.expect(403);
    assert!(page.text.contains("99,5") && page.text.contains("action=\"/citizens/ane/plan\""));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_form_is_not_given_back() {
    let world = World::for_people(Vec::new(), Clock::fixed(NOW)).await;
    account(&world, "anna", Role::Nurse).await;
    let mut browser = Browser::new(&world);
    let fields = form(&[("version", "1"), ("note", "falsk")]);
    for signed_in in [false, true] {
        if signed_in {
            browser.sign_in("anna", PASSWORD, "").await.expect(303);
        }
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let mut foreign =
                browser.with(name, value).with("content-type", "application/x-www-form-urlencoded");
            let answer = foreign.raw(Method::POST, PATH, fields.clone()).await;
            let status = answer.status.as_u16();
            assert_eq!(status, if signed_in { 403 } else { 303 }, "{name} {value}");
            assert!(!answer.text.contains("falsk"), "{name} {value}: {}", answer.text);
            assert!(!answer.text.contains("data-again"), "{name} {value}");
        }
    }
    world.end().await;
}
