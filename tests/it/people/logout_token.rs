//! Each rule of a logout token by itself, with tokens that are signed as they should be (OpenID Connect
//! Back-Channel Logout 1.0, 2.4 and 2.6).

use jsonwebtoken::Algorithm;
use pulsvagt::access::SessionToken;
use pulsvagt::access::session::{Lifetimes, Session};
use pulsvagt::access::sign_in::SignIn;
use pulsvagt::access::{People, Role};
use pulsvagt::clock::Clock;
use serde_json::{Value, json};

use super::account;
use crate::keys::Signer;
use crate::machines::Place;
use crate::world::{NOW, World};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn claims(issuer: &str) -> Value {
    let now = NOW.as_second();
    json!({"iss": issuer, "aud": "pulsvagt", "iat": now, "exp": now + 120, "jti": "j-1",
           "sub": "nord", "sid": "s-1", "events": {EVENT: {}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_counts() {
    let signer = Signer::new("k1", Algorithm::ES256);
    let keys = Place::with(signer.jwks()).await;
    let issuer = "https://login.example";
    let discovery = Place::with(
        json!({"issuer": issuer, "jwks_uri": keys.url,
               "authorization_endpoint": "https://login.example/auth",
               "token_endpoint": "https://login.example/token"})
        .to_string(),
    )
    .await;
    let config: SignIn = serde_json::from_value(json!({
        "name": "Login", "issuer": issuer, "discovery_url": discovery.url, "client_id": "pulsvagt",
        "client_secret": "x", "algorithms": ["ES256"],
    }))
    .expect("a configuration");
    let key = pulsvagt::access::MasterKey::from_bytes([7; 32]);
    let clock = Clock::fixed(NOW);
    let people =
        People::new(vec![config], false, Lifetimes::default(), &key, &clock).expect("people");
    let sign = |typ: &str, claims: &Value| signer.sign(&signer.header(typ), claims);
    let told =
        people.logged_out(&sign("logout+jwt", &claims(issuer)), NOW).await.expect("believed");
    assert_eq!(told.issuer(), issuer);
    for typ in ["JWT", "application/logout+jwt"] {
        assert!(people.logged_out(&sign(typ, &claims(issuer)), NOW).await.is_ok(), "{typ}");
    }
    let now = NOW.as_second();
    let changes = [
        json!({"iss": "https://other.example"}),
        json!({"iss": null}),
        json!({"aud": "another"}),
        json!({"aud": null}),
        json!({"iat": null}),
        json!({"iat": now + 600}),
        json!({"iat": now - 3_600}),
        json!({"exp": now - 60}),
        json!({"exp": null}),
        json!({"jti": null}),
        json!({"jti": ""}),
        json!({"events": null}),
        json!({"events": {}}),
        json!({"events": [EVENT]}),
        json!({"events": {EVENT: true}}),
        json!({"events": {"http://schemas.openid.net/event/other": {}}}),
        json!({"nonce": "n"}),
        json!({"nonce": false}),
        json!({"sub": null, "sid": null}),
        json!({"sub": 7}),
        json!({"sid": ["s-1"]}),
        json!({"sub": ""}),
    ];
    for change in &changes {
        let mut claims = claims(issuer);
        for (name, value) in change.as_object().expect("an object") {
            // A member that is null is left out.
            match value {
                Value::Null => drop(claims.as_object_mut().expect("claims").remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        let refused = people.logged_out(&sign("logout+jwt", &claims), NOW).await;
        assert!(refused.is_err(), "{change}");
    }
    for typ in ["at+jwt", "secevent+jwt"] {
        assert!(people.logged_out(&sign(typ, &claims(issuer)), NOW).await.is_err(), "{typ}");
    }
    let stranger = signer.stranger();
    let forged = stranger.sign(&stranger.header("logout+jwt"), &claims(issuer));
    assert!(people.logged_out(&forged, NOW).await.is_err());
    let unsigned = sign("logout+jwt", &claims(issuer));
    let (unsigned, _) = unsigned.rsplit_once('.').expect("a signature");
    assert!(people.logged_out(&format!("{unsigned}."), NOW).await.is_err());

    // Whose session it means.
    let world = World::for_people(Vec::new(), clock).await;
    let person = account(&world, "anna", Role::Nurse).await.person();
    let session = |subject: &str, sid: Option<&str>, ago: i64| {
        let mut person = person.clone();
        (person.issuer, person.subject) = (issuer.to_owned(), subject.to_owned());
        Session {
            id: SessionToken::new(&"0330".parse().expect("a code")).expect("random").to_text(),
            person,
            authenticated: pulsvagt::clock::Micros(NOW.0 - ago * 1_000_000),
            seen: NOW,
            ends: NOW,
            revoked: None,
            id_token: sid.map(|sid| sign("JWT", &json!({"sid": sid}))),
        }
    };
    assert!(told.means(&session("nord", Some("s-1"), 60)));
    assert!(!told.means(&session("syd", Some("s-1"), 60)));
    assert!(!told.means(&session("nord", Some("s-2"), 60)));
    assert!(!told.means(&session("nord", None, 60)));
    // Somebody who has signed in again since.
    assert!(!told.means(&session("nord", Some("s-1"), -60)));
    let mut all = claims(issuer);
    all.as_object_mut().expect("claims").remove("sid");
    let all = people.logged_out(&sign("logout+jwt", &all), NOW).await.expect("believed");
    assert!(all.means(&session("nord", None, 60)) && all.means(&session("nord", Some("s"), 60)));
    assert!(!all.means(&session("syd", None, 60)));
    world.end().await;
}
