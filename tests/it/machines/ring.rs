//! The installation's own keys, and those that are fetched.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::routing::get;
use jsonwebtoken::Algorithm;
use pulsvagt::access::machines::Asked;
use pulsvagt::access::{ClientKeys, Machines};
use serde_json::json;
use tokio::sync::RwLock;

use super::{Machine, refusal, store};
use crate::keys::Signer;
use crate::world::World;

/// A server of one text that can be exchanged, which counts how often it is asked for.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) text: Arc<RwLock<String>>,
    asked: Arc<AtomicU32>,
}

impl Place {
    pub(crate) async fn with(text: String) -> Self {
        let text = Arc::new(RwLock::new(text));
        let asked = Arc::new(AtomicU32::new(0));
        let (held, counted) = (Arc::clone(&text), Arc::clone(&asked));
        let router = Router::new().route(
            "/keys",
            get(move || async move {
                counted.fetch_add(1, Ordering::SeqCst);
                held.read().await.clone()
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
        #[expect(clippy::disallowed_methods, reason = "nobody waits for it")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, text, asked }
    }

    pub(crate) fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

fn kids(jwks: &serde_json::Value) -> Vec<String> {
    let keys = jwks["keys"].as_array().expect("keys");
    keys.iter().map(|key| key["kid"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_current_key_and_the_one_before_it_are_believed() {
    let world = World::new().await;
    let machine = Machine::register(&world, Algorithm::ES384, "gateway", "system/*.rs").await;
    let published = async || world.nobody().get("/oauth/jwks.json").await.expect(200).json();
    let first = published().await;
    assert_eq!(kids(&first).len(), 1);
    for key in first["keys"].as_array().expect("keys") {
        let mut names: Vec<&String> = key.as_object().expect("an object").keys().collect();
        names.sort();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"], "nothing private");
    }
    let old = world.bearer(&machine.token(&world, "system/*.rs").await);
    old.get("Observation").await.expect(200);

    assert_eq!(world.catalog.rotate_signing_key(world.clock.now()).await.expect("rotated"), 2);
    // Another server signs with the new key before this one has heard of it.
    let other = Machines::new(world.catalog.clone(), world.clock.clone());
    let assertion = machine.assertion();
    let claimed = pulsvagt::access::machines::Claimed::parse(&assertion).expect("an assertion");
    let store = store(&world, "0330").await;
    let endpoint = "http://pulsvagt.test/oauth/token";
    let asked = Asked { endpoint, scope: "system/*.rs", shown: None };
    let made = other.exchange(&store, &claimed, asked, |_| ()).await;
    let made = made.expect("a token");
    world.clock.advance(2_000_000);
    world.bearer(&made.token).get("Observation").await.expect(200);
    old.get("Observation").await.expect(200);
    let second = published().await;
    assert_eq!(kids(&second)[1..], kids(&first)[..], "newest first, and the one before");

    // After another rotation the first is gone, on a server that has not seen the token before.
    let unseen = machine.token(&world, "system/*.rs").await;
    for _ in 0..2 {
        world.catalog.rotate_signing_key(world.clock.now()).await.expect("rotated");
    }
    world.clock.advance(30_000_000);
    world.bearer(&unseen).get("Observation").await.expect(401);
    assert!(!kids(&published().await).contains(&kids(&second)[0]));
    // The same secret gives the same keys.
    let again = Machines::new(world.catalog.clone(), world.clock.clone());
    assert_eq!(again.jwks().await.expect("keys"), published().await);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_key_file_alone_does_not_have_later_keys() {
    // Two installations with the same key file.
    let (one, other) = (World::new().await, World::new().await);
    let published = async |world: &World| {
        let fresh = Machines::new(world.catalog.clone(), world.clock.clone());
        kids(&fresh.jwks().await.expect("keys"))
    };
    let rotate = async |world: &World| {
        world.catalog.rotate_signing_key(world.clock.now()).await.expect("rotated")
    };
    let run = async |world: &World, statement: &str| {
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        let mut owner = world.database().await;
        sqlx::query(statement).execute(&mut owner).await.expect("done").rows_affected()
    };
    for world in [&one, &other] {
        let salted = "delete from pulsvagt.signing_key where length(salt) <> 32";
        assert_eq!(run(world, salted).await, 0, "a new installation's first key has a salt");
        assert_eq!((rotate(world).await, rotate(world).await), (2, 3));
    }
    let (here, there) = (published(&one).await, published(&other).await);
    assert!(here.iter().all(|kid| !there.contains(kid)), "{here:?} {there:?}");
    // The same number once more is another key.
    assert_eq!(run(&one, "delete from pulsvagt.signing_key where generation = 3").await, 1);
    assert_eq!(rotate(&one).await, 3);
    let again = published(&one).await;
    assert_ne!(again[0], here[0]);
    assert_eq!(again[1], here[1]);

    // Keys from before there were salts follow from the key file and the number.
    for world in [&one, &other] {
        assert_eq!(run(world, "update pulsvagt.signing_key set salt = default").await, 3);
    }
    assert_eq!(published(&one).await, published(&other).await);
    let machine = Machine::register(&one, Algorithm::ES384, "gateway", "system/*.rs").await;
    let bearer = one.bearer(&machine.token(&one, "system/*.rs").await);
    bearer.get("Observation").await.expect(200);
    assert_eq!(rotate(&one).await, 4);
    one.clock.advance(30_000_000);
    bearer.get("Observation").await.expect(200);
    one.end().await;
    other.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_system_are_fetched_when_they_are_new_and_not_too_often() {
    let world = World::new().await;
    let signer = Signer::new("k1", Algorithm::ES384);
    let place = Place::with(signer.jwks()).await;
    let keys = ClientKeys::Url(place.url.clone());
    let machine = Machine::with(&world, "0330", signer, keys, "gateway", "system/*.rs").await;
    assert_eq!(place.asked(), 0, "not before they are needed");
    for _ in 0..3 {
        machine.token(&world, "system/*.rs").await;
    }
    assert_eq!(place.asked(), 1);
    // A `jku` that is the registered address is no more than that; another is refused.
    for (jku, status) in [(place.url.as_str(), 200), ("https://attacker.example/jwks", 401)] {
        let mut header = machine.signer.header("JWT");
        header["jku"] = json!(jku);
        let assertion = machine.signer.sign(&header, &machine.claims());
        machine.exchange(&world, &assertion, "system/*.rs").await.expect(status);
    }
    let next = Signer::new("k2", Algorithm::ES384);
    *place.text.write().await = next.jwks();
    let sent = async || {
        let assertion = next.sign(&next.header("JWT"), &machine.claims());
        machine.exchange(&world, &assertion, "system/*.rs").await
    };
    for _ in 0..5 {
        assert_eq!(refusal(&sent().await).0, 401, "fetched a moment ago");
    }
    assert_eq!(place.asked(), 1);
    world.clock.advance(60_000_000);
    sent().await.expect(200);
    assert_eq!(place.asked(), 2);
    // The key that was taken away is not believed any more.
    let answer = machine.exchange(&world, &machine.assertion(), "system/*.rs").await;
    assert_eq!(refusal(&answer).0, 401);
    // While the place is broken, what is known stays.
    *place.text.write().await = "not a key set".to_owned();
    world.clock.advance(16 * 60_000_000);
    let mut claims = machine.claims();
    claims["exp"] = json!(world.clock.now().as_second() + 60);
    let assertion = next.sign(&next.header("JWT"), &claims);
    machine.exchange(&world, &assertion, "system/*.rs").await.expect(200);
    assert_eq!(place.asked(), 3);
    world.end().await;
}
