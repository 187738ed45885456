//! A scope's condition is part of every question.

use pulsvagt::access::Role;
use serde_json::{Value, json};

use super::{CATEGORIES, ids, laboratory};
use crate::world::{Answer, Client, World, heart_rate};

const VITALS: usize = 4;

struct Setting {
    world: World,
    /// May read laboratory results only.
    narrow: Client,
    vital: Vec<String>,
    lab: Vec<String>,
}

async fn setting() -> Setting {
    let world = World::new().await;
    let (mut vital, mut lab) = (Vec::new(), Vec::new());
    for minute in 0..VITALS {
        let at = format!("2025-12-30T12:0{minute}:00Z");
        let gateway = world.gateway();
        vital.push(gateway.post("Observation", &heart_rate("ane", &at, "71")).await.id());
        lab.push(gateway.post("Observation", &laboratory("ane", &at, "5")).await.expect(201).id());
    }
    // Under the code of the vital sign, so that only its template tells the two apart.
    let same_code = heart_rate("ane", "2025-12-30T13:00:00Z", "72");
    let same_code = same_code.replace("\"vital-signs\"", "\"laboratory\"");
    lab.push(world.gateway().post("Observation", &same_code).await.expect(201).id());
    vital.sort();
    lab.sort();
    let scope = format!("user/Observation.rs?category={CATEGORIES}|laboratory");
    let narrow = world.scoped(Role::Nurse, None, &scope);
    Setting { world, narrow, vital, lab }
}

fn next(bundle: &Value) -> Option<String> {
    let links = bundle["link"].as_array()?;
    let next = links.iter().find(|link| link["relation"] == "next")?;
    Some(next["url"].as_str()?.split_once("/fhir/")?.1.to_owned())
}

fn face(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.text.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_outside_a_scope_are_not_found_on_any_path() {
    let Setting { world, narrow, vital, lab } = setting().await;
    for query in [
        "Observation",
        "Observation?patient=ane",
        "Observation?patient=ane&_total=accurate",
        "Observation?category=laboratory,vital-signs",
        "Observation?status=final&_sort=date",
        "Observation?code:not=unknown",
    ] {
        let found = narrow.get(query).await.expect(200).json();
        assert_eq!(ids(&found), lab, "{query}");
        assert_eq!(found["total"], lab.len(), "{query}");
    }
    let form = narrow.with("content-type", "application/x-www-form-urlencoded");
    let found = form.post("Observation/_search", "patient=ane").await.expect(200).json();
    assert_eq!(ids(&found), lab);
    let hidden = [
        "Observation?category=vital-signs".to_owned(),
        "Observation?category:not=laboratory".to_owned(),
        format!("Observation?_id={}", vital.join(",")),
        "Observation?patient=ane&category=vital-signs&_summary=count".to_owned(),
        "Observation/$lastn?patient=ane&category=vital-signs".to_owned(),
    ];
    for query in &hidden {
        let found = narrow.get(query).await.expect(200).json();
        assert_eq!((ids(&found), &found["total"]), (Vec::new(), &json!(0)), "{query}");
    }
    let count = narrow.get("Observation?_summary=count").await.expect(200).json();
    assert_eq!(count["total"], lab.len());
    // The newest of the code is not the one that is in reach, and the other way round.
    let newest = narrow.get("Observation/$lastn?patient=ane&code=8867-4&max=9").await.expect(200);
    assert_eq!(ids(&newest.json()).len(), 1);
    assert!(lab.contains(&ids(&newest.json())[0]));
    let stats = "Observation/$stats?subject=Patient/ane&code=8867-4&statistic=count&include=true";
    let told = narrow.get(stats).await.expect(200);
    assert!(told.text.contains("\"value\":1}"), "{}", told.text);
    assert!(!vital.iter().any(|id| told.text.contains(id)), "{}", told.text);

    for tail in ["", "/_history", "/_history/1"] {
        for id in &lab {
            narrow.get(&format!("Observation/{id}{tail}")).await.expect(200);
        }
        let unknown = narrow.get(&format!("Observation/unknown{tail}")).await.expect(404);
        for id in &vital {
            let answer = narrow.get(&format!("Observation/{id}{tail}")).await;
            assert_eq!(face(&answer), face(&unknown), "{tail}");
        }
    }
    let urls = hidden.iter().cloned().chain(vital.iter().flat_map(|id| {
        ["", "/_history", "/_history/1"].map(|tail| format!("Observation/{id}{tail}"))
    }));
    let entries: Vec<Value> =
        urls.map(|url| json!({"request": {"method": "GET", "url": url}})).collect();
    let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": entries});
    let answer = narrow.post("/fhir", &batch.to_string()).await.expect(200);
    assert!(!answer.text.contains("\"valueQuantity\""), "{}", answer.text);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_search_are_narrowed_whoever_began_it() {
    let Setting { world, narrow, lab, .. } = setting().await;
    let (mut page, mut all) = (Some("Observation?patient=ane&_count=2".to_owned()), Vec::new());
    while let Some(address) = page {
        let found = narrow.get(&address).await.expect(200).json();
        all.extend(ids(&found));
        page = next(&found);
    }
    all.sort();
    assert_eq!(all, lab);
    let broad = world.nurse().get("Observation?patient=ane&_count=1").await.expect(200).json();
    let (mut page, mut all) = (next(&broad), Vec::new());
    while let Some(address) = page {
        let found = narrow.get(&address).await.expect(200).json();
        all.extend(ids(&found));
        page = next(&found);
    }
    assert!(!all.is_empty() && all.iter().all(|id| lab.contains(id)), "{all:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_reading_refers_to_needs_a_scope_of_its_own() {
    let Setting { world, narrow, .. } = setting().await;
    let query = "Observation?patient=ane&_include=Observation:patient";
    let found = narrow.get(query).await.expect(200);
    assert!(!found.text.contains("\"Patient\""), "{}", found.text);
    let more = world.scoped(Role::Nurse, None, "user/Observation.rs user/Patient.r");
    let found = more.get(query).await.expect(200);
    assert!(found.text.contains("\"resourceType\":\"Patient\""), "{}", found.text);
    // Who has a CPR number is something about a Patient too.
    let by_cpr = "Observation?patient.identifier=urn:oid:1.2.208.176.1.2|0101501234";
    for (scope, status) in [("user/Observation.rs", 403), ("user/*.rs", 200)] {
        let client = world.scoped(Role::Nurse, None, scope);
        client.get(by_cpr).await.expect(status);
        client.get(&by_cpr.replace('?', "/$lastn?code=8867-4&")).await.expect(status);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_version_is_compared_by_itself() {
    let Setting { world, narrow, vital, .. } = setting().await;
    let place = format!("Observation/{}", vital[0]);
    let mut reading = world.nurse().get(&place).await.expect(200).json();
    reading["category"][0]["coding"][0]["code"] = json!("laboratory");
    world.nurse().put(&place, &reading.to_string()).await.expect(200);
    narrow.get(&place).await.expect(200);
    narrow.get(&format!("{place}/_history/2")).await.expect(200);
    narrow.get(&format!("{place}/_history/1")).await.expect(404);
    let history = narrow.get(&format!("{place}/_history")).await.expect(200).json();
    assert_eq!((&history["total"], ids(&history).len()), (&json!(1), 1));
    let whole = world.nurse().get(&format!("{place}/_history")).await.expect(200).json();
    assert_eq!(whole["total"], 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_resources_are_narrowed_alike() {
    let world = World::new().await;
    let condition = |category: &str, number: u32| {
        json!({"resourceType": "Condition", "subject": {"reference": "Patient/ane"},
               "identifier": [{"system": "urn:x", "value": category}],
               "category": [{"coding": [{"system": "urn:c", "code": category}]}],
               "code": {"coding": [{"system": "urn:d", "code": format!("c{number}")}]}})
        .to_string()
    };
    let nurse = world.nurse();
    let open = nurse.post("Condition", &condition("open", 1)).await.expect(201).id();
    let closed = nurse.post("Condition", &condition("closed", 2)).await.expect(201).id();
    for scope in [
        "user/Condition.crus?category=urn:c|open",
        "user/Condition.crus?category=urn:c|",
        "user/Condition.crus?code=c1 user/Condition.s?category=open&code=urn:d|c1",
    ] {
        let all = scope.ends_with("urn:c|");
        let narrow = world.scoped(Role::Nurse, None, scope);
        let seen = |ids: &[&String]| {
            let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
            ids.sort();
            ids
        };
        let expected = if all { seen(&[&open, &closed]) } else { seen(&[&open]) };
        for query in ["Condition", "Condition?patient=ane&_total=accurate", "Condition?code=c1,c2"]
        {
            let found = narrow.get(query).await.expect(200).json();
            assert_eq!(ids(&found), expected, "{scope} {query}");
            assert_eq!(found["total"], expected.len(), "{scope} {query}");
        }
        let status = if all { 200 } else { 404 };
        for tail in ["", "/_history", "/_history/1"] {
            narrow.get(&format!("Condition/{open}{tail}")).await.expect(200);
            narrow.get(&format!("Condition/{closed}{tail}")).await.expect(status);
        }
    }
    let limited = world.scoped(Role::Nurse, None, "user/Condition.crus?category=urn:c|open");
    // What is hidden is neither found nor made a second time by its identifier.
    let if_none = |value: &str| limited.with("if-none-exist", &format!("identifier=urn:x|{value}"));
    if_none("open").post("Condition", &condition("open", 3)).await.expect(200);
    if_none("closed").post("Condition", &condition("open", 3)).await.expect(403);
    limited.post("Condition", &condition("closed", 4)).await.expect(403);
    let mut sent: Value = serde_json::from_str(&condition("open", 1)).expect("json");
    sent["id"] = json!(open);
    limited.put(&format!("Condition/{open}"), &sent.to_string()).await.expect(200);
    sent["category"][0]["coding"][0]["code"] = json!("closed");
    let answer = limited.put(&format!("Condition/{open}"), &sent.to_string()).await.expect(403);
    assert_eq!(answer.issues()[0].0, "out-of-scope");
    sent["id"] = json!(closed);
    sent["category"][0]["coding"][0]["code"] = json!("open");
    limited.put(&format!("Condition/{closed}"), &sent.to_string()).await.expect(404);
    assert_eq!(
        world.count("0330", "select count(*) from resource where type = 'Condition'").await,
        2
    );
    world.end().await;
}
