//! Who may export, and what is kept from them.

use jsonwebtoken::Algorithm;
use pulsvagt::access::Role;
use pulsvagt::audit::search::{Wanted, newest};
use serde_json::json;

use super::{asking, files, kick, manifest, run};
use crate::machines::{Machine, store};
use crate::world::{World, heart_rate};

async fn small() -> World {
    let world = World::new().await;
    for citizen in ["ane", "bo"] {
        let sent = heart_rate(citizen, "2025-12-01T08:00:00+01:00", "60");
        world.gateway().post("Observation", &sent).await.expect(201);
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_nobody_elses() {
    let world = small().await;
    let lead = world.client("0330", Role::Lead, None);
    let status = kick(&lead, "$export?_type=Observation").await;
    let told = manifest(&world, &lead, &status).await.json();
    let file = told["output"][0]["url"].as_str().expect("an address").to_owned();
    let others = [world.client("0306", Role::Lead, None), world.named(Role::Lead, None, "another")];
    for other in &others {
        other.get(&status).await.expect(404);
        other.get(&file).await.expect(404);
        other.delete(&status).await.expect(404);
    }
    for role in [Role::Nurse, Role::Gateway, Role::Analyst, Role::Admin, Role::Operator] {
        let person = world.client("0330", role, None);
        for path in ["$export", "Patient/$export", "Group/x/$export", &status, &file] {
            asking(&person).get(path).await.expect(403);
        }
    }
    asking(&world.citizen("ane")).get("Patient/$export").await.expect(403);
    world.nobody().get(&file).await.expect(401);

    lead.delete(&status).await.expect(202);
    lead.get(&status).await.expect(404);
    lead.get(&file).await.expect(404);
    lead.delete(&status).await.expect(404);
    // After a week it is gone too.
    let status = kick(&lead, "$export").await;
    world.clock.advance(7 * 86_400 * 1_000_000);
    world.client("0330", Role::Lead, None).get(&status).await.expect(404);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_wrongly_is_told_at_once() {
    let world = small().await;
    let lead = world.client("0330", Role::Lead, None);
    lead.get("$export").await.expect(400);
    let asks = asking(&lead);
    for query in [
        "_type=Library",
        "_type=Patient&_typeFilter=Observation%3Fcode%3D1",
        "_typeFilter=Patient%3Fname%3Dx",
        "_typeFilter=Patient%3Fidentifier%3Dx",
        "_typeFilter=Observation%3Fnonsense%3Dx",
        "_typeFilter=Condition%3Fnonsense%3Dx",
        "_typeFilter=Observation%3F_count%3D1",
        "_since=yesterday",
        "_outputFormat=text/csv",
        "_elements=id",
    ] {
        let answer = asks.get(&format!("$export?{query}")).await.expect(400);
        assert_eq!(answer.json()["resourceType"], "OperationOutcome", "{query}");
    }
    asks.get("$export?_type=AuditEvent").await.expect(400);
    let lenient = lead.with("prefer", "respond-async, handling=lenient");
    lenient.get("$export?_elements=id&_type=Library,Patient").await.expect(202);
    let parameters = json!({"resourceType":"Parameters","parameter":[
        {"name":"_type","valueString":"Observation"},
        {"name":"_since","valueInstant":"2025-01-01T00:00:00Z"},
        {"name":"_outputFormat","valueString":"application/fhir+ndjson"}]});
    let posted = asks.post("$export", &parameters.to_string()).await.expect(202);
    let told = manifest(&world, &lead, posted.header("content-location")).await.json();
    assert_eq!(files(&lead, &told).await.len(), 2);
    // Nobody keeps any number of them.
    let mut last = 202;
    for _ in 0..25 {
        last = asks.get("$export?_type=Patient").await.status.as_u16();
    }
    assert_eq!(last, 429);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_exports_what_its_scopes_cover() {
    let world = small().await;
    let weight = heart_rate("ane", "2025-12-01T09:00:00+01:00", "70").replace("8867-4", "29463-7");
    let weight = weight.replace("beats/minute", "kg").replace("/min", "kg");
    world.gateway().post("Observation", &weight).await.expect(201);
    let scope = "system/Observation.rs?code=http://loinc.org|29463-7";
    let machine = Machine::register(&world, Algorithm::ES384, "gateway", scope).await;
    let system = world.bearer(&machine.token(&world, scope).await);
    asking(&system).get("$export?_type=Patient").await.expect(403);
    let (told, held) = run(&world, &system, "$export").await;
    assert_eq!(told["output"].as_array().expect("files").len(), 1);
    let codes: Vec<&str> =
        held.values().map(|it| it["code"]["coding"][0]["code"].as_str().expect("a code")).collect();
    assert_eq!(codes, ["29463-7"]);

    // Each file is recorded, and each citizen finds it in the log.
    let store = store(&world, "0330").await;
    let citizen = store.citizen_no("ane").await.expect("asked").expect("a citizen");
    let wanted = Wanted { citizen: Some(citizen), ..Wanted::default() };
    let page = newest(&store.chain(), &wanted, None, 100).await.expect("entries");
    assert!(page.entries.iter().any(|(_, entry)| entry.operation == "$export-file"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn denials_restrictions_and_protected_names_hold_in_exports() {
    let world = small().await;
    let lead = world.client("0330", Role::Lead, None);
    let protected = json!({"resourceType":"Patient","id":"eva",
        "meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
            "code":"R"}]},
        "name":[{"family":"Hemmelig"}],"address":[{"line":["Skjulvej 1"]}]});
    let mut open = protected.clone();
    open.as_object_mut().expect("an object").remove("meta");
    world.admin("0330").put("Patient/eva", &open.to_string()).await.expect(201);
    let denial = json!({"resourceType":"Consent","status":"active",
        "patient":{"reference":"Patient/ane"},
        "scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope",
            "code":"patient-privacy"}]},
        "category":[{"text":"x"}],"policyRule":{"text":"x"},
        "provision":{"type":"deny","class":[
            {"system":"http://terminology.hl7.org/CodeSystem/observation-category",
             "code":"vital-signs"}]}});
    world.nurse().post("Consent", &denial.to_string()).await.expect(201);
    let (told, held) = run(&world, &lead, "$export?_type=Observation,Patient").await;
    let readings: Vec<_> = held.values().filter(|it| it["resourceType"] == "Observation").collect();
    assert_eq!(readings.len(), 1);
    assert_eq!(readings[0]["subject"]["reference"], "Patient/bo");
    assert_eq!(held["Patient/eva"]["name"][0]["family"], "Hemmelig");

    // Who is protected or restricted by now is so in exports of before.
    world.admin("0330").put("Patient/eva", &protected.to_string()).await.expect(200);
    let store = store(&world, "0330").await;
    let bo = store.citizen_no("bo").await.expect("asked").expect("a citizen");
    store.restrict(bo, "objection", "ada", world.clock.now()).await.expect("restricted");
    let again = files(&lead, &told).await;
    assert!(again.keys().all(|name| name.starts_with("Patient/") && name != "Patient/bo"));
    let text = again["Patient/eva"].to_string();
    assert!(!text.contains("Hemmelig") && !text.contains("Skjulvej"), "{text}");
    world.end().await;
}
