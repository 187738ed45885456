//! The FHIR door: CarePlan and Goal.

use pulsvagt::access::Role;
use pulsvagt::screening::DEFAULT_PACK;
use pulsvagt_analytics::Pack;
use serde_json::{Value, json};

use super::{PLAN, plan, problem, put, sorted};
use crate::world::{Answer, Client, World};

const PROGRAMME: &str = "http://pulsvagt.dk/fhir/CodeSystem/programme";
const THRESHOLD: &str = "http://pulsvagt.dk/fhir/CodeSystem/threshold";
const UCUM: &str = "http://unitsofmeasure.org";

fn goal(id: &str, limit: &str, kilograms: f64) -> Value {
    json!({
        "resourceType": "Goal", "id": id, "lifecycleStatus": "active",
        "description": {"text": "Vægtøgning"}, "subject": {"reference": "Patient/ane"},
        "target": [{
            "measure": {"coding": [{"system": THRESHOLD, "code": limit}]},
            "detailQuantity": {"value": kilograms, "unit": "kg", "system": UCUM, "code": "kg"}
        }]
    })
}

/// As a municipality's own record would send it.
fn care_plan() -> Value {
    json!({
        "resourceType": "CarePlan", "status": "active", "intent": "plan",
        "contained": [goal("red", "weight_gain_3d_red", 3.0)],
        "category": [
            {"coding": [{"system": "http://snomed.info/sct", "code": "735985000"}]},
            {"coding": [{"system": PROGRAMME, "code": "heart-failure"}]}
        ],
        "subject": {"reference": "Patient/ane"},
        "goal": [{"reference": "#red"}],
        "activity": [
            {"detail": {
                "status": "scheduled",
                "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
                "scheduledTiming": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
            }},
            {"detail": {
                "status": "in-progress",
                "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
                "scheduledTiming": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "wk"}}
            }},
            {"detail": {"status": "completed",
                "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}}}
        ]
    })
}

async fn now(world: &World) -> (u64, Value) {
    let answer = world.nurse().get(PLAN).await.expect(200);
    let version = answer.header("etag").trim_matches('"').parse().expect("a version");
    (version, answer.json())
}

fn lead(world: &World) -> Client {
    world.client("0330", Role::Lead, None)
}

async fn sent(world: &World, care_plan: &Value) -> Answer {
    let id = care_plan["id"].as_str().expect("an id");
    // Whoever is confined to teams creates by POST only.
    lead(world).put(&format!("CarePlan/{id}"), &care_plan.to_string()).await
}

fn with_id(mut resource: Value, id: &str) -> Value {
    resource["id"] = json!(id);
    resource
}

#[tokio::test(flavor = "multi_thread")]
async fn a_care_plan_is_the_plan_and_its_versions_are_versions_of_it() {
    let world = World::new().await;
    let created = world.nurse().post("CarePlan", &care_plan().to_string()).await.expect(201);
    let id = created.id();
    let (version, plan) = now(&world).await;
    assert_eq!(version, 1);
    let cadence = |signal: &str, hours: u32| json!({"signal": signal, "everyHours": hours, "safetyCritical": false});
    assert_eq!(
        plan,
        json!({
            "programmes": ["heart-failure"],
            "cadence": [
                cadence("body_weight", 24),
                cadence("systolic_blood_pressure", 56),
                cadence("diastolic_blood_pressure", 56)
            ],
            "limits": {"weight_gain_3d_red": 3.0},
            "spo2Scale": "one", "oxygen": false, "baselines": {}
        })
    );
    world.clock.advance(1_000_000);
    let mut changed = with_id(care_plan(), &id);
    changed["contained"][0]["target"][0]["detailQuantity"]["value"] = json!(2.5);
    sent(&world, &changed).await.expect(200);
    let (version, plan) = now(&world).await;
    assert_eq!((version, &plan["limits"]), (2, &json!({"weight_gain_3d_red": 2.5})));
    // A change that is nothing to the plan makes a version of the CarePlan only.
    changed["title"] = json!("Hjertesvigt");
    sent(&world, &changed).await.expect(200);
    assert_eq!(now(&world).await.0, 2);
    let history = world.nurse().get(&format!("{PLAN}/history")).await.expect(200).json();
    assert_eq!(history[0]["source"], "fhir");
    assert_eq!(history[1]["plan"]["limits"], json!({"weight_gain_3d_red": 3.0}));

    // Over the other door, and back.
    put(&world.nurse(), 2, &super::plan()).await.expect(200);
    let shown = world.nurse().get(&format!("CarePlan/{id}")).await.expect(200).json();
    assert_eq!(shown["meta"]["versionId"], "4");
    sent(&world, &shown).await.expect(200);
    let (version, plan) = now(&world).await;
    assert_eq!((version, sorted(plan)), (3, sorted(super::plan())));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_the_api_is_a_care_plan_for_others() {
    let world = World::new().await;
    put(&world.nurse(), 0, &plan()).await.expect(200);
    let app = world.citizen("ane");
    let found = app.get("CarePlan?patient=ane&status=active").await.expect(200).json();
    assert_eq!(found["entry"].as_array().map(Vec::len), Some(1));
    let shown = &found["entry"][0]["resource"];
    assert_eq!(shown["id"], "plan-ane");
    assert_eq!(shown["subject"]["reference"], "Patient/ane");
    assert_eq!(shown["contained"].as_array().map(Vec::len), Some(2));
    world.citizen("bo").get("CarePlan/plan-ane").await.expect(404);
    for query in [
        format!("CarePlan?category={PROGRAMME}|copd"),
        format!("CarePlan?category={PROGRAMME}|heart-failure&subject=Patient/ane"),
        "CarePlan?date=ge2026-01-01".to_owned(),
    ] {
        let found = world.nurse().get(&query).await.expect(200).json();
        assert_eq!(found["total"], 1, "{query}");
    }
    // What the server writes is valid where anybody may write it, and says the same again.
    let again = sent(&world, shown).await.expect(200);
    assert_eq!(again.header("x-pulsvagt-warnings"), "");
    assert_eq!(now(&world).await, (1, world.nurse().get(PLAN).await.json()));
    put(&world.nurse(), 1, &json!({})).await.expect(200);
    let empty = world.nurse().get("CarePlan/plan-ane").await.expect(200).json();
    assert_eq!(empty["category"][0]["coding"][0]["code"], "monitoring");
    sent(&world, &empty).await.expect(200);
    assert_eq!(now(&world).await.0, 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_care_plan_at_a_time_is_the_plan() {
    let world = World::new().await;
    sent(&world, &with_id(care_plan(), "first")).await.expect(201);
    let second = sent(&world, &with_id(care_plan(), "second")).await.expect(409);
    assert_eq!(second.issues(), [("plan-exists".to_owned(), "CarePlan".to_owned())]);
    world.nurse().get("CarePlan/second").await.expect(404);
    for (name, value) in [("status", "draft"), ("intent", "proposal")] {
        let mut draft = with_id(care_plan(), "second");
        draft[name] = json!(value);
        sent(&world, &draft).await;
        assert_eq!(now(&world).await.0, 1, "{name} {value}");
    }
    // Ending the one makes room for the other, and nothing is agreed in between.
    let mut ended = with_id(care_plan(), "first");
    ended["status"] = json!("revoked");
    sent(&world, &ended).await.expect(200);
    let (version, plan) = now(&world).await;
    assert_eq!((version, &plan["programmes"], &plan["limits"]), (2, &json!([]), &json!({})));
    sent(&world, &with_id(care_plan(), "second")).await.expect(200);
    assert_eq!(now(&world).await.0, 3);
    ended["title"] = json!("Slut");
    sent(&world, &ended).await.expect(200);
    assert_eq!(now(&world).await.0, 3, "an ended plan changes nothing any more");
    put(&world.nurse(), 3, &json!({"programmes": ["copd"]})).await.expect(200);
    let shown = world.nurse().get("CarePlan/second").await.expect(200).json();
    assert_eq!(shown["category"][0]["coding"][0]["code"], "copd");

    let bos = world.nurse().get("/api/citizens/bo/plan").await.expect(200);
    assert_eq!(bos.header("etag"), "\"0\"");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_plan_of_ours_is_kept_and_changes_nothing() {
    let world = World::new().await;
    let mut other = with_id(care_plan(), "plan-ane");
    other["category"] = json!([{"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}]);
    other["activity"][0]["detail"]["scheduledTiming"] = json!({"event": ["2026-01-01"]});
    sent(&world, &other).await.expect(201);
    assert_eq!(now(&world).await.0, 0);
    assert_eq!(world.count("0330", "select count(*) from touched_day").await, 0);
    // The usual id is taken by it.
    put(&world.nurse(), 0, &plan()).await.expect(200);
    let found = world.nurse().get(&format!("CarePlan?category={PROGRAMME}|copd")).await.json();
    let id = found["entry"][0]["resource"]["id"].as_str().expect("an id");
    assert_ne!(id, "plan-ane");
    let kept = world.nurse().get("CarePlan/plan-ane").await.expect(200).json();
    assert_eq!((&kept["meta"]["versionId"], &kept["activity"]), (&json!("1"), &other["activity"]));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_followed_to_the_letter_is_refused_with_its_place() {
    let world = World::new().await;
    let repeat = "/activity/1/detail/scheduledTiming/repeat";
    let quantity = "/contained/0/target/0/detailQuantity";
    let timing = "CarePlan.activity[1].detail.scheduled";
    let target = "CarePlan.contained[0].target[0]";
    let extension = |name: &str, value: &str| {
        let url = format!("http://pulsvagt.dk/fhir/StructureDefinition/{name}");
        json!([{"url": url, "valueString": value}])
    };
    let cases: Vec<(&str, Value, &str, String)> = vec![
        (
            "/category/1/coding/0/code",
            json!("gout"),
            "plan-programme",
            "CarePlan.category[1].coding[0].code".to_owned(),
        ),
        (
            repeat,
            json!({"frequency": 5, "period": 1, "periodUnit": "d"}),
            "plan-timing",
            format!("{timing}.repeat"),
        ),
        (
            repeat,
            json!({"frequency": 1, "period": 2, "periodUnit": "mo"}),
            "cadence-range",
            timing.to_owned(),
        ),
        (
            repeat,
            json!({"frequency": 1, "period": 1, "periodUnit": "d", "dayOfWeek": ["mon"]}),
            "plan-timing",
            format!("{timing}.repeat.dayOfWeek"),
        ),
        (
            repeat,
            json!({"frequency": 1, "period": 1, "periodUnit": "a"}),
            "plan-timing",
            format!("{timing}.repeat.periodUnit"),
        ),
        (
            "/activity/1/detail/code/coding/0/code",
            json!("29463-7"),
            "cadence-twice",
            "CarePlan.activity[1].detail.code".to_owned(),
        ),
        (
            quantity,
            json!({"value": 3000, "system": UCUM, "code": "g"}),
            "plan-limit",
            format!("{target}.detail"),
        ),
        (quantity, json!({"value": 3, "unit": "kg"}), "plan-limit", format!("{target}.detail")),
        (
            quantity,
            json!({"value": 1.0, "system": UCUM, "code": "kg"}),
            "limit-contradiction",
            format!("{target}.detail"),
        ),
        (
            quantity,
            json!({"value": 500, "system": UCUM, "code": "kg"}),
            "limit-range",
            format!("{target}.detail"),
        ),
        (
            "/contained/0/target/0/measure/coding/0/code",
            json!("mood"),
            "plan-limit",
            format!("{target}.measure"),
        ),
        (
            "/goal/0/reference",
            json!("Goal/unknown"),
            "plan-goal",
            "CarePlan.goal[0].reference".to_owned(),
        ),
        (
            "/extension",
            extension("plan-spo2-scale", "two"),
            "plan-spo2-scale",
            "CarePlan.extension[0].value".to_owned(),
        ),
        (
            "/extension",
            extension("plan-oxygen", "yes"),
            "plan-oxygen",
            "CarePlan.extension[0].value".to_owned(),
        ),
        (
            "/extension",
            extension("plan-baseline", "72"),
            "plan-baseline",
            "CarePlan.extension[0]".to_owned(),
        ),
        (
            "/modifierExtension",
            json!([{"url": "urn:x", "valueBoolean": true}]),
            "plan-modified",
            "CarePlan.modifierExtension".to_owned(),
        ),
    ];
    for (pointer, value, key, place) in cases {
        let mut bad = with_id(care_plan(), "bad");
        match bad.pointer_mut(pointer) {
            Some(member) => *member = value.clone(),
            None => bad[&pointer[1..]] = value.clone(),
        }
        if pointer == "/goal/0/reference" {
            bad["contained"] = json!([]);
            bad.as_object_mut().expect("an object").remove("contained");
        }
        let answer = sent(&world, &bad).await.expect(422);
        let issues = answer.issues();
        assert!(issues.contains(&(key.to_owned(), place.clone())), "{pointer} {value}: {issues:?}");
    }
    for table in ["plan", "touched_day", "resource where type = 'CarePlan'"] {
        assert_eq!(world.count("0330", &format!("select count(*) from {table}")).await, 0);
    }
    let mut more = with_id(care_plan(), "more");
    more["period"] = json!({"start": "2026-01-01", "end": "2026-06-30"});
    more["activity"][1]["detail"]["code"] = json!({"text": "Gåtur"});
    let told = sent(&world, &more).await.expect(201);
    assert_eq!(told.header("x-pulsvagt-warnings"), "plan-period, plan-not-screened");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_of_its_own_sets_a_limit_for_as_long_as_it_is_active() {
    let world = World::new().await;
    let entry = |url: &str, full: &str, resource: Value| json!({"fullUrl": full, "resource": resource, "request": {"method": "PUT", "url": url}});
    let mut referring = with_id(care_plan(), "cp");
    referring["goal"] = json!([{"reference": "#red"}, {"reference": "urn:uuid:0f0b2f0e-0d4c-4a3c-8d53-0c2f0a6b5a01"}]);
    let mut posted = goal("yellow", "weight_gain_3d_yellow", 2.0);
    posted.as_object_mut().expect("an object").remove("id");
    // The plan comes first in the Bundle and is dealt with last.
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        entry("CarePlan/cp", "http://pulsvagt.test/fhir/CarePlan/cp", referring),
        {"fullUrl": "urn:uuid:0f0b2f0e-0d4c-4a3c-8d53-0c2f0a6b5a01", "resource": posted,
         "request": {"method": "POST", "url": "Goal"}}
    ]});
    let answer = lead(&world).post("/fhir", &bundle.to_string()).await.expect(200).json();
    let location = answer["entry"][1]["response"]["location"].as_str().expect("a location");
    let id = location.split('/').nth(1).expect("an id").to_owned();
    let limits = async || now(&world).await.1["limits"].clone();
    assert_eq!(limits().await, json!({"weight_gain_3d_red": 3.0, "weight_gain_3d_yellow": 2.0}));

    let at = format!("Goal/{id}");
    let nurse = world.nurse();
    let set = async |kilograms: f64, status: &str| {
        let mut changed = goal(&id, "weight_gain_3d_yellow", kilograms);
        changed["lifecycleStatus"] = json!(status);
        nurse.put(&at, &changed.to_string()).await
    };
    set(2.5, "active").await.expect(200);
    assert_eq!(limits().await, json!({"weight_gain_3d_red": 3.0, "weight_gain_3d_yellow": 2.5}));
    let refused = set(3.5, "active").await.expect(422).issues();
    assert_eq!(refused[0].0, "limit-contradiction");
    assert_eq!(refused[0].1, "CarePlan.contained[0].target[0].detail");
    let refused = set(50.0, "active").await.expect(422).issues();
    assert!(refused.contains(&("limit-range".to_owned(), "Goal.target[0].detail".to_owned())));
    set(2.5, "completed").await.expect(200);
    assert_eq!(limits().await, json!({"weight_gain_3d_red": 3.0}));
    assert_eq!(now(&world).await.0, 3);
    // A goal that the plan does not refer to.
    lead(&world)
        .put("Goal/other", &goal("other", "weight_gain_3d_yellow", 1.0).to_string())
        .await
        .expect(201);
    assert_eq!(now(&world).await.0, 3);
    world.citizen("ane").get(&at).await.expect(200);
    world.citizen("bo").get(&at).await.expect(404);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_citizens_goal_sets_nothing() {
    let world = World::new().await;
    let mut bos = goal("bos", "weight_gain_3d_yellow", 1.0);
    bos["subject"] = json!({"reference": "Patient/bo"});
    lead(&world).put("Goal/bos", &bos.to_string()).await.expect(201);
    let mut referring = with_id(care_plan(), "cp");
    referring["goal"] = json!([{"reference": "#red"}, {"reference": "Goal/bos"}]);
    let issues = sent(&world, &referring).await.expect(422).issues();
    assert_eq!(issues, [("plan-goal".to_owned(), "CarePlan.goal[1].reference".to_owned())]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doors_do_not_overtake_each_other() {
    let world = World::new().await;
    put(&world.nurse(), 0, &plan()).await.expect(200);
    let mut care_plan = with_id(care_plan(), "plan-ane");
    let seen = world.nurse().with("if-match", "W/\"1\"");
    put(&world.nurse(), 1, &json!({"programmes": ["diabetes"]})).await.expect(200);
    seen.put("CarePlan/plan-ane", &care_plan.to_string()).await.expect(412);
    assert_eq!(now(&world).await.0, 2);
    let seen = world.nurse().with("if-match", "W/\"2\"");
    seen.put("CarePlan/plan-ane", &care_plan.to_string()).await.expect(200);
    problem(&put(&world.nurse(), 2, &plan()).await, 412, "version-conflict");
    // Many at once through both: whatever the order, both show the same in the end.
    let nurse = world.nurse();
    let over_api = (2..8).map(|hours| {
        let plan = json!({"cadence": [{"signal": "glucose", "everyHours": hours}]});
        let nurse = &nurse;
        async move { put(nurse, 3, &plan).await.status.as_u16() }
    });
    let over_fhir: Vec<Value> = (1..6)
        .map(|hours| {
            let timing = json!({"frequency": 1, "period": hours, "periodUnit": "h"});
            care_plan["activity"][0]["detail"]["scheduledTiming"]["repeat"] = timing;
            care_plan.clone()
        })
        .collect();
    let over_fhir = over_fhir.iter().map(|care_plan| {
        let world = &world;
        async move { sent(world, care_plan).await.status.as_u16() }
    });
    let (api, fhir) = tokio::join!(
        futures_util::future::join_all(over_api),
        futures_util::future::join_all(over_fhir)
    );
    assert!(api.iter().all(|status| [200, 412].contains(status)), "{api:?}");
    assert!(fhir.iter().all(|status| *status == 200), "{fhir:?}");
    let (version, plan) = now(&world).await;
    let shown = world.nurse().get("CarePlan/plan-ane").await.expect(200).json();
    sent(&world, &shown).await.expect(200);
    assert_eq!(now(&world).await, (version, plan));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_doors_go_by_the_rule_pack_in_force() {
    let world = World::new().await;
    let text = DEFAULT_PACK.replacen("allowed = [0.5, 6.0]", "allowed = [0.5, 2.25]", 1);
    let pack = Pack::parse(&text).expect("a pack");
    assert_ne!(pack.hash(), Pack::default_pack().hash());
    let tenant = "0330".parse().expect("a code");
    let store = world.app.municipality(&tenant).await.expect("open").expect("served").store.clone();
    let (name, version, at) = (pack.name(), pack.version(), world.clock.now());
    store.ensure_rule_pack(pack.hash(), name, version, &text, at).await.expect("active");

    let limit = |kilograms: f64| json!({"limits": {"weight_gain_3d_red": kilograms}});
    let told = problem(&put(&world.nurse(), 0, &limit(2.5)).await, 422, "invalid");
    assert_eq!(told, [("/limits/weight_gain_3d_red".to_owned(), "limit-range".to_owned())]);
    let issues = sent(&world, &with_id(care_plan(), "cp")).await.expect(422).issues();
    let place = "CarePlan.contained[0].target[0].detail".to_owned();
    assert_eq!(issues, [("limit-range".to_owned(), place)]);
    put(&world.nurse(), 0, &limit(2.2)).await.expect(200);
    world.end().await;
}
