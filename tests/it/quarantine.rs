//! Readings that cannot be right: they wait, somebody decides, nothing is lost on the way.

mod killed;
mod pages;

use pulsvagt::access::Role;
use serde_json::{Value, json};

use crate::worklist::{Ward, glucose, weight};
use crate::world::{Answer, Client};

const AT: &str = "2025-12-31T08:00:00+01:00";

/// A reading that says from which device it is.
fn from_device(reading: &str, device: &str) -> String {
    let mut reading: Value = serde_json::from_str(reading).expect("JSON");
    reading["device"] = json!({"reference": device});
    reading.to_string()
}

async fn inbox(who: &Client, query: &str) -> Value {
    who.get(&format!("/api/quarantine{query}")).await.expect(200).json()
}

/// Decides about a reading that was read in a version.
async fn decide(who: &Client, id: &str, verb: &str, version: u64, body: &Value) -> Answer {
    let who = who.with("if-match", &format!("\"{version}\""));
    who.post(&format!("/api/quarantine/{id}/{verb}"), &body.to_string()).await
}

fn why(text: &str) -> Value {
    json!({ "why": text })
}

fn first(list: &Value) -> (String, u64) {
    let reading = &list["readings"][0];
    let id = reading["id"].as_str().expect("an id").to_owned();
    (id, reading["version"].as_u64().expect("a version"))
}

/// How many readings count.
async fn scored(ward: &Ward) -> i64 {
    ward.world.count("0330", "select count(*) from observation where quarantine = 0").await
}

async fn due(ward: &Ward) -> i64 {
    ward.world.count("0330", "select count(*) from touched_day where citizen = 1").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_accepted_counts_from_then_on() {
    let ward = Ward::new().await;
    let nurse = ward.nurse();
    assert_eq!(inbox(&nurse, "").await, json!({"readings": [], "counts": []}));
    ward.take_in(&[
        weight("ane", "2025-12-29T08:00:00+01:00", "93"),
        from_device(&weight("ane", AT, "704"), "Device/scale-1"),
    ])
    .await;
    assert_eq!(ward.list("").await["alerts"], json!([]), "it is not scored");
    let list = inbox(&nurse, "").await;
    let reading = &list["readings"][0];
    assert_eq!(reading["reason"], "implausible");
    assert_eq!(reading["citizen"]["id"], "ane");
    assert_eq!(reading["device"], "Device/scale-1");
    assert_eq!((&reading["what"], &reading["at"]), (&json!("Vægt"), &json!(AT)));
    assert_eq!(reading["values"][0]["value"], "704.0");
    assert_eq!(reading["usual"]["value"], 93.0);
    assert_eq!(reading["legal"], json!(["accept", "reject", "fix"]));
    assert_eq!(list["counts"][0]["count"], 1);
    let (id, version) = first(&list);
    assert_eq!(version, 1);

    // It needs a reason, and the version that was read.
    decide(&nurse, &id, "accept", 1, &why("x")).await.expect(422);
    let number = "Spurgt 0203411234";
    decide(&nurse, &id, "accept", 1, &why(number)).await.expect(422);
    decide(&nurse, &id, "accept", 7, &why("Vejet to gange")).await.expect(409);
    nurse.post(&format!("/api/quarantine/{id}/accept"), "{}").await.expect(428);
    assert_eq!(due(&ward).await, 0);

    let answer = decide(&nurse, &id, "accept", 1, &why("Vejet to gange")).await.expect(200);
    assert_eq!(answer.header("etag"), "\"2\"");
    let now = answer.json();
    assert_eq!(now["decided"]["decision"], "accepted");
    assert_eq!((&now["decided"]["by"], &now["legal"]), (&json!("test-nurse"), &json!(["undo"])));
    assert_eq!(due(&ward).await, 1, "its day is to be screened anew");
    ward.take_in(&[]).await;
    let alert = &ward.list("").await["alerts"][0];
    assert_eq!(alert["why"], "Vægt 704,0 kg; grænsen er 100 kg");

    // The reading says what it said; that it counts is a version of its own, and somebody's.
    let history = nurse.get(&format!("Observation/{id}/_history")).await.expect(200).json();
    let versions = history["entry"].as_array().expect("versions");
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[0]["resource"]["valueQuantity"], versions[1]["resource"]["valueQuantity"]);
    let told = nurse.get(&format!("Provenance?target=Observation/{id}")).await.expect(200).json();
    let told = &told["entry"][0]["resource"];
    assert_eq!(told["reason"][0]["text"], "Vejet to gange");
    assert_eq!(told["agent"][0]["who"]["identifier"]["value"], "test-nurse");
    assert_eq!(told["target"][0]["reference"], format!("Observation/{id}/_history/2"));

    // The same again is told to be done; by somebody else it is a conflict.
    decide(&nurse, &id, "accept", 1, &why("Vejet to gange")).await.expect(200);
    let lead = ward.world.client("0330", Role::Lead, None).with("content-type", "application/json");
    let late = decide(&lead, &id, "reject", 1, &why("Kan ikke passe")).await.expect(409).json();
    assert_eq!(late["now"], json!({"by": "test-nurse", "decision": "accepted", "version": 2}));
    let rows = "select count(*) from observation_history";
    assert_eq!(ward.world.count("0330", rows).await, 1);

    // What its sender says again with the same words does not undo it.
    let sent = from_device(&weight("ane", AT, "704"), "Device/scale-1");
    let again = ward.world.gateway().put(&format!("Observation/{id}"), &sent).await.expect(200);
    assert_eq!(again.header("etag"), "W/\"2\"");
    ward.world.gateway().post("Observation", &sent).await.expect(200);
    assert_eq!(scored(&ward).await, 2);

    // And back.
    let back = decide(&lead, &id, "undo", 2, &why("Var en fejl")).await.expect(200).json();
    assert_eq!((&back["decided"], &back["reason"]), (&Value::Null, &json!("implausible")));
    assert_eq!((scored(&ward).await, due(&ward).await), (1, 1));
    assert_eq!(first(&inbox(&nurse, "").await), (id.clone(), 3));
    // Another number from its sender is judged like any other.
    let right = from_device(&weight("ane", AT, "70.4"), "Device/scale-1");
    ward.world.gateway().put(&format!("Observation/{id}"), &right).await.expect(200);
    assert_eq!(inbox(&nurse, "").await["readings"], json!([]));
    let decided = inbox(&nurse, "?state=decided").await;
    assert_eq!(decided["readings"][0]["decided"]["decision"], "changed");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_stays_in_the_history_and_never_counts() {
    let ward = Ward::new().await;
    let nurse = ward.nurse();
    ward.take_in(&[weight("ane", AT, "4000")]).await;
    let (id, version) = first(&inbox(&nurse, "").await);
    let body = why("Hunden stod på vægten");
    decide(&nurse, &id, "reject", version, &body).await.expect(200);
    assert_eq!((scored(&ward).await, due(&ward).await), (0, 0));
    let now = nurse.get(&format!("Observation/{id}")).await.expect(200).json();
    assert_eq!(
        (&now["status"], &now["valueQuantity"]["value"]),
        (&json!("entered-in-error"), &json!(4000.0))
    );
    let told = nurse.get(&format!("Provenance?target=Observation/{id}")).await.expect(200).json();
    assert_eq!(told["entry"][0]["resource"]["reason"][0]["text"], "Hunden stod på vægten");
    assert_eq!(inbox(&nurse, "").await["readings"], json!([]));
    let decided = inbox(&nurse, "?state=decided").await;
    assert_eq!(decided["readings"][0]["decided"]["decision"], "rejected");
    // It is the same reading when it is sent again.
    let again = ward.world.gateway().post("Observation", &weight("ane", AT, "4000")).await;
    assert_eq!(again.expect(200).id(), id);
    assert_eq!(inbox(&nurse, "").await["readings"], json!([]));
    decide(&nurse, &id, "accept", 2, &why("Alligevel")).await.expect(422);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_or_unit_is_fixed_only_if_it_then_counts() {
    let ward = Ward::new().await;
    let nurse = ward.nurse();
    ward.take_in(&[weight("ane", AT, "704")]).await;
    let (id, version) = first(&inbox(&nurse, "").await);
    let body = |values: Value| json!({"why": "Tastefejl", "values": values});
    for (values, code) in [
        (json!([]), "unchanged"),
        (json!([{"place": 0, "value": "704.0"}]), "implausible"),
        (json!([{"place": 0, "value": "7e1"}]), "unacceptable"),
        (json!([{"place": 0, "value": "70.4", "unit": "stone"}]), "invalid"),
        (json!([{"place": 0, "unit": "k g"}]), "unknown-unit"),
        (json!([{"place": 3, "value": "70"}]), "no-number"),
    ] {
        let refused = decide(&nurse, &id, "fix", version, &body(values.clone())).await;
        let refused = refused.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], code, "{values}");
    }
    assert_eq!(first(&inbox(&nurse, "").await), (id.clone(), 1), "nothing was written");
    let right = body(json!([{"place": 0, "value": "104.20"}]));
    let done = decide(&nurse, &id, "fix", version, &right).await.expect(200).json();
    assert_eq!(done["decided"]["decision"], "fixed");
    assert_eq!(done["values"][0]["value"], "104.20");
    ward.take_in(&[]).await;
    let why = &ward.list("").await["alerts"][0]["why"];
    assert_eq!(*why, "Vægt 104,2 kg; grænsen er 100 kg");
    let first_version = format!("Observation/{id}/_history/1");
    let sent = nurse.get(&first_version).await.expect(200).json();
    assert_eq!(sent["valueQuantity"]["value"], 704.0);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scale_that_sends_pounds_is_one_decision() {
    let ward = Ward::new().await;
    let nurse = ward.nurse();
    let mut sent = Vec::new();
    // 550 lb are 249.5 kg; 2,000 lb are possible for nobody.
    for (day, value) in [(27, "550"), (28, "551"), (29, "552"), (30, "2000")] {
        let at = format!("2025-12-{day}T08:00:00+01:00");
        sent.push(from_device(&weight("ane", &at, value), "Device/scale-1"));
    }
    sent.push(from_device(&weight("bo", AT, "550"), "Device/scale-2"));
    ward.take_in(&sent).await;
    let list = inbox(&nurse, "?device=Device/scale-1").await;
    assert_eq!(list["readings"].as_array().map(Vec::len), Some(4));
    let counts: Vec<_> =
        list["counts"].as_array().expect("counts").iter().map(|it| &it["count"]).collect();
    assert_eq!(counts, [4, 1]);
    let body = json!({"device": "Device/scale-1", "reason": "implausible", "decision": "fix",
        "unit": "[lb_av]", "why": "Vægten sender pund", "until": "2026-01-01T00:00:00Z"});
    let before = json!({"until": "2025-12-31T00:00:00Z"});
    let mut early = body.clone();
    early["until"] = before["until"].clone();
    let none = nurse.post("/api/quarantine/all", &early.to_string()).await.expect(200).json();
    assert_eq!(none, json!({"done": 0, "left": 0, "more": false}), "what was not seen stays");
    let all = nurse.post("/api/quarantine/all", &body.to_string()).await.expect(200).json();
    assert_eq!(all, json!({"done": 3, "left": 1, "more": false}));
    let again = nurse.post("/api/quarantine/all", &body.to_string()).await.expect(200).json();
    assert_eq!(again, json!({"done": 0, "left": 1, "more": false}));
    assert_eq!(scored(&ward).await, 3);
    let values =
        "select count(*) from observation where quarantine = 0 and value between 249 and 251";
    assert_eq!(ward.world.count("0330", values).await, 3);
    assert_eq!(inbox(&nurse, "").await["counts"].as_array().map(Vec::len), Some(2));
    let mut other = body.clone();
    other["decision"] = json!("accept");
    nurse.post("/api/quarantine/all", &other.to_string()).await.expect(422);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reason_offers_what_can_be_done() {
    let ward = Ward::new().await;
    let nurse = ward.nurse();
    let odd = glucose("ane", AT, "5").replace("mmol/L", "stone");
    let mut preliminary: Value = serde_json::from_str(&weight("ane", AT, "80")).expect("JSON");
    preliminary["status"] = json!("preliminary");
    ward.take_in(&[
        weight("ane", "2026-01-01T00:20:00Z", "80"),
        weight("ane", "2031-01-01T00:00:00Z", "81"),
        weight("ane", "1969-01-01T00:00:00Z", "82"),
        odd,
        preliminary.to_string(),
    ])
    .await;
    let list = inbox(&nurse, "").await;
    let mut offered: Vec<(String, Value)> = list["readings"]
        .as_array()
        .expect("readings")
        .iter()
        .map(|it| (it["reason"].as_str().expect("a reason").to_owned(), it["legal"].clone()))
        .collect();
    offered.sort_by_key(|(reason, legal)| (reason.clone(), legal.to_string()));
    let expected = [
        ("clock-ahead", json!(["accept", "reject"])),
        // A time without a place: there is no day that it could count in.
        ("clock-ahead", json!(["reject"])),
        ("clock-behind", json!(["reject"])),
        ("unit-unknown", json!(["reject", "fix"])),
    ];
    let expected: Vec<_> = expected.into_iter().map(|(it, legal)| (it.to_owned(), legal)).collect();
    assert_eq!(offered, expected, "and a status of the sender's own is nobody's business");
    // Twenty minutes later the clock was right after all.
    ward.world.clock.advance(30 * 60 * 1_000_000);
    let ahead = inbox(&nurse, "?reason=clock-ahead").await;
    let ahead = ahead["readings"].as_array().expect("readings");
    let near = ahead.iter().find(|it| it["values"][0]["value"] == "80.0").expect("the near one");
    let (id, version) = first(&json!({"readings": [near]}));
    decide(&nurse, &id, "accept", version, &why("Uret går forkert")).await.expect(200);
    assert_eq!(scored(&ward).await, 1);
    decide(&nurse, &id, "undo", version + 1, &why("x")).await.expect(422);
    decide(&nurse, &id, "undo", version + 1, &why("Nej alligevel")).await.expect(200);
    assert_eq!(scored(&ward).await, 0, "its reason is what it was, not what it would be now");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_looks_after_the_citizen_knows_and_decides() {
    let ward = Ward::new().await;
    ward.take_in(&[weight("ane", AT, "704")]).await;
    let (id, version) = first(&inbox(&ward.nurse(), "").await);
    let admin = ward.world.admin("0330").with("content-type", "application/json");
    admin.put("/api/teams/nord", r#"{"name": "Nord"}"#).await.expect(200);
    let elsewhere = ward.world.nurse_of("nord").with("content-type", "application/json");
    assert_eq!(inbox(&elsewhere, "").await, json!({"readings": [], "counts": []}));
    decide(&elsewhere, &id, "accept", version, &why("Vejet to gange")).await.expect(404);
    let other = ward.world.client("0306", Role::Nurse, None);
    let other = other.with("content-type", "application/json");
    decide(&other, &id, "accept", version, &why("Vejet to gange")).await.expect(404);
    for role in [Role::Admin, Role::Gateway, Role::Analyst, Role::Operator] {
        let who = ward.world.client("0330", role, None).with("content-type", "application/json");
        who.get("/api/quarantine").await.expect(403);
        decide(&who, &id, "accept", version, &why("Vejet to gange")).await.expect(403);
    }
    ward.world.citizen("ane").get("/api/quarantine").await.expect(403);
    assert_eq!(scored(&ward).await, 0);
    ward.world.end().await;
}

/// Ten readings, of which every third cannot be right, decided by many at once: one decision each,
/// and every reading is there in every version.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_decide_at_once_one_does() {
    let ward = Ward::new().await;
    let nurse = ward.nurse();
    let sent: Vec<String> = (10..20)
        .map(|day| {
            let value = if day % 3 == 0 { "900" } else { "80" };
            weight("ane", &format!("2025-12-{day}T08:00:00+01:00"), value)
        })
        .collect();
    ward.take_in(&sent).await;
    let list = inbox(&nurse, "").await;
    let readings = list["readings"].as_array().expect("readings");
    assert_eq!(readings.len(), 3);
    let mut all = tokio::task::JoinSet::new();
    for reading in readings {
        for (person, verb) in [("a", "accept"), ("b", "reject"), ("c", "accept"), ("d", "reject")] {
            let who = ward.world.named(Role::Nurse, None, person);
            let who = who.with("content-type", "application/json");
            let id = reading["id"].as_str().expect("an id").to_owned();
            all.spawn(async move {
                decide(&who, &id, verb, 1, &why("Besluttet")).await.status.as_u16()
            });
        }
    }
    let mut statuses = all.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 409, 409, 409, 409, 409, 409, 409, 409, 409]);
    let count = async |query: &str| ward.world.count("0330", query).await;
    assert_eq!(count("select count(*) from observation").await, 10);
    assert_eq!(count("select count(*) from observation_history").await, 3);
    assert_eq!(count("select count(*) from resource where type = 'Provenance'").await, 3);
    assert_eq!(count("select count(*) from doubtful_reading where decision is null").await, 0);
    let counted = "select count(*) from observation o join doubtful_reading d
        using (citizen, code, effective, source, fingerprint)
        where (d.decision = 'accepted') <> (o.quarantine = 0)";
    assert_eq!(count(counted).await, 0);
    ward.world.end().await;
}
