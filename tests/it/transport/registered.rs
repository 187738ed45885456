//! Systems that are registered with a certificate: what they get, and with what it is believed.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::Algorithm;
use pulsvagt::access::machines::{Asked, Claimed};
use pulsvagt::access::{Machines, Presented, Thumbprint};
use serde_json::{Value, json};

use super::pki::Pair;
use super::serving::{Heard, Serving, exchange, get};
use super::{HTTP1, Tls};
use crate::machines::{Machine, store};
use crate::world::World;

const PATH: &str = "/fhir/Observation";
const SCOPE: &str = "system/Observation.rs";

/// A server that asks for certificates, one without TLS, and a system of the municipality.
struct Site {
    world: World,
    tls: Tls,
    server: Serving,
    plain: Serving,
    machine: Machine,
}

impl Site {
    async fn new() -> Self {
        let (world, tls) = (World::new().await, Tls::new());
        let server = Serving::start(&world, Some(tls.mutual(false)));
        let plain = Serving::start(&world, None);
        let machine = Machine::register(&world, Algorithm::ES384, "gateway", SCOPE).await;
        Self { world, tls, server, plain, machine }
    }

    /// Registers these certificates, and no others.
    async fn set(&self, pairs: &[&Pair]) {
        let prints: Vec<Thumbprint> = pairs.iter().map(|pair| pair.thumbprint()).collect();
        let (store, id) = (store(&self.world, "0330").await, &self.machine.client.id);
        let now = self.world.clock.now();
        assert!(store.replace_client_certificates(id, &prints, now).await.expect("asked"));
        let client = store.client(id).await.expect("read").expect("there");
        assert_eq!(client.certificates, prints);
    }

    async fn send(&self, own: Option<&Pair>, request: &[u8]) -> Heard {
        let root = self.tls.authority.certificate();
        let mut stream = self.server.secure(&root, own, HTTP1).await.expect("TLS");
        exchange(&mut stream, request).await.expect("an answer")
    }

    async fn ask(&self, own: Option<&Pair>, assertion: &str) -> Heard {
        self.send(own, &form(assertion)).await
    }

    async fn token(&self, own: Option<&Pair>) -> String {
        let heard = self.ask(own, &self.machine.assertion()).await;
        assert_eq!(heard.status, 200, "{}", heard.body);
        let told: Value = serde_json::from_str(&heard.body).expect("JSON");
        told["access_token"].as_str().expect("a token").to_owned()
    }

    async fn read(&self, own: Option<&Pair>, token: &str) -> u16 {
        self.send(own, &get(PATH, Some(token))).await.status
    }
}

/// Asks for a token.
fn form(assertion: &str) -> Vec<u8> {
    let body = format!(
        "grant_type=client_credentials&scope={SCOPE}&client_assertion_type=\
         urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={assertion}"
    );
    format!(
        "POST /oauth/token HTTP/1.1\r\nhost: localhost\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn confirmation(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("claims");
    let claims = BASE64URL_NOPAD.decode(claims.as_bytes()).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    claims["cnf"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_with_a_certificate_gets_and_uses_tokens_with_it_alone() {
    let site = Site::new().await;
    let (own, other) = (site.tls.clients.client("one"), site.tls.clients.client("two"));
    site.set(&[&own]).await;
    let bad = site.ask(Some(&own), "x.y.z").await;
    assert_eq!(bad.status, 401);
    let assertion = site.machine.assertion();
    for (pair, about) in [(Some(&other), "another certificate"), (None, "no certificate")] {
        let refused = site.ask(pair, &assertion).await;
        assert_eq!((refused.status, &refused.body), (401, &bad.body), "{about}");
    }
    let refused = exchange(&mut site.plain.plain().await, &form(&assertion)).await;
    let refused = refused.expect("an answer");
    assert_eq!((refused.status, &refused.body), (401, &bad.body), "without TLS");
    // None of these has used the assertion up.
    assert_eq!(site.ask(Some(&own), &assertion).await.status, 200);

    let token = site.token(Some(&own)).await;
    assert_eq!(confirmation(&token), json!({"x5t#S256": own.thumbprint().to_text()}));
    assert_eq!(site.read(Some(&own), &token).await, 200);
    for (pair, about) in [(Some(&other), "another certificate"), (None, "no certificate")] {
        assert_eq!(site.read(pair, &token).await, 401, "{about}");
    }
    let refused = exchange(&mut site.plain.plain().await, &get(PATH, Some(&token))).await;
    assert_eq!(refused.expect("an answer").status, 401, "without TLS");

    // A connection may outlive its certificate.
    let assertion = site.machine.assertion();
    let claimed = Claimed::parse(&assertion).expect("an assertion");
    let until = site.world.clock.now().as_second();
    let over = Presented { thumbprint: own.thumbprint(), until };
    let endpoint = "http://pulsvagt.test/oauth/token";
    let asked = Asked { endpoint, scope: SCOPE, shown: Some(&over) };
    let machines = Machines::new(site.world.catalog.clone(), site.world.clock.clone());
    let store = store(&site.world, "0330").await;
    assert!(machines.exchange(&store, &claimed, asked, |_| ()).await.is_err());
    site.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_end_with_the_certificate_they_were_made_with() {
    let site = Site::new().await;
    let (own, next) = (site.tls.clients.client("one"), site.tls.clients.client("two"));
    let free = site.token(Some(&own)).await;
    assert_eq!(confirmation(&free), Value::Null, "it is registered without one");
    assert_eq!(site.read(None, &free).await, 200);

    // One is added: what is not bound ends, within half a minute where nobody asks for a token.
    site.set(&[&own]).await;
    site.world.clock.advance(30_000_000);
    assert_eq!(site.read(None, &free).await, 401);
    assert_eq!(site.read(Some(&own), &free).await, 401);
    let first = site.token(Some(&own)).await;
    assert_eq!(site.read(Some(&own), &first).await, 200);

    // Both for a while: each token with the certificate that it was made with.
    site.set(&[&own, &next]).await;
    let second = site.token(Some(&next)).await;
    for (pair, token, status) in
        [(&own, &first, 200), (&next, &second, 200), (&own, &second, 401), (&next, &first, 401)]
    {
        assert_eq!(site.read(Some(pair), token).await, status);
    }

    // The old one is taken away.
    site.set(&[&next]).await;
    assert_eq!(site.ask(Some(&own), &site.machine.assertion()).await.status, 401);
    assert_eq!(site.read(Some(&own), &first).await, 401);
    assert_eq!(site.read(Some(&next), &second).await, 200);

    // And the new one: tokens are not bound any more, and those that were end.
    site.set(&[]).await;
    let free = site.token(None).await;
    assert_eq!(site.read(None, &free).await, 200);
    assert_eq!(site.read(Some(&next), &second).await, 401);
    site.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_the_old_certificate_believes_a_token_with_the_new_one() {
    let site = Site::new().await;
    let (own, next) = (site.tls.clients.client("one"), site.tls.clients.client("two"));
    site.set(&[&own]).await;
    let first = site.token(Some(&own)).await;
    assert_eq!(site.read(Some(&own), &first).await, 200);
    site.set(&[&next]).await;
    let other = Machines::new(site.world.catalog.clone(), site.world.clock.clone());
    let assertion = site.machine.assertion();
    let claimed = Claimed::parse(&assertion).expect("an assertion");
    let shown = Presented { thumbprint: next.thumbprint(), until: i64::MAX };
    let endpoint = "http://pulsvagt.test/oauth/token";
    let asked = Asked { endpoint, scope: SCOPE, shown: Some(&shown) };
    let store = store(&site.world, "0330").await;
    let made = other.exchange(&store, &claimed, asked, |_| ()).await.expect("a token");
    site.world.clock.advance(1_000_000);
    assert_eq!(site.read(Some(&next), &made.token).await, 200);
    assert_eq!(site.read(Some(&own), &first).await, 401);
    site.world.end().await;
}
