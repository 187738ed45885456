//! Published examples and real exports, all of them through the API: what comes back is what was
//! sent, to the digit, and what cannot be taken in is refused with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use axum::http::StatusCode;
use pulsvagt::access::Role;
use pulsvagt_fhir::json::{Kind, push_string};
use pulsvagt_fhir::{Document, Value};

use crate::world::{Answer, Client, World};

/// Examples that are not FHIR R4, or not a reading that can be used, with what is wrong.
const REFUSED: &[(&str, &[&str])] = &[
    ("hl7-phd-ig/coin-20181119174911.json", &["subject-unknown"]),
    ("hl7-phd-ig/coin-20181119202022.json", &["subject-unknown"]),
    ("hl7-phd-ig/coin-example-1.json", &["subject-unknown"]),
    ("hl7-phd-ig/coin-example-timefault.json", &["subject-unknown"]),
    ("hl7-phd-ig/rtsa-example-2.json", &["bad-sampled-data"]),
    ("hl7-r4-examples/Observation-clinical-gender.json", &["reference-type"]),
    ("hl7-r4-examples/Observation-f202.json", &["vital-effective"]),
    // References to other servers, to other entries of a Bundle that is only kept, and to nobody.
    ("hl7-r4-examples/Bundle-bundle-references.json#3", &["subject-unknown"]),
    ("hl7-r4-examples/Bundle-bundle-references.json#4", &["subject-unknown"]),
    ("hl7-r4-examples/Bundle-bundle-references.json#5", &["subject-unknown"]),
    ("hl7-r4-examples/Bundle-bundle-references.json#9", &["subject-unknown"]),
    ("hl7-r4-examples/Bundle-bundle-references.json#10", &["subject-unknown"]),
    ("spezi-healthkitonfhir-exports/0a773994_protein_intake_2023-01-29.json", &["choice-twice"]),
    (
        "spezi-healthkitonfhir-exports/5tTYsEWMIKNq4EJEf24suVINGI12_sample_questionnaire_response_data1.json",
        &["empty-object"],
    ),
    (
        "spezi-healthkitonfhir-exports/5tTYsEWMIKNq4EJEf24suVINGI12_sample_questionnaire_response_data2.json",
        &["empty-array"],
    ),
];

/// What the server keeps beside readings and is among the examples.
const SERVED: &[&str] = &["Patient", "Device", "Provenance", "QuestionnaireResponse"];

/// Name and text of every example, citizens first.
fn examples() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fhir-examples");
    let mut found = Vec::new();
    for folder in std::fs::read_dir(&root).expect("the examples").map(|entry| entry.expect("one")) {
        if !folder.path().is_dir() {
            continue;
        }
        for file in std::fs::read_dir(folder.path()).expect("a folder") {
            let path = file.expect("a file").path();
            let name = path.strip_prefix(&root).expect("below").to_str().expect("text").to_owned();
            found.push((name, std::fs::read_to_string(&path).expect("text")));
        }
    }
    assert!(found.len() > 100, "the examples are missing");
    found.sort_by_key(|(name, text)| (kind(parsed(text).root()) != "Patient", name.clone()));
    found
}

fn parsed(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes()).expect("JSON")
}

fn kind(resource: Value<'_>) -> String {
    resource.str_at("resourceType").expect("a resource").into_owned()
}

/// The resource with sorted members and every number as it was sent, without what the server
/// adds, and with references replaced as the Bundle's answer said.
fn canonical(resource: Value<'_>, names: &BTreeMap<String, String>) -> String {
    fn push(out: &mut String, value: Value<'_>, depth: usize, names: &BTreeMap<String, String>) {
        match value.kind() {
            Kind::Object => {
                let mut members: Vec<_> = value.members().collect();
                members.sort_by_key(|(name, _)| *name);
                out.push('{');
                for (name, member) in members {
                    if depth == 0 && name == "id" {
                        continue;
                    }
                    let mut text = String::new();
                    match (name, member.as_str()) {
                        ("meta", _) if depth == 0 => meta(&mut text, member, names),
                        ("reference", Some(reference)) => {
                            push_string(
                                &mut text,
                                names.get(&*reference).unwrap_or(&reference.into_owned()),
                            );
                        }
                        _ => push(&mut text, member, depth + 1, names),
                    }
                    if text != "{}" {
                        push_string(out, name);
                        write!(out, ":{text}\n,").expect("room");
                    }
                }
                out.push('}');
            }
            Kind::Array => {
                out.push('[');
                for item in value.items() {
                    push(out, item, depth + 1, names);
                    out.push(',');
                }
                out.push(']');
            }
            Kind::String | Kind::EscapedString => push_string(out, &value.as_str().expect("text")),
            _ => out.push_str(value.raw()),
        }
    }
    fn meta(out: &mut String, meta: Value<'_>, names: &BTreeMap<String, String>) {
        let mut members: Vec<_> = meta.members().collect();
        members.retain(|(name, _)| !matches!(*name, "versionId" | "lastUpdated"));
        members.sort_by_key(|(name, _)| *name);
        out.push('{');
        for (name, member) in members {
            push_string(out, name);
            out.push(':');
            push(out, member, 1, names);
        }
        out.push('}');
    }
    let mut out = String::new();
    push(&mut out, resource, 0, names);
    out
}

#[track_caller]
fn assert_same(name: &str, sent: Value<'_>, stored: &Answer, names: &BTreeMap<String, String>) {
    let back = parsed(&stored.text);
    let (sent, back) = (canonical(sent, names), canonical(back.root(), &BTreeMap::new()));
    let lines = sent.lines().zip(back.lines());
    let differing: Vec<_> = lines.filter(|(sent, back)| sent != back).collect();
    assert!(sent == back, "{name} was sent and came back as: {differing:?}");
}

/// The keys of what is wrong.
fn errors(answer: &Answer) -> BTreeSet<String> {
    let outcome = answer.json();
    let issues = outcome["issue"].as_array().expect("issues");
    let errors = issues.iter().filter(|issue| issue["severity"] == "error");
    errors
        .filter_map(|issue| issue["details"]["coding"][0]["code"].as_str().map(str::to_owned))
        .collect()
}

/// One line of the table, for each thing that was sent.
#[derive(Default)]
struct Table(BTreeMap<String, String>);

impl Table {
    /// Notes what became of something; whether it was taken in.
    fn note(&mut self, name: &str, answer: &Answer) -> bool {
        let taken = answer.status.is_success();
        let keys = if taken {
            answer.header("x-pulsvagt-warnings").replace(", ", " ")
        } else {
            errors(answer).into_iter().collect::<Vec<_>>().join(" ")
        };
        let line = format!("{} {keys}", answer.status.as_u16()).trim_end().to_owned();
        assert!(self.0.insert(name.to_owned(), line).is_none(), "{name} twice");
        taken
    }

    fn text(&self) -> String {
        let lines: Vec<String> =
            self.0.iter().map(|(name, line)| format!("{name}: {line}")).collect();
        lines.join("\n")
    }
}

/// Sends a reading; read back it is the same, and sent again it is the one that is there.
async fn reading(world: &World, table: &mut Table, name: &str, resource: Value<'_>) {
    let client = match resource.get("subject") {
        None => world.citizen("ane"),
        Some(_) => world.gateway(),
    };
    let answer = client.post("Observation", resource.raw()).await;
    let taken = table.note(name, &answer);
    match REFUSED.iter().find(|(refused, _)| *refused == name) {
        Some((_, keys)) => {
            assert_eq!(answer.status.as_u16() / 100, 4, "{name}: {}", answer.text);
            assert_eq!(
                errors(&answer),
                keys.iter().map(|key| (*key).to_owned()).collect(),
                "{name}"
            );
            return;
        }
        None => assert!(taken, "{name}: {}", answer.text),
    }
    let id = answer.id();
    if answer.status == StatusCode::OK {
        // The numbers of another example at the same moment, in other words: the first one counts.
        let other = world.nurse().get(&format!("Observation/{id}")).await.expect(200);
        assert_eq!(answer.text, other.text, "{name}");
        return;
    }
    assert_same(name, resource, &answer, &BTreeMap::new());
    let read = world.nurse().get(&format!("Observation/{id}")).await.expect(200);
    assert_same(name, resource, &read, &BTreeMap::new());
    let meta = read.json()["meta"].clone();
    assert_eq!((read.id(), meta["versionId"].as_str()), (id.clone(), Some("1")), "{name}");
    assert!(meta["lastUpdated"].is_string(), "{name}");
    let again = client.post("Observation", resource.raw()).await.expect(200);
    assert_eq!(again.id(), id, "{name}");
    assert_same(name, resource, &again, &BTreeMap::new());
}

/// Sends a resource that is not a reading, under its own id; sent again nothing changes.
async fn resource(world: &World, table: &mut Table, name: &str, resource: Value<'_>) {
    let kind = kind(resource);
    let client = match &*kind {
        "Patient" => world.admin("0330"),
        "QuestionnaireResponse" => world.citizen("ane"),
        _ => world.gateway(),
    };
    let mut place = format!("{kind}/{}", resource.str_at("id").expect("an id"));
    // Who did what is told once and never changed.
    let once = kind == "Provenance";
    let answer = if once {
        client.post(&kind, resource.raw()).await
    } else {
        client.put(&place, resource.raw()).await
    };
    let taken = table.note(name, &answer);
    if let Some((_, keys)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        assert_eq!(errors(&answer), keys.iter().map(|key| (*key).to_owned()).collect(), "{name}");
        return;
    }
    assert!(taken, "{name}: {}", answer.text);
    if once {
        place = format!("{kind}/{}", answer.id());
    }
    // Whoever is confined to teams does not see who did what to things that are nobody's.
    let lead = world.client("0330", Role::Lead, None);
    let read = lead.get(&place).await.expect(200);
    assert_same(name, resource, &read, &BTreeMap::new());
    if once {
        return;
    }
    let again = client.put(&place, resource.raw()).await.expect(200);
    assert_eq!(again.header("etag"), answer.header("etag"), "{name}: nothing has changed");
}

/// Sends a batch or transaction, reads everything back, and sends it again.
async fn bundle(world: &World, table: &mut Table, name: &str, text: &str) -> bool {
    let client = world.gateway();
    let answer = client.post("", text).await;
    if !table.note(name, &answer) {
        return false;
    }
    let document = parsed(text);
    let sent: Vec<Value<'_>> = document.root().each("entry").collect();
    let told = answer.json();
    let places = |answer: &serde_json::Value| -> Vec<(String, Option<String>)> {
        let entries = answer["entry"].as_array().expect("entries");
        let response = |entry: &serde_json::Value, part: &str| {
            entry["response"][part].as_str().map(str::to_owned)
        };
        entries
            .iter()
            .map(|entry| {
                let location = response(entry, "location");
                let place =
                    location.and_then(|text| text.split("/_history/").next().map(str::to_owned));
                (response(entry, "status").expect("a status"), place)
            })
            .collect()
    };
    let answered = places(&told);
    assert_eq!(answered.len(), sent.len(), "{name}");
    let mut names = BTreeMap::new();
    for (entry, (_, place)) in sent.iter().zip(&answered) {
        if let (Some(called), Some(place)) = (entry.str_at("fullUrl"), place) {
            // Others may call it by the end of that address.
            let end: Vec<&str> = called.rsplitn(3, '/').take(2).collect();
            if let ([id, kind], true) = (end.as_slice(), called.starts_with("http")) {
                names.insert(format!("{kind}/{id}"), place.clone());
            }
            names.insert(called.into_owned(), place.clone());
        }
    }
    for (number, (entry, (status, place))) in sent.iter().zip(&answered).enumerate() {
        table.0.insert(format!("{name}#{number}"), status[..3].to_owned());
        // What was there already may have been sent with other words around the same numbers.
        let new = status == "201 Created";
        if let (Some(resource), Some(place), true) = (entry.get("resource"), place, new) {
            let read = world.nurse().get(place).await.expect(200);
            assert_same(&format!("{name}#{number}"), resource, &read, &names);
        }
    }
    let again = places(&client.post("", text).await.expect(200).json());
    for ((status, place), (_, first)) in again.iter().zip(&answered) {
        assert_eq!(place, first, "{name}");
        assert!(place.is_none() || status == "200 OK", "{name}: {status}");
    }
    true
}

/// What a gateway may write of a Bundle: readings of citizens, and devices. Its citizens are Ane.
fn reduced(text: &str) -> Option<String> {
    let mut bundle: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let entries = bundle["entry"].as_array_mut().expect("entries");
    let mut citizens = Vec::new();
    entries.retain(|entry| {
        let resource = &entry["resource"];
        match resource["resourceType"].as_str() {
            Some("Patient") => {
                citizens.extend(entry["fullUrl"].as_str().map(str::to_owned));
                false
            }
            Some("Observation") => true,
            Some("Device") => entry["request"]["method"] == "POST",
            _ => false,
        }
    });
    entries.retain(|entry| {
        let subject = entry["resource"]["subject"]["reference"].as_str();
        subject
            .is_none_or(|name| name.starts_with("Patient/") || citizens.iter().any(|c| c == name))
    });
    if entries.is_empty() {
        return None;
    }
    let text =
        citizens.iter().fold(bundle.to_string(), |text, name| text.replace(name, "Patient/ane"));
    Some(text)
}

/// Creates the citizens that readings are about and no example tells of.
async fn missing_citizens(admin: &Client, resource: Value<'_>, known: &mut BTreeSet<String>) {
    let subjects = resource.get("subject").and_then(|subject| subject.str_at("reference"));
    let subject = subjects.as_deref().and_then(|name| name.strip_prefix("Patient/"));
    if let Some(id) = subject.filter(|id| !id.contains('/') && known.insert((*id).to_owned())) {
        let patient = format!(r#"{{"resourceType":"Patient","id":"{id}","active":true}}"#);
        admin.put(&format!("Patient/{id}"), &patient).await.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_comes_back_as_it_was_sent_or_is_refused_with_a_reason() {
    let world = World::new().await;
    // Bundles hold some of the examples again, which has to be new there.
    let for_bundles = World::new().await;
    let admins = [&world, &for_bundles].map(|world| world.admin("0330"));
    let mut table = Table::default();
    let mut known = [BTreeSet::new(), BTreeSet::new()];
    for (name, text) in examples() {
        let document = parsed(&text);
        let root = document.root();
        match &*kind(root) {
            "Observation" => {
                missing_citizens(&admins[0], root, &mut known[0]).await;
                reading(&world, &mut table, &name, root).await;
            }
            "Bundle" if matches!(root.str_at("type").as_deref(), Some("batch" | "transaction")) => {
                for inner in root.each("entry").filter_map(|entry| entry.get("resource")) {
                    missing_citizens(&admins[1], inner, &mut known[1]).await;
                }
                if !bundle(&for_bundles, &mut table, &name, &text).await
                    && let Some(rest) = reduced(&text)
                {
                    let name = format!("{name} (readings and devices)");
                    assert!(bundle(&for_bundles, &mut table, &name, &rest).await, "{name}");
                }
            }
            "Bundle" => {
                let answer = world.gateway().post("", &text).await.expect(422);
                assert_eq!(answer.issues()[0].0, "bundle-type", "{name}");
                table.note(&name, &answer);
                for (number, entry) in root.each("entry").enumerate() {
                    let Some(inner) = entry.get("resource").filter(|r| kind(*r) == "Observation")
                    else {
                        continue;
                    };
                    missing_citizens(&admins[0], inner, &mut known[0]).await;
                    reading(&world, &mut table, &format!("{name}#{number}"), inner).await;
                }
            }
            kind if SERVED.contains(&kind) => {
                if kind == "Patient" {
                    let id = root.str_at("id").expect("an id").into_owned();
                    admins[1].put(&format!("Patient/{id}"), &text).await.expect(201);
                    for known in &mut known {
                        known.insert(id.clone());
                    }
                }
                resource(&world, &mut table, &name, root).await;
            }
            kind => {
                // One of these is served, but made by the server alone, and two are not for gateways.
                let status = match kind {
                    "AuditEvent" => 405,
                    "Consent" | "Group" => 403,
                    _ => 404,
                };
                let answer = world.gateway().post(kind, &text).await.expect(status);
                table.note(&name, &answer);
            }
        }
    }
    for (name, _) in REFUSED {
        assert!(table.0.contains_key(*name), "{name} is not among the examples");
    }
    insta::assert_snapshot!("examples", table.text());
    for_bundles.end().await;
    world.end().await;
}
