//! Tokens with scopes: what they let through of what the role would allow, on every path.

mod narrowed;
mod written;

use std::fmt::Write;

use pulsvagt::access::policy::{is_read_only, resource_types};
use pulsvagt::access::{Extent, Interaction, Role, Scopes, Within, may};
use serde_json::{Value, json};

use super::ask;
use crate::openapi::operations;
use crate::world::{Client, World, heart_rate};

const CATEGORIES: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// What each kind of client may be given.
const TOKENS: [(&str, Role, Option<&str>, &str); 8] = [
    ("viewer", Role::Nurse, None, "user/Observation.rs"),
    ("v1", Role::Nurse, None, "user/*.read"),
    ("whole", Role::Nurse, None, "user/*.cruds"),
    ("limited", Role::Nurse, None, "user/*.crus?category=vital-signs"),
    ("one", Role::Nurse, Some("ane"), "patient/*.cruds"),
    ("upload", Role::Gateway, None, "system/Observation.c"),
    ("app", Role::Citizen, Some("ane"), "patient/Observation.crus patient/CarePlan.rs"),
    ("none", Role::Lead, None, "openid launch/patient"),
];

/// The same reading in another category, under another code.
fn laboratory(citizen: &str, at: &str, value: &str) -> String {
    heart_rate(citizen, at, value)
        .replace("\"vital-signs\"", "\"laboratory\"")
        .replace("\"8867-4\"", "\"15074-8\"")
        .replace("\"/min\"", "\"mmol/L\"")
}

fn ids(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    let id = |entry: &Value| entry["resource"]["id"].as_str().expect("an id").to_owned();
    let mut ids: Vec<String> = entries.iter().map(id).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_take_away_from_what_the_role_may_do() {
    let world = World::new().await;
    let clients: Vec<Client> =
        TOKENS.iter().map(|(_, role, own, scope)| world.scoped(*role, *own, scope)).collect();
    let mut table = format!("{:<30}", "");
    for (name, ..) in TOKENS {
        let _ = write!(table, "{name:<9}");
    }
    for kind in resource_types() {
        for interaction in Interaction::ALL {
            if matches!(interaction, Interaction::Create | Interaction::Update)
                && is_read_only(kind)
            {
                continue;
            }
            let name = format!("{kind} {interaction:?}");
            let _ = write!(table, "\n{name:<30}");
            for ((token, role, _, scope), client) in TOKENS.iter().zip(&clients) {
                let answer = ask(client, interaction, kind).await;
                let told = format!("{token} {name}: {}", answer.text);
                assert!(answer.status.as_u16() < 500, "{told}");
                let refused = answer.status.as_u16() == 403;
                // Somebody may write such a resource, but not this one.
                let partly = refused && answer.issues()[0].0 == "out-of-scope";
                let within = Scopes::parse(scope).within(interaction, kind);
                let expected = may(*role, interaction, kind) && within != Within::Nothing;
                assert_eq!(!refused || partly, expected, "{told}");
                let limited = expected && matches!(within, Within::Any(_));
                assert!(!partly || limited, "{told}");
                let mark = if limited {
                    "some"
                } else if expected {
                    "✔"
                } else {
                    "✘"
                };
                let _ = write!(table, "{mark:<9}");
            }
        }
    }
    let api = world.nobody().get("/api/openapi.json").await.expect(200).json();
    for (method, path, operation) in operations(&api) {
        let right = operation["security"][0]["bearer"][0].as_str().expect("a right");
        let right = pulsvagt::access::ApiRight::from_name(right).expect("a known right");
        if table.contains(right.as_str()) {
            continue;
        }
        let _ = write!(table, "\n{:<30}", right.as_str());
        for (token, role, own, scope) in TOKENS {
            let bearer = world.minted(role, own, scope);
            let principal = world.app.authenticator().authenticate(&bearer).await;
            let extent = principal.expect("believed").extent(right);
            let status =
                super::api::ask(&world, Some(bearer), &method, &super::api::filled(&path, "ane"))
                    .await;
            assert_eq!(status == 403, extent == Extent::None, "{token} {path}: {status}");
            let mark = match extent {
                Extent::All => "✔",
                Extent::Teams => "teams",
                Extent::Own => "own",
                Extent::None => "✘",
            };
            let _ = write!(table, "{mark:<9}");
        }
    }
    let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!("scopes", lines.join("\n"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_of_one_citizen_confine_whatever_the_role() {
    let world = World::new().await;
    let noon = "2025-12-30T12:00:00Z";
    let anes = world.gateway().post("Observation", &heart_rate("ane", noon, "71")).await.id();
    let bos = world.gateway().post("Observation", &heart_rate("bo", noon, "72")).await.id();
    for role in [Role::Nurse, Role::Lead, Role::Gateway, Role::Citizen] {
        let one = world.scoped(role, Some("ane"), "patient/*.cruds user/*.cruds");
        let found = one.get("Observation").await.expect(200).json();
        assert_eq!(ids(&found), std::slice::from_ref(&anes), "{role}");
        one.get(&format!("Observation/{anes}")).await.expect(200);
        one.get(&format!("Observation/{bos}")).await.expect(404);
        one.get("Patient/bo").await.expect(404);
        assert_eq!(ids(&one.get("Patient").await.expect(200).json()), ["ane"], "{role}");
        let answer = one.post("Observation", &heart_rate("bo", noon, "73")).await.expect(422);
        assert_eq!(answer.issues()[0].0, "subject-unknown");
        let urls = [json!({"request": {"method": "GET", "url": "Observation?patient=bo"}})];
        let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": urls});
        let answer = one.post("/fhir", &batch.to_string()).await.expect(200);
        assert!(!answer.text.contains(&bos), "{role}: {}", answer.text);
    }
    let nurse = world.scoped(Role::Nurse, Some("ane"), "patient/*.cruds");
    let condition = |id: &str| {
        json!({"resourceType": "Condition", "subject": {"reference": format!("Patient/{id}")},
               "code": {"text": "x"}})
        .to_string()
    };
    nurse.post("Condition", &condition("ane")).await.expect(201);
    nurse.post("Condition", &condition("bo")).await.expect(422);
    nurse.get("/api/citizens/bo/plan").await.expect(404);
    nurse.get("/api/worklist").await.expect(403);
    nurse.get("/api/events").await.expect(403);
    world.end().await;
}
