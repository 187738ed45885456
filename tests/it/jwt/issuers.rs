//! From the claims of somebody else's issuer to a principal. No database is asked.

use jsonwebtoken::Algorithm;
use pulsvagt::access::{
    ApiRight, Authenticator, Extent, Interaction, Issuer, Principal, Role, TokenError,
};
use pulsvagt::clock::Clock;
use serde_json::{Value, json};

use super::{ISSUER, claims};
use crate::keys::Signer;
use crate::machines::Place;
use crate::world::NOW;

struct Setting {
    signer: Signer,
    authenticator: Authenticator,
    _folder: tempfile::TempDir,
}

/// An issuer that is configured with `more`.
fn setting(more: &Value) -> Setting {
    let folder = tempfile::tempdir().expect("a folder");
    let signer = Signer::new("k1", Algorithm::ES256);
    let path = folder.path().join("keys.json");
    std::fs::write(&path, signer.jwks()).expect("written");
    let mut text = json!({"issuer": ISSUER, "audience": "pulsvagt", "algorithms": ["ES256"],
                          "jwks_file": path});
    for (name, value) in more.as_object().expect("an object") {
        text[name] = value.clone();
    }
    let issuer: Issuer = serde_json::from_value(text).expect("an issuer");
    let authenticator = Authenticator::new(vec![issuer], Clock::fixed(NOW)).expect("a setup");
    Setting { signer, authenticator, _folder: folder }
}

impl Setting {
    async fn of(&self, changes: &Value) -> Result<Principal, TokenError> {
        let mut claims = claims();
        for (name, value) in changes.as_object().expect("an object") {
            if value.is_null() {
                claims.as_object_mut().expect("an object").remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        let token = self.signer.sign(&self.signer.header("JWT"), &claims);
        self.authenticator.authenticate(&token).await
    }
}

#[tokio::test]
async fn values_of_another_system_stand_for_ours() {
    let setting = setting(&json!({
        "tenant_claim": "org",
        "tenant_values": {"29188505": "0330", "29188599": "0306"},
        "role_claim": "/realm_access/roles",
        "role_values": {"sygeplejerske": "nurse", "social-assistent": "nurse", "teamleder": "lead"},
        "team_claim": "team",
    }));
    let groups = |roles: &[&str]| {
        json!({"org": "29188505", "team": "nord",
               "realm_access": {"roles": roles}, "role": null, "tenant": null})
    };
    let nurse = setting.of(&groups(&["offline", "sygeplejerske"])).await.expect("believed");
    assert_eq!((nurse.tenant().as_str(), nurse.role()), ("0330", Role::Nurse));
    assert_eq!((nurse.citizen(), nurse.client()), (None, None));
    assert_eq!(nurse.teams(), ["nord"]);
    // Two groups of one role are one role.
    assert!(setting.of(&groups(&["social-assistent", "sygeplejerske"])).await.is_ok());
    for roles in [&["teamleder", "sygeplejerske"][..], &["nurse"], &["lead"], &[], &["Teamleder"]] {
        assert_eq!(setting.of(&groups(roles)).await, Err(TokenError::Claims), "{roles:?}");
    }
    for (name, value) in [
        ("org", json!("0330")),
        ("org", json!(["29188505", "29188599"])),
        ("org", json!(29_188_505)),
        ("org", json!(null)),
        ("team", json!(["nord", ""])),
        ("team", json!("")),
        ("team", json!({"name": "nord"})),
        ("realm_access", json!("sygeplejerske")),
        ("realm_access", json!({"roles": {"sygeplejerske": true}})),
    ] {
        let mut changes = groups(&["sygeplejerske"]);
        changes[name] = value.clone();
        assert_eq!(setting.of(&changes).await, Err(TokenError::Claims), "{name} {value}");
    }
    let mut without = groups(&["sygeplejerske"]);
    without["team"] = json!(null);
    assert!(setting.of(&without).await.expect("believed").teams().is_empty());
    let mut several = groups(&["sygeplejerske"]);
    several["team"] = json!(["syd", "nord"]);
    assert_eq!(setting.of(&several).await.expect("believed").teams(), ["nord", "syd"]);
}

#[tokio::test]
async fn a_token_is_confined_to_a_citizen_exactly_if_it_names_one() {
    let setting = setting(&json!({}));
    let of = async |role: &str, citizen: Value, scope: &str| {
        setting.of(&json!({"role": role, "citizen": citizen, "scope": scope})).await
    };
    let claims = Err(TokenError::Claims);
    let ane = || json!("ane");
    assert!(of("citizen", ane(), "patient/*.rs").await.is_ok());
    assert!(of("citizen", ane(), "user/*.rs").await.is_ok());
    assert_eq!(of("citizen", Value::Null, "patient/*.rs").await, claims);
    assert_eq!(of("nurse", Value::Null, "patient/*.rs").await, claims);
    assert_eq!(of("nurse", Value::Null, "user/*.rs patient/Goal.r").await, claims);
    assert_eq!(of("nurse", ane(), "user/*.rs").await, claims);
    assert_eq!(of("nurse", json!(["ane", "bo"]), "patient/*.rs").await, claims);
    assert_eq!(of("nurse", json!("not an id"), "patient/*.rs").await, claims);
    let nurse = of("nurse", ane(), "patient/*.rs user/*.cruds").await.expect("believed");
    assert_eq!(nurse.citizen(), Some("ane"), "whatever the role, and the other scopes");
    for right in ApiRight::ALL {
        let expected = match right {
            ApiRight::PlanRead
            | ApiRight::PlanWrite
            | ApiRight::SummaryRead
            | ApiRight::RiskRead => Extent::Own,
            _ => Extent::None,
        };
        assert_eq!(nurse.extent(right), expected, "{right:?}");
    }
    let reader = of("nurse", Value::Null, "user/*.rs").await.expect("believed");
    assert!(reader.may(Interaction::Search, "Observation"));
    assert!(!reader.may(Interaction::Create, "Observation"));
    assert_eq!(reader.extent(ApiRight::WorklistRead), Extent::Teams);
    assert_eq!(reader.extent(ApiRight::WorklistAct), Extent::None);
    assert_eq!(reader.extent(ApiRight::PlanWrite), Extent::None);
    let limited = of("nurse", Value::Null, "user/*.cruds?category=vital-signs").await;
    let limited = limited.expect("believed");
    assert_eq!(limited.extent(ApiRight::WorklistRead), Extent::None, "not all of it");
    assert_eq!(limited.extent(ApiRight::ScreeningStatus), Extent::All, "numbers only");
    assert!(!limited.may(Interaction::Read, "Patient"));
}

#[tokio::test]
async fn scopes_are_required_unless_the_configuration_says_otherwise() {
    let none = json!({"scope": null});
    assert_eq!(setting(&json!({})).of(&none).await, Err(TokenError::Claims));
    let setting = setting(&json!({"scopes": "optional", "scope_claim": "scp"}));
    assert!(setting.of(&none).await.expect("believed").may(Interaction::Create, "Observation"));
    let reader = setting.of(&json!({"scp": ["user/Observation.rs"]})).await.expect("believed");
    assert!(!reader.may(Interaction::Create, "Observation"));
    for scopes in [json!(""), json!([]), json!("unknown"), json!("user/Observation.sr")] {
        let nobody = setting.of(&json!({"scp": scopes})).await.expect("believed");
        assert!(!nobody.may(Interaction::Read, "Observation"), "{scopes}");
    }
    for scopes in [json!(1), json!({"user/*.rs": true}), json!([["user/*.rs"]])] {
        assert_eq!(setting.of(&json!({"scp": scopes})).await, Err(TokenError::Claims), "{scopes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_discovered_and_fetched_again_when_one_is_new() {
    let first = Signer::new("k1", Algorithm::ES256);
    let keys = Place::with(first.jwks()).await;
    let text = |issuer: &str| json!({"issuer": issuer, "jwks_uri": keys.url}).to_string();
    let discovery = Place::with(text(ISSUER)).await;
    let clock = Clock::fixed(NOW);
    let issuer: Issuer = serde_json::from_value(json!({
        "issuer": ISSUER, "audience": "pulsvagt", "algorithms": ["ES256"],
        "discovery_url": discovery.url,
    }))
    .expect("an issuer");
    let authenticator = Authenticator::new(vec![issuer], clock.clone()).expect("a setup");
    let ask = async |signer: &Signer| {
        let mut claims = claims();
        claims["exp"] = json!(clock.now().as_second() + 600);
        let token = signer.sign(&signer.header("JWT"), &claims);
        authenticator.authenticate(&token).await.map(drop)
    };
    assert_eq!(ask(&first).await, Ok(()));
    assert_eq!((discovery.asked(), keys.asked()), (1, 1));
    let second = Signer::new("k2", Algorithm::ES256);
    *keys.text.write().await = second.jwks();
    clock.advance(59_000_000);
    for _ in 0..3 {
        assert_eq!(ask(&second).await, Err(TokenError::UnknownKey), "at most once a minute");
    }
    assert_eq!(keys.asked(), 1);
    clock.advance(1_000_000);
    assert_eq!(ask(&second).await, Ok(()));
    assert_eq!(ask(&first).await, Err(TokenError::UnknownKey));
    assert_eq!(keys.asked(), 2);
    // A document of another issuer changes nothing.
    *discovery.text.write().await = text("https://another.example");
    *keys.text.write().await = first.jwks();
    clock.advance(60_000_000);
    assert_eq!(ask(&first).await, Err(TokenError::UnknownKey));
    assert_eq!(ask(&second).await, Ok(()));
    assert_eq!(keys.asked(), 2);
}

#[test]
fn what_cannot_work_is_refused_at_the_start() {
    for (name, value) in [
        ("algorithms", json!(["HS256"])),
        ("algorithms", json!(["none"])),
        ("algorithms", json!(["RS512"])),
        ("tenant_values", json!({"x": "330"})),
        ("jwks_url", json!("http://login.example.dk/keys")),
        ("jwks_url", json!("http://127.0.0.1.example.dk/keys")),
        ("jwks_url", json!("http://127.0.0.1:80@example.dk/keys")),
        ("discovery_url", json!("ftp://login.example.dk/keys")),
        ("issuer", json!("pulsvagt-oauth")),
    ] {
        let mut text = json!({"issuer": ISSUER, "audience": "pulsvagt", "algorithms": ["ES256"]});
        text[name] = value.clone();
        if !name.ends_with("_url") {
            text["jwks_url"] = json!("https://login.example.dk/keys");
        }
        let issuer: Issuer = serde_json::from_value(text).expect("an issuer");
        let authenticator = Authenticator::new(vec![issuer], Clock::fixed(NOW));
        assert!(authenticator.is_err(), "{name} {value}");
    }
}
