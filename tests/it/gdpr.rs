//! Citizens' rights over their data, and how long it is kept.

mod erase;
mod export;
mod restrict;
mod retention;

use axum::http::Method;
use pulsvagt::ids::CitizenNo;
use pulsvagt::store::Store;
use pulsvagt::store::holdings::{HOLDINGS, Holds, holding};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use crate::worklist::{Ward, glucose, weight};
use crate::world::World;

/// A citizen whose id is found again wherever it stands.
const ANE: &str = "zx81-ane-4711";

async fn number(store: &Store, id: &str) -> CitizenNo {
    store.citizen_no(id).await.expect("an answer").expect("a citizen")
}

/// A ward in which there is something of everything about a citizen and about Bo.
async fn busy() -> Ward {
    let ward = Ward::new().await;
    ward.admit(&[ANE.to_owned()]).await;
    for id in [ANE, "bo"] {
        live(&ward, id).await;
    }
    ward
}

async fn live(ward: &Ward, id: &str) {
    let world = &ward.world;
    let nurse = ward.nurse();
    let admin = world.admin("0330");
    let patient = json!({"resourceType":"Patient","id":id,"birthDate":"1944-06-01",
        "name":[{"family":format!("{id}-name")}]});
    admin.put(&format!("Patient/{id}"), &patient.to_string()).await.expect(200);
    let subject = json!({"reference": format!("Patient/{id}")});
    let fhir = world.nurse();
    let condition = json!({"resourceType":"Condition","subject":subject,
        "code":{"text":"heart failure"}});
    fhir.post("Condition", &condition.to_string()).await.expect(201);
    let device = json!({"resourceType":"Device","id":format!("scale-{id}"),"patient":subject});
    admin.put(&format!("Device/scale-{id}"), &device.to_string()).await.expect(201);
    let access = json!({"reason":"on call for the neighbour","minutes":5}).to_string();
    nurse.post(&format!("/api/citizens/{id}/break-glass"), &access).await.expect(201);
    let consent = json!({"resourceType":"Consent","status":"active","patient":subject,
        "scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope",
            "code":"patient-privacy"}]},
        "category":[{"text":"privacy"}],"policyRule":{"text":"sundhedsloven"},
        "provision":{"type":"deny","period":{"end":"2027-01-01"},"class":[{"system":"http://hl7.org/fhir/resource-types",
            "code":"Encounter"}]}});
    fhir.post("Consent", &consent.to_string()).await.expect(201);
    let plan = json!({"programmes":["heart-failure"],"cadence":[],"limits":{"heavy":101.0}});
    let client = nurse.with("if-match", "\"0\"");
    client.put(&format!("/api/citizens/{id}/plan"), &plan.to_string()).await.expect(200);
    // Yesterday's, late by a day, corrected; one that cannot be; one without a time.
    let mut reading: Value =
        serde_json::from_str(&weight(id, "2025-12-30T08:00:00+01:00", "104")).expect("json");
    reading["identifier"] = json!([{"system":"urn:test","value":format!("r-{id}")}]);
    let sent = world.gateway().post("Observation", &reading.to_string()).await.expect(201).id();
    reading["id"] = json!(sent);
    reading["valueQuantity"]["value"] = json!(105);
    world.gateway().put(&format!("Observation/{sent}"), &reading.to_string()).await.expect(200);
    let mut timeless: Value =
        serde_json::from_str(&weight(id, "2025-12-30T08:00:00+01:00", "90")).expect("json");
    timeless.as_object_mut().expect("an object").remove("effectiveDateTime");
    timeless["note"] = json!([{"text":"no clock"}]);
    world.gateway().post("Observation", &timeless.to_string()).await;
    ward.take_in(&[
        weight(id, "2025-12-29T08:00:00+01:00", "4000"),
        weight(id, "2025-12-31T08:00:00+01:00", "104.2"),
        weight(id, "2025-10-01T08:00:00+01:00", "80"),
    ])
    .await;
    let listed = ward.list("").await;
    let alert = listed["alerts"].as_array().expect("alerts").iter().find(|alert| {
        alert["citizen"]["id"] == id || alert["citizenId"] == id || alert.to_string().contains(id)
    });
    let alert = alert.expect("an alert");
    let (alert, version) =
        (alert["id"].as_str().expect("an id"), alert["version"].as_u64().expect("a version"));
    let version = u32::try_from(version).expect("a version");
    ward.act(&nurse, alert, "claim", version, &json!({})).await.expect(200);
    let note = json!({"text": format!("spoke with {id}-daughter")});
    ward.act(&nurse, alert, "note", version + 1, &note).await.expect(200);
    let closing = json!({"outcome":"advice","note":"drinks less"});
    ward.act(&nurse, alert, "close", version + 2, &closing).await.expect(200);
    crate::risk::score(&ward.store, id, world.clock.now()).await;
    crate::people::take_part(&ward.store, id, world.clock.now()).await;
    // The same evidence again is kept out; other evidence opens another alert.
    ward.take_in(&[
        weight(id, "2025-12-31T09:00:00+01:00", "104.3"),
        glucose(id, "2025-12-31T09:00:00+01:00", "2.5"),
    ])
    .await;
}

/// Every row of a table that is not about a citizen, as text.
async fn others(world: &World, citizen: CitizenNo, table: &str) -> Vec<String> {
    let mut connection = world.database().await;
    connection.execute("set search_path to m0330, public").await.expect("a path");
    let rows = holding(table).and_then(|holding| holding.rows).unwrap_or("false");
    let rows = rows.replace("$1", &citizen.0.to_string());
    let query =
        format!("select t::text from {table} t where not coalesce({rows}, false) order by 1");
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut connection).await.expect("rows")
}

/// The tables whose rows are others' or nobody's.
fn comparable() -> impl Iterator<Item = &'static str> {
    let own = ["erasure", "retention_run"];
    let names = HOLDINGS.iter().map(|holding| holding.table);
    names.filter(move |name| !own.contains(name))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_listed_and_a_forgotten_one_is_found() {
    let ward = Ward::new().await;
    assert_eq!(ward.store.unlisted_tables().await.expect("tables"), [""; 0]);
    let tables = ward.store.tables().await.expect("tables");
    let mut owner = ward.world.database().await;
    owner.execute("set search_path to m0330, public").await.expect("a path");
    for table in &tables {
        let holding = holding(table).expect("listed");
        let named: i64 = sqlx::query_scalar(
            "select count(*) from information_schema.columns
             where table_schema = 'm0330' and table_name = $1 and column_name = 'citizen'",
        )
        .bind(table)
        .fetch_one(&mut owner)
        .await
        .expect("columns");
        let told = holding.rows.is_some() || matches!(holding.holds, Holds::Kept(_));
        assert!(named == 0 || told, "{table} names citizens");
        if matches!(holding.holds, Holds::Exported | Holds::Derived) {
            assert!(holding.rows.is_some(), "{table}: which rows?");
        }
    }
    owner.execute("create table diary (citizen integer)").await.expect("a table");
    assert_eq!(ward.store.unlisted_tables().await.expect("tables"), ["diary"]);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_busy_ward_has_something_of_everything() {
    let ward = busy().await;
    let counts = ward.store.citizen_rows(number(&ward.store, ANE).await).await.expect("counts");
    let without = ["touched_day", "screening_lease", "citizen_restriction", "legal_hold"];
    // Only a rule that has to persist makes a streak, and only what older versions stored lacks labels.
    let rare = ["triage_streak", "patient_unlabelled"];
    for (table, count) in &counts {
        let excused = without.contains(&table.as_str()) || rare.contains(&table.as_str());
        assert!(*count > 0 || excused, "nothing in {table}: {counts:?}");
    }
    ward.nurse().send(Method::GET, "/api/worklist", axum::body::Body::empty()).await.expect(200);
    ward.world.end().await;
}
