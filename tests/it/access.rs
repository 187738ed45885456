//! Who may do what: tokens, roles, a citizen's own app, and the border between municipalities.

mod api;
mod scopes;

use std::fmt::Write;

use data_encoding::BASE64URL_NOPAD;
use pulsvagt::access::policy::{is_read_only, resource_types};
use pulsvagt::access::{Grant, Interaction, LocalIssuer, Role, may};
use serde_json::{Value, json};

use crate::world::{Answer, Client, World, heart_rate};

const NOON: &str = "2025-12-30T12:00:00Z";

/// Everything by which one refusal could be told from another.
fn face(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    headers.sort();
    (answer.status.as_u16(), headers, answer.text.clone())
}

fn with_token(world: &World, token: &str) -> Client {
    world.nobody().with("authorization", &format!("Bearer {token}"))
}

fn entries(answer: &Answer) -> Vec<Value> {
    answer.json()["entry"].as_array().cloned().unwrap_or_default()
}

/// The resources that a batch was answered with, without the links that repeat the question.
fn without_links(answer: &Answer) -> String {
    let mut entries = entries(answer);
    for resource in entries.iter_mut().filter_map(|entry| entry["resource"].as_object_mut()) {
        resource.remove("link");
    }
    Value::from(entries).to_string()
}

fn batch(urls: &[String]) -> String {
    let entries: Vec<Value> =
        urls.iter().map(|url| json!({"request": {"method": "GET", "url": url}})).collect();
    json!({"resourceType": "Bundle", "type": "batch", "entry": entries}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_valid_token_every_door_says_the_same() {
    let world = World::new().await;
    let good = world.token("0330", Role::Gateway, None);
    let parts: Vec<&str> = good.split('.').collect();
    let admin = world.token("0330", Role::Admin, None);
    let payload_of_admin = admin.split('.').nth(1).expect("a payload");
    let header = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let elsewhere = tempfile::tempdir().expect("a folder");
    let stranger = LocalIssuer::open_or_create(elsewhere.path()).expect("an issuer");
    let grant = Grant {
        tenant: "0330".parse().expect("a code"),
        role: Role::Gateway,
        subject: "stranger".to_owned(),
        citizen: None,
        scope: None,
        seconds: 3600,
    };
    let clients = [
        ("no token", world.nobody()),
        ("another scheme", world.nobody().with("authorization", "Basic cHVsczp2YWd0")),
        ("no scheme", world.nobody().with("authorization", &good)),
        ("nothing", with_token(&world, "")),
        ("garbage", with_token(&world, "not.a.token")),
        ("no signature", with_token(&world, &format!("{}.{}.", parts[0], parts[1]))),
        (
            "a payload of another token",
            with_token(&world, &format!("{}.{payload_of_admin}.{}", parts[0], parts[2])),
        ),
        (
            "algorithm none",
            with_token(&world, &format!("{}.{}.", header(r#"{"alg":"none"}"#), parts[1])),
        ),
        (
            "a stranger's signature",
            with_token(&world, &stranger.mint(&grant, world.clock.now()).expect("a token")),
        ),
        ("a municipality that is not served", world.client("0999", Role::Gateway, None)),
    ];
    let reading = heart_rate("ane", NOON, "72");
    let mut faces = Vec::new();
    for (name, client) in &clients {
        for answer in [
            client.post("Observation", &reading).await,
            client.get("Observation").await,
            client.get("Patient/ane").await,
            client.put("Patient/ane", r#"{"resourceType":"Patient","id":"ane"}"#).await,
            client.post("/fhir", r#"{"resourceType":"Bundle","type":"batch"}"#).await,
        ] {
            assert_eq!(answer.status.as_u16(), 401, "{name}: {}", answer.text);
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{name}");
            assert_eq!(answer.json()["resourceType"], "OperationOutcome", "{name}");
            assert_eq!(answer.json()["issue"][0]["code"], "login", "{name}");
            faces.push(face(&answer));
        }
    }
    faces.dedup();
    assert_eq!(faces.len(), 1, "the reason is for the log only");

    world.gateway().get("Observation").await.expect(200);
    let old = world.gateway();
    world.clock.advance(2 * 3600 * 1_000_000);
    assert_eq!(face(&old.get("Observation").await), faces[0], "an expired token");
    world.nobody().get("metadata").await.expect(200);
    assert_eq!(world.count("0330", "select count(*) from observation").await, 0);
    world.end().await;
}

async fn ask(client: &Client, interaction: Interaction, kind: &str) -> Answer {
    // Who may update but not create needs something that is there.
    let id = if kind == "Patient" { "ane" } else { "nobody-knows" };
    let body = format!(r#"{{"resourceType":"{kind}","id":"{id}"}}"#);
    let one = format!("{kind}/{id}");
    match interaction {
        Interaction::Create => client.post(kind, &body).await,
        Interaction::Read => client.get(&one).await,
        Interaction::Update => client.put(&one, &body).await,
        Interaction::Search => client.get(kind).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_what_the_table_says() {
    let world = World::new().await;
    let clients: Vec<(Role, Client)> = Role::ALL
        .into_iter()
        .map(|role| (role, world.client("0330", role, role.is_of_one_citizen().then_some("ane"))))
        .collect();
    let mut table = format!("{:<30}", "");
    for role in Role::ALL {
        let _ = write!(table, "{:<9}", role.as_str());
    }
    for kind in resource_types() {
        for interaction in Interaction::ALL {
            let is_write = matches!(interaction, Interaction::Create | Interaction::Update);
            if is_write && is_read_only(kind) {
                for (role, client) in &clients {
                    let answer = ask(client, interaction, kind).await;
                    assert_eq!(answer.status.as_u16(), 405, "{role} {kind}: {}", answer.text);
                }
                continue;
            }
            let name = format!("{kind} {interaction:?}");
            let _ = write!(table, "\n{name:<30}");
            for (role, client) in &clients {
                let answer = ask(client, interaction, kind).await;
                let status = answer.status.as_u16();
                assert!(
                    status < 500 && status != 405 && !answer.text.contains("unknown-path"),
                    "{role} {name}: {}",
                    answer.text
                );
                let allowed = status != 401 && status != 403;
                assert_eq!(
                    allowed,
                    may(*role, interaction, kind),
                    "{role} {name}: {}",
                    answer.text
                );
                if !allowed {
                    assert_eq!(answer.issues()[0].0, "forbidden", "{role} {name}");
                }
                let _ = write!(table, "{:<9}", if allowed { "✔" } else { "✘" });
            }
        }
    }
    let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!("matrix", lines.join("\n"));
    let new = r#"{"resourceType":"Patient","id":"new"}"#;
    world.client("0330", Role::Lead, None).put("Patient/new", new).await.expect(403);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_read_cannot_read_through_a_bundle_either() {
    let world = World::new().await;
    let id = world.gateway().post("Observation", &heart_rate("ane", NOON, "72")).await.id();
    let urls =
        [format!("Observation/{id}"), "Observation".to_owned(), "Condition?patient=ane".to_owned()];
    for role in [Role::Analyst, Role::Admin, Role::Operator] {
        let client = world.client("0330", role, None);
        let answer = client.post("/fhir", &batch(&urls)).await.expect(200);
        for entry in entries(&answer) {
            assert!(
                entry["response"]["status"]
                    .as_str()
                    .is_some_and(|status| status.starts_with("403")),
                "{role}: {entry}"
            );
        }
        assert_eq!(entries(&answer).len(), urls.len());
        assert!(!answer.text.contains("8867-4"), "{role}: {}", answer.text);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizens_app_cannot_tell_another_citizen_from_nobody() {
    let world = World::new().await;
    let app = world.citizen("ane");
    let by_reference = |id: &str| heart_rate(id, NOON, "72");
    let by_cpr = |cpr: &str| {
        heart_rate("x", NOON, "72").replace(
            r#""reference":"Patient/x""#,
            &format!(r#""identifier":{{"system":"urn:oid:1.2.208.176.1.2","value":"{cpr}"}}"#),
        )
    };
    let pairs = [
        (by_reference("bo"), by_reference("nobody")),
        (by_cpr("0202602345"), by_cpr("0909909999")),
    ];
    for (another, nobody) in &pairs {
        let real = app.post("Observation", another).await;
        assert_eq!(face(&real), face(&app.post("Observation", nobody).await));
        assert_eq!(real.expect(422).issues()[0].0, "subject-unknown");

        let lines = app.with("content-type", "application/fhir+ndjson");
        let real = lines.post("Observation", another).await;
        assert_eq!(face(&real), face(&lines.post("Observation", nobody).await));
        assert!(real.text.contains("\"rejected\":1"), "{}", real.text);

        for kind in ["batch", "transaction"] {
            let bundle = |resource: &str| {
                format!(
                    r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{{"resource":{resource},"request":{{"method":"POST","url":"Observation"}}}}]}}"#
                )
            };
            let real = app.post("/fhir", &bundle(another)).await;
            assert_eq!(face(&real), face(&app.post("/fhir", &bundle(nobody)).await), "{kind}");
            assert!(real.text.contains("subject-unknown"), "{}", real.text);
        }
    }
    assert_eq!(world.count("0330", "select count(*) from observation").await, 0);
    world.citizen("ane").post("Observation", &by_cpr("0101501234")).await.expect(201);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizens_app_cannot_tell_anothers_reading_from_none() {
    let world = World::new().await;
    let bos = world.gateway().post("Observation", &heart_rate("bo", NOON, "71")).await.id();
    let gone = world.gateway().post("Observation", &heart_rate("bo", NOON, "73")).await.id();
    let anes = world.gateway().post("Observation", &heart_rate("ane", NOON, "72")).await.id();
    let mut database = world.database().await;
    sqlx::query("delete from m0330.observation where value = 73")
        .execute(&mut database)
        .await
        .expect("deleted");
    let app = world.citizen("ane");
    app.get(&format!("Observation/{anes}")).await.expect(200);
    world.citizen("bo").get(&format!("Observation/{bos}")).await.expect(200);
    for tail in ["", "/_history", "/_history/1", "/_history/2"] {
        let face_of = async |id: &str| {
            let answer = app.get(&format!("Observation/{id}{tail}")).await;
            face(&answer)
        };
        let unknown = face_of("unknown").await;
        assert_eq!(unknown.0, 404, "{tail}");
        assert_eq!(face_of(&bos).await, unknown, "{tail}");
        assert_eq!(face_of(&gone).await, unknown, "{tail}");
    }
    for (id, citizen) in [(&bos, "bo"), (&bos, "ane"), (&gone, "bo")] {
        let mut sent: Value =
            serde_json::from_str(&heart_rate(citizen, NOON, "99")).expect("a reading");
        sent["id"] = json!(id);
        let answer = app.put(&format!("Observation/{id}"), &sent.to_string()).await;
        sent["id"] = json!("unknown");
        let unknown = app.put("Observation/unknown", &sent.to_string()).await.expect(404);
        assert_eq!(face(&answer), face(&unknown));
    }
    for (another, unknown) in [("Patient/bo", "Patient/unknown")] {
        assert_eq!(face(&app.get(another).await), face(&app.get(unknown).await.expect(404)));
    }
    assert_eq!(world.count("0330", "select max(version)::int8 from observation").await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_by_a_citizens_app_finds_its_own_citizen_only() {
    let world = World::new().await;
    let gateway = world.gateway();
    let mut bos = Vec::new();
    for minute in 0..5 {
        let at = format!("2025-12-30T12:0{minute}:00Z");
        bos.push(gateway.post("Observation", &heart_rate("bo", &at, "71")).await.id());
    }
    let anes = gateway.post("Observation", &heart_rate("ane", NOON, "72")).await.id();
    let app = world.citizen("ane");
    let own = [
        "Observation",
        "Observation?code=8867-4",
        "Observation?patient=ane&_include=Observation:patient",
    ];
    for query in own {
        let answer = app.get(query).await.expect(200);
        assert!(answer.text.contains(&anes), "{query}: {}", answer.text);
        assert!(!answer.text.contains("Patient/bo"), "{query}: {}", answer.text);
    }
    let nurses_page = world.nurse().get("Observation?patient=bo&_count=2").await.expect(200);
    let next = nurses_page.json()["link"]
        .as_array()
        .expect("links")
        .iter()
        .find(|link| link["relation"] == "next")
        .map(|link| link["url"].as_str().expect("an address").to_owned())
        .expect("a next page");
    let (_, page) = next.split_once("/fhir/").expect("below the base");
    let of_another = [
        format!("Observation?_id={}", bos[0]),
        "Observation?patient=bo".to_owned(),
        "Observation?subject=Patient/bo&_include=Observation:patient".to_owned(),
        "Observation?patient.identifier=urn:oid:1.2.208.176.1.2|0202602345".to_owned(),
        "Observation?patient=bo&_count=0".to_owned(),
        "Observation/$lastn?patient=bo&code=8867-4".to_owned(),
        "Patient?_id=bo".to_owned(),
        "Patient?identifier=urn:oid:1.2.208.176.1.2|0202602345".to_owned(),
        page.to_owned(),
    ];
    for query in &of_another {
        let answer = app.get(query).await;
        assert!(matches!(answer.status.as_u16(), 200 | 404), "{query}: {}", answer.text);
        assert_eq!(entries(&answer), [Value::Null; 0], "{query}");
        assert!(
            answer.json().get("total").is_none_or(|total| total == 0),
            "{query}: {}",
            answer.text
        );
    }
    let answer = app.post("/fhir", &batch(&of_another)).await.expect(200);
    let told = without_links(&answer);
    assert!(!bos.iter().any(|id| told.contains(id)), "{told}");
    assert!(!told.contains("\"bo\""), "{told}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conditional_create_does_not_find_what_the_caller_may_not_read() {
    let world = World::new().await;
    let known = |citizen: &str, value: &str| {
        heart_rate(citizen, NOON, value)
            .replace("\"status\"", r#""identifier":[{"system":"urn:x","value":"same"}],"status""#)
    };
    let bos = world.gateway().post("Observation", &known("bo", "71")).await.expect(201).id();
    let app = world.citizen("ane").with("if-none-exist", "identifier=urn:x|same");
    let answer = app.post("Observation", &known("ane", "72")).await;
    assert!(!answer.text.contains(&bos), "{}", answer.text);
    assert!(!answer.text.contains("Patient/bo"), "{}", answer.text);
    let anes = answer.expect(201).id();
    let entry = json!({"resource": serde_json::from_str::<Value>(&known("ane", "73")).expect("json"),
        "request": {"method": "POST", "url": "Observation", "ifNoneExist": "identifier=urn:x|same"}});
    for kind in ["batch", "transaction"] {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": [entry]});
        let answer = world.citizen("ane").post("/fhir", &bundle.to_string()).await.expect(200);
        assert!(answer.text.contains(&anes) && !answer.text.contains(&bos), "{}", answer.text);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_municipality_does_not_exist() {
    let world = World::new().await;
    let odsherred = world.client("0306", Role::Gateway, None);
    let mut ids = Vec::new();
    for minute in 0..5 {
        let at = format!("2025-12-30T12:0{minute}:00Z");
        ids.push(odsherred.post("Observation", &heart_rate("carl", &at, "71")).await.id());
    }
    let theirs = world.client("0306", Role::Nurse, None);
    let page = theirs.get("Observation?patient=carl&_count=2").await.expect(200);
    let next = page.json()["link"]
        .as_array()
        .expect("links")
        .iter()
        .find(|link| link["relation"] == "next")
        .and_then(|link| link["url"].as_str().map(str::to_owned))
        .expect("a next page");
    let (_, page) = next.split_once("/fhir/").expect("below the base");
    let one = &ids[0];
    let none: Vec<String> = ["", "/_history", "/_history/1"]
        .iter()
        .map(|tail| format!("Observation/{one}{tail}"))
        .chain(
            ["Patient/carl", "Patient/carl/_history", "Patient/carl/_history/1"].map(str::to_owned),
        )
        .collect();
    let empty = [
        format!("Observation?_id={one}"),
        format!("Observation?_id={}", ids.join(",")),
        "Observation?patient=carl&_include=Observation:patient".to_owned(),
        "Observation?patient.identifier=urn:oid:1.2.208.176.1.2|0303703456".to_owned(),
        "Observation".to_owned(),
        "Patient?_id=carl".to_owned(),
        "Patient?identifier=urn:oid:1.2.208.176.1.2|0303703456".to_owned(),
        "Observation/$lastn?patient=carl&code=8867-4".to_owned(),
    ];
    for ours in [world.nurse(), world.gateway(), world.client("0330", Role::Lead, None)] {
        for path in &none {
            assert_eq!(ours.get(path).await.expect(404).issues()[0].0, "not-found", "{path}");
        }
        for query in &empty {
            let answer = ours.get(query).await;
            assert!(matches!(answer.status.as_u16(), 200 | 404), "{query}: {}", answer.text);
            assert_eq!(entries(&answer), [Value::Null; 0], "{query}");
        }
        assert_eq!(ours.get(page).await.expect(400).issues()[0].0, "bad-parameter");
        let answer =
            ours.post("/fhir", &batch(&[&none[..], &empty[..]].concat())).await.expect(200);
        assert_eq!(entries(&answer).len(), none.len() + empty.len());
        let told = without_links(&answer);
        for word in ["8867-4", "carl"] {
            assert!(!told.contains(word), "{word} in {told}");
        }
        assert!(!answer.text.contains("0303703456"), "{}", answer.text);
    }
    let carl = heart_rate("carl", NOON, "72");
    let nobody = world.gateway().post("Observation", &heart_rate("nobody", NOON, "72")).await;
    let refused = world.gateway().post("Observation", &carl).await.expect(422);
    assert_eq!(face(&refused), face(&nobody));
    let mut sent: Value = serde_json::from_str(&carl).expect("a reading");
    sent["id"] = json!(one);
    world.gateway().put(&format!("Observation/{one}"), &sent.to_string()).await.expect(404);
    theirs.get(&format!("Observation/{one}")).await.expect(200);
    assert_eq!(world.count("0330", "select count(*) from observation").await, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_citizen_id_in_two_municipalities_is_two_citizens() {
    let world = World::new().await;
    let ane = json!({"resourceType": "Patient", "id": "ane", "name": [{"family": "Anden"}]});
    world.admin("0306").put("Patient/ane", &ane.to_string()).await.expect(201);
    let sent = heart_rate("ane", NOON, "72");
    let here = world.gateway().post("Observation", &sent).await.expect(201).id();
    let there = world.client("0306", Role::Gateway, None).post("Observation", &sent).await;
    let there = there.expect(201).id();
    assert_ne!(here, there);
    let found = world.nurse().get("Observation?patient=ane&_include=Observation:patient").await;
    assert!(found.text.contains(&here) && !found.text.contains(&there), "{}", found.text);
    assert!(!found.text.contains("Anden"), "{}", found.text);
    // A token of the other municipality for a citizen of the same name opens nothing here.
    let app = world.client("0306", Role::Citizen, Some("ane"));
    app.get(&format!("Observation/{here}")).await.expect(404);
    app.get(&format!("Observation/{there}")).await.expect(200);
    world.citizen("ane").get(&format!("Observation/{there}")).await.expect(404);
    world.end().await;
}
