//! Teams, access beyond them, protected names, relatives and consent, through the public door.

mod consent;
mod following;
mod glass;
mod members;
mod protected;
mod reading;
mod relative;
mod writing;

use pulsvagt::access::Role;
use serde_json::{Value, json};

use crate::worklist::{Ward, weight};
use crate::world::{Answer, Client, World};

const MORNING: &str = "2025-12-31T08:00:00+01:00";

/// A ward with two teams: Ane, who is too heavy, is looked after by nord, and Bo, who is too, by syd.
struct Teams {
    ward: Ward,
    /// What is kept about Ane, as paths below the server.
    of_ane: Vec<String>,
    alert_of_ane: String,
    reading_of_ane: String,
    condition_of_ane: String,
}

impl Teams {
    async fn new() -> Self {
        let ward = Ward::new().await;
        let lead = lead(&ward.world);
        for (team, citizen) in [("nord", "ane"), ("syd", "bo")] {
            let body = json!({"name": format!("Team {team}"), "district": team}).to_string();
            lead.put(&format!("/api/teams/{team}"), &body).await.expect(200);
            let body = json!({"team": team}).to_string();
            lead.put(&format!("/api/citizens/{citizen}/team"), &body).await.expect(200);
        }
        let mut ids = Vec::new();
        for citizen in ["ane", "bo"] {
            let condition = json!({"resourceType":"Condition","code":{"text":format!("{citizen}s")},
                "subject":{"reference":format!("Patient/{citizen}")}});
            let condition = ward
                .world
                .client("0330", Role::Lead, None)
                .post("Condition", &condition.to_string())
                .await
                .expect(201)
                .id();
            let reading = weight(citizen, MORNING, "104");
            let reading = ward.world.gateway().post("Observation", &reading).await.expect(201).id();
            ids.push((condition, reading));
        }
        ward.take_in(&[]).await;
        let listed = lead.get("/api/worklist").await.expect(200).json();
        let alerts = listed["alerts"].as_array().expect("alerts");
        let alert = alerts.iter().find(|alert| alert["citizen"]["id"] == "ane").expect("an alert");
        let alert_of_ane = alert["id"].as_str().expect("an id").to_owned();
        let (condition_of_ane, reading_of_ane) = ids.swap_remove(0);
        let of_ane = vec![
            "/fhir/Patient/ane".to_owned(),
            "/fhir/Patient/ane/_history".to_owned(),
            "/fhir/Patient/ane/_history/1".to_owned(),
            format!("/fhir/Condition/{condition_of_ane}"),
            format!("/fhir/Condition/{condition_of_ane}/_history"),
            format!("/fhir/Condition/{condition_of_ane}/_history/1"),
            format!("/fhir/Observation/{reading_of_ane}"),
            format!("/fhir/Observation/{reading_of_ane}/_history"),
            format!("/fhir/Observation/{reading_of_ane}/_history/1"),
            format!("/api/alerts/{alert_of_ane}"),
            "/api/citizens/ane/summary".to_owned(),
            "/api/citizens/ane/plan".to_owned(),
            "/api/citizens/ane/plan/history".to_owned(),
            "/api/suppressions?citizen=ane".to_owned(),
        ];
        Self { ward, of_ane, alert_of_ane, reading_of_ane, condition_of_ane }
    }

    fn world(&self) -> &World {
        &self.ward.world
    }

    fn nurse(&self, team: &str) -> Client {
        self.world().nurse_of(team).with("content-type", "application/json")
    }

    /// A nurse of a team, sending FHIR.
    fn fhir(&self, team: &str) -> Client {
        self.world().nurse_of(team)
    }

    async fn end(self) {
        self.ward.world.end().await;
    }
}

fn lead(world: &World) -> Client {
    world.client("0330", Role::Lead, None).with("content-type", "application/json")
}

/// The ids of the citizens that a Bundle of readings is about.
fn subjects(answer: &Answer) -> Vec<String> {
    let bundle = answer.json();
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut subjects: Vec<String> = entries
        .iter()
        .filter_map(|entry| entry["resource"]["subject"]["reference"].as_str())
        .map(str::to_owned)
        .collect();
    subjects.sort();
    subjects.dedup();
    subjects
}

/// The ids of a Bundle's resources.
fn ids(bundle: &Value) -> Vec<&str> {
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().filter_map(|entry| entry["resource"]["id"].as_str()).collect()
}
