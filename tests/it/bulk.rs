//! Bulk Data Access: what an export holds is what searches give, each once.

mod rights;

use std::collections::BTreeMap;

use pulsvagt::access::Role;
use serde_json::{Value, json};

use crate::world::{Answer, Client, World, heart_rate};

const SECOND: i64 = 1_000_000;
/// More citizens than have room in one file.
const MANY: usize = 60;

fn asking(client: &Client) -> Client {
    client.with("prefer", "respond-async").with("accept", "application/fhir+json")
}

/// Asks for an export, and says where it is told how far that is.
async fn kick(client: &Client, path: &str) -> String {
    let answer = asking(client).get(path).await.expect(202);
    answer.header("content-location").to_owned()
}

/// The manifest, once there is one.
async fn manifest(world: &World, client: &Client, status: &str) -> Answer {
    world.clock.advance(4 * SECOND);
    for _ in 0..200 {
        let answer = client.get(status).await;
        if answer.status.as_u16() == 200 {
            return answer;
        }
        assert_eq!(answer.status.as_u16(), 202, "{}", answer.text);
        assert!(
            !answer.header("x-progress").is_empty() && !answer.header("retry-after").is_empty()
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the export does not get ready");
}

/// The lines of all files by type and id.
type Held = BTreeMap<String, Value>;

async fn files(client: &Client, manifest: &Value) -> Held {
    let mut held = Held::new();
    for file in manifest["output"].as_array().expect("files") {
        let url = file["url"].as_str().expect("an address");
        let answer = client.get(url).await.expect(200);
        assert_eq!(answer.header("content-type"), "application/fhir+ndjson");
        for line in answer.text.lines() {
            let line: Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(line["resourceType"], file["type"]);
            let name = name(&line);
            assert!(held.insert(name.clone(), line).is_none(), "{name} twice");
        }
    }
    held
}

fn name(resource: &Value) -> String {
    format!("{}/{}", resource["resourceType"], resource["id"]).replace('"', "")
}

/// Everything that searches of these types find.
async fn found(client: &Client, searches: &[&str]) -> Held {
    let mut held = Held::new();
    for search in searches {
        let and = if search.contains('?') { '&' } else { '?' };
        let mut next = Some(format!("{search}{and}_count=1000"));
        while let Some(address) = next {
            let page = client.get(&address).await.expect(200).json();
            for entry in page["entry"].as_array().into_iter().flatten() {
                held.insert(name(&entry["resource"]), entry["resource"].clone());
            }
            let link = page["link"].as_array().into_iter().flatten();
            next = link
                .filter(|link| link["relation"] == "next")
                .find_map(|link| link["url"].as_str().map(str::to_owned));
        }
    }
    held
}

async fn run(world: &World, client: &Client, path: &str) -> (Value, Held) {
    let status = kick(client, path).await;
    let manifest = manifest(world, client, &status).await.json();
    let held = files(client, &manifest).await;
    (manifest, held)
}

async fn ward() -> World {
    let world = World::new().await;
    for number in 0..MANY {
        let id = format!("c{number}");
        let patient = json!({"resourceType":"Patient","id":id,
            "gender": if number % 2 == 0 { "female" } else { "male" }});
        world.admin("0330").put(&format!("Patient/{id}"), &patient.to_string()).await.expect(201);
        for minute in 0..2 {
            let at = format!("2025-12-{:02}T08:0{minute}:00+01:00", 1 + number % 28);
            let sent = heart_rate(&id, &at, &format!("{}.50", 60 + number));
            world.gateway().post("Observation", &sent).await.expect(201);
        }
    }
    world
}

async fn condition(world: &World, citizen: &str, words: &str) -> Answer {
    let condition = json!({"resourceType":"Condition","code":{"text":words},
        "subject":{"reference":format!("Patient/{citizen}")}});
    world.client("0330", Role::Lead, None).post("Condition", &condition.to_string()).await
}

const TYPES: [&str; 3] = ["Observation", "Patient", "Condition"];

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_what_searches_gave_when_it_was_asked_for() {
    let world = ward().await;
    let lead = world.client("0330", Role::Lead, None);
    let mine = condition(&world, "c1", "before").await.expect(201).json();
    let then = found(&lead, &TYPES).await;
    assert!(then.len() > 3 * MANY);
    let status = kick(&lead, "$export?_type=Observation,Patient,Condition").await;
    // Until everything is on disk that came before, it is not told.
    lead.get(&status).await.expect(202);

    // What comes and changes meanwhile is not in it.
    world.clock.advance(SECOND);
    let reading = then.values().find(|it| it["resourceType"] == "Observation").expect("one");
    let id = reading["id"].as_str().expect("an id");
    let mut changed = reading.clone();
    changed["status"] = json!("amended");
    changed["valueQuantity"]["value"] = json!(99);
    world.gateway().put(&format!("Observation/{id}"), &changed.to_string()).await.expect(200);
    let late = heart_rate("c1", "2025-12-01T10:00:00+01:00", "70");
    world.gateway().post("Observation", &late).await.expect(201);
    let mut edited = mine.clone();
    edited["code"]["text"] = json!("after");
    let place = format!("Condition/{}", edited["id"].as_str().expect("an id"));
    lead.put(&place, &edited.to_string()).await.expect(200);
    condition(&world, "c2", "new").await.expect(201);

    let answer = manifest(&world, &lead, &status).await;
    let told = answer.json();
    assert_eq!(told["requiresAccessToken"], true);
    assert_eq!(
        told["request"],
        "http://pulsvagt.test/fhir/$export?_type=Observation,Patient,Condition"
    );
    assert!(told["transactionTime"].as_str().is_some_and(|at| at.starts_with("2026-01-01T")));
    assert!(!answer.header("expires").is_empty());
    let many = told["output"].as_array().expect("files");
    assert!(many.iter().filter(|file| file["type"] == "Observation").count() > 1);
    let held = files(&lead, &told).await;
    assert_eq!(held, then);

    // What came since is what the next one has, and nothing else.
    let since = told["transactionTime"].as_str().expect("a moment");
    let (_, next) =
        run(&world, &lead, &format!("$export?_since={since}&_type=Observation,Condition")).await;
    let now = found(&lead, &TYPES).await;
    let changed: Held = now.into_iter().filter(|(name, it)| then.get(name) != Some(it)).collect();
    assert_eq!(changed.len(), 4);
    assert_eq!(next, changed);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_nothing_and_a_file_is_the_same_again() {
    let mut world = ward().await;
    let lead = world.client("0330", Role::Lead, None);
    let then = found(&lead, &TYPES).await;
    let status = kick(&lead, "$export?_type=Patient,Observation,Condition").await;
    world.restart().await;
    let lead = world.client("0330", Role::Lead, None);
    let told = manifest(&world, &lead, &status).await.json();
    let url = told["output"][1]["url"].as_str().expect("an address");
    let first = lead.get(url).await.expect(200);
    let late = heart_rate("c1", "2025-12-01T10:00:00+01:00", "70");
    world.gateway().post("Observation", &late).await.expect(201);
    world.restart().await;
    let lead = world.client("0330", Role::Lead, None);
    assert_eq!(lead.get(url).await.expect(200).bytes, first.bytes);
    assert_eq!(files(&lead, &told).await, then);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_are_searches_and_groups_are_their_members() {
    let world = ward().await;
    let lead = world.client("0330", Role::Lead, None);
    condition(&world, "c1", "one").await.expect(201);
    condition(&world, "c3", "three").await.expect(201);
    let other = heart_rate("c1", "2025-11-05T08:00:00+01:00", "55").replace("8867-4", "29463-7");
    let other = other.replace("beats/minute", "kg").replace("/min", "kg");
    world.gateway().post("Observation", &other).await.expect(201);

    let path = "Patient/$export?_type=Observation,Patient&_typeFilter=Patient%3Fgender%3Dfemale,\
                Observation%3Fcode%3D29463-7,Observation%3Fdate%3D2025-12-02%26code%3D8867-4,9279-1";
    let (_, held) = run(&world, &lead, path).await;
    let same = [
        "Patient?gender=female",
        "Observation?code=29463-7",
        "Observation?date=2025-12-02&code=8867-4",
    ];
    assert_eq!(held, found(&lead, &same).await);
    assert!(held.len() > MANY / 2);

    let member = |id: &str, inactive: bool| json!({"entity": {"reference": format!("Patient/{id}")}, "inactive": inactive});
    let group = json!({"resourceType":"Group","id":"kol","type":"person","actual":true,
        "code":{"text":"COPD"}, "member":[member("c1", false), member("c2", false), member("c3", true)]});
    lead.put("Group/kol", &group.to_string()).await.expect(201);
    let search = lead.get("Group?member=Patient/c2").await.expect(200).json();
    assert_eq!(search["total"], 1);
    let status = kick(&lead, "Group/kol/$export").await;
    // Whoever comes into the group later is not in the export.
    let mut grown = group.clone();
    grown["member"][2]["inactive"] = json!(false);
    lead.put("Group/kol", &grown.to_string()).await.expect(200);
    let told = manifest(&world, &lead, &status).await.json();
    let mut expected = Held::new();
    for id in ["c1", "c2"] {
        let searches = [
            format!("Patient?_id={id}"),
            format!("Observation?patient={id}"),
            format!("Condition?patient={id}"),
        ];
        expected.extend(found(&lead, &searches.each_ref().map(String::as_str)).await);
    }
    assert_eq!(files(&lead, &told).await, expected);

    // Nobody who is not there is in a group, and what describes citizens lists none.
    let unknown = json!({"resourceType":"Group","type":"person","actual":true,
        "member":[member("nobody", false)]});
    lead.post("Group", &unknown.to_string()).await.expect(422);
    let abstraction = json!({"resourceType":"Group","id":"def","type":"person","actual":false});
    lead.put("Group/def", &abstraction.to_string()).await.expect(201);
    asking(&lead).get("Group/def/$export").await.expect(422);
    asking(&lead).get("Group/none/$export").await.expect(404);
    world.end().await;
}
