//! What is still good: the other side of each limit.

use jsonwebtoken::Algorithm;
use pulsvagt::app::Limits;
use pulsvagt::clock::Clock;
use serde_json::json;

use super::{claims, issuer};
use crate::keys::Signer;
use crate::machines::Machine;
use crate::world::{NOW, World};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_within_the_limits_is_believed() {
    let folder = tempfile::tempdir().expect("a folder");
    let signer = Signer::new("k1", Algorithm::PS256);
    let issuers = vec![issuer(folder.path(), &signer)];
    let world = World::trusting(issuers, Limits::default(), Clock::fixed(NOW)).await;
    let now = NOW.as_second();
    for (claim, value) in [
        ("exp", json!(now - 29)),
        ("exp", json!(i64::MAX)),
        ("nbf", json!(now + 30)),
        ("iat", json!(now + 30)),
        ("iat", json!(0)),
        ("aud", json!(["another", "pulsvagt"])),
        ("role", json!(["gateway"])),
        ("role", json!(["gateway", "something else"])),
        ("scope", json!(["user/*.rs", "openid"])),
        ("more", json!({"nested": [1, 2.5, null, true, "x"]})),
    ] {
        let mut claims = claims();
        claims[claim] = value.clone();
        let token = signer.sign(&signer.header("JWT"), &claims);
        let answer = world.bearer(&token).get("Observation").await;
        assert_eq!(answer.status.as_u16(), 200, "{claim} {value}: {}", answer.text);
    }
    for typ in ["JWT", "at+jwt", "application/at+jwt"] {
        let token = signer.sign(&signer.header(typ), &claims());
        world.bearer(&token).get("Observation").await.expect(200);
    }
    // An issuer with one key need not name it, and may say more about it than we ask.
    let bare = json!({"alg": "PS256"});
    world.bearer(&signer.sign(&bare, &claims())).get("Observation").await.expect(200);
    let mut more = signer.header("JWT");
    more["x5t"] = json!("abc");
    more["nonce"] = json!("abc");
    world.bearer(&signer.sign(&more, &claims())).get("Observation").await.expect(200);
    // Scopes that are there and allow nothing, allow nothing.
    let mut none = claims();
    none["scope"] = json!("openid profile");
    let token = signer.sign(&signer.header("JWT"), &none);
    world.bearer(&token).get("Observation").await.expect(403);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn assertions_within_the_limits_are_believed() {
    let world = World::new().await;
    let machine = Machine::register(&world, Algorithm::RS384, "gateway", "system/*.rs").await;
    let now = NOW.as_second();
    for (claim, value) in [
        ("exp", json!(now - 29)),
        ("exp", json!(now + 330)),
        ("nbf", json!(now + 30)),
        ("iat", json!(now + 30)),
        ("jti", json!("x".repeat(256))),
        ("jti", json!("' or '1'='1")),
        ("jti", json!("\u{1f511}")),
        ("aud", json!(["http://pulsvagt.test/oauth/token"])),
    ] {
        let mut claims = machine.claims();
        claims[claim] = value.clone();
        let assertion = machine.signer.sign(&machine.signer.header("JWT"), &claims);
        let answer = machine.exchange(&world, &assertion, "system/*.rs").await;
        assert_eq!(answer.status.as_u16(), 200, "{claim} {value}: {}", answer.text);
    }
    world.end().await;
}
