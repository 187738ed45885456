//! Requests of every odd kind to whatever signs people in, in random order.
//!
//! `PULSVAGT_PROBES` says how many, `PULSVAGT_SEED` in which order.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Method;
use pulsvagt::access::Role;
use pulsvagt::clock::Clock;
use rand::prelude::*;
use rand_chacha::ChaCha8Rng;

use super::browser::{Browser, SESSION, form};
use super::provider::Provider;
use super::{PASSWORD, account};
use crate::world::{Client, World};

/// How many requests the test makes, unless the environment says otherwise.
const REQUESTS: usize = 5_000;
/// In everything that could be reflected; nothing of the pages has it.
const MARK: &str = "zq7";

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// What is known of somebody who has signed in, and of a sign-in that has been begun.
struct Loot {
    session: String,
    cookies: Vec<(String, String)>,
    csrf: Vec<String>,
    states: Vec<String>,
    issuer: String,
}

/// A value for whatever it is put into.
fn value(random: &mut ChaCha8Rng, loot: &Loot) -> String {
    let long = "zq7".repeat(random.random_range(1..4_000));
    let bytes: Vec<u8> = (0..random.random_range(0..64)).map(|_| random.random()).collect();
    let base64 = data_encoding::BASE64URL_NOPAD.encode(&bytes);
    let choices = [
        "<script>zq7</script>".to_owned(),
        "\"><img src=x onerror=zq7>".to_owned(),
        "'zq7\" autofocus onfocus=\"zq7".to_owned(),
        "javascript:zq7".to_owned(),
        "//zq7.example".to_owned(),
        "/\\zq7.example".to_owned(),
        "https://zq7.example/".to_owned(),
        "/auth/logout?zq7".to_owned(),
        "/x\r\nX-Zq7: 1".to_owned(),
        "/\u{0}zq7".to_owned(),
        "/?a=<zq7>&b=\"zq7".to_owned(),
        "æøå☃\u{202e}zq7".to_owned(),
        "' or 1=1 -- zq7".to_owned(),
        "{{zq7}} ${zq7} %zq7".to_owned(),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ6cTcifQ.".to_owned(),
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ6cTcifQ.AAAA".to_owned(),
        "0330".to_owned(),
        "0306".to_owned(),
        "9999".to_owned(),
        "anna".to_owned(),
        "en".to_owned(),
        "0".to_owned(),
        "1".to_owned(),
        "-1".to_owned(),
        "18446744073709551616".to_owned(),
        String::new(),
        "/api/worklist".to_owned(),
        format!("0330-{base64}"),
        String::from_utf8_lossy(&bytes).into_owned(),
        loot.csrf.choose(random).cloned().unwrap_or_default(),
        loot.states.choose(random).cloned().unwrap_or_default(),
        loot.issuer.clone(),
        base64,
        long,
    ];
    choices.choose(random).cloned().unwrap_or_default()
}

const PATHS: [&str; 9] = [
    "/auth/login",
    "/auth/callback",
    "/auth/local",
    "/auth/logout",
    "/auth/session",
    "/auth/password",
    "/auth/backchannel-logout",
    "/auth/auth.css",
    "/auth/zq7",
];
const NAMES: [&str; 20] = [
    "return",
    "lang",
    "with",
    "again",
    "code",
    "state",
    "iss",
    "error",
    "tenant",
    "user",
    "password",
    "csrf",
    "logout_token",
    "error_description",
    "new",
    "repeat",
    "session_state",
    "id_token",
    "zq7",
    "",
];
const HEADERS: [&str; 12] = [
    "origin",
    "sec-fetch-site",
    "referer",
    "authorization",
    "x-csrf-token",
    "accept-language",
    "content-encoding",
    "x-forwarded-for",
    "x-request-id",
    "x-purpose-of-use",
    "accept",
    "if-none-match",
];
const KINDS: [&str; 5] = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "application/json",
    "multipart/form-data; boundary=zq7",
    "text/plain",
];

/// One request: what it was, for whoever has to find out.
#[derive(Debug, Clone)]
struct Asked {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn ask(random: &mut ChaCha8Rng, loot: &Loot) -> Asked {
    let pairs = |random: &mut ChaCha8Rng| -> String {
        let pairs: Vec<(&str, String)> = (0..random.random_range(0..6))
            .map(|_| (*NAMES.choose(random).expect("a name"), value(random, loot)))
            .collect();
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        form(&pairs)
    };
    let methods =
        [Method::GET, Method::POST, Method::POST, Method::HEAD, Method::PUT, Method::DELETE];
    let method = methods.choose(random).cloned().unwrap_or_default();
    let mut path = (*PATHS.choose(random).expect("a path")).to_owned();
    if random.random_bool(0.7) {
        path = format!("{path}?{}", pairs(random));
    }
    if random.random_bool(0.05) {
        path.push_str("&%zz%00%=zq7");
    }
    let mut headers = Vec::new();
    for name in HEADERS {
        if random.random_bool(0.12) {
            headers.push((name, value(random, loot)));
        }
    }
    if random.random_bool(0.5) {
        headers.retain(|(name, _)| !["origin", "sec-fetch-site"].contains(name));
        headers.push(("sec-fetch-site", "same-origin".to_owned()));
    }
    let mut cookies: Vec<String> = loot
        .cookies
        .iter()
        .filter(|_| random.random_bool(0.5))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    for name in [SESSION, "__Host-pulsvagt-form", "__Host-pulsvagt-device", "lang"] {
        if random.random_bool(0.15) {
            cookies.push(format!("{name}={}", value(random, loot)));
        }
    }
    cookies.shuffle(random);
    if !cookies.is_empty() {
        headers.push(("cookie", cookies.join("; ")));
    }
    let mut body = Vec::new();
    if method != Method::GET && method != Method::HEAD {
        headers.push(("content-type", (*KINDS.choose(random).expect("a kind")).to_owned()));
        body = pairs(random).into_bytes();
        if random.random_bool(0.1) {
            body.extend((0..200).map(|_| random.random::<u8>()));
        }
    }
    headers.retain(|(_, value)| axum::http::HeaderValue::from_str(value).is_ok());
    Asked { method, path, headers, body }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_to_whatever_signs_people_in_nothing_comes_of_it() {
    let provider = Provider::start();
    let world =
        World::for_people(vec![provider.config()], Clock::fixed(Clock::system().now())).await;
    account(&world, "anna", Role::Nurse).await;
    let mut anna = Browser::new(&world);
    anna.sign_in("anna", PASSWORD, "").await.expect(303);
    let mut begun = Browser::new(&world);
    let address = begun.get("/auth/login?with=0").await.expect(303).header("location").to_owned();
    let part = |name: &str| {
        let (_, rest) = address.split_once(name).expect("a parameter");
        rest.split('&').next().unwrap_or_default().to_owned()
    };
    let page = begun.get("/auth/local").await.expect(200);
    let loot = Loot {
        session: anna.jar.get(SESSION).expect("a session").clone(),
        // What another browser has, but for the session: with that one is in.
        cookies: begun.jar.clone().into_iter().collect(),
        csrf: vec![super::browser::hidden(&page.text, "csrf"), anna.csrf().await],
        states: vec![part("state="), part("nonce=")],
        issuer: provider.issuer.clone(),
    };
    let (requests, seed) = (number("PULSVAGT_PROBES", REQUESTS), number("PULSVAGT_SEED", 1));
    let mut random = ChaCha8Rng::seed_from_u64(seed as u64);
    let (mut statuses, mut faults) = (BTreeMap::<u16, usize>::new(), Vec::new());
    let client: Client = world.nobody();
    for _ in 0..requests {
        let asked = ask(&mut random, &loot);
        let mut sender = client.clone();
        for (name, value) in &asked.headers {
            sender = sender.with(name, value);
        }
        let answer =
            sender.send(asked.method.clone(), &asked.path, Body::from(asked.body.clone())).await;
        let status = answer.status.as_u16();
        *statuses.entry(status).or_default() += 1;
        let mut fault = |what: &str| faults.push(format!("{what}: {status} {asked:?}"));
        if status >= 500 {
            fault("the server failed");
        }
        for cookie in answer.headers.get_all("set-cookie") {
            let text = cookie.to_str().expect("text");
            if text.starts_with(&format!("{SESSION}=")) && !text.contains("Max-Age=0") {
                fault("a session for garbage");
            }
        }
        // As text of a page it is written with &lt; and &quot;.
        if ["<zq7", "<script", "<img", "\"zq7", "\" autofocus", "\">"].iter().any(|raw| {
            answer.text.contains(raw) && (*raw != "\">" || answer.text.contains("\"><img"))
        }) {
            fault("reflected");
        }
        if answer.headers.keys().any(|name| name.as_str().contains(MARK)) {
            fault("a header of the sender's");
        }
        let location = answer.header("location");
        let own = location.starts_with('/') && !location.starts_with("//");
        if !(location.is_empty() || own || location.starts_with(&provider.issuer)) {
            fault("sent elsewhere");
        }
        let is_page = answer.header("content-type").starts_with("text/html");
        if is_page && !answer.header("content-security-policy").starts_with("default-src 'none'") {
            fault("a page without a policy");
        }
    }
    let total: usize = statuses.values().sum();
    assert!(
        faults.is_empty(),
        "{} of {total}: {:#?}",
        faults.len(),
        &faults[..faults.len().min(3)]
    );
    assert_eq!(total, requests);
    // They were not all turned away at the first step.
    for status in [200, 303, 400, 401, 403, 404, 405] {
        assert!(statuses.contains_key(&status), "{statuses:?}");
    }
    // Anna is where she was, and nobody else came.
    assert_eq!(world.count("0330", "select count(*) from session where revoked is null").await, 1);
    let answer = anna.get("/auth/session").await.expect(200);
    assert_eq!(answer.json()["name"], "Name of anna");
    assert_eq!(anna.jar.get(SESSION), Some(&loot.session));
    world.end().await;
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_there_takes_as_long_as_a_wrong_password() {
    let world = World::for_people(Vec::new(), Clock::system()).await;
    for nth in 0..24 {
        account(&world, &format!("anna{nth}"), Role::Nurse).await;
    }
    let mut times = [Vec::new(), Vec::new()];
    let mut texts = std::collections::BTreeSet::new();
    for nth in 0..24 {
        // They take turns, so that whatever else the machine does is shared by both.
        for (kind, user) in [format!("anna{nth}"), format!("nobody{nth}")].into_iter().enumerate() {
            let mut browser = Browser::new(&world);
            let page = browser.get("/auth/local").await.expect(200);
            let csrf = super::browser::hidden(&page.text, "csrf");
            let fields = [
                ("tenant", "0330"),
                ("user", user.as_str()),
                ("password", "forkert men langt nok"),
                ("csrf", csrf.as_str()),
            ];
            let begun = Instant::now();
            let answer = browser.submit("/auth/local", &fields).await.expect(401);
            times[kind].push(begun.elapsed());
            let text = answer.text.replace(&super::browser::hidden(&answer.text, "csrf"), "");
            texts.insert(text.replace(&format!("value=\"{user}\""), ""));
        }
    }
    assert_eq!(texts.len(), 1, "{texts:#?}");
    let [wrong, nobody] = times.map(median);
    let factor = wrong.max(nobody) / wrong.min(nobody);
    assert!(factor < 1.5, "a wrong password takes {wrong:.1} ms, nobody {nobody:.1} ms");
    world.end().await;
}
