//! A varied day through the door: the access log and the chain tell of the same requests.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use jsonwebtoken::Algorithm;
use pulsvagt::access::Role;
use pulsvagt::audit::Outcome;
use pulsvagt::clock::Clock;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use super::{NOON, entries, verify};
use crate::machines::Machine;
use crate::openapi::operations;
use crate::planted::{Browser, unlimited, until_ready};
use crate::world::{Client, NOW, World, heart_rate};

/// What is answered to anybody, beside refusals and the way to the sign-in: in no municipality's chain,
/// and counted in the site's.
const OPEN: [&str; 16] = [
    "/.well-known/smart-configuration 200",
    "/accessibility 200",
    "/api/docs 200",
    "/api/docs.css 200",
    "/api/openapi.json 200",
    "/auth/auth.css 200",
    "/auth/backchannel-logout 400",
    "/auth/local 200",
    "/auth/local 403",
    "/fhir/.well-known/smart-configuration 200",
    "/fhir/metadata 200",
    "/health/live 200",
    "/health/ready 200",
    "/metrics 200",
    "/oauth/jwks.json 200",
    "/signed-in 200",
];

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("lines").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn logged(&self) -> Vec<Value> {
        let bytes = self.0.lock().expect("lines").clone();
        let text = String::from_utf8(bytes).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

/// Every interaction of FHIR and every operation of the API, by every role, and odd ones besides.
async fn a_day(world: &World) {
    let id = world.gateway().post("Observation", &heart_rate("ane", NOON, "72")).await.id();
    let api = world.nobody().get("/api/openapi.json").await.expect(200).json();
    let statement = world.nobody().get("metadata").await.expect(200).json();
    let kinds = statement["rest"][0]["resource"].as_array().expect("resources");
    let missing = "019b2a3c-4d5e-7f80-9a1b-0123456789ab";
    for role in Role::ALL {
        let own = role.is_of_one_citizen().then_some("ane");
        let client = world.client("0330", role, own);
        for kind in kinds.iter().map(|kind| kind["type"].as_str().expect("a type")) {
            let body = format!(r#"{{"resourceType":"{kind}","id":"x"}}"#);
            client.get(&format!("{kind}?patient=ane&_count=5")).await;
            client.get(&format!("{kind}/{missing}")).await;
            client.get(&format!("{kind}/x/_history")).await;
            client.get(&format!("{kind}/x/_history/1")).await;
            client.post(kind, &body).await;
            client.put(&format!("{kind}/x"), &body).await;
            client.delete(&format!("{kind}/x")).await;
            client.send(Method::POST, &format!("{kind}/_search"), Body::empty()).await;
        }
        for path in [
            "Observation/$lastn?patient=ane&code=8867-4",
            "Observation/$stats?subject=ane&code=8867-4&statistic=count&duration=1",
            "Patient/ane",
            "Patient/0101501234",
            "Patient/hansen",
            "Patient?identifier=urn:oid:1.2.208.176.1.2|0101501234",
        ] {
            client.get(path).await;
        }
        client.get(&format!("Observation/{id}")).await;
        let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": [
            {"request": {"method": "GET", "url": format!("Observation/{id}")}},
            {"request": {"method": "GET", "url": "Patient/ane"}},
            {"resource": serde_json::from_str::<Value>(&heart_rate("ane", NOON, "80")).expect("json"),
             "request": {"method": "POST", "url": "Observation"}},
        ]});
        client.post("/fhir", &batch.to_string()).await;
        let lines =
            format!("{}\n{}\n", heart_rate("ane", NOON, "81"), heart_rate("bo", NOON, "82"));
        client.with("content-type", "application/fhir+ndjson").post("Observation", &lines).await;
        for (method, path, _) in operations(&api) {
            // A stream has no end.
            if path == "/events" {
                continue;
            }
            for variable in ["ane", missing] {
                let path = path.replace("{id}", variable);
                let client =
                    client.with("if-match", "\"0\"").with("content-type", "application/json");
                let method: Method = method.parse().expect("a method");
                client.send(method, &format!("/api{path}"), Body::from("{}")).await;
            }
        }
        client.with("x-purpose-of-use", "GOSSIP").get("Patient/ane").await.expect(400);
        client.with("x-purpose-of-use", "GOSSIP").get("/api/worklist").await;
    }
    world.client("0306", Role::Nurse, None).get("Patient/carl").await.expect(200);
    world.nobody().get("Patient/ane").await.expect(401);
    world.nobody().get("/api/worklist").await.expect(401);
    world.client("0999", Role::Nurse, None).get("Patient/ane").await.expect(401);
    for open in ["/health/live", "/health/ready", "/metrics", "/api/docs", "/api/nothing"] {
        world.nurse().get(open).await;
    }
}

/// Every page by everybody who has one, with a browser and without; and what takes its time.
async fn pages_and_long_answers(world: &World) {
    let mut callers = vec![world.nobody(), world.nurse(), world.client("0330", Role::Lead, None)];
    for role in [Role::Nurse, Role::Lead, Role::Citizen] {
        let own = (role == Role::Citizen).then_some("ane");
        callers.push(Browser::signed_in(world, "0330", role, own).await.client(world));
    }
    for client in &callers {
        let form = client.with("content-type", "application/x-www-form-urlencoded");
        for asked in crate::matrix::pages() {
            let mut parts = asked.splitn(3, ' ');
            let method: Method = parts.next().expect("a method").parse().expect("a method");
            let filled = |text: &str| {
                let text = text.replace("{citizen}", "ane").replace("{cpr}", "0101501234");
                let text = text.replace("{alert}", "019b2a3c-4d5e-7f80-9a1b-0123456789ab");
                text.replace(['{', '}'], "")
            };
            let (path, body) = (filled(parts.next().expect("a path")), parts.next().map(filled));
            form.send(method, &path, Body::from(body.unwrap_or_default())).await;
        }
        follow(client).await;
    }
    let lead = world.client("0330", Role::Lead, None);
    let asking = lead.with("prefer", "respond-async");
    let begun = asking.get("/fhir/Patient/$export?_type=Patient").await.expect(202);
    let (_, id) = begun.header("content-location").rsplit_once('/').expect("a place");
    let status = format!("/fhir/$export-status/{id}");
    lead.get(&status).await.expect(202);
    world.clock.advance(4_000_000);
    let manifest = until_ready(&lead, &status).await;
    assert_eq!(manifest["output"][0]["type"], "Patient");
    lead.get(&format!("/fhir/$export-file/{id}/1")).await.expect(200);
    lead.delete(&status).await.expect(202);
    let view = json!({"resourceType": "ViewDefinition", "resource": "Patient",
        "select": [{"column": [{"name": "id", "path": "id"}]}]});
    let body = json!({"resourceType": "Parameters",
        "parameter": [{"name": "viewResource", "resource": view}]});
    lead.post("/fhir/$viewdefinition-run", &body.to_string()).await.expect(200);
    let scope = "system/Observation.crs";
    let machine = Machine::register(world, Algorithm::ES384, "gateway", scope).await;
    let token = machine.token(world, scope).await;
    machine.exchange(world, "eyJ0.garbage.x", scope).await.expect(401);
    machine.exchange(world, &machine.assertion(), "system/Patient.d").await;
    world.bearer(&token).get("Observation?patient=ane").await.expect(200);
}

/// Opens the stream of events, and hangs up.
async fn follow(client: &Client) {
    let stream = client.get("/api/events");
    let _hung_up = tokio::time::timeout(Duration::from_millis(300), stream).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_in_the_access_log_has_its_entry_and_no_other_has() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(EnvFilter::new("pulsvagt=debug"))
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = World::with_browsers(Vec::new(), unlimited(), Clock::fixed(NOW)).await;
    a_day(&world).await;
    pages_and_long_answers(&world).await;
    let logged: Vec<Value> =
        lines.logged().into_iter().filter(|line| line["request.id"].is_string()).collect();
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let mut all = Vec::new();
    for tenant in ["0330", "0306"] {
        let told: BTreeSet<String> = logged
            .iter()
            .filter(|line| line["tenant"] == tenant)
            .map(|line| text(line, "request.id"))
            .collect();
        let entries = entries(&world, tenant).await;
        let recorded: BTreeSet<String> = entries
            .iter()
            .filter(|entry| !entry.request.is_empty())
            .map(|entry| entry.request.clone())
            .collect();
        assert!(told.len() > 1, "{tenant}");
        assert_eq!(told, recorded, "{tenant}");
        assert_eq!(verify(&world, tenant).await.faults, []);
        all.extend(entries);
    }
    // Everything else is in the site's chain.
    let others: Vec<&Value> =
        logged.iter().filter(|line| text(line, "tenant").is_empty()).collect();
    assert!(others.len() > 10, "{}", others.len());
    super::site::compare(&others, &super::site::entries(&world).await);
    assert_eq!(super::along(&world.catalog.chain()).await.faults, []);
    // Whoever was not let in is told of even where little is logged.
    let refused: Vec<&Value> =
        logged.iter().filter(|line| line["message"] == "request refused").collect();
    assert!(refused.iter().all(|line| line["level"] == "INFO" && line["status"] == 401));
    assert_eq!(logged.iter().filter(|line| line["status"] == 401).count(), refused.len());
    let open: BTreeSet<String> = others
        .iter()
        .filter(|line| ![303, 401, 404, 405].iter().any(|status| line["status"] == *status))
        .map(|line| format!("{} {}", text(line, "route"), line["status"]))
        .collect();
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    assert_eq!(open, OPEN);
    // What ended how is told as it was answered, by somebody in some role from somewhere.
    for entry in &all {
        assert!(!entry.actor.subject.is_empty() && !entry.purpose.is_empty(), "{entry:?}");
        assert!(!entry.operation.is_empty() && !entry.operation.contains(' '), "{entry:?}");
    }
    for outcome in [Outcome::Success, Outcome::Refused] {
        assert!(all.iter().any(|entry| entry.outcome == outcome));
    }
    let text = serde_json::to_string(&all).expect("json");
    for word in ["0101501234", "0202602345", "Test", "hansen", "Bearer", "eyJ", "8867-4", "GOSSIP"]
    {
        assert!(!text.contains(word), "{word} is in an entry");
    }
    world.end().await;
}
