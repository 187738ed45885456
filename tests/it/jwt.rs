//! Tokens and assertions that must not be believed, each for one reason: all are refused alike.

mod corpus;
mod issuers;
mod limits;

use jsonwebtoken::Algorithm;
use pulsvagt::access::{Issuer, IssuerKeys, ScopeRule};
use pulsvagt::app::Limits;
use pulsvagt::clock::Clock;
use serde_json::{Value, json};

use crate::keys::Signer;
use crate::machines::{Machine, refusal};
use crate::world::{Answer, NOW, World};

/// Tokens of each algorithm that are tried, as docs/SECURITY.md says.
const BEARERS: usize = 252;
/// The same of assertions.
const ASSERTIONS: usize = 252;

pub(crate) const ISSUER: &str = "https://login.example.dk";

/// An issuer that signs with `signer`, whose keys are in a file in the folder.
pub(crate) fn issuer(folder: &std::path::Path, signer: &Signer) -> Issuer {
    let path = folder.join("keys.json");
    std::fs::write(&path, signer.jwks()).expect("written");
    let text = json!({
        "issuer": ISSUER,
        "audience": "pulsvagt",
        "algorithms": [format!("{:?}", signer.algorithm)],
        "jwks_file": path,
    });
    let issuer: Issuer = serde_json::from_value(text).expect("an issuer");
    assert_eq!(issuer.scopes, ScopeRule::Required, "unless said otherwise");
    assert!(matches!(issuer.keys, IssuerKeys::JwksFile(_)));
    issuer
}

/// Claims that are in order.
pub(crate) fn claims() -> Value {
    let now = NOW.as_second();
    json!({"iss": ISSUER, "aud": "pulsvagt", "sub": "somebody", "iat": now, "exp": now + 600,
           "tenant": "0330", "role": "gateway", "scope": "user/*.cruds"})
}

/// Everything by which one refusal could be told from another.
fn face(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    headers.sort();
    (answer.status.as_u16(), headers, answer.text.clone())
}

async fn all_bearers_are_refused_alike(algorithm: Algorithm) {
    let folder = tempfile::tempdir().expect("a folder");
    let signer = Signer::new("k1", algorithm);
    let issuers = vec![issuer(folder.path(), &signer)];
    let world = World::trusting(issuers, Limits::default(), Clock::fixed(NOW)).await;
    let good = signer.sign(&signer.header("at+jwt"), &claims());
    world.bearer(&good).get("Observation").await.expect(200);
    let unknown = world.nobody().get("Observation").await.expect(401);
    let bad = corpus::corpus(&signer, &signer.header("JWT"), &claims());
    let mut more = Vec::new();
    for claim in ["tenant", "role", "sub", "scope"] {
        let mut claims = claims();
        claims.as_object_mut().expect("an object").remove(claim);
        more.push((format!("without {claim}"), signer.sign(&signer.header("JWT"), &claims)));
    }
    for (name, claim, value) in [
        ("tenant of wide digits", "tenant", json!("\u{ff10}\u{ff13}\u{ff13}\u{ff10}")),
        ("tenant with a space", "tenant", json!("0330 ")),
        ("tenant that is a number", "tenant", json!(330)),
        ("two tenants", "tenant", json!(["0330", "0306"])),
        ("role in capitals", "role", json!("Gateway")),
        ("role of a look-alike letter", "role", json!("g\u{430}teway")),
        ("two roles", "role", json!(["gateway", "nurse"])),
        ("role in an object", "role", json!({"gateway": true})),
        ("a role and something else", "role", json!(["gateway", 1])),
        ("a citizen without patient scopes", "citizen", json!("ane")),
        ("an empty subject", "sub", json!("")),
        ("a subject of control characters", "sub", json!("a\nb")),
        ("a subject that is no text", "sub", json!(1)),
        ("patient scopes without a citizen", "scope", json!("patient/*.rs")),
        ("scopes that are no text", "scope", json!(true)),
        ("our own issuer", "iss", json!("pulsvagt-oauth")),
        ("an audience of numbers", "aud", json!(["pulsvagt", 1])),
    ] {
        let mut claims = claims();
        claims[claim] = value;
        more.push((name.to_owned(), signer.sign(&signer.header("JWT"), &claims)));
    }
    let dup = claims().to_string().replacen('{', r#"{"role":"nurse","#, 1);
    more.push(("role twice".to_owned(), signer.sign_text(&signer.header("JWT").to_string(), &dup)));
    let mut tried = 0;
    for (name, token) in bad.iter().chain(&more) {
        // What is no header value never leaves a client.
        if token.bytes().any(|byte| !(0x20..0x7f).contains(&byte)) {
            continue;
        }
        tried += 1;
        let answer = world.bearer(token).get("Observation").await;
        assert_eq!(face(&answer), face(&unknown), "{algorithm:?} {name}");
    }
    assert_eq!(tried, BEARERS, "docs/SECURITY.md says how many");
    world.bearer(&good).get("Observation").await.expect(200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bearers_of_bad_es256_tokens_are_refused_alike() {
    all_bearers_are_refused_alike(Algorithm::ES256).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bearers_of_bad_rs256_tokens_are_refused_alike() {
    all_bearers_are_refused_alike(Algorithm::RS256).await;
}

async fn all_assertions_are_refused_alike(algorithm: Algorithm) {
    let world = World::new().await;
    let machine = Machine::register(&world, algorithm, "gateway", "system/*.crus").await;
    machine.token(&world, "system/Observation.crus").await;
    let mut faces = Vec::new();
    // Somebody who is not there is told the same as somebody with a wrong key.
    let mut nobody = machine.claims();
    nobody["iss"] = json!("0330-00000000000000000000000000000000");
    nobody["sub"] = nobody["iss"].clone();
    let mut elsewhere = machine.claims();
    elsewhere["iss"] = json!("0999-00000000000000000000000000000000");
    elsewhere["sub"] = elsewhere["iss"].clone();
    let header = machine.signer.header("JWT");
    let mut bad = corpus::corpus(&machine.signer, &header, &machine.claims());
    bad.push(("no such client".to_owned(), machine.signer.sign(&header, &nobody)));
    bad.push(("no such municipality".to_owned(), machine.signer.sign(&header, &elsewhere)));
    let now = NOW.as_second();
    for (name, claim, value) in [
        ("another subject", "sub", json!("somebody")),
        ("too long", "exp", json!(now + 331)),
        ("no jti", "jti", json!(null)),
        ("an empty jti", "jti", json!("")),
        ("a jti that is no text", "jti", json!(1)),
        ("a long jti", "jti", json!("x".repeat(257))),
        ("for the FHIR address", "aud", json!("http://pulsvagt.test/fhir")),
        ("with a slash", "aud", json!("http://pulsvagt.test/oauth/token/")),
        ("for two", "aud", json!(["http://pulsvagt.test/oauth/token", "https://another"])),
    ] {
        let mut claims = machine.claims();
        claims[claim] = value;
        bad.push((name.to_owned(), machine.signer.sign(&header, &claims)));
    }
    for typ in ["at+jwt", "jwt", "JOSE", ""] {
        let token = machine.signer.sign(&machine.signer.header(typ), &machine.claims());
        bad.push((format!("typ {typ}"), token));
    }
    let mut untyped = header.clone();
    untyped.as_object_mut().expect("an object").remove("typ");
    bad.push(("without typ".to_owned(), machine.signer.sign(&untyped, &machine.claims())));
    let access = machine.token(&world, "system/Observation.crus").await;
    bad.push(("an access token".to_owned(), access));
    let used = machine.assertion();
    machine.exchange(&world, &used, "system/Observation.rs").await.expect(200);
    bad.push(("one that was used".to_owned(), used));
    for (name, assertion) in &bad {
        let answer = machine.exchange(&world, assertion, "system/Observation.rs").await;
        assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()), "{algorithm:?} {name}");
        faces.push(face(&answer));
    }
    faces.dedup();
    assert_eq!(faces.len(), 1, "the reason is for the log only");
    assert_eq!(bad.len(), ASSERTIONS, "docs/SECURITY.md says how many");
    // An assertion is nothing to come in with.
    world.bearer(&machine.assertion()).get("Observation").await.expect(401);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_es384_assertions_are_refused_alike() {
    all_assertions_are_refused_alike(Algorithm::ES384).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rs384_assertions_are_refused_alike() {
    all_assertions_are_refused_alike(Algorithm::RS384).await;
}
