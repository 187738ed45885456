//! The export is complete, and of one citizen only.

use pulsvagt::store::holdings::{HOLDINGS, Holds};
use serde_json::Value;

use super::{ANE, busy, number};

#[tokio::test(flavor = "multi_thread")]
async fn the_export_has_every_row_of_every_table() {
    let ward = busy().await;
    let citizen = number(&ward.store, ANE).await;
    let (to, mut pieces) = tokio::sync::mpsc::channel(1);
    let store = &ward.store;
    let export = async move { store.export_citizen(citizen, ANE, &to).await.expect("exported") };
    let take = async {
        let mut out = Vec::new();
        while let Some(piece) = pieces.recv().await {
            out.extend(piece);
        }
        out
    };
    let (told, out) = tokio::join!(export, take);
    let there = ward.store.citizen_rows(citizen).await.expect("counts");
    for holding in HOLDINGS.iter().filter(|holding| holding.holds == Holds::Exported) {
        let table = holding.table;
        let (told, there) = (told.get(table).copied().unwrap_or(0), there[table]);
        assert_eq!(told, there, "{table}");
    }
    let text = String::from_utf8(out).expect("text");
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["resourceType"] == kind).count();
    let records = |name: &str| lines.iter().filter(|line| line["record"] == name).count();
    assert_eq!(lines[0]["resourceType"], "Patient");
    assert_eq!(of("Patient"), 2, "both versions");
    assert_eq!(of("Observation") as u64, there["observation"] + there["observation_history"]);
    assert!(records("quarantine") >= 1, "the reading of four tons");
    for kind in ["Condition", "Device", "CarePlan", "Flag", "Task"] {
        assert!(of(kind) > 0, "no {kind}");
    }
    for record in ["alert", "alert_event", "finding", "suppression", "plan", "daily_summary"] {
        assert!(records(record) > 0, "no {record}");
    }
    assert!(text.contains("4000") && text.contains(&format!("spoke with {ANE}-daughter")));
    assert!(!text.contains("Patient/bo") && !text.contains("bo-daughter"), "somebody else's");
    // What is read through the door is what is exported.
    let patient = ward.world.nurse().get(&format!("Patient/{ANE}")).await.expect(200).json();
    assert!(lines.contains(&patient));
    ward.world.end().await;
}
