//! A citizen's plan through both doors: what goes in by one comes out by the other.

mod fhir;

use axum::http::Method;
use pulsvagt::access::Role;
use pulsvagt::clock::Micros;
use pulsvagt::ids::CitizenNo;
use serde_json::{Value, json};

use crate::world::{Answer, Client, World};

const PLAN: &str = "/api/citizens/ane/plan";

/// A plan with something of everything.
fn plan() -> Value {
    json!({
        "programmes": ["heart-failure", "copd"],
        "cadence": [
            {"signal": "body_weight", "everyHours": 24, "safetyCritical": true},
            {"signal": "fev1", "everyHours": 168, "from": 1_767_225_600_000_000_i64,
             "safetyCritical": false},
            {"signal": "glucose", "everyHours": 6, "safetyCritical": false}
        ],
        "limits": {"weight_gain_3d_red": 2.5, "weight_gain_3d_yellow": 1.75},
        "spo2Scale": "two",
        "oxygen": true,
        "baselines": {"oxygen_saturation": 90.5}
    })
}

async fn put(client: &Client, version: u32, plan: &Value) -> Answer {
    let client = client.with("content-type", "application/json");
    client.with("if-match", &format!("\"{version}\"")).put(PLAN, &plan.to_string()).await
}

/// The plan as the API answers it, whatever the order of programmes.
fn sorted(mut plan: Value) -> Value {
    let programmes = plan["programmes"].as_array_mut().expect("programmes");
    programmes.sort_by_key(ToString::to_string);
    plan
}

#[track_caller]
fn problem(answer: &Answer, status: u16, code: &str) -> Vec<(String, String)> {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let json = answer.json();
    assert_eq!(json["code"], code, "{json}");
    assert_eq!(json["status"], status);
    assert_eq!(json["type"], format!("https://pulsvagt.dk/problems/{code}"));
    assert_eq!(json["requestId"], answer.header("x-request-id"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let faults = json["errors"].as_array().cloned().unwrap_or_default();
    faults
        .iter()
        .map(|fault| {
            let place = if fault["pointer"].is_string() { "pointer" } else { "parameter" };
            (text(&fault[place]), text(&fault["code"]))
        })
        .collect()
}

async fn ane(world: &World) -> CitizenNo {
    let tenant = "0330".parse().expect("a code");
    let municipality = world.app.municipality(&tenant).await.expect("open").expect("served");
    municipality.store.citizen_no("ane").await.expect("an answer").expect("a citizen")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_kept_version_by_version() {
    let world = World::new().await;
    let nurse = world.nurse();
    let none = nurse.get(PLAN).await.expect(200);
    assert_eq!((none.header("etag"), none.header("last-modified")), ("\"0\"", ""));
    assert_eq!(none.json()["programmes"], json!([]));
    nurse.get(&format!("{PLAN}/history")).await.expect(200);

    let first = put(&nurse, 0, &plan()).await.expect(200);
    assert_eq!(first.header("etag"), "\"1\"");
    assert_eq!(sorted(first.json()), sorted(plan()));
    world.clock.advance(60_000_000);
    let mut changed = plan();
    changed["limits"]["weight_gain_3d_red"] = json!(3);
    changed["oxygen"] = json!(false);
    let lead = world.client("0330", Role::Lead, None);
    let second = put(&lead, 1, &changed).await.expect(200);
    assert_eq!(second.header("etag"), "\"2\"");
    assert_eq!(second.header("last-modified"), "Thu, 01 Jan 2026 00:01:00 GMT");
    let same = put(&nurse, 2, &changed).await.expect(200);
    assert_eq!(same.header("etag"), "\"2\"", "the same again is no new version");

    let read = nurse.get(PLAN).await.expect(200);
    assert_eq!((read.header("etag"), read.json()), ("\"2\"", second.json()));
    let history = nurse.get(&format!("{PLAN}/history")).await.expect(200).json();
    let told: Vec<(u64, &str, &str, &Value)> = history
        .as_array()
        .expect("versions")
        .iter()
        .map(|version| {
            let text = |name: &str| version[name].as_str().expect("text");
            let number = version["version"].as_u64().expect("a number");
            assert_eq!(text("source"), "api");
            (number, text("author"), text("validFrom"), &version["plan"]["limits"])
        })
        .collect();
    let limits = |red: f64| json!({"weight_gain_3d_red": red, "weight_gain_3d_yellow": 1.75});
    assert_eq!(
        told,
        [
            (2, "test-lead", "2026-01-01T00:01:00.000000Z", &limits(3.0)),
            (1, "test-nurse", "2026-01-01T00:00:00.000000Z", &limits(2.5)),
        ]
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_knows_what_was_in_force_when() {
    let world = World::new().await;
    let no = ane(&world).await;
    let tenant = "0330".parse().expect("a code");
    let store = world.app.municipality(&tenant).await.expect("open").expect("served").store.clone();
    assert!(store.plans(&[no]).await.expect("plans").is_empty());
    assert_eq!(store.plan_as_of(no, world.clock.now()).await.expect("an answer"), None);
    let start = world.clock.now();
    put(&world.nurse(), 0, &plan()).await.expect(200);
    world.clock.advance(3_600_000_000);
    put(&world.nurse(), 1, &json!({"programmes": ["copd"]})).await.expect(200);
    let at = |minutes: i64| Micros(start.0 + minutes * 60_000_000);
    for (minutes, version) in [(-1, 0), (0, 1), (59, 1), (60, 2), (600, 2)] {
        let then = store.plan_as_of(no, at(minutes)).await.expect("an answer");
        assert_eq!(then.map_or(0, |then| then.version), version, "{minutes}");
    }
    let in_force = store.plans(&[no, CitizenNo(999_999)]).await.expect("plans");
    assert_eq!(in_force.len(), 1);
    assert_eq!((in_force[&no].version, in_force[&no].since), (2, at(60)));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_makes_the_citizen_due_today() {
    let world = World::new().await;
    let due = "select count(*) from touched_day where day = date '2026-01-01' and citizen =
        (select id from citizen where logical_id = 'ane')";
    let all = "select count(*) from touched_day";
    put(&world.nurse(), 0, &json!({"cadence": [{"signal": "nothing", "everyHours": 1}]})).await;
    assert_eq!(world.count("0330", all).await, 0, "what is refused changes nothing");
    // 23:30 UTC is the next day on the wall clock of Slagelse.
    world.clock.advance(-30 * 60_000_000);
    put(&world.nurse(), 0, &plan()).await.expect(200);
    assert_eq!(world.count("0330", due).await, 1);
    put(&world.nurse(), 1, &plan()).await.expect(200);
    put(&world.nurse(), 1, &json!({})).await.expect(200);
    assert_eq!(world.count("0330", all).await, 1);
    assert_eq!(world.count("0306", all).await, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_it_at_once_one_is_told() {
    let world = World::new().await;
    let nurse = world.nurse();
    let variants: Vec<Value> = (2..10)
        .map(|hours| json!({"cadence": [{"signal": "glucose", "everyHours": hours}]}))
        .collect();
    let answers =
        futures_util::future::join_all(variants.iter().map(|plan| put(&nurse, 0, plan))).await;
    let won: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1);
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(problem(lost, 412, "version-conflict"), []);
    }
    let now = nurse.get(PLAN).await.expect(200);
    assert_eq!((now.header("etag"), now.json()), ("\"1\"", won[0].json()));
    assert_eq!(world.count("0330", "select count(*) from plan").await, 1);

    problem(&put(&nurse, 0, &plan()).await, 412, "version-conflict");
    problem(&put(&nurse, 7, &plan()).await, 412, "version-conflict");
    let json = nurse.with("content-type", "application/json");
    problem(&json.put(PLAN, &plan().to_string()).await, 428, "version-required");
    for bad in ["*", "1", "\"x\"", "\"1\", \"2\""] {
        let answer = json.with("if-match", bad).put(PLAN, &plan().to_string()).await;
        let told = problem(&answer, 400, "bad-header");
        assert_eq!(told, [("If-Match".to_owned(), "bad-etag".to_owned())], "{bad}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_cannot_be_meant_is_refused_with_everything_that_is_wrong() {
    let world = World::new().await;
    let bad = json!({
        "cadence": [
            {"signal": "body_weight", "everyHours": 24},
            {"signal": "glucose", "everyHours": 0, "from": 1_767_225_600},
            {"signal": "body_weight", "everyHours": 745}
        ],
        "limits": {
            "weight_gain_3d_red": 1.0, "weight_gain_3d_yellow": 2.0, "no/such~limit": 3
        },
        "baselines": {"heart_rate": 300}
    });
    let mut told = problem(&put(&world.nurse(), 0, &bad).await, 422, "invalid");
    told.sort();
    let expected = [
        ("/baselines/heart_rate", "baseline-range"),
        ("/cadence/1/everyHours", "cadence-range"),
        ("/cadence/1/from", "cadence-from"),
        ("/cadence/2/everyHours", "cadence-range"),
        ("/cadence/2/signal", "cadence-twice"),
        ("/limits/no~1such~0limit", "limit-unknown"),
        ("/limits/weight_gain_3d_red", "limit-contradiction"),
    ];
    assert_eq!(told, expected.map(|(place, code)| (place.to_owned(), code.to_owned())));

    for (body, place, code) in [
        (r#"{"programmes":["gout"]}"#, "/programmes/0", "unexpected"),
        (r#"{"cadence":[{"signal":"mood","everyHours":1}]}"#, "/cadence/0/signal", "unexpected"),
        (r#"{"cadence":[{"signal":"fev1"}]}"#, "/cadence/0", "unexpected"),
        (r#"{"limits":{"a":"0101501234"}}"#, "/limits/a", "unexpected"),
        (r#"{"limits":{"a":1,"a":2}}"#, "/limits/a", "duplicate-member"),
        (r#"{"oxigen":true}"#, "/oxigen", "unknown-member"),
        (r#"{"oxygen":tru}"#, "", "not-json"),
        ("", "", "not-json"),
    ] {
        let client = world.nurse().with("content-type", "application/json");
        let answer = client.with("if-match", "\"0\"").put(PLAN, body).await;
        let told = problem(&answer, 400, "bad-body");
        assert_eq!(told, [(place.to_owned(), code.to_owned())], "{body}: {}", answer.text);
        assert!(!answer.text.contains("0101501234"), "{}", answer.text);
    }
    let text = world.nurse().with("content-type", "text/plain").with("if-match", "\"0\"");
    problem(&text.put(PLAN, "{}").await, 415, "unsupported-media-type");
    let large = format!("{{\"programmes\":[{}\"copd\"]}}", "\"copd\",".repeat(200_000));
    let json = world.nurse().with("content-type", "application/json").with("if-match", "\"0\"");
    problem(&json.put(PLAN, &large).await, 413, "body-too-large");
    assert_eq!(world.count("0330", "select count(*) from plan").await, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizens_app_reads_its_own_plan_and_cannot_tell_another_from_none() {
    let world = World::new().await;
    put(&world.nurse(), 0, &plan()).await.expect(200);
    let app = world.citizen("ane");
    let own = app.get(PLAN).await.expect(200);
    assert_eq!(sorted(own.json()), sorted(plan()));
    let history = app.get(&format!("{PLAN}/history")).await.expect(200).json();
    assert_eq!(history[0]["version"], 1);
    assert!(history[0].get("author").is_none(), "{history}");
    problem(&put(&app, 1, &json!({})).await, 403, "forbidden");

    let bo = world.citizen("bo");
    let told = |answer: &Answer| {
        problem(answer, 404, "not-found");
        let mut json = answer.json();
        json["requestId"] = Value::Null;
        json
    };
    for tail in ["", "/history"] {
        let another = bo.get(&format!("{PLAN}{tail}")).await;
        let nobody = bo.get(&format!("/api/citizens/nobody/plan{tail}")).await;
        assert_eq!(told(&another), told(&nobody));
        let no_id = bo.get(&format!("/api/citizens/a%20b/plan{tail}")).await;
        assert_eq!(told(&no_id), told(&nobody));
    }
    let elsewhere = world.client("0306", Role::Nurse, None);
    assert_eq!(told(&elsewhere.get(PLAN).await), told(&bo.get(PLAN).await));
    assert_eq!(told(&put(&elsewhere, 0, &plan()).await), told(&bo.get(PLAN).await));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_under_api_is_a_problem() {
    let world = World::new().await;
    let nurse = world.nurse();
    for path in ["/api", "/api/", "/api/nothing", "/api/citizens/ane", "/api/citizens/ane/plan/"] {
        problem(&nurse.get(path).await, 404, "unknown-path");
    }
    for (method, path) in [
        (Method::POST, PLAN),
        (Method::DELETE, PLAN),
        (Method::PUT, "/api/citizens/ane/plan/history"),
        (Method::POST, "/api/openapi.json"),
        (Method::PATCH, "/api/docs"),
    ] {
        let answer = nurse.send(method, path, axum::body::Body::empty()).await;
        problem(&answer, 405, "method-not-allowed");
        assert!(answer.header("allow").contains("GET"), "{path}");
    }
    let nobody = world.nobody().get(PLAN).await;
    problem(&nobody, 401, "unauthorised");
    assert_eq!(nobody.header("www-authenticate"), "Bearer");
    let mut database = world.database().await;
    sqlx::query("drop table m0330.plan").execute(&mut database).await.expect("dropped");
    let broken = nurse.get(PLAN).await;
    problem(&broken, 500, "internal");
    assert!(!broken.text.contains("relation") && !broken.text.contains("42P01"), "{}", broken.text);
    world.end().await;
}
