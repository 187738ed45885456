//! Bundles: many things in one request, answered one by one or stored all or none.

mod conditions;
mod envelope;
mod references;

use serde_json::{Value, json};

use crate::world::{Answer, World, heart_rate};

/// A Bundle of a type with entries.
fn bundle(kind: &str, entries: &[Value]) -> String {
    json!({"resourceType": "Bundle", "type": kind, "entry": entries}).to_string()
}

/// An entry that creates a resource.
fn post(resource: &Value) -> Value {
    json!({"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}})
}

/// An entry that creates a resource and is called something by the others.
fn named(full_url: &str, resource: &Value) -> Value {
    let mut entry = post(resource);
    entry["fullUrl"] = json!(full_url);
    entry
}

/// An entry that replaces a resource, or creates it under the id it has.
fn put(resource: &Value) -> Value {
    let text = |name: &str| resource[name].as_str().expect("text").to_owned();
    let url = format!("{}/{}", text("resourceType"), text("id"));
    json!({"resource": resource, "request": {"method": "PUT", "url": url}})
}

fn get(url: &str) -> Value {
    json!({"request": {"method": "GET", "url": url}})
}

/// A heart rate of a citizen at a minute past eight.
fn reading(citizen: &str, minute: u32, value: u32) -> Value {
    let at = format!("2025-12-31T08:{minute:02}:00Z");
    serde_json::from_str(&heart_rate(citizen, &at, &value.to_string())).expect("json")
}

/// A heart rate in kilograms.
fn impossible(citizen: &str, minute: u32) -> Value {
    let mut reading = reading(citizen, minute, 70);
    reading["valueQuantity"]["code"] = json!("kg");
    reading
}

/// A reading that names itself.
fn identified(citizen: &str, minute: u32, value: u32, identifier: &str) -> Value {
    let mut reading = reading(citizen, minute, value);
    reading["identifier"] = json!([{"system": "urn:test", "value": identifier}]);
    reading
}

fn entries(answer: &Answer) -> Vec<Value> {
    answer.json()["entry"].as_array().cloned().unwrap_or_default()
}

fn statuses(answer: &Answer) -> Vec<String> {
    let status =
        |entry: &Value| entry["response"]["status"].as_str().map(|text| text[..3].to_owned());
    entries(answer).iter().map(|entry| status(entry).unwrap_or_default()).collect()
}

/// `Observation/id`, where an entry has ended up.
#[track_caller]
fn place(answer: &Answer, entry: usize) -> String {
    let location = entries(answer)[entry]["response"]["location"].clone();
    let location = location.as_str().unwrap_or_else(|| panic!("no location: {}", answer.text));
    location.split_once("/_history/").expect("a version").0.to_owned()
}

/// Keys and places of the errors of one entry.
fn errors(entry: &Value) -> Vec<(String, String)> {
    let issues = entry["response"]["outcome"]["issue"].as_array().cloned().unwrap_or_default();
    issues
        .iter()
        .filter(|issue| issue["severity"] == "error")
        .map(|issue| {
            let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
            (text(&issue["details"]["coding"][0]["code"]), text(&issue["expression"][0]))
        })
        .collect()
}

/// Rows of everything that a request may write.
async fn census(world: &World) -> Vec<i64> {
    let mut rows = Vec::new();
    for table in [
        "observation",
        "observation_history",
        "observation_identifier",
        "resource",
        "resource_history",
        "resource_token",
        "touched_day",
        "citizen",
    ] {
        rows.push(world.count("0330", &format!("select count(*) from {table}")).await);
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_answered_in_the_order_they_came() {
    let world = World::new().await;
    let scale = json!({"resourceType": "Device", "id": "scale-1", "status": "active"});
    for kind in ["batch", "transaction"] {
        let minute = if kind == "batch" { 0 } else { 30 };
        let mut device = scale.clone();
        device["id"] = json!(format!("scale-{kind}"));
        let sent = bundle(
            kind,
            &[
                get("Patient/ane"),
                post(&reading("ane", minute, 71)),
                put(&device),
                get(&format!("Observation?patient=ane&date=2025-12-31T08:{minute:02}Z&_count=0")),
                post(&reading("bo", minute, 72)),
            ],
        );
        let answer = world.gateway().post("", &sent).await.expect(200);
        assert_eq!(answer.json()["type"], format!("{kind}-response"));
        assert_eq!(statuses(&answer), ["200", "201", "201", "200", "201"], "{}", answer.text);
        let entries = entries(&answer);
        assert_eq!(entries[0]["resource"]["id"], "ane");
        // Whatever their place, reads see what the Bundle wrote.
        assert_eq!(entries[3]["resource"]["total"], 1, "{}", answer.text);
        assert_eq!(place(&answer, 2), format!("Device/scale-{kind}"));
        for (at, citizen) in [(1, "ane"), (4, "bo")] {
            let response = &entries[at]["response"];
            assert_eq!(response["etag"], "W/\"1\"");
            assert_eq!(response["lastModified"], "2026-01-01T00:00:00.000000Z");
            let read = world.nurse().get(&place(&answer, at)).await.expect(200);
            assert_eq!(read.json()["subject"]["reference"], format!("Patient/{citizen}"));
        }
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_entry_of_a_batch_leaves_the_others() {
    let world = World::new().await;
    let report = json!({"resourceType": "DiagnosticReport", "status": "final"});
    let delete = json!({"request": {"method": "DELETE", "url": "Device/scale-1"}});
    let sent = bundle(
        "batch",
        &[
            post(&reading("ane", 0, 71)),
            post(&impossible("ane", 1)),
            post(&reading("nobody", 2, 71)),
            // A citizen of another municipality.
            post(&reading("carl", 3, 71)),
            post(&report),
            delete,
            get("Observation/unknown"),
            post(&reading("bo", 4, 71)),
        ],
    );
    let answer = world.gateway().post("", &sent).await.expect(200);
    let statuses = statuses(&answer);
    assert_eq!(statuses[..4], ["201", "422", "422", "422"], "{}", answer.text);
    assert_eq!(statuses[5..], ["405", "404", "201"], "{}", answer.text);
    let refused = |at: usize| errors(&entries(&answer)[at]);
    let at = |key: &str, place: &str| vec![(key.to_owned(), place.to_owned())];
    assert_eq!(refused(1), at("vital-unit", "Bundle.entry[1].resource.valueQuantity.code"));
    assert_eq!(refused(2), at("subject-unknown", "Bundle.entry[2].resource.subject.reference"));
    assert_eq!(refused(3), at("subject-unknown", "Bundle.entry[3].resource.subject.reference"));
    assert!(statuses[4].starts_with('4') && !refused(4).is_empty(), "{}", answer.text);
    // What went wrong with a read stands where what went wrong stands.
    assert_eq!(refused(6), at("not-found", ""), "{}", answer.text);
    assert_eq!(world.count("0330", "select count(*) from observation").await, 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_all_or_nothing() {
    let world = World::new().await;
    let device = json!({"resourceType": "Device", "id": "scale-1", "status": "active"});
    world.gateway().put("Device/scale-1", &device.to_string()).await.expect(201);
    for minute in [50, 51] {
        let one_of_two = identified("ane", minute, 70, "twice");
        world.gateway().post("Observation", &one_of_two.to_string()).await.expect(201);
    }
    let before = census(&world).await;

    let mut changed = device.clone();
    changed["status"] = json!("inactive");
    let mut stale = put(&changed);
    stale["request"]["ifMatch"] = json!("W/\"7\"");
    let mut ambiguous = post(&reading("ane", 52, 70));
    ambiguous["request"]["ifNoneExist"] = json!("identifier=urn:test|twice");
    let mut stray = reading("ane", 53, 70);
    stray["subject"] = json!({"reference": "Patient?identifier=urn:test|nobody"});
    let mut no_status = changed.clone();
    no_status["status"] = json!("broken");
    let failures = [
        ("an invalid reading", post(&impossible("ane", 40)), 422, "vital-unit"),
        ("an unknown citizen", post(&reading("nobody", 41, 70)), 422, "subject-unknown"),
        ("another municipality's citizen", post(&reading("carl", 42, 70)), 422, "subject-unknown"),
        ("an identifier that two have", ambiguous, 412, "several-match"),
        ("a reference that finds nobody", post(&stray), 412, "conditional-reference"),
        ("a version that is not current", stale, 412, "version-conflict"),
        ("an invalid device", put(&no_status), 422, "code-invalid"),
        (
            "a deletion",
            json!({"request": {"method": "DELETE", "url": "Device/scale-1"}}),
            405,
            "entry-not-supported",
        ),
        (
            "what this role may not do",
            post(&json!({"resourceType": "Patient", "active": true})),
            403,
            "forbidden",
        ),
    ];
    for (what, failing, status, key) in failures {
        // The same beside readings alone, and beside what makes the Bundle take its own way.
        let readings = [post(&reading("ane", 1, 71)), post(&reading("bo", 2, 72))];
        let mixed = [put(&changed), post(&reading("ane", 3, 73))];
        for good in [readings, mixed] {
            let [first, last] = good;
            let sent = bundle("transaction", &[first, failing.clone(), last]);
            let answer = world.gateway().post("", &sent).await;
            assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.text);
            let issues = answer.issues();
            let told =
                |(found, at): &(String, String)| found == key && at.starts_with("Bundle.entry[1]");
            assert!(issues.iter().any(told), "{what}: {issues:?}");
            assert_eq!(census(&world).await, before, "{what}");
        }
    }
    let device = world.nurse().get("Device/scale-1").await.expect(200).json();
    assert_eq!(device["status"], "active");
    // And the same readings without any of that are new.
    let sent = [post(&reading("ane", 1, 71)), put(&changed), post(&reading("bo", 2, 72))];
    let answer = world.gateway().post("", &bundle("transaction", &sent)).await.expect(200);
    assert_eq!(statuses(&answer), ["201", "200", "201"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_transaction_tells_all_that_is_wrong_and_where() {
    let world = World::new().await;
    let mut two_faults = impossible("ane", 1);
    two_faults["status"] = json!("done");
    let sent = bundle(
        "transaction",
        &[
            post(&reading("ane", 0, 70)),
            post(&two_faults),
            post(&reading("ane", 2, 70)),
            post(&impossible("bo", 3)),
        ],
    );
    let answer = world.gateway().post("", &sent).await.expect(422);
    let issues = answer.issues();
    for (key, place) in [
        ("code-invalid", "Bundle.entry[1].resource.status"),
        ("vital-unit", "Bundle.entry[1].resource.valueQuantity.code"),
        ("vital-unit", "Bundle.entry[3].resource.valueQuantity.code"),
    ] {
        assert!(issues.contains(&(key.to_owned(), place.to_owned())), "{place}: {issues:?}");
    }
    assert_eq!(issues.len(), 3, "{issues:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_received_is_stored_or_a_duplicate_or_refused() {
    let world = World::new().await;
    let earlier = reading("ane", 0, 70);
    world.gateway().post("Observation", &earlier.to_string()).await.expect(201);
    let mut sent = Vec::new();
    for minute in 0..40 {
        sent.push(post(&match minute % 4 {
            // New, of the past, and the same again in this Bundle.
            0 | 1 => reading("ane", minute - minute % 4, 70),
            2 => reading("bo", minute, 80),
            _ => impossible("bo", minute),
        }));
    }
    let batch = bundle("batch", &sent);
    let answer = world.gateway().post("", &batch).await.expect(200);
    let count = |answer: &Answer, status: &str| {
        statuses(answer).iter().filter(|found| *found == status).count()
    };
    let told = ["201", "200", "422"].map(|status| count(&answer, status));
    assert_eq!(told, [19, 11, 10], "{:?}", statuses(&answer));
    assert_eq!(told.iter().sum::<usize>(), sent.len());
    assert_eq!(place(&answer, 4), place(&answer, 5));
    let stored = "select count(*) from observation";
    assert_eq!(world.count("0330", stored).await, 1 + 19);

    let again = world.gateway().post("", &batch).await.expect(200);
    assert_eq!(["201", "200", "422"].map(|status| count(&again, status)), [0, 30, 10]);
    for at in (0..40).filter(|at| at % 4 != 3) {
        assert_eq!(place(&again, at), place(&answer, at));
    }
    assert_eq!(world.count("0330", stored).await, 20);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_transactions_at_a_time_all_come_through() {
    let world = World::new().await;
    // More than there are connections, each with a device, a condition and a code never seen, so
    // that each has to look things up while its own transaction is open.
    let transactions: Vec<String> = (0..24)
        .map(|number| {
            let device = json!({"resourceType": "Device", "identifier":
                [{"system": "urn:test:device", "value": format!("eui-{number}")}]});
            let mut reading = identified("ane", number, 70, &format!("reading-{number}"));
            reading["device"] = json!({"reference": "urn:uuid:the-device"});
            reading["code"] = json!({"text": format!("code {number}")});
            reading["category"] = json!([{"text": "none"}]);
            let mut reading = post(&reading);
            reading["request"]["ifNoneExist"] =
                json!(format!("identifier=urn:test|reading-{number}"));
            bundle("transaction", &[named("urn:uuid:the-device", &device), reading])
        })
        .collect();
    let gateway = world.gateway();
    let answers =
        futures_util::future::join_all(transactions.iter().map(|sent| gateway.post("", sent)))
            .await;
    for answer in &answers {
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        assert_eq!(statuses(answer), ["201", "201"]);
    }
    assert_eq!(world.count("0330", "select count(*) from observation").await, 24);
    world.end().await;
}
