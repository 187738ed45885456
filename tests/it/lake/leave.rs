//! What citizens deny is in no lake, what was deleted leaves it, and who is in it can know.

use pulsvagt::audit::Purpose;
use pulsvagt::clock::Micros;
use pulsvagt::lake::{Asked, Report, export};
use pulsvagt::retention::Category;
use serde_json::{Value, json};

use super::{DAY, ask, asked, folder, ward, write};
use crate::screening::{Ward, weight};
use crate::world::World;

/// 2025-11-01
const NOVEMBER: Micros = Micros(1_761_955_200_000_000);
const TYPES: &str = "http://hl7.org/fhir/resource-types";
const READINGS: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

async fn deny(world: &World, citizen: &str, purpose: &str, (system, code): (&str, &str)) {
    let consent = json!({"resourceType":"Consent","status":"active",
        "scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope",
            "code":"patient-privacy"}]},
        "category":[{"text":"privacy"}],"policyRule":{"text":"sundhedsloven"},
        "patient":{"reference":format!("Patient/{citizen}")},
        "provision":{"type":"deny",
            "purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason",
                "code":purpose}],
            "class":[{"system":system,"code":code}]}});
    world.citizen(citizen).post("Consent", &consent.to_string()).await.expect(201);
}

/// How many citizens are in a table.
fn citizens(root: &std::path::Path, table: &str) -> Value {
    let sql = format!("select count(distinct citizen)::int as n from {{{table}}}");
    ask(root, &sql)[0]["n"].clone()
}

async fn delete(ward: &Ward, category: Category, before: Micros) -> u64 {
    let now = ward.world.clock.now();
    let done = ward.store.delete_expired(category, before, "test", now).await.expect("deleted");
    done.values().sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_denied_to_those_who_look_after_one_is_not_in_it() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let lead = world.client("0330", pulsvagt::access::Role::Lead, None);
    for citizen in ["c1", "c2", "c5"] {
        let subject = json!({"reference":format!("Patient/{citizen}")});
        let condition = json!({"resourceType":"Condition","subject":subject,
            "code":{"text":"heart failure"}});
        lead.post("Condition", &condition.to_string()).await.expect(201);
        let encounter = json!({"resourceType":"Encounter","status":"finished",
            "class":{"code":"ACUTE"},"subject":subject,"period":{"start":"2025-11-05"}});
        lead.post("Encounter", &encounter.to_string()).await.expect(201);
        ward.send(&weight(citizen, "2025-12-31T08:00:00+01:00", "120")).await;
    }
    ward.screen().await;
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let of = |table| citizens(root, table);
    write(world, store, root).await;
    assert_eq!((of("condition"), of("encounter"), of("alert")), (json!(3), json!(3), json!(3)));
    assert_eq!((of("readings"), of("daily_summary")), (json!(12), json!(12)));

    world.clock.advance(DAY);
    deny(world, "c1", "TREAT", (TYPES, "Condition")).await;
    deny(world, "c2", "TREAT", (TYPES, "Encounter")).await;
    deny(world, "c5", "TREAT", (READINGS, "vital-signs")).await;
    // Also before the days are summarised anew.
    for _ in 0..2 {
        write(world, store, root).await;
        assert_eq!((of("condition"), of("encounter"), of("alert")), (json!(2), json!(2), json!(2)));
        assert_eq!((of("readings"), of("daily_summary")), (json!(11), json!(11)));
        assert_eq!(of("citizen"), json!(14));
        ward.screen().await;
    }
    // What is found in other readings from then on is.
    world.clock.advance(DAY);
    let glucose = crate::screening::reading(
        "c5",
        "15074-8",
        &crate::screening::moment("2026-01-02T00:30:00Z"),
        "2",
        "mmol/L",
    );
    ward.send(&glucose).await;
    ward.screen().await;
    write(world, store, root).await;
    assert_eq!((of("alert"), of("readings")), (json!(3), json!(12)));
    let found = ask(root, "select distinct problem from {alert} order by problem");
    assert_eq!(found, [json!({"problem": "glucose"}), json!({"problem": "weight"})]);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_denies_anything_for_the_purpose_is_not_in_it() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let root = tempfile::tempdir().expect("a folder");
    let write = async |purpose: &str| -> Report {
        let purpose = Purpose::from_code(purpose).expect("a purpose");
        let asked = Asked { purpose, ..asked() };
        let lake = folder(root.path());
        export(store, &lake, &asked, world.clock.now(), |_| ()).await.expect("a lake")
    };
    let tables = ["readings", "daily_summary", "citizen"];
    let all = || tables.map(|table| citizens(root.path(), table));
    deny(world, "c3", "HRESCH", (TYPES, "Encounter")).await;
    write("HQUALIMP").await;
    assert_eq!(all(), [json!(12), json!(12), json!(14)]);
    world.clock.advance(DAY);
    // Whatever was there was for something else.
    assert_eq!(write("HRESCH").await.kept, 0);
    assert_eq!(all(), [json!(11), json!(11), json!(13)]);
    world.clock.advance(DAY);
    assert!(write("HRESCH").await.kept > 0);
    write("HQUALIMP").await;
    assert_eq!(all(), [json!(12), json!(12), json!(14)]);
    world.clock.advance(DAY);
    deny(world, "c3", "HQUALIMP", (TYPES, "Condition")).await;
    write("HQUALIMP").await;
    assert_eq!(all(), [json!(11), json!(11), json!(13)]);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_for_its_age_leaves_it() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let october = |table: &str| {
        let sql = format!("select count(*)::int as n from {{{table}}} where month = '2025-10'");
        ask(root, &sql)[0]["n"].clone()
    };
    write(world, store, root).await;
    let held = store.citizen_no("c1").await.expect("asked").expect("a citizen");
    store.put_hold(held, "complaint", "ada", world.clock.now()).await.expect("held");
    assert_eq!(delete(&ward, Category::Summaries, NOVEMBER).await, 11);
    world.clock.advance(DAY);
    write(world, store, root).await;
    assert_eq!((october("readings"), october("daily_summary")), (json!(12), json!(1)));
    store.release_hold(held, "ada", world.clock.now()).await.expect("released");
    assert_eq!(delete(&ward, Category::Summaries, NOVEMBER).await, 1);
    world.clock.advance(DAY);
    write(world, store, root).await;
    assert_eq!((october("readings"), october("daily_summary")), (json!(12), json!(0)));
    // A night on which nothing is old enough costs nothing.
    assert_eq!(delete(&ward, Category::Summaries, NOVEMBER).await, 0);
    world.clock.advance(DAY);
    assert!(!write(world, store, root).await.rows.contains_key("readings"));

    assert!(delete(&ward, Category::Readings, Micros(NOVEMBER.0 + 10 * DAY)).await >= 12);
    write(world, store, root).await;
    assert_eq!(october("readings"), json!(0));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_reaches_summaries_of_which_the_readings_are_gone() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    assert!(delete(&ward, Category::Readings, Micros(NOVEMBER.0 + 10 * DAY)).await >= 12);
    world.clock.advance(DAY);
    deny(world, "c5", "TREAT", (READINGS, "vital-signs")).await;
    ward.screen().await;
    world.clock.advance(DAY);
    let days = "select count(*) from daily_summary s join citizen c on c.id = s.citizen
                where c.logical_id = 'c5' and day < '2025-11-01' and octet_length(body) > 2";
    assert_eq!(world.count("0330", days).await, 1, "it was summarised anew");
    let folder = tempfile::tempdir().expect("a folder");
    write(world, store, folder.path()).await;
    assert_eq!(citizens(folder.path(), "daily_summary"), json!(11));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_it_finds_it_in_the_access_log() {
    let ward = ward().await;
    let (world, store) = (&ward.world, &ward.store);
    deny(world, "c3", "HQUALIMP", (TYPES, "Encounter")).await;
    let folder = tempfile::tempdir().expect("a folder");
    write(world, store, folder.path()).await;
    let told = "Lagde dine data uden dit navn i filer, som andre regner på";
    for (citizen, is_in_it) in [("c1", true), ("c3", false), ("ane", true)] {
        let log = world.citizen(citizen).get("/api/me/access-log").await.expect(200).json();
        let rows = log["entries"].as_array().expect("entries");
        let found: Vec<_> = rows.iter().filter(|row| row["what"] == told).collect();
        assert_eq!(found.len(), usize::from(is_in_it), "{citizen}: {log}");
        assert!(found.iter().all(|row| row["who"] == "Driftspersonale"), "{log}");
    }
    ward.world.end().await;
}
