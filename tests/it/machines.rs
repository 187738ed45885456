//! Registered systems: from their key to a reading that is stored.

mod clients;
mod ring;

pub(crate) use ring::Place;

use std::sync::atomic::{AtomicU32, Ordering};

use jsonwebtoken::Algorithm;
use pulsvagt::access::{Client, ClientKeys, Role};
use pulsvagt::store::Store;
use serde_json::{Value, json};

use crate::keys::Signer;
use crate::world::{Answer, HERE, World};

static ASSERTIONS: AtomicU32 = AtomicU32::new(0);

/// A registered system with its key.
pub(crate) struct Machine {
    pub(crate) client: Client,
    pub(crate) signer: Signer,
    now: i64,
    /// The server's address.
    at: String,
}

pub(crate) async fn store(world: &World, tenant: &str) -> Store {
    let code = tenant.parse().expect("a code");
    world.app.municipality(&code).await.expect("asked").expect("served").store.clone()
}

impl Machine {
    /// A system of Slagelse.
    pub(crate) async fn register(
        world: &World,
        algorithm: Algorithm,
        role: &str,
        scope: &str,
    ) -> Self {
        let signer = Signer::new("k1", algorithm);
        let keys = ClientKeys::Inline(signer.jwks());
        Self::with(world, "0330", signer, keys, role, scope).await
    }

    pub(crate) async fn with(
        world: &World,
        tenant: &str,
        signer: Signer,
        keys: ClientKeys,
        role: &str,
        scope: &str,
    ) -> Self {
        let role: Role = role.parse().expect("a role");
        let code = tenant.parse().expect("a code");
        let now = world.clock.now();
        let client = Client::new(&code, "A system", role, scope, keys, now).expect("a client");
        store(world, tenant).await.add_client(&client).await.expect("registered");
        let at = world.app.public_url().unwrap_or(HERE).to_owned();
        Self { client, signer, at, now: now.as_second() }
    }

    /// The claims of a new assertion.
    pub(crate) fn claims(&self) -> Value {
        let id = self.client.id.as_str();
        let number = ASSERTIONS.fetch_add(1, Ordering::Relaxed);
        json!({"iss": id, "sub": id, "aud": format!("{}/oauth/token", self.at), "exp": self.now + 240,
               "jti": format!("assertion-{number}")})
    }

    pub(crate) fn assertion(&self) -> String {
        self.signer.sign(&self.signer.header("JWT"), &self.claims())
    }

    /// Asks for a token.
    pub(crate) async fn exchange(&self, world: &World, assertion: &str, scope: &str) -> Answer {
        ask(
            world,
            &[
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion),
                ("scope", scope),
            ],
        )
        .await
    }

    /// A token with these scopes.
    pub(crate) async fn token(&self, world: &World, scope: &str) -> String {
        let answer = self.exchange(world, &self.assertion(), scope).await.expect(200);
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// Sends a form to the token endpoint.
pub(crate) async fn ask(world: &World, form: &[(&str, &str)]) -> Answer {
    let pairs: Vec<String> =
        form.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let client = world.nobody().with("content-type", "application/x-www-form-urlencoded");
    client.post("/oauth/token", &pairs.join("&")).await
}

/// Status and code of a refusal.
pub(crate) fn refusal(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let error = answer.json()["error"].as_str().unwrap_or("").to_owned();
    (answer.status.as_u16(), error)
}
