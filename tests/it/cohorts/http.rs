//! Cohorts over HTTP: definitions, runs as jobs, and what they tell.

use std::sync::Arc;

use jiff::civil::date;
use pulsvagt::access::Role;
use pulsvagt::cohorts::{MOST_ATTEMPTS, Worked, Worker};
use pulsvagt::store::Store;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{admit, micros, ward};
use crate::world::{Answer, Client, World};

pub(super) fn analyst(world: &World) -> Client {
    world.client("0330", Role::Analyst, None).with("content-type", "application/json")
}

pub(super) fn worker(world: &World, store: &Store) -> Worker {
    Worker::new(store.clone(), world.clock.clone(), Arc::new(Semaphore::new(1)))
}

/// Everybody of at least so many years, and who of them was admitted.
pub(super) fn aged(from: u32) -> Value {
    json!({"name": "aged", "version": "1", "index": {"date": "2025-11-01"},
        "who": [{"name": "age", "is": {"age": {"from": from}}}], "follow_up": {"days": 30},
        "outcomes": [{"name": "acute", "what": {"admission": {"acute": true}}}]})
}

fn wish() -> Value {
    json!({"asOf": "2025-12-01", "purpose": "HQUALIMP", "reason": "how many are admitted"})
}

/// Asks for a run, has it made, and tells of it.
pub(super) async fn made(world: &World, store: &Store, definition: &Value) -> Value {
    let body = json!({"definition": definition, "ask": wish()}).to_string();
    let asked = analyst(world).post("/api/cohort-runs", &body).await.expect(202);
    assert_eq!(worker(world, store).once().await.expect("an answer"), Some(Worked::Done));
    let run = analyst(world).get(asked.header("location")).await.expect(200).json();
    assert_eq!(run["state"], "done");
    run
}

/// Where, and what kind of fault, of everything that is wrong.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    let json = answer.json();
    let errors = json["errors"].as_array().unwrap_or_else(|| panic!("no errors: {json}"));
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    errors.iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

fn at(pointer: &str, code: &str) -> (String, String) {
    (pointer.to_owned(), code.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_definition_is_told_with_its_place() {
    let world = World::new().await;
    let analyst = analyst(&world);
    let good = analyst.post("/api/cohorts/check", &aged(65).to_string()).await.expect(200).json();
    assert_eq!(good["hash"].as_str().map(str::len), Some(32));
    assert_eq!(good["definition"]["name"], "aged");

    let mut bad = aged(65);
    bad["who"] = json!([
        {"name": "age", "is": {"age": {"from": 90, "to": 80}}},
        {"name": "later", "is": {"had": {"what": {"diagnosis": ["DJ44"]},
            "within": {"from": -1, "to": 30}}}},
        {"name": "what", "is": {"had": {"what": {"admission": {"set": "none"}}}}},
    ]);
    let told = faults(&analyst.post("/api/cohorts/check", &bad.to_string()).await.expect(422));
    for (place, code) in [
        ("/who/0/is/age", "nonsense"),
        ("/who/1/is/had", "nonsense"),
        ("/who/2/is/had", "unknown-name"),
    ] {
        assert!(told.iter().any(|it| it.0.starts_with(place) && it.1 == code), "{told:?}");
    }

    let mut unknown = aged(65);
    unknown["who"][0]["is"] = json!({"agee": {"from": 90}});
    let told = analyst.post("/api/cohorts/check", &unknown.to_string()).await.expect(400);
    let told = faults(&told);
    assert!(told[0].0.starts_with("/who/0/is") && told[0].1 == "unexpected", "{told:?}");
    let mut somebody = aged(65);
    somebody["description"] = json!("as for 010150-1234");
    let told = analyst.post("/api/cohorts/check", &somebody.to_string()).await.expect(422);
    assert_eq!(faults(&told), [at("", "names-somebody")]);
    assert!(!told.text.contains("1234"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_wish_is_told() {
    let world = World::new().await;
    let analyst = analyst(&world);
    let ask = async |ask: Value| {
        let body = json!({"definition": aged(18), "ask": ask});
        faults(&analyst.post("/api/cohort-runs", &body.to_string()).await.expect(422))
    };
    let wrong = json!({"asOf": "2099-01-01", "purpose": "TREAT", "reason": "for 0101501234",
        "least": 4});
    let expected = [
        at("/ask/asOf", "in-the-future"),
        at("/ask/purpose", "purpose-required"),
        at("/ask/reason", "bad-reason"),
        at("/ask/least", "out-of-range"),
    ];
    assert_eq!(ask(wrong).await, expected);
    let silent = json!({"asOf": "2025-12-01", "reason": "how many"});
    assert_eq!(ask(silent.clone()).await, [at("/ask/purpose", "purpose-required")]);
    let body = json!({"definition": aged(18), "ask": silent}).to_string();
    let said = analyst.with("x-purpose-of-use", "HRESCH");
    let run = said.post("/api/cohort-runs", &body).await.expect(202).json();
    assert_eq!((run["purpose"].as_str(), run["state"].as_str()), (Some("HRESCH"), Some("waiting")));
    let both = json!({"definition": aged(18), "ask": wish()}).to_string();
    let told = faults(&said.post("/api/cohort-runs", &both).await.expect(422));
    assert_eq!(told[0], at("/ask/purpose", "contradiction"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn definitions_are_kept_in_all_their_versions() {
    let (world, store) = ward(date(2025, 10, 1)).await;
    world.clock.advance(micros(date(2025, 12, 1)).0 - world.clock.now().0);
    let analyst = analyst(&world);
    let save = async |version: &str, body: Value, status: u16| {
        let client = analyst.with("if-match", version);
        client.put("/api/cohorts/aged", &body.to_string()).await.expect(status)
    };
    analyst.get("/api/cohorts/aged").await.expect(404);
    analyst.put("/api/cohorts/aged", &aged(65).to_string()).await.expect(428);
    let first = save("\"0\"", aged(18), 200).await;
    assert_eq!(first.header("etag"), "\"1\"");
    save("\"0\"", aged(65), 412).await;
    let mut other = aged(70);
    other["name"] = json!("other");
    assert_eq!(faults(&save("\"1\"", other, 422).await), [at("/name", "other-name")]);
    save("\"1\"", aged(90), 200).await;
    let newest = analyst.get("/api/cohorts/aged").await.expect(200);
    assert_eq!((newest.header("etag"), newest.json()["revision"].as_u64()), ("\"2\"", Some(2)));
    let older = analyst.get("/api/cohorts/aged?revision=1").await.expect(200).json();
    assert_eq!(older["definition"]["who"][0]["is"]["age"]["from"], 18);
    let versions = analyst.get("/api/cohorts/aged/versions").await.expect(200).json();
    assert_eq!(versions.as_array().map(Vec::len), Some(2));
    assert_eq!(analyst.get("/api/cohorts").await.expect(200).json()[0]["revision"], 2);

    let body = json!({"revision": 1, "ask": wish()}).to_string();
    let asked = analyst.post("/api/cohorts/aged/runs", &body).await.expect(202);
    assert_eq!(worker(&world, &store).once().await.expect("an answer"), Some(Worked::Done));
    let run = analyst.get(asked.header("location")).await.expect(200).json();
    assert_eq!(run["definition"], older["hash"]);
    assert_eq!(run["result"]["groups"][0]["members"], 16);
    // Nobody else may, not even read.
    for role in [Role::Nurse, Role::Lead, Role::Admin, Role::Operator] {
        world.client("0330", role, None).get("/api/cohorts/aged").await.expect(403);
        world.client("0330", role, None).get(asked.header("location")).await.expect(403);
    }
    let narrow = world.scoped(Role::Analyst, None, "user/Observation.rs");
    narrow.get("/api/cohorts").await.expect(403);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_tells_what_may_be_told_in_every_format() {
    let (world, store) = ward(date(2025, 10, 1)).await;
    for citizen in [0, 1, 2, 7, 8, 9] {
        admit(&world, citizen, "2025-11-10").await;
    }
    world.clock.advance(micros(date(2025, 12, 1)).0 - world.clock.now().0);
    let run = made(&world, &store, &aged(18)).await;
    let group = &run["result"]["groups"][0];
    let outcome = &group["outcomes"][0];
    assert_eq!((group["members"].as_u64(), outcome["citizens"].as_u64()), (Some(16), Some(6)));
    assert_eq!(group["programme"], json!([{"name": "none", "count": 16}]));
    let curve = &run["result"]["curves"][0];
    assert_eq!(curve["points"][0]["without"], 1.0);
    assert_eq!(curve["points"][1]["events"], 6);
    let place = format!("/api/cohort-runs/{}/rows", run["id"].as_str().expect("an id"));
    let analyst = analyst(&world);
    let rows = async |accept: &str| analyst.with("accept", accept).get(&place).await.expect(200);
    let csv = rows("text/csv").await;
    assert_eq!(csv.text.lines().count(), 17);
    let heading = "group,sex,age,municipality,quarter,followed,acute_times,acute_after\n";
    assert!(csv.text.starts_with(heading), "{}", csv.text);
    let lines = rows("application/x-ndjson").await;
    assert_eq!(lines.text.lines().count(), 16);
    let stream = rows("*/*").await;
    assert_eq!(stream.header("content-type"), "application/vnd.apache.arrow.stream");
    let end = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
    assert!(stream.bytes.starts_with(&end[..4]) && stream.bytes.ends_with(&end));
    assert!(rows("application/vnd.apache.arrow.file").await.bytes.starts_with(b"ARROW1"));
    let parquet = analyst.get(&format!("{place}?format=parquet")).await.expect(200);
    assert!(parquet.bytes.starts_with(b"PAR1"));
    let file = "attachment; filename=\"aged-2025-12-01.parquet\"";
    assert_eq!(parquet.header("content-disposition"), file);
    analyst.with("accept", "text/html").get(&place).await.expect(406);
    analyst.get(&format!("{place}?format=xls")).await.expect(400);
    assert!(!csv.text.contains("Hemmelig") && !lines.text.contains("c1"));

    // The same again is the same bytes, though other things have been told meanwhile.
    made(&world, &store, &aged(30)).await;
    let again = made(&world, &store, &aged(18)).await;
    assert_eq!(again["result"].to_string(), run["result"].to_string());
    let other = format!("/api/cohort-runs/{}/rows", again["id"].as_str().expect("an id"));
    assert_eq!(analyst.get(&other).await.expect(200).bytes, stream.bytes);

    // Runs are the asker's; what is old is not kept.
    let theirs = place.trim_end_matches("/rows");
    world.named(Role::Analyst, None, "another").get(theirs).await.expect(404);
    world.named(Role::Analyst, None, "another").get(&place).await.expect(404);
    world.client("0306", Role::Analyst, None).get(theirs).await.expect(404);
    let all = analyst.get("/api/cohort-runs").await.expect(200).json();
    assert_eq!(all.as_array().map(Vec::len), Some(3));
    assert_eq!(store.drop_cohort_results(world.clock.now()).await.expect("an answer"), 0);
    world.clock.advance(1);
    assert_eq!(store.drop_cohort_results(world.clock.now()).await.expect("an answer"), 3);
    analyst.get(&place).await.expect(404);
    assert_eq!(analyst.get(theirs).await.expect(200).json()["result"], Value::Null);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_wait_are_cancelled_and_go_on_when_a_server_is_gone() {
    let (world, store) = ward(date(2025, 12, 1)).await;
    let (analyst, worker) = (analyst(&world), worker(&world, &store));
    let body = json!({"definition": aged(18), "ask": wish()}).to_string();
    let ask = async || {
        let answer = analyst.post("/api/cohort-runs", &body).await.expect(202);
        answer.header("location").to_owned()
    };
    let state = async |place: &str| analyst.get(place).await.expect(200).json()["state"].clone();
    assert_eq!(worker.once().await.expect("an answer"), None);

    // Cancelled while it waits, and while somebody works on it: nothing is told.
    let place = ask().await;
    assert_eq!(analyst.delete(&place).await.expect(200).json()["state"], "cancelled");
    analyst.delete(&place).await.expect(409);
    assert_eq!(worker.once().await.expect("an answer"), None);
    let place = ask().await;
    let taken = worker.take().await.expect("an answer").expect("a run");
    assert_eq!(state(&place).await, "running");
    world.named(Role::Analyst, None, "another").delete(&place).await.expect(404);
    analyst.delete(&place).await.expect(200);
    assert_eq!(worker.work(&taken).await.expect("an answer"), Worked::Lost);
    assert_eq!(world.count("0330", "select count(*) from cohort_release").await, 0);
    analyst.get(&format!("{place}/rows")).await.expect(409);

    // A server that is told to stop puts it back; one that is gone loses it after a minute.
    let place = ask().await;
    let taken = worker.take().await.expect("an answer").expect("a run");
    worker.put_back(&taken).await.expect("put back");
    assert_eq!(state(&place).await, "waiting");
    let lost = worker.take().await.expect("an answer").expect("a run");
    assert!(worker.take().await.expect("an answer").is_none(), "somebody has it");
    world.clock.advance(61_000_000);
    assert_eq!(worker.once().await.expect("an answer"), Some(Worked::Done));
    assert_eq!(worker.work(&lost).await.expect("an answer"), Worked::Lost, "and tells it once");
    let run = analyst.get(&place).await.expect(200).json();
    assert_eq!((run["state"].as_str(), run["attempts"].as_u64()), (Some("done"), Some(2)));
    assert_eq!(world.count("0330", "select count(*) from cohort_release").await, 1);

    // One that nobody survives is said to be interrupted.
    let place = ask().await;
    for _ in 0..MOST_ATTEMPTS {
        assert!(worker.take().await.expect("an answer").is_some());
        world.clock.advance(61_000_000);
    }
    assert!(worker.take().await.expect("an answer").is_none());
    assert_eq!(state(&place).await, "interrupted");

    // What cannot be answered says so.
    let mut later = aged(18);
    later["index"] = json!({"date": "2025-12-24"});
    let later = json!({"definition": later, "ask": wish()}).to_string();
    let place = analyst.post("/api/cohort-runs", &later).await.expect(202);
    assert_eq!(worker.once().await.expect("an answer"), Some(Worked::Failed));
    let run = analyst.get(place.header("location")).await.expect(200).json();
    assert!(run["problem"].as_str().is_some_and(|it| it.contains("2025-12-24")), "{run}");

    // Not without end.
    for _ in 0..5 {
        ask().await;
    }
    let full = analyst.post("/api/cohort-runs", &body).await.expect(429);
    assert_eq!(full.json()["code"], "too-many-runs");
    let other = world.named(Role::Analyst, None, "another");
    let other = other.with("content-type", "application/json");
    other.post("/api/cohort-runs", &body).await.expect(202);
    world.end().await;
}
