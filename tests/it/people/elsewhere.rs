//! What providers do besides signing people in: other ways to know who this server is, tokens that do
//! not belong together, and saying that somebody has signed out there.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use pulsvagt::clock::Clock;
use serde_json::{Value, json};

use super::browser::{Browser, SESSION};
use super::provider::{Provider, Visitor};
use super::sign_in::{begin, catch_up, come_back, sign_in};
use super::trail;
use crate::world::{Answer, World};

async fn world(config: pulsvagt::access::sign_in::SignIn) -> World {
    // The provider has the real time.
    World::for_people(vec![config], Clock::fixed(Clock::system().now())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn this_server_says_who_it_is_in_the_form_where_a_provider_wants_that() {
    let provider =
        Provider::for_client(&json!({"token_endpoint_auth_method": "client_secret_post"}));
    let world = world(provider.config()).await;
    let mut browser = Browser::new(&world);
    sign_in(&mut browser, "0330.nurse").await.expect(303);
    browser.get("/api/worklist").await.expect(200);
    world.end().await;
    // With another secret there is no ID token.
    let mut config = provider.config();
    config.client_secret = Some(pulsvagt::config::Secret::new("another"));
    let world = self::world(config).await;
    let mut browser = Browser::new(&world);
    sign_in(&mut browser, "0330.nurse").await.expect(401);
    assert!(!browser.jar.contains_key(SESSION));
    world.end().await;
}

/// A key pair: a PEM file, and the set with the public part.
fn key_pair(folder: &std::path::Path, name: &str) -> (std::path::PathBuf, Value) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let secret = pair.to_pkcs8v1().expect("written");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        BASE64.encode(secret.as_ref())
    );
    let path = folder.join(name);
    std::fs::write(&path, pem).expect("written");
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
    let set = json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
                               "x": x, "y": y}]});
    (path, set)
}

#[tokio::test(flavor = "multi_thread")]
async fn this_server_proves_with_a_key_who_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, set) = key_pair(folder.path(), "ours.pem");
    let (other, _) = key_pair(folder.path(), "other.pem");
    let provider = Provider::for_client(&json!({
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256", "jwks": set,
    }));
    for (path, status) in [(path, 303), (other, 401)] {
        let mut config = provider.config();
        (config.client_secret, config.private_key_file) = (None, Some(path));
        let world = world(config).await;
        let mut browser = Browser::new(&world);
        sign_in(&mut browser, "0330.nurse").await.expect(status);
        assert_eq!(browser.jar.contains_key(SESSION), status == 303);
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_that_is_not_the_one_of_the_id_token_is_refused() {
    let provider = Provider::start();
    let world = world(provider.config()).await;
    let mut browser = Browser::new(&world);
    sign_in(&mut browser, "0330.nurse").await.expect(303);
    browser.jar.clear();
    provider.swap();
    sign_in(&mut browser, "0330.nurse").await.expect(401);
    assert!(!browser.jar.contains_key(SESSION));
    world.end().await;
}

async fn tell(world: &World, token: &str) -> Answer {
    Browser::new(world)
        .with("content-type", "application/x-www-form-urlencoded")
        .raw(
            axum::http::Method::POST,
            "/auth/backchannel-logout",
            super::browser::form(&[("logout_token", token)]),
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_at_the_provider_is_signed_out_here() {
    let provider = Provider::start();
    let world = world(provider.config()).await;
    // Two browsers of one person, and somebody else.
    catch_up(&world);
    let (mut desk, mut at_desk) = (Browser::new(&world), Visitor::default());
    let address = begin(&mut desk, "").await;
    let back = come_back(&mut at_desk, &address, "0330.nurse.nord");
    catch_up(&world);
    desk.get(&back).await.expect(303);
    let mut phone = Browser::new(&world);
    sign_in(&mut phone, "0330.nurse.nord").await.expect(303);
    catch_up(&world);
    let mut other = Browser::new(&world);
    sign_in(&mut other, "0330.lead").await.expect(303);
    // At the desk she signs out of everything, by way of the provider.
    let still = desk.clone();
    let csrf = desk.csrf().await;
    let done = desk.submit("/auth/logout", &[("csrf", &csrf)]).await.expect(200);
    let to = done.header("refresh").strip_prefix("0; url=").expect("on to the provider").to_owned();
    at_desk.walk(&to, "");
    let tokens = provider.logouts();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    let token = tokens[0].strip_prefix("logout_token=").expect("a form").to_owned();

    // Nobody believes it when it was changed, is not one, or comes otherwise.
    let (head, _) = token.rsplit_once('.').expect("a signature");
    let id_token = to.split("id_token_hint=").nth(1).and_then(|rest| rest.split('&').next());
    for wrong in [format!("{head}.AAAA"), "x".to_owned(), id_token.expect("it").to_owned()] {
        let refused = tell(&world, &wrong).await.expect(400);
        assert_eq!(refused.text, r#"{"error":"invalid_request"}"#);
        assert_eq!(refused.header("cache-control"), "no-store");
    }
    phone.get("/auth/session").await.expect(200);

    // Of her two sessions only the one at the desk is meant, which is over already.
    tell(&world, &token).await.expect(200);
    still.clone().get("/auth/session").await.expect(401);
    phone.get("/auth/session").await.expect(200);
    other.get("/auth/session").await.expect(200);
    assert!(!trail(&world).await.iter().any(|(what, ..)| what == "back-channel-logout"));

    // And again where the session here is not over: the browser was closed, and she signs out at the
    // provider's own page.
    catch_up(&world);
    let (mut desk, mut at_desk) = (Browser::new(&world), Visitor::default());
    let address = begin(&mut desk, "").await;
    let back = come_back(&mut at_desk, &address, "0330.nurse.nord");
    catch_up(&world);
    desk.get(&back).await.expect(303);
    at_desk.walk(&format!("{}/session/end", provider.issuer), "");
    let tokens = provider.logouts();
    assert_eq!(tokens.len(), 2, "{tokens:?}");
    let token = tokens[1].strip_prefix("logout_token=").expect("a form").to_owned();
    desk.get("/auth/session").await.expect(200);
    catch_up(&world);
    tell(&world, &token).await.expect(200);
    desk.get("/auth/session").await.expect(401);
    phone.get("/auth/session").await.expect(200);
    other.get("/auth/session").await.expect(200);
    let entries = super::entries_of(&world, "back-channel-logout").await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].actor.issuer, provider.issuer);
    assert_eq!(entries[0].actor.subject, "0330.nurse.nord");
    assert_eq!(entries[0].resources.len(), 1);
    // Sent again it does nothing, and later it is nothing.
    tell(&world, &token).await.expect(200);
    assert_eq!(super::entries_of(&world, "back-channel-logout").await.len(), 1);
    world.clock.advance(20 * 60_000_000);
    tell(&world, &token).await.expect(400);
    world.end().await;
}
