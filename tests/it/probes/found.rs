//! What a critical reading of the door has found, each as a test.

use pulsvagt::access::Role;
use serde_json::{Value, json};

use crate::planted::{CPR, HEART_RATE, Person, Planted, SYSTEM, reading};
use crate::world::{Answer, Client};

fn identifier<'p>(person: &'p Person, kind: &str) -> &'p str {
    let found = person.identifiers.iter().find(|(one, _)| *one == kind);
    &found.expect("an identifier").1
}

fn shows_nothing(answer: &Answer, person: &Person) {
    for canary in person.canaries_of_content() {
        assert!(!answer.text.contains(canary), "{canary} in {}", answer.text);
    }
}

fn sent_again(person: &Person, client: &str) -> Value {
    let mut sent = reading(person, HEART_RATE, "2025-12-30T07:00:00Z", "81");
    sent["note"] = json!([{"text": client}]);
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_about_a_restricted_citizen_is_stored_and_nothing_is_shown() {
    let planted = Planted::new().await;
    let (world, dora) = (&planted.world, &planted.dora);
    for role in [Role::Gateway, Role::Nurse, Role::Lead] {
        let client = world.client("0330", role, None);
        let mut sent = sent_again(dora, role.as_str());
        sent["valueQuantity"]["value"] = json!(82 + role as i32);
        client.post("Observation", &sent.to_string()).await.expect(201);
        // Sent again, and by its identifier: it is there, and that is all.
        let again = client.post("Observation", &sent.to_string()).await.expect(200);
        assert_eq!(again.json()["resourceType"], "OperationOutcome", "{}", again.text);
        let condition = format!("identifier={SYSTEM}|{}", identifier(dora, "Observation"));
        let found = client.with("if-none-exist", &condition);
        let found = found.post("Observation", &sent.to_string()).await.expect(200);
        shows_nothing(&found, dora);
        let by_address = format!("Observation?{condition}");
        shows_nothing(&client.post(&by_address, &sent.to_string()).await.expect(200), dora);
    }
    planted.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conditional_create_does_not_show_a_restricted_citizen() {
    let planted = Planted::new().await;
    let (world, dora) = (&planted.world, &planted.dora);
    let patient = json!({"resourceType": "Patient", "active": true}).to_string();
    let condition = format!("identifier={CPR}|{}", dora.cpr);
    for role in [Role::Admin, Role::Nurse, Role::Gateway] {
        let client = world.client("0330", role, None).with("if-none-exist", &condition);
        let refused = client.post("Patient", &patient).await.expect(403);
        assert_eq!(refused.issues()[0].0, "restricted");
        shows_nothing(&refused, dora);
    }
    let condition = format!("identifier={SYSTEM}|{}", identifier(dora, "Condition"));
    let body = json!({"resourceType": "Condition", "code": {"text": "x"},
        "subject": {"reference": format!("Patient/{}", dora.id)}});
    let nurse = world.nurse();
    let refused =
        nurse.with("if-none-exist", &condition).post("Condition", &body.to_string()).await;
    shows_nothing(&refused.expect(403), dora);
    // A new one is stored, as a new reading is.
    nurse.post("Condition", &body.to_string()).await.expect(201);
    planted.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_a_restricted_citizen_is_not_changed_by_staff() {
    let planted = Planted::new().await;
    let (world, dora) = (&planted.world, &planted.dora);
    let before = planted.sum_of(dora).await;
    let own = world.citizen(&dora.id);
    let mine = own.get(&format!("Observation/{}", dora.readings[1])).await.expect(200).json();
    let condition = own.get(&format!("Condition/{}", dora.of("Condition"))).await.expect(200);
    let refused = |answer: Answer| {
        assert!(answer.text.contains("restricted"), "{}", answer.text);
        shows_nothing(&answer, dora);
    };
    for role in [Role::Nurse, Role::Lead] {
        let client = world.client("0330", role, None);
        // Also what says what is there already: whether it does is not told.
        refused(client.put(&format!("Observation/{}", dora.readings[1]), &mine.to_string()).await);
        let place = format!("Condition/{}", dora.of("Condition"));
        refused(client.put(&place, &condition.text).await);
        let mut changed = mine.clone();
        changed["status"] = json!("amended");
        let entry = json!({"resource": changed, "request":
            {"method": "PUT", "url": format!("Observation/{}", dora.readings[1])}});
        for kind in ["batch", "transaction"] {
            let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": [entry]});
            refused(client.post("/fhir", &bundle.to_string()).await);
        }
        // A plan steers screening, which is to stand still.
        let subject = json!({"reference": format!("Patient/{}", dora.id)});
        let plan = json!({"resourceType": "CarePlan", "status": "active", "intent": "plan",
            "subject": subject});
        refused(client.post("CarePlan", &plan.to_string()).await.expect(403));
        let goal = json!({"resourceType": "Goal", "lifecycleStatus": "active",
            "subject": subject, "description": {"text": "x"}});
        refused(client.post("Goal", &goal.to_string()).await.expect(403));
    }
    assert_eq!(planted.sum_of(dora).await, before);
    // The citizen's own app corrects what it has sent.
    let mut changed = mine;
    changed["status"] = json!("amended");
    own.put(&format!("Observation/{}", dora.readings[1]), &changed.to_string()).await.expect(200);
    planted.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_whose_token_is_confined_to_a_restricted_citizen_are_still_staff() {
    let planted = Planted::new().await;
    let (world, dora) = (&planted.world, &planted.dora);
    let paths = [
        format!("Patient/{}", dora.id),
        "Patient".to_owned(),
        format!("Observation/{}", dora.readings[0]),
        format!("Observation/{}/_history", dora.readings[0]),
        "Observation".to_owned(),
        format!("Observation/$lastn?code={HEART_RATE}"),
        format!("Condition/{}", dora.of("Condition")),
        format!("Condition/{}/_history", dora.of("Condition")),
        "Condition".to_owned(),
        format!("/api/citizens/{}/summary", dora.id),
        format!("/api/citizens/{}/plan", dora.id),
    ];
    for role in [Role::Nurse, Role::Lead, Role::Gateway] {
        let app = world.scoped(role, Some(&dora.id), "patient/*.cruds");
        for path in &paths {
            let answer = app.get(path).await;
            assert_eq!(answer.status.as_u16(), 403, "{role} {path}: {}", answer.text);
            shows_nothing(&answer, dora);
        }
    }
    let own = world.scoped(Role::Citizen, Some(&dora.id), "patient/*.cruds");
    for path in &paths {
        own.get(path).await.expect(200);
    }
    planted.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_citizen_does_not_open_the_trail() {
    let planted = Planted::new().await;
    let (world, ane, bo) = (&planted.world, &planted.ane, &planted.bo);
    let lead = world.client("0330", Role::Lead, None);
    lead.get(&format!("AuditEvent/{}", bo.events[0])).await.expect(200);
    let app = world.scoped(Role::Lead, Some(&ane.id), "patient/*.cruds");
    for path in [
        format!("AuditEvent/{}", bo.events[0]),
        format!("AuditEvent?patient={}", bo.id),
        "AuditEvent".to_owned(),
    ] {
        let refused = app.get(&path).await.expect(403);
        assert!(!refused.text.contains(&bo.id), "{}", refused.text);
    }
    // Nor do administrators find by a reading whom they are told nothing clinical of.
    let by_reading = format!("AuditEvent?entity=Observation/{}", bo.readings[0]);
    assert!(lead.get(&by_reading).await.expect(200).text.contains("\"entry\""));
    let admin = world.admin("0330").get(&by_reading).await.expect(200);
    assert_eq!(admin.json()["entry"], Value::Null, "{}", admin.text);
    let strict = lead.with("prefer", "handling=strict");
    let refused = strict.get("AuditEvent?0101501234=1").await.expect(400);
    assert!(!refused.text.contains("0101501234"), "{}", refused.text);
    planted.world.end().await;
}

/// Everything by which two refusals could be told apart.
async fn faces(client: &Client, one: (&str, &Value), other: (&str, &Value)) -> [(u16, String); 2] {
    let mut faces = Vec::new();
    for (path, body) in [one, other] {
        let answer = if body.is_null() {
            client.get(path).await
        } else {
            client.put(path, &body.to_string()).await
        };
        faces.push((answer.status.as_u16(), answer.text));
    }
    let [one, other] = faces.try_into().expect("two");
    [one, other]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_outside_the_scopes_is_refused_as_what_is_not_there() {
    let planted = Planted::new().await;
    let (world, bo, dora) = (&planted.world, &planted.bo, &planted.dora);
    let narrow = world.scoped(
        Role::Nurse,
        None,
        "user/Condition.rus?code=http://x|y user/Observation.rus?code=http://x|y",
    );
    // A restricted citizen's is not told of either.
    for (kind, tail) in [
        ("Observation", ""),
        ("Observation", "/_history"),
        ("Observation", "/_history/1"),
        ("Condition", ""),
        ("Condition", "/_history"),
        ("Condition", "/_history/1"),
    ] {
        let there = format!("{kind}/{}{tail}", dora.of(kind));
        let absent = format!("{kind}/{}{tail}", "nobody-knows");
        let [one, other] = faces(&narrow, (&there, &Value::Null), (&absent, &Value::Null)).await;
        assert_eq!(one, other, "{there}");
        assert_eq!(one.0, 404);
    }
    // To update what is there, and what is not.
    let body = |id: &str| {
        json!({"resourceType": "Condition", "id": id,
            "code": {"coding": [{"system": "http://x", "code": "y"}]},
            "subject": {"reference": format!("Patient/{}", bo.id)}})
    };
    let (there, absent) = (bo.of("Condition"), "00000000-0000-7000-8000-000000000000");
    let places = [there, absent].map(|id| format!("Condition/{id}"));
    let (one, other) = ((&*places[0], &body(there)), (&*places[1], &body(absent)));
    let [first, second] = faces(&narrow, one, other).await;
    assert_eq!(first, second);
    assert_eq!(first.0, 404, "a nurse gives no ids of her own");
    let leading = world.scoped(Role::Lead, None, "user/Condition.rus?code=http://x|y");
    let [first, second] = faces(&leading, one, other).await;
    assert_eq!(first, second);
    assert_eq!(first.0, 403, "it may create neither");
    let creating = world.scoped(Role::Lead, None, "user/Condition.crus?code=http://x|y");
    let [first, second] = faces(&creating.with("if-match", "W/\"1\""), one, other).await;
    assert_eq!(first, second);
    assert_eq!(first.0, 412);
    planted.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_finds_only_what_may_be_searched() {
    let planted = Planted::new().await;
    let (world, ane, bo) = (&planted.world, &planted.ane, &planted.bo);
    let narrow = world.scoped(Role::Gateway, None, "system/Observation.c");
    let sent = reading(ane, HEART_RATE, "2025-12-30T07:00:00Z", "81").to_string();
    let condition = format!("identifier={SYSTEM}|{}", identifier(bo, "Observation"));
    let made =
        narrow.with("if-none-exist", &condition).post("Observation", &sent).await.expect(201);
    assert!(!made.header("location").contains(&bo.readings[0]));
    // Who may search all is told which one it is, and that is recorded as read.
    let whole = world.gateway().with("if-none-exist", &condition);
    let found = whole.post("Observation", &sent).await.expect(200);
    assert_eq!(found.id(), bo.readings[0]);
    let lead = world.client("0330", Role::Lead, None);
    let trail = format!("AuditEvent?entity=Observation/{}&agent=test-gateway", bo.readings[0]);
    let events = lead.get(&trail).await.expect(200);
    let request = found.header("x-request-id");
    assert!(request.len() > 8 && events.text.contains(request), "{request}: {}", events.text);
    planted.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restricted_citizens_device_does_not_come_along_with_anothers_reading() {
    let planted = Planted::new().await;
    let (world, ane, dora) = (&planted.world, &planted.ane, &planted.dora);
    let mut sent = reading(ane, HEART_RATE, "2025-12-30T07:00:00Z", "81");
    sent["device"] = json!({"reference": format!("Device/{}", dora.of("Device"))});
    world.gateway().post("Observation", &sent.to_string()).await.expect(201);
    let query =
        format!("Observation?patient={}&date=2025-12-30&_include=Observation:device", ane.id);
    let found = world.nurse().get(&query).await.expect(200);
    assert_eq!(found.json()["entry"].as_array().map(Vec::len), Some(1), "{}", found.text);
    shows_nothing(&found, dora);
    planted.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provenance_is_no_way_to_ask_what_is_there() {
    let planted = Planted::new().await;
    let (world, ane, bo) = (&planted.world, &planted.ane, &planted.bo);
    let pointing_at = |reference: String| {
        json!({"resourceType": "Provenance", "target": [{"reference": reference}],
            "recorded": "2025-12-31T09:00:00Z", "agent": [{"who": {"display": "x"}}]})
        .to_string()
    };
    let narrow = format!("system/Observation.crs?code=http://loinc.org|{HEART_RATE}");
    let machine = world.scoped(Role::Gateway, None, &format!("{narrow} system/Provenance.c"));
    for (client, kind, id) in [
        (world.gateway(), "Condition", bo.of("Condition")),
        (world.gateway(), "Task", bo.of("Task")),
        (machine.clone(), "Observation", &bo.weights[0]),
        (machine.clone(), "Device", bo.of("Device")),
    ] {
        let there = client.post("Provenance", &pointing_at(format!("{kind}/{id}"))).await;
        let absent = client.post("Provenance", &pointing_at(format!("{kind}/none"))).await;
        let (there, absent) = (there.expect(422), absent.expect(422));
        assert_eq!(there.text, absent.text, "{kind}");
    }
    // A list of people is for those who may know of everybody.
    for scopes in ["patient/*.cruds", "user/*.cruds"] {
        let citizen = scopes.starts_with("patient").then_some(&*ane.id);
        let lead = world.scoped(Role::Lead, citizen, scopes);
        let target = pointing_at(format!("Group/{}", bo.of("Group")));
        let status = if citizen.is_some() { 422 } else { 201 };
        lead.post("Provenance", &target).await.expect(status);
    }
    // Who may know, and who may only write, point at what they have written.
    let seen = pointing_at(format!("Observation/{}", ane.readings[0]));
    machine.post("Provenance", &seen).await.expect(201);
    let writer = world.scoped(Role::Gateway, None, "system/Device.c system/Provenance.c");
    let device = json!({"resourceType": "Device"}).to_string();
    let made = writer.post("Device", &device).await.expect(201).id();
    writer.post("Provenance", &pointing_at(format!("Device/{made}"))).await.expect(201);
    world
        .nurse()
        .post("Provenance", &pointing_at(format!("Task/{}", bo.of("Task"))))
        .await
        .expect(201);
    planted.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_there_are_several_is_told_only_to_who_may_search_all() {
    let planted = Planted::new().await;
    let (world, ane, bo) = (&planted.world, &planted.ane, &planted.bo);
    let condition = |person: &Person, code: &str| {
        json!({"resourceType": "Condition", "identifier": [{"system": SYSTEM, "value": "same"}],
            "code": {"coding": [{"system": "http://x", "code": code}]},
            "subject": {"reference": format!("Patient/{}", person.id)}})
        .to_string()
    };
    for person in [ane, bo] {
        world.nurse().post("Condition", &condition(person, "z")).await.expect(201);
    }
    let same = format!("identifier={SYSTEM}|same");
    let nurse = world.nurse().with("if-none-exist", &same);
    nurse.post("Condition", &condition(ane, "y")).await.expect(412);
    let narrow = world.scoped(Role::Nurse, None, "user/Condition.crs?code=http://x|y");
    let narrow = narrow.with("if-none-exist", &same);
    let refused = narrow.post("Condition", &condition(ane, "y")).await.expect(403);
    assert!(!refused.text.contains("several"), "{}", refused.text);
    planted.world.end().await;
}
