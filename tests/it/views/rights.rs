//! Who is told, and what is kept from them.

use jsonwebtoken::Algorithm;
use pulsvagt::access::Role;
use pulsvagt::audit::search::{Wanted, newest};
use serde_json::json;

use super::{RUN, asked, of, rows, small, view};
use crate::machines::{Machine, store};
use crate::world::heart_rate;

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_for_leaders_and_systems_of_their_own_municipality() {
    let world = small().await;
    let readings = view("Observation", &[("who", "subject.getReferenceKey()")]);
    let body = asked(&readings, &[]);
    for role in [Role::Nurse, Role::Gateway, Role::Analyst, Role::Admin, Role::Operator] {
        world.client("0330", role, None).post(RUN, &body).await.expect(403);
    }
    world.citizen("ane").post(RUN, &body).await.expect(403);
    world.client("0330", Role::Relative, Some("ane")).post(RUN, &body).await.expect(403);
    world.nobody().post(RUN, &body).await.expect(401);
    // The citizens of 0330 do not exist elsewhere.
    let elsewhere = world.client("0306", Role::Lead, None);
    assert!(rows(&elsewhere, &readings, &[]).await.is_empty());
    let patients = view("Patient", &[("id", "id")]);
    assert_eq!(rows(&elsewhere, &patients, &[]).await, [r#"{"id":"carl"}"#]);
    elsewhere.post(RUN, &asked(&patients, &[of("ane")])).await.expect(400);
    // A type that the role does not read.
    let lead = world.client("0330", Role::Lead, None);
    lead.post(RUN, &asked(&view("AuditEvent", &[("id", "id")]), &[])).await.expect(422);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_is_told_what_its_scopes_cover_and_it_is_recorded() {
    let world = small().await;
    let weight = heart_rate("ane", "2025-12-01T09:00:00+01:00", "70").replace("8867-4", "29463-7");
    let weight = weight.replace("beats/minute", "kg").replace("/min", "kg");
    world.gateway().post("Observation", &weight).await.expect(201);
    let scope = "system/Observation.rs?code=http://loinc.org|29463-7";
    let machine = Machine::register(&world, Algorithm::ES384, "gateway", scope).await;
    let system = world.bearer(&machine.token(&world, scope).await);
    let readings = view("Observation", &[("code", "code.coding.code.first()")]);
    assert_eq!(rows(&system, &readings, &[]).await, [r#"{"code":"29463-7"}"#]);
    // Whatever a view asks: other types, and what points to them.
    for kind in ["Patient", "Condition", "Encounter"] {
        system.post(RUN, &asked(&view(kind, &[("id", "id")]), &[])).await.expect(403);
    }
    let group = json!({"name": "group", "valueReference": {"reference": "Group/kol"}});
    system.post(RUN, &asked(&readings, &[group])).await.expect(403);
    let read = "system/Observation.r";
    let machine = Machine::register(&world, Algorithm::ES384, "gateway", read).await;
    let reader = world.bearer(&machine.token(&world, read).await);
    reader.post(RUN, &asked(&readings, &[])).await.expect(403);

    let store = store(&world, "0330").await;
    let citizen = store.citizen_no("ane").await.expect("asked").expect("a citizen");
    let wanted = Wanted { citizen: Some(citizen), ..Wanted::default() };
    let page = newest(&store.chain(), &wanted, None, 100).await.expect("entries");
    assert!(page.entries.iter().any(|(_, entry)| entry.operation == "$viewdefinition-run"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn denials_restrictions_and_protected_names_hold_in_tables() {
    let world = small().await;
    let lead = world.client("0330", Role::Lead, None);
    let protected = json!({"resourceType":"Patient","id":"eva",
        "meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
            "code":"R"}]},
        "name":[{"family":"Hemmelig"}],"address":[{"line":["Skjulvej 1"],"city":"Skjulby"}]});
    world.admin("0330").put("Patient/eva", &protected.to_string()).await.expect(201);
    let patients =
        view("Patient", &[("id", "id"), ("name", "name.family"), ("line", "address.line.first()")]);
    let told = rows(&lead, &patients, &[]).await.join("\n");
    assert!(told.contains("\"id\":\"eva\"") && told.contains("\"name\":\"Test\""), "{told}");
    assert!(!told.contains("Hemmelig") && !told.contains("Skjulvej"), "{told}");
    // Not by asking for the row either.
    let mut guess = view("Patient", &[("id", "id")]);
    guess["where"] = json!([{"path": "name.family = 'Hemmelig'"}]);
    assert!(rows(&lead, &guess, &[]).await.is_empty());
    let why = lead.with("x-purpose-of-use", "TREAT");
    assert_eq!(rows(&why, &guess, &[]).await, [r#"{"id":"eva"}"#]);

    let denial = json!({"resourceType":"Consent","status":"active",
        "patient":{"reference":"Patient/ane"},
        "scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope",
            "code":"patient-privacy"}]},
        "category":[{"text":"x"}],"policyRule":{"text":"x"},
        "provision":{"type":"deny","class":[
            {"system":"http://terminology.hl7.org/CodeSystem/observation-category",
             "code":"vital-signs"}]}});
    world.nurse().post("Consent", &denial.to_string()).await.expect(201);
    let readings = view("Observation", &[("who", "subject.getReferenceKey()")]);
    assert_eq!(rows(&lead, &readings, &[]).await, [r#"{"who":"bo"}"#, r#"{"who":"bo"}"#]);
    assert!(rows(&lead, &readings, &[of("ane")]).await.is_empty());

    let store = store(&world, "0330").await;
    let bo = store.citizen_no("bo").await.expect("asked").expect("a citizen");
    store.restrict(bo, "objection", "ada", world.clock.now()).await.expect("restricted");
    assert!(rows(&lead, &readings, &[]).await.is_empty());
    let conditions = view("Condition", &[("who", "subject.getReferenceKey()")]);
    assert_eq!(rows(&lead, &conditions, &[]).await, [r#"{"who":"ane"}"#]);
    lead.post(RUN, &asked(&conditions, &[of("bo")])).await.expect(403);
    world.end().await;
}
