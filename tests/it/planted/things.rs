//! What hangs on a person and is no resource: what waits for a decision, and what somebody has asked
//! for or been told.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use futures_util::StreamExt;
use pulsvagt::access::Role;
use pulsvagt::audit::{Block, Entry};
use pulsvagt::cohorts::{Worked, Worker};
use pulsvagt::store::comparisons::GivenComparison;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower::ServiceExt;

use super::{Person, SYSTEM, WEIGHT, reading};
use crate::machines::store;
use crate::world::{Client, World};

/// Of what an id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    /// A reading that cannot be right, and waits.
    Doubted,
    /// A run of a cohort, which is the analyst's who asked for it.
    Run,
    /// What a region gave the municipality.
    Comparison,
    /// An export in bulk, which is the leader's who asked for it.
    Export,
    /// Somebody's work in a team.
    Member,
    /// An event of the stream.
    Event,
}

/// The name of a definition that each municipality has saved.
pub(crate) const COHORT: &str = "aged";

/// Everybody of 65 years or older.
pub(crate) fn definition() -> Value {
    json!({"name": COHORT, "version": "1", "index": {"date": "2025-11-01"},
        "who": [{"name": "age", "is": {"age": {"from": 65}}}], "follow_up": {"days": 30},
        "outcomes": [{"name": "acute", "what": {"admission": {"acute": true}}}]})
}

/// What a run is for.
pub(crate) fn wish(reason: &str) -> Value {
    json!({"asOf": "2026-01-01", "purpose": "HQUALIMP", "reason": reason})
}

/// Who works in the team `default`, for a person.
pub(crate) fn colleague(person: &Person) -> Value {
    json!({"subject": format!("colleague-of-{}", person.id)})
}

impl Person {
    /// One id of a thing.
    pub(crate) fn thing(&self, thing: Thing) -> &str {
        self.things.get(&thing).map_or("none", |ids| &ids[0])
    }

    fn keep(&mut self, thing: Thing, id: String) {
        self.things.entry(thing).or_default().push(id);
    }

    /// Who asks for what is one person's only: whom the test's callers are, for the first of the
    /// people, and otherwise somebody else of the role.
    fn asker(&self, world: &World, role: Role) -> Client {
        let plain = world.client(self.tenant, role, None);
        let other = world.named_in(self.tenant, role, &format!("{role}-of-{}", self.id));
        if self.id == "pt-zwane" { plain } else { other }
    }
}

fn sending_json(client: &Client) -> Client {
    client.with("content-type", "application/json")
}

/// Plants them all, and gets hold of them.
pub(super) async fn plant(world: &World, people: &mut [Person]) {
    for tenant in ["0330", "0306"] {
        let analyst = world.client(tenant, Role::Analyst, None).with("if-match", "\"0\"");
        let place = format!("/api/cohorts/{COHORT}");
        sending_json(&analyst).put(&place, &definition().to_string()).await.expect(200);
    }
    for person in people.iter_mut() {
        doubt(world, person).await;
        run(world, person).await;
        compare(world, person).await;
        export(world, person).await;
        join(world, person).await;
        follow(world, person).await;
    }
    // Files are laid out once nothing of before is being written any more.
    world.clock.advance(4_000_000);
    for person in people {
        let place = format!("/fhir/$export-status/{}", person.thing(Thing::Export));
        until_ready(&person.asker(world, Role::Lead), &place).await;
    }
}

/// The manifest of an export. What other tests are writing meanwhile may be waited for.
pub(crate) async fn until_ready(lead: &Client, status: &str) -> Value {
    for _ in 0..600 {
        let answer = lead.get(status).await;
        if answer.status.as_u16() == 200 {
            return answer.json();
        }
        answer.expect(202);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the export does not get ready");
}

async fn doubt(world: &World, person: &mut Person) {
    let mut sent = reading(person, WEIGHT, "2025-12-31T08:30:00+01:00", &person.doubted);
    let name = format!("idf-zw-doubted-{}", person.id);
    sent["identifier"] = json!([{"system": SYSTEM, "value": name}]);
    sent["note"] = json!([{"text": format!("{} doubted", person.mark())}]);
    sent["device"] = json!({"reference": format!("Device/{}", person.of("Device"))});
    let gateway = world.client(person.tenant, Role::Gateway, None);
    let id = gateway.post("Observation", &sent.to_string()).await.expect(201).id();
    let waiting = world.client(person.tenant, Role::Lead, None).get("/api/quarantine").await;
    assert!(waiting.expect(200).text.contains(&id), "it waits");
    person.keep(Thing::Doubted, id);
}

async fn run(world: &World, person: &mut Person) {
    let analyst = sending_json(&person.asker(world, Role::Analyst));
    let ask = wish(&format!("{} was counted", person.mark()));
    let body = json!({"definition": definition(), "ask": ask}).to_string();
    let id = analyst.post("/api/cohort-runs", &body).await.expect(202).id();
    let store = store(world, person.tenant).await;
    let worker = Worker::new(store, world.clock.clone(), Arc::new(Semaphore::new(1)));
    assert_eq!(worker.once().await.expect("an answer"), Some(Worked::Done));
    person.keep(Thing::Run, id);
}

async fn compare(world: &World, person: &mut Person) {
    let now = world.clock.now();
    let comparison = json!({"name": COHORT, "version": "1", "definition": "d", "engine": "e",
        "last_day": "2025-12-31", "municipalities": [], "groups": [], "notices": []});
    let given = GivenComparison {
        id: pulsvagt::ids::new_token_id(),
        region: "1085".to_owned(),
        name: COHORT.to_owned(),
        purpose: "HQUALIMP".to_owned(),
        reason: "beside each other".to_owned(),
        given: now,
        given_by: "ravn".to_owned(),
        body: comparison.to_string(),
    };
    let store = store(world, person.tenant).await;
    let mut tx = store.begin().await.expect("begun");
    store.keep_comparison_in(&mut tx, &given).await.expect("kept");
    let entry = Entry::of_system("test", "give-comparison", now);
    tx.commit(&Block::of(entry)).await.expect("committed");
    person.keep(Thing::Comparison, given.id);
}

async fn export(world: &World, person: &mut Person) {
    let lead = person.asker(world, Role::Lead).with("prefer", "respond-async");
    let asked = lead.get("/fhir/Patient/$export?_type=Patient").await.expect(202);
    let (_, id) = asked.header("content-location").rsplit_once('/').expect("a place");
    person.keep(Thing::Export, id.to_owned());
}

async fn join(world: &World, person: &mut Person) {
    let admin = sending_json(&world.admin(person.tenant));
    let new = colleague(person);
    let answer = admin.post("/api/teams/default/members", &new.to_string()).await.expect(200);
    let members = answer.json();
    let mut members = members.as_array().expect("members").iter();
    let found = members.find(|member| member["subject"] == new["subject"]).expect("the new one");
    person.keep(Thing::Member, found["id"].as_str().expect("an id").to_owned());
}

/// What is told of an alert to somebody who follows.
async fn follow(world: &World, person: &mut Person) {
    let token = world.token(person.tenant, Role::Lead, None);
    let request = Request::builder().method(Method::GET).uri("/api/events");
    let request = request.header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).expect("a request");
    let answer = world.router.clone().oneshot(request).await.expect("an answer");
    let mut stream = answer.into_body().into_data_stream();
    let lead = sending_json(&world.bearer(&token));
    let alert = &person.alerts[0];
    let version = lead.get(&format!("/api/alerts/{alert}")).await.expect(200);
    let acting = lead.with("if-match", version.header("etag"));
    acting.post(&format!("/api/alerts/{alert}/note"), r#"{"text":"told"}"#).await.expect(200);
    let mut told = String::new();
    let start = format!("id: {alert}.");
    let id = loop {
        let complete = told.split("\n\n").filter(|event| told.contains(&format!("{event}\n\n")));
        let mut lines = complete.flat_map(str::lines);
        if let Some(line) = lines.find(|line| line.starts_with(&start)) {
            break line["id: ".len()..].to_owned();
        }
        let more = tokio::time::timeout(std::time::Duration::from_secs(10), stream.next()).await;
        let more = more.expect("an event in time").expect("more").expect("bytes");
        told.push_str(std::str::from_utf8(&more).expect("text"));
    };
    person.keep(Thing::Event, id);
}
