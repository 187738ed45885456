use jsonwebtoken::Algorithm;
use pulsvagt::access::machines::Asked;
use pulsvagt::access::{Client, ClientKeys, Role};
use serde_json::{Value, json};

use super::{Machine, ask, refusal, store};
use crate::keys::Signer;
use crate::world::{World, heart_rate};

const NOON: &str = "2025-12-30T12:00:00Z";
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[tokio::test(flavor = "multi_thread")]
async fn a_system_discovers_gets_a_token_and_sends_a_reading() {
    let world = World::new().await;
    for place in ["/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration"] {
        let answer = world.nobody().get(place).await.expect(200);
        assert_eq!(answer.header("content-type"), "application/json");
        let told = answer.json();
        assert_eq!(told["token_endpoint"], "http://pulsvagt.test/oauth/token");
        assert_eq!(told["jwks_uri"], "http://pulsvagt.test/oauth/jwks.json");
        assert_eq!(told["grant_types_supported"], json!(["client_credentials"]));
        assert_eq!(told["authorization_endpoint"], Value::Null, "nobody offers it");
        insta::assert_json_snapshot!("smart_configuration", told);
    }
    let statement = world.nobody().get("metadata").await.expect(200).json();
    let service = &statement["rest"][0]["security"]["service"][0]["coding"][0]["code"];
    assert_eq!(service, "SMART-on-FHIR");

    for algorithm in [Algorithm::ES384, Algorithm::RS384] {
        let machine =
            Machine::register(&world, algorithm, "gateway", "system/Observation.crus").await;
        let asked = "system/Observation.c system/Patient.r launch openid";
        let answer = machine.exchange(&world, &machine.assertion(), asked).await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let told = answer.json();
        assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("bearer"), &json!(300)));
        assert_eq!(told["scope"], "system/Observation.c");
        let bearer = world.bearer(told["access_token"].as_str().expect("a token"));
        let value = format!("7{}", u8::from(algorithm == Algorithm::RS384));
        let created = bearer.post("Observation", &heart_rate("ane", NOON, &value)).await;
        let id = created.expect(201).id();
        // Sending it again tells where it is, and nothing that may not be read.
        let again = bearer.post("Observation", &heart_rate("ane", NOON, &value)).await.expect(200);
        assert!(again.header("location").contains(&id));
        assert_eq!(again.json()["resourceType"], "OperationOutcome", "{}", again.text);
        bearer.get(&format!("Observation/{id}")).await.expect(403);
        bearer.get("Observation?patient=ane").await.expect(403);
        bearer.get("Patient/ane").await.expect(403);
        world.clock.advance(331_000_000);
        bearer.post("Observation", &heart_rate("ane", NOON, "80")).await.expect(401);
        world.clock.advance(-331_000_000);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_is_checked_before_anything_else() {
    let world = World::new().await;
    let machine = Machine::register(&world, Algorithm::ES384, "gateway", "system/*.rs").await;
    let assertion = machine.assertion();
    let invalid = |error: &str| (400, error.to_owned());
    for (form, expected) in [
        (vec![], invalid("invalid_request")),
        (vec![("grant_type", "authorization_code")], invalid("unsupported_grant_type")),
        (vec![("grant_type", "password")], invalid("unsupported_grant_type")),
        (vec![("grant_type", "client_credentials"); 2], invalid("invalid_request")),
        (vec![("grant_type", "client_credentials")], (401, "invalid_client".to_owned())),
        (
            vec![
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "another"),
                ("client_assertion", &assertion),
            ],
            (401, "invalid_client".to_owned()),
        ),
        (
            vec![
                ("grant_type", "client_credentials"),
                ("client_assertion_type", TYPE),
                ("client_assertion", &assertion),
                ("client_id", "another"),
            ],
            (401, "invalid_client".to_owned()),
        ),
        (
            vec![
                ("grant_type", "client_credentials"),
                ("client_assertion_type", TYPE),
                ("client_assertion", &assertion),
                ("client_assertion", &assertion),
            ],
            invalid("invalid_request"),
        ),
    ] {
        assert_eq!(refusal(&ask(&world, &form).await), expected, "{form:?}");
    }
    let plain = world.nobody().with("content-type", "application/json");
    let answer = plain.post("/oauth/token", "{}").await;
    assert_eq!(refusal(&answer), invalid("invalid_request"));
    let form = world.nobody().with("content-type", "application/x-www-form-urlencoded");
    let answer = form.post("/oauth/token", &"x".repeat(70_000)).await;
    assert_eq!(refusal(&answer), invalid("invalid_request"));
    world.nobody().get("/oauth/token").await.expect(405);
    // None of these has used the assertion up.
    machine.exchange(&world, &assertion, "system/*.rs").await.expect(200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_gets_no_more_than_it_is_registered_for() {
    let world = World::new().await;
    let registered = "system/Observation.rs?category=vital-signs system/Device.rs";
    let machine = Machine::register(&world, Algorithm::ES384, "gateway", registered).await;
    for (asked, granted) in [
        ("system/*.*", "system/Device.rs system/Observation.rs?category=vital-signs"),
        ("system/Device.read", "system/Device.rs"),
        ("system/Device.r bad/scope user/Device.rs", "system/Device.r"),
        ("system/Observation.rs", "system/Observation.rs?category=vital-signs"),
    ] {
        let answer = machine.exchange(&world, &machine.assertion(), asked).await.expect(200);
        assert_eq!(answer.json()["scope"], granted, "{asked}");
    }
    for asked in ["", "user/*.rs", "patient/*.rs", "system/Patient.r", "system/Device.c", "x"] {
        let answer = machine.exchange(&world, &machine.assertion(), asked).await;
        assert_eq!(refusal(&answer), (400, "invalid_scope".to_owned()), "{asked}");
    }
    // The role is the outer limit, whatever was registered.
    let analyst = Machine::register(&world, Algorithm::ES384, "analyst", "system/*.cruds").await;
    let bearer = world.bearer(&analyst.token(&world, "system/*.cruds").await);
    bearer.get("Observation").await.expect(403);
    bearer.get("/api/worklist").await.expect(403);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_has_to_be_one_of_a_system() {
    let signer = Signer::new("k1", Algorithm::ES384);
    let code = "0330".parse().expect("a code");
    let now = crate::world::NOW;
    let good = || ClientKeys::Inline(signer.jwks());
    let mut private = signer.jwk.clone();
    private["d"] = json!("AAAA");
    let private = json!({"keys": [private]}).to_string();
    let oct = json!({"keys": [{"kty": "oct", "k": "AAAA", "alg": "HS256"}]}).to_string();
    let url = |url: &str| ClientKeys::Url(url.to_owned());
    for (what, name, role, scope, keys) in [
        ("no name", " ", Role::Gateway, "system/*.rs", good()),
        ("a citizen", "x", Role::Citizen, "system/*.rs", good()),
        ("no scope", "x", Role::Gateway, "", good()),
        ("scopes of users", "x", Role::Gateway, "user/*.rs", good()),
        ("scopes of a citizen", "x", Role::Gateway, "system/*.rs patient/*.rs", good()),
        ("an unknown scope", "x", Role::Gateway, "system/*.rs system/*.everything", good()),
        ("a private key", "x", Role::Gateway, "system/*.rs", ClientKeys::Inline(private)),
        ("a shared secret", "x", Role::Gateway, "system/*.rs", ClientKeys::Inline(oct)),
        ("no keys", "x", Role::Gateway, "system/*.rs", ClientKeys::Inline("{\"keys\":[]}".into())),
        ("no JSON", "x", Role::Gateway, "system/*.rs", ClientKeys::Inline("keys".into())),
        ("an open address", "x", Role::Gateway, "system/*.rs", url("http://a.dk/jwks")),
        ("a disguised address", "x", Role::Gateway, "system/*.rs", url("http://localhost.a.dk/")),
        ("one with a user", "x", Role::Gateway, "system/*.rs", url("http://localhost@a.dk/")),
        (
            "one with a user and a word",
            "x",
            Role::Gateway,
            "system/*.rs",
            url("http://localhost:8@a.dk"),
        ),
        ("a file", "x", Role::Gateway, "system/*.rs", url("file:///etc/passwd")),
    ] {
        assert!(Client::new(&code, name, role, scope, keys, now).is_err(), "{what}");
    }
    for keys in
        [good(), url("https://a.dk/jwks"), url("http://127.0.0.1:9/jwks"), url("http://[::1]/")]
    {
        let client = Client::new(&code, "x", Role::Gateway, "system/*.read", keys, now);
        assert_eq!(client.expect("a client").scopes.to_string(), "system/*.rs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_system_is_out_within_half_a_minute() {
    let world = World::new().await;
    let machine = Machine::register(&world, Algorithm::ES384, "gateway", "system/*.crus").await;
    let bearer = world.bearer(&machine.token(&world, "system/*.crus").await);
    bearer.get("Observation").await.expect(200);
    let store = store(&world, "0330").await;
    let id = &machine.client.id;
    assert!(store.revoke_client(id, world.clock.now()).await.expect("asked"));
    assert!(!store.revoke_client(id, world.clock.now()).await.expect("asked"), "only once");
    let answer = machine.exchange(&world, &machine.assertion(), "system/*.crus").await;
    assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()), "at once");
    world.clock.advance(30_000_000);
    bearer.get("Observation").await.expect(401);
    bearer.get("/api/screening").await.expect(401);
    let keys = ClientKeys::Inline(machine.signer.jwks());
    assert!(
        !store.replace_client_keys(id, &keys, world.clock.now()).await.expect("asked"),
        "it does not come back"
    );
    let certificates = store.replace_client_certificates(id, &[], world.clock.now()).await;
    assert!(!certificates.expect("asked"), "nor so");
    let listed = store.clients().await.expect("listed");
    assert!(listed.iter().any(|client| client.id == *id && client.revoked.is_some()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_of_another_municipality_stays_there() {
    let world = World::new().await;
    let signer = Signer::new("k1", Algorithm::ES384);
    let keys = ClientKeys::Inline(signer.jwks());
    let there = Machine::with(&world, "0306", signer, keys, "gateway", "system/*.crus").await;
    let bearer = world.bearer(&there.token(&world, "system/*.crus").await);
    bearer.get("Patient/carl").await.expect(200);
    bearer.get("Patient/ane").await.expect(404);
    // The same key under an id of this municipality is nobody here.
    let mut claims = there.claims();
    let id = there.client.id.as_str().replacen("0306", "0330", 1);
    claims["iss"] = json!(id);
    claims["sub"] = json!(id);
    let assertion = there.signer.sign(&there.signer.header("JWT"), &claims);
    let answer = there.exchange(&world, &assertion, "system/*.crus").await;
    assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_good_once_on_whichever_server() {
    let world = World::new().await;
    let machine = Machine::register(&world, Algorithm::ES384, "gateway", "system/*.rs").await;
    let assertion = machine.assertion();
    let answers = futures_util::future::join_all(
        (0..8).map(|_| machine.exchange(&world, &assertion, "system/*.rs")),
    )
    .await;
    let good = answers.iter().filter(|answer| answer.status.as_u16() == 200).count();
    assert_eq!(good, 1, "of eight at the same time");
    // A server that has just been started knows it too.
    let other = pulsvagt::access::Machines::new(world.catalog.clone(), world.clock.clone());
    let claimed = pulsvagt::access::machines::Claimed::parse(&assertion).expect("an assertion");
    let store = store(&world, "0330").await;
    let endpoint = "http://pulsvagt.test/oauth/token";
    let asked = Asked { endpoint, scope: "system/*.rs", shown: None };
    let again = other.exchange(&store, &claimed, asked, |_| ()).await;
    assert!(again.is_err());
    let notes = "select count(*) from client_assertion";
    assert_eq!(world.count("0330", notes).await, 1);
    // What is over is forgotten, but not before it is over.
    world.clock.advance(269_000_000);
    let answer = machine.exchange(&world, &assertion, "system/*.rs").await;
    assert_eq!(refusal(&answer).0, 401);
    assert_eq!(world.count("0330", notes).await, 1);
    world.clock.advance(10_000_000);
    let mut claims = machine.claims();
    claims["exp"] = json!(world.clock.now().as_second() + 60);
    let next = machine.signer.sign(&machine.signer.header("JWT"), &claims);
    machine.exchange(&world, &next, "system/*.rs").await.expect(200);
    assert_eq!(world.count("0330", notes).await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_allows_no_more_than_the_registration_does_when_it_is_used() {
    let world = World::new().await;
    let scope = "system/Observation.crus system/Patient.rs";
    let machine = Machine::register(&world, Algorithm::ES384, "gateway", scope).await;
    let all = world.bearer(&machine.token(&world, scope).await);
    let some = world.bearer(&machine.token(&world, "system/Observation.rs").await);
    all.get("Observation").await.expect(200);
    let mut owner = world.database().await;
    for (change, of_all, of_some) in [
        ("scope = 'system/Observation.crus'", 401, 200),
        ("scope = 'system/Observation.crus system/Patient.rs'", 200, 200),
        ("role = 'nurse'", 401, 401),
        ("role = 'gateway'", 200, 200),
        ("scope = 'system/Observation.r'", 401, 401),
    ] {
        let change = format!("update m0330.client set {change} where name = 'A system'");
        let done = sqlx::query(sqlx::AssertSqlSafe(change)).execute(&mut owner).await;
        assert_eq!(done.expect("done").rows_affected(), 1);
        world.clock.advance(30_000_000);
        all.get("Observation").await.expect(of_all);
        some.get("Observation").await.expect(of_some);
    }
    world.end().await;
}
