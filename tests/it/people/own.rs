//! One's own account: another password, and one-time codes.

use pulsvagt::access::Role;
use pulsvagt::access::accounts::code::Secret;
use pulsvagt::clock::Clock;

use super::browser::{Browser, SESSION, hidden};
use super::{PASSWORD, account, entries_of};
use crate::world::{Answer, NOW, World};

const OTHER: &str = "en helt anden sætning";

async fn world() -> World {
    World::for_people(Vec::new(), Clock::fixed(NOW)).await
}

async fn change(browser: &mut Browser, fields: [&str; 3]) -> Answer {
    let page = browser.get("/auth/password").await.expect(200);
    let csrf = hidden(&page.text, "csrf");
    let [current, new, repeat] = fields;
    let fields = [("csrf", csrf.as_str()), ("password", current), ("new", new), ("repeat", repeat)];
    browser.submit("/auth/password", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_signs_out_everywhere_else() {
    let world = world().await;
    account(&world, "anna", Role::Nurse).await;
    let sent = Browser::new(&world).get("/auth/password").await.expect(303);
    assert_eq!(sent.header("location"), "/auth/login?return=%2Fauth%2Fpassword&lang=da");
    let (mut here, mut there) = (Browser::new(&world), Browser::new(&world));
    here.sign_in("anna", PASSWORD, "").await.expect(303);
    there.sign_in("anna", PASSWORD, "").await.expect(303);
    let page = here.get("/auth/password").await.expect(200);
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    let page = here.get("/auth/password?lang=en").await.expect(200);
    assert!(page.text.contains("Change password"), "{}", page.text);
    for (fields, said) in [
        (["forkert men langt nok", OTHER, OTHER], "passer ikke"),
        ([PASSWORD, OTHER, PASSWORD], "ikke ens"),
        ([PASSWORD, "kort", "kort"], "mindst 12 tegn, som"),
        ([PASSWORD, "jeg hedder anna her", "jeg hedder anna her"], "brugernavn"),
    ] {
        let refused = change(&mut here, fields).await.expect(422);
        assert!(refused.text.contains(said), "{said}: {}", refused.text);
        for text in fields {
            assert!(!refused.text.contains(&format!("\"{text}\"")), "{text} is shown");
        }
    }
    // Nothing without the session's token, or from elsewhere.
    let fields = [("password", PASSWORD), ("new", OTHER), ("repeat", OTHER)];
    here.submit("/auth/password", &fields).await.expect(403);
    let stolen = here.clone();
    let done = change(&mut here, [PASSWORD, OTHER, OTHER]).await.expect(200);
    assert!(done.text.contains("Din adgangskode er skiftet"), "{}", done.text);
    here.get("/auth/session").await.expect(200);
    for mut other in [there, stolen] {
        assert_ne!(other.jar.get(SESSION), here.jar.get(SESSION));
        other.get("/auth/session").await.expect(401);
    }
    let mut later = Browser::new(&world);
    later.sign_in("anna", PASSWORD, "").await.expect(401);
    later.sign_in("anna", OTHER, "").await.expect(303);
    let entries = entries_of(&world, "change-password").await;
    let is_done = |kind: &str| kind == "Account";
    let done = entries.iter().flat_map(|entry| &entry.resources);
    assert_eq!(done.filter(|one| is_done(&one.kind)).count(), 1, "{entries:?}");
    // After ten minutes one has to prove anew who one is, and comes back.
    world.clock.advance(11 * 60_000_000);
    let sent = here.get("/auth/password").await.expect(303);
    assert_eq!(sent.header("location"), "/auth/login?again=1&return=%2Fauth%2Fpassword&lang=da");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_present_password_are_slowed_down() {
    let world = world().await;
    account(&world, "anna", Role::Nurse).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna", PASSWORD, "").await.expect(303);
    for _ in 0..5 {
        change(&mut browser, ["forkert men langt nok", OTHER, OTHER]).await.expect(422);
    }
    change(&mut browser, [PASSWORD, OTHER, OTHER]).await.expect(429);
    // That keeps nobody out elsewhere.
    Browser::new(&world).sign_in("anna", PASSWORD, "").await.expect(303);
    world.clock.advance(5_000_000);
    change(&mut browser, [PASSWORD, OTHER, OTHER]).await.expect(200);
    world.end().await;
}

/// The secret that a page shows.
fn shown(page: &str) -> Secret {
    let (_, rest) = page.split_once("secret=").expect("an address");
    let text = rest.split(['&', '"']).next().expect("a secret");
    let bytes = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).expect("base 32");
    // As it is stored.
    Secret::try_from(data_encoding::HEXLOWER.encode(&bytes)).expect("a secret")
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_asked_for_once_an_app_makes_them() {
    let world = world().await;
    account(&world, "anna", Role::Nurse).await;
    account(&world, "bo", Role::Nurse).await;
    let (mut here, mut there) = (Browser::new(&world), Browser::new(&world));
    here.sign_in("anna", PASSWORD, "").await.expect(303);
    there.sign_in("bo", PASSWORD, "").await.expect(303);
    let page = here.get("/auth/codes").await.expect(200);
    let (secret, csrf) = (shown(&page.text), hidden(&page.text, "csrf"));
    let offer = hidden(&page.text, "offer");
    let code = secret.at(NOW.as_second());
    // A wrong code leaves everything as it was, with the same key.
    let fields = [("csrf", csrf.as_str()), ("offer", &offer), ("code", "000000")];
    let refused = here.submit("/auth/codes", &fields).await.expect(422);
    assert_eq!(shown(&refused.text), secret);
    // A key that somebody else was shown is none.
    let theirs = there.get("/auth/codes").await.expect(200);
    let other = hidden(&theirs.text, "offer");
    let their_code = shown(&theirs.text).at(NOW.as_second());
    let fields = [("csrf", csrf.as_str()), ("offer", &other), ("code", &their_code)];
    here.submit("/auth/codes", &fields).await.expect(422);
    Browser::new(&world).sign_in("anna", PASSWORD, "").await.expect(303);
    let fields = [("csrf", csrf.as_str()), ("offer", &offer), ("code", &code)];
    let done = here.submit("/auth/codes", &fields).await.expect(200);
    let recovery: Vec<String> = done
        .text
        .split("<li><code>")
        .skip(1)
        .filter_map(|part| part.split('<').next().map(str::to_owned))
        .collect();
    assert_eq!(recovery.len(), 10, "{}", done.text);
    here.get("/auth/session").await.expect(200);
    let mut later = Browser::new(&world);
    later.sign_in("anna", PASSWORD, "").await.expect(401);
    // The code that confirmed it is used up.
    later.sign_in("anna", PASSWORD, &code).await.expect(401);
    later.sign_in("anna", PASSWORD, &recovery[0]).await.expect(303);
    world.clock.advance(30_000_000);
    let code = secret.at(NOW.as_second() + 30);
    later.sign_in("anna", PASSWORD, &code).await.expect(303);
    // The page with the old key is no use any more after a quarter of an hour.
    world.clock.advance(16 * 60_000_000);
    let mut again = Browser::new(&world);
    again.sign_in("anna", PASSWORD, &secret.at(NOW.as_second() + 990)).await.expect(303);
    let csrf = again.csrf().await;
    let code = secret.at(NOW.as_second() + 990);
    let fields = [("csrf", csrf.as_str()), ("offer", &offer), ("code", &code)];
    let stale = again.submit("/auth/codes", &fields).await.expect(422);
    assert_ne!(shown(&stale.text), secret);
    assert!(stale.text.contains("Siden var for gammel"), "{}", stale.text);
    world.end().await;
}
