//! `$viewdefinition-run`: rows are of what searches find, to nobody more than searches tell.

mod rights;

use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use pulsvagt::access::Role;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{Client, World, heart_rate};

const RUN: &str = "ViewDefinition/$viewdefinition-run";

/// A view with these columns: name and path.
fn view(resource: &str, columns: &[(&str, &str)]) -> Value {
    let columns: Vec<Value> =
        columns.iter().map(|(name, path)| json!({"name": name, "path": path})).collect();
    json!({"resourceType": "ViewDefinition", "status": "active", "resource": resource,
        "select": [{"column": columns}]})
}

/// What is asked for, with parameters beside the view.
fn asked(view: &Value, more: &[Value]) -> String {
    let mut parameters = vec![json!({"name": "viewResource", "resource": view})];
    parameters.extend(more.iter().cloned());
    json!({"resourceType": "Parameters", "parameter": parameters}).to_string()
}

fn of(citizen: &str) -> Value {
    json!({"name": "patient", "valueReference": {"reference": format!("Patient/{citizen}")}})
}

/// The rows of a view, in the order of their text.
async fn rows(client: &Client, view: &Value, more: &[Value]) -> Vec<String> {
    let answer = client.post(RUN, &asked(view, more)).await.expect(200).json();
    let mut rows: Vec<String> =
        answer.as_array().expect("rows").iter().map(Value::to_string).collect();
    rows.sort();
    rows
}

/// Two citizens with readings, conditions and stays.
async fn small() -> World {
    let world = World::new().await;
    let nurse = world.client("0330", Role::Lead, None);
    for (citizen, rate) in [("ane", "60.0"), ("bo", "71.50")] {
        for hour in [8, 9] {
            let at = format!("2025-12-01T0{hour}:00:00+01:00");
            let sent = heart_rate(citizen, &at, rate);
            world.gateway().post("Observation", &sent).await.expect(201);
        }
        let subject = json!({"reference": format!("Patient/{citizen}")});
        let condition = json!({"resourceType": "Condition", "subject": subject,
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "J44"}],
                     "text": "KOL, \"svær\""}});
        nurse.post("Condition", &condition.to_string()).await.expect(201);
        let stay = json!({"resourceType": "Encounter", "status": "finished", "subject": subject,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
            "period": {"start": "2025-11-01", "end": "2025-11-03"}});
        nurse.post("Encounter", &stay.to_string()).await.expect(201);
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_of_what_is_kept() {
    let world = small().await;
    let lead = world.client("0330", Role::Lead, None);
    let readings = view(
        "Observation",
        &[
            ("id", "getResourceKey()"),
            ("patient", "subject.getReferenceKey(Patient)"),
            ("at", "effective.ofType(dateTime)"),
            ("value", "value.ofType(Quantity).value"),
        ],
    );
    let mut expected = Vec::new();
    for entry in lead.get("Observation").await.expect(200).json()["entry"].as_array().expect("all")
    {
        let it = &entry["resource"];
        let patient = it["subject"]["reference"].as_str().expect("whose");
        let row = json!({"id": it["id"], "patient": patient.trim_start_matches("Patient/"),
            "at": it["effectiveDateTime"], "value": it["valueQuantity"]["value"]});
        expected.push(row.to_string());
    }
    expected.sort();
    assert_eq!(expected.len(), 4);
    assert_eq!(rows(&lead, &readings, &[]).await, expected);
    // A view alone, at each address.
    for place in [RUN, "ViewDefinition/$run", "$viewdefinition-run"] {
        let answer = lead.post(place, &readings.to_string()).await.expect(200);
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(answer.json().as_array().expect("rows").len(), 4);
    }
    // Digits are those that were sent.
    let one = rows(&lead, &readings, &[of("bo")]).await;
    assert_eq!(one.len(), 2);
    assert!(one.iter().all(|row| row.contains("\"patient\":\"bo\"")), "{one:?}");
    let text = lead.post(RUN, &asked(&readings, &[of("bo")])).await.expect(200).text;
    assert!(text.contains("\"value\":71.50"), "{text}");

    let conditions =
        view("Condition", &[("who", "subject.getReferenceKey()"), ("code", "code.text")]);
    let both = rows(&lead, &conditions, &[]).await;
    assert_eq!(both[0], r#"{"code":"KOL, \"svær\"","who":"ane"}"#);
    assert_eq!(both.len(), 2);
    let patients = view("Patient", &[("id", "id"), ("given", "name.given.first()")]);
    assert_eq!(rows(&lead, &patients, &[of("ane")]).await, [r#"{"given":"ane","id":"ane"}"#]);
    let stays = view("Encounter", &[("from", "period.start.lowBoundary()")]);
    let from = r#"{"from":"2025-11-01T00:00:00.000+14:00"}"#;
    assert_eq!(rows(&lead, &stays, &[]).await, [from, from]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn formats_limits_groups_and_moments() {
    let world = small().await;
    let lead = world.client("0330", Role::Lead, None);
    let conditions =
        view("Condition", &[("who", "subject.getReferenceKey()"), ("code", "code.text")]);
    let code = |name: &str, value: &str| json!({"name": name, "valueCode": value});
    let one = |more: &[Value]| asked(&conditions, &[&[of("ane")], more].concat());
    let csv = lead.post(RUN, &one(&[code("_format", "csv")])).await.expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(csv.text, "who,code\r\nane,\"KOL, \"\"svær\"\"\"\r\n");
    let bare = json!({"name": "header", "valueBoolean": false});
    let csv = lead.post(RUN, &one(&[code("_format", "text/csv"), bare])).await.expect(200);
    assert_eq!(csv.text, "ane,\"KOL, \"\"svær\"\"\"\r\n");
    let accepted = lead.with("accept", "text/csv;q=0, application/x-ndjson");
    let lines = accepted.post(RUN, &one(&[])).await.expect(200);
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    assert_eq!(lines.text, "{\"who\":\"ane\",\"code\":\"KOL, \\\"svær\\\"\"}\n");
    lead.with("accept", "text/html").post(RUN, &one(&[])).await.expect(406);
    let none =
        lead.post(&format!("{RUN}?_since=2030-01-01T00:00:00Z"), &one(&[])).await.expect(200);
    assert_eq!(none.text, "[]");

    let readings = view("Observation", &[("who", "subject.getReferenceKey()")]);
    let limit = json!({"name": "_limit", "valueInteger": 3});
    assert_eq!(rows(&lead, &readings, &[limit]).await.len(), 3);
    let before = world.clock.now();
    world.clock.advance(1_000_000);
    let late = heart_rate("bo", "2025-12-01T10:00:00+01:00", "70");
    world.gateway().post("Observation", &late).await.expect(201);
    let since = json!({"name": "_since", "valueInstant": before.to_string()});
    assert_eq!(rows(&lead, &readings, &[since]).await, [r#"{"who":"bo"}"#]);

    let member = json!([{"entity": {"reference": "Patient/bo"}}]);
    let group = json!({"resourceType": "Group", "id": "kol", "type": "person", "actual": true,
        "member": member});
    lead.put("Group/kol", &group.to_string()).await.expect(201);
    let group =
        |id: &str| json!({"name": "group", "valueReference": {"reference": format!("Group/{id}")}});
    assert_eq!(rows(&lead, &readings, &[group("kol")]).await.len(), 3);
    assert!(rows(&lead, &readings, &[group("kol"), of("ane")]).await.is_empty());
    let answer = lead.post(RUN, &asked(&readings, &[group("none")])).await.expect(400);
    assert_eq!(answer.issues(), [("not-found".to_owned(), "group".to_owned())]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_with_its_place() {
    let world = small().await;
    let lead = world.client("0330", Role::Lead, None);
    let good = view("Patient", &[("id", "id")]);
    let place = "Parameters.parameter[0].resource";
    let column = format!("{place}.select[0].column[0]");
    let path = format!("{column}.path");
    for (view, status, key, at) in [
        (view("Patient", &[("id", "nothing")]), 422, "bad-view", path.as_str()),
        (view("Patient", &[("id", "id.count()")]), 422, "view-not-supported", &path),
        (view("Patient", &[("i d", "id")]), 422, "bad-view", &format!("{column}.name")),
        (
            view("Practitioner", &[("id", "id")]),
            422,
            "view-not-supported",
            &format!("{place}.resource"),
        ),
        (
            view("Patient", &[("name", "name.given.first()"), ("all", "identifier.use")]),
            200,
            "",
            "",
        ),
        // What only the data tells.
        (view("Patient", &[("names", "name.given + 1")]), 422, "bad-view", &path),
        (view("Patient", &[("names", "(name.given.first() + id) > 1")]), 422, "bad-view", &path),
    ] {
        let answer = lead.post(RUN, &asked(&view, &[])).await.expect(status);
        if status != 200 {
            assert_eq!(answer.issues(), [(key.to_owned(), at.to_owned())], "{view}");
            assert_eq!(answer.header("content-type"), "application/fhir+json; charset=utf-8");
        }
    }
    for (parameter, key, at) in [
        (
            json!({"name": "viewReference", "valueReference": {"reference": "ViewDefinition/1"}}),
            "unknown-parameter",
            "viewReference",
        ),
        (
            json!({"name": "resource", "resource": {"resourceType": "Patient"}}),
            "unknown-parameter",
            "resource",
        ),
        (json!({"name": "_format", "valueCode": "parquet"}), "unknown-parameter", "_format"),
        (json!({"name": "_limit", "valueInteger": 0}), "bad-parameter", "_limit"),
        (json!({"name": "_since", "valueInstant": "yesterday"}), "bad-parameter", "_since"),
        (json!({"name": "header", "valueString": "no"}), "bad-parameter", "header"),
        (of("nobody"), "not-found", "patient"),
        // Of another municipality: as if there were none.
        (of("carl"), "not-found", "patient"),
        (json!({"name": "patient", "valueString": "ane"}), "bad-parameter", "patient"),
    ] {
        let answer = lead.post(RUN, &asked(&good, &[parameter])).await.expect(400);
        assert_eq!(answer.issues(), [(key.to_owned(), at.to_owned())]);
    }
    lead.post(RUN, "{").await.expect(400);
    lead.post(RUN, r#"{"resourceType":"Patient"}"#).await.expect(400);
    lead.post(RUN, r#"{"resourceType":"Parameters"}"#).await.expect(400);
    lead.with("content-type", "text/plain").post(RUN, "x").await.expect(415);
    lead.get(RUN).await.expect(405);
    world.end().await;
}

/// A row of some hundred kilobytes for each reading, and one column more.
fn wide(column: &str) -> Value {
    let names: Vec<String> = (0..100).map(|number| format!("c{number}")).collect();
    let mut columns: Vec<(&str, &str)> =
        names.iter().map(|name| (name.as_str(), "%text")).collect();
    columns.push(("last", column));
    let mut view = view("Observation", &columns);
    view["constant"] = json!([{"name": "text", "valueString": "x".repeat(4_000)}]);
    view
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_table_is_told_while_it_is_made_and_cut_off_by_an_error() {
    let world = small().await;
    for minute in 0..6 {
        let at = format!("2025-12-02T08:0{minute}:00+01:00");
        world.gateway().post("Observation", &heart_rate("ane", &at, "60")).await.expect(201);
    }
    // The last citizen's has a category more than others.
    let mut odd: Value =
        serde_json::from_str(&heart_rate("bo", "2025-12-03T08:00:00+01:00", "61")).expect("JSON");
    odd["note"] = json!([{"text": "one"}, {"text": "two"}]);
    world.gateway().post("Observation", &odd.to_string()).await.expect(201);
    let lead = world.client("0330", Role::Lead, None);
    let ndjson = json!({"name": "_format", "valueCode": "ndjson"});
    let answer =
        lead.post(RUN, &asked(&wide("note.text.first()"), std::slice::from_ref(&ndjson))).await;
    assert_eq!(answer.expect(200).text.lines().count(), 11);
    let json = lead.post(RUN, &asked(&wide("id"), &[])).await.expect(200).json();
    assert_eq!(json.as_array().expect("rows").len(), 11);

    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/fhir/{RUN}"))
        .header("host", "pulsvagt.test")
        .header("content-type", "application/fhir+json")
        .header("authorization", format!("Bearer {}", world.token("0330", Role::Lead, None)))
        .body(Body::from(asked(&wide("note.text"), &[ndjson])))
        .expect("a request");
    let answer = world.router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.into_body().collect().await.is_err(), "half of it passes for the whole");
    // Of a short one the error is told.
    let short = view("Observation", &[("note", "note.text")]);
    let answer = lead.post(RUN, &asked(&short, &[of("bo")])).await.expect(422);
    assert_eq!(answer.issues()[0].0, "bad-view");
    world.end().await;
}
