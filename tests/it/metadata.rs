//! The `CapabilityStatement` says exactly what is true.

use axum::body::Body;
use axum::http::Method;
use pulsvagt::access::{Interaction, Role, may};
use serde_json::Value;

use crate::world::{Answer, Client, World};

/// A client whose role may do everything that anybody may do to resources of the type.
fn mightiest(world: &World, kind: &str) -> Client {
    let role = Role::ALL
        .into_iter()
        .filter(|role| !role.is_of_one_citizen())
        .max_by_key(|role| {
            Interaction::ALL.into_iter().filter(|one| may(*role, *one, kind)).count()
        })
        .expect("a role");
    world.client("0330", role, None)
}

async fn ask(client: &Client, kind: &str, code: &str) -> Answer {
    let body = format!(r#"{{"resourceType":"{kind}","id":"asked"}}"#);
    let one = format!("{kind}/asked");
    let send = async |method: Method, path: &str| {
        let client = client.with("content-type", "application/fhir+json");
        client.send(method, path, Body::from(body.clone())).await
    };
    match code {
        "create" => send(Method::POST, kind).await,
        "read" => client.get(&one).await,
        "vread" => client.get(&format!("{one}/_history/1")).await,
        "update" => send(Method::PUT, &one).await,
        "patch" => send(Method::PATCH, &one).await,
        "delete" => client.delete(&one).await,
        "history-instance" => client.get(&format!("{one}/_history")).await,
        "history-type" => client.get(&format!("{kind}/_history")).await,
        "search-type" => client.get(kind).await,
        other => panic!("{other} is no interaction of R4"),
    }
}

/// Whether the router and its handlers know of it at all.
fn is_offered(answer: &Answer) -> bool {
    let status = answer.status.as_u16();
    assert!(status < 500, "{}", answer.text);
    let unknown = status == 404 && answer.issues()[0].0 == "unknown-path";
    !unknown && status != 405
}

async fn statement(world: &World) -> Value {
    world.nobody().get("metadata").await.expect(200).json()
}

fn resources(statement: &Value) -> Vec<(String, Value)> {
    let list = statement["rest"][0]["resource"].as_array().expect("resources");
    list.iter().map(|one| (one["type"].as_str().expect("a type").to_owned(), one.clone())).collect()
}

fn listed<'a>(resource: &'a Value, name: &str, key: &str) -> Vec<&'a str> {
    let list = resource[name].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|one| one[key].as_str().expect("text")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statement_is_one_of_r4() {
    let world = World::new().await;
    let statement = statement(&world).await;
    for (name, value) in [
        ("resourceType", "CapabilityStatement"),
        ("fhirVersion", "4.0.1"),
        ("kind", "instance"),
        ("status", "active"),
    ] {
        assert_eq!(statement[name], value);
    }
    assert_eq!(statement["implementation"]["url"], "http://pulsvagt.test/fhir");
    assert!(statement["implementation"]["description"].is_string());
    let formats = statement["format"].as_array().expect("formats");
    assert!(formats.iter().any(|format| format == "application/fhir+json"));
    let mut open = vec![&statement];
    while let Some(value) = open.pop() {
        let is_empty = match value {
            Value::Null => true,
            Value::Array(items) => {
                open.extend(items);
                items.is_empty()
            }
            Value::Object(members) => {
                open.extend(members.values());
                members.is_empty()
            }
            _ => false,
        };
        assert!(!is_empty, "nothing is empty in FHIR: {statement}");
    }
    let kinds: Vec<String> = resources(&statement).into_iter().map(|(kind, _)| kind).collect();
    for kind in [
        "Observation",
        "Patient",
        "Device",
        "Condition",
        "Encounter",
        "CarePlan",
        "Goal",
        "EpisodeOfCare",
        "Communication",
        "QuestionnaireResponse",
        "Provenance",
    ] {
        assert!(kinds.iter().any(|listed| listed == kind), "{kind}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_interaction_that_is_listed_is_offered_and_no_other() {
    let world = World::new().await;
    let statement = statement(&world).await;
    for (kind, resource) in resources(&statement) {
        let client = mightiest(&world, &kind);
        let codes = listed(&resource, "interaction", "code");
        for code in [
            "create",
            "read",
            "vread",
            "update",
            "patch",
            "delete",
            "history-instance",
            "search-type",
        ] {
            let answer = ask(&client, &kind, code).await;
            let is_listed = codes.contains(&code);
            assert_eq!(is_offered(&answer), is_listed, "{kind} {code}: {}", answer.text);
            if is_listed {
                // Somebody must be able to use it.
                assert_ne!(answer.status.as_u16(), 403, "{kind} {code}");
            }
        }
        let answer = ask(&client, &kind, "history-type").await;
        assert_eq!(answer.status.is_success(), codes.contains(&"history-type"), "{kind}");
        for name in listed(&resource, "operation", "name") {
            let answer = client.get(&format!("{kind}/${name}?patient=ane&code=8867-4")).await;
            assert!(is_offered(&answer), "{kind} {name}: {}", answer.text);
        }
        let form = client.with("content-type", "application/x-www-form-urlencoded");
        let path = format!("{kind}/_search");
        let answer = form.send(Method::POST, &path, Body::from("_count=1")).await;
        assert_eq!(answer.expect(200).json()["type"], "searchset", "{kind}");
    }
    let batch = r#"{"resourceType":"Bundle","type":"TYPE"}"#;
    for code in listed(&statement["rest"][0], "interaction", "code") {
        world.gateway().post("/fhir", &batch.replace("TYPE", code)).await.expect(200);
    }
    world.gateway().post("/fhir", &batch.replace("TYPE", "collection")).await.expect(422);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_is_not_listed_is_refused() {
    let world = World::new().await;
    let statement = statement(&world).await;
    let kinds: Vec<String> = resources(&statement).into_iter().map(|(kind, _)| kind).collect();
    for kind in ["Practitioner", "Library", "Bundle", "MedicationRequest", "Binary", "observation"]
    {
        assert!(!kinds.iter().any(|listed| listed == kind), "{kind} is listed");
        for role in [Role::Nurse, Role::Admin, Role::Gateway] {
            let client = world.client("0330", role, None);
            for code in ["create", "read", "vread", "update", "history-instance", "search-type"] {
                let answer = ask(&client, kind, code).await;
                assert_eq!(answer.status.as_u16(), 404, "{kind} {code}: {}", answer.text);
            }
        }
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_search_parameter_that_is_listed_is_understood_and_no_other() {
    let world = World::new().await;
    let statement = statement(&world).await;
    let unlisted = ["specimen", "no-such-parameter", "_content", "_text", "_filter", "_has"];
    for (kind, resource) in resources(&statement) {
        let client = mightiest(&world, &kind);
        let strict = client.with("prefer", "handling=strict");
        let parameters = resource["searchParam"].as_array().expect("parameters");
        let names = listed(&resource, "searchParam", "name");
        for expected in ["_id", "_lastUpdated"] {
            assert!(names.contains(&expected), "{kind} {expected}");
        }
        for parameter in parameters {
            let name = parameter["name"].as_str().expect("a name");
            let value = match parameter["type"].as_str().expect("a type") {
                "date" => "ge2025-01-01",
                "quantity" => "gt5",
                "token" | "string" => "final",
                "reference" => "ane",
                "uri" => "urn:x",
                other => panic!("{kind} {name} is {other}"),
            };
            let answer = strict.get(&format!("{kind}?{name}={value}")).await;
            assert_eq!(answer.status.as_u16(), 200, "{kind}?{name}={value}: {}", answer.text);
            assert_eq!(answer.json()["resourceType"], "Bundle");
        }
        for name in unlisted {
            assert!(!names.contains(&name), "{kind} {name} is listed");
            strict.get(&format!("{kind}?{name}=x")).await.expect(400);
            client.get(&format!("{kind}?{name}=x")).await.expect(200);
        }
        for include in resource["searchInclude"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let include = include.as_str().expect("text");
            strict.get(&format!("{kind}?_include={include}")).await.expect(200);
        }
        strict.get(&format!("{kind}?_include={kind}:nothing")).await.expect(400);
        strict.get(&format!("{kind}?_count=1&_format=json")).await.expect(200);
    }
    world.end().await;
}
