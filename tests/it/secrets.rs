//! Nothing that names a citizen is to be found where it has no business.

mod pages;
mod rekeying;
mod statements;
mod words;

use std::collections::BTreeMap;
use std::io::{Read as _, Write};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::DeflateDecoder;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tracing_subscriber::fmt::MakeWriter;

use crate::world::{Client, World, heart_rate};

pub(crate) const CPR: &str = "urn:oid:1.2.208.176.1.2";

/// Everything that names Gunhild, and the wrong numbers that somebody sent for her.
// Short ones are none that a random UUID is likely to have as a group of its own.
const SECRETS: &[&str] = &[
    "1203521236",
    "120352-1236",
    "3102521236",
    "0703921VJ4",
    "Gunhild",
    "Zwickenberg",
    "Kvædevej",
    "2791",
    "20457788",
    "gunhild.z@",
    "Torsten",
    "61229933",
    "kvalmeZ",
];

pub(crate) fn gunhild() -> Value {
    json!({"resourceType":"Patient","id":"g-17","active":true,"gender":"female",
        "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Gunhild Zwickenberg</div>"},
        "identifier":[{"use":"official","system":CPR,"value":"1203521236"},
                      {"use":"temp","system":"urn:oid:1.2.208.176.1.6.1.1","value":"0703921VJ4"}],
        "name":[{"use":"official","family":"Zwickenberg","given":["Gunhild"]}],
        "telecom":[{"system":"phone","value":"+45 20457788"},{"system":"email","value":"gunhild.z@example.org"}],
        "address":[{"line":["Kvædevej 88"],"postalCode":"2791","city":"Omø"}],
        "contact":[{"name":{"text":"Torsten Zwickenberg"},"telecom":[{"system":"phone","value":"61229933"}]}],
        "birthDate":"1952-03-12"})
}

/// An upload as Continua gateways send it, with the number in the identifier.
pub(crate) fn continua(value: u8, second: u8) -> Value {
    let mut reading: Value = serde_json::from_str(&heart_rate(
        "g-17",
        &format!("2025-12-31T10:24:{second:02}Z"),
        &value.to_string(),
    ))
    .expect("json");
    reading["identifier"] = json!([{"value": format!(
        "C4F312FFFE53F2C9-1203521236-{CPR}-149546-{value}-{{beat}}/min-20251231T1024{second:02}.00")}]);
    reading["subject"]["display"] = json!("Gunhild Zwickenberg");
    reading["note"] = json!([{"text": "Gunhild ringer fra 20457788"}]);
    reading
}

/// What a test logs at its finest.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Listens to everything from now on. Global, so that tasks and other threads are heard too:
    /// nextest has a process for each test.
    fn listen() -> Self {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(log.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
        log
    }

    /// Nothing of anybody is in it.
    fn is_clean(&self) {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let log = String::from_utf8_lossy(&log);
        assert!(log.contains("request answered"), "nothing was logged");
        let lines: Vec<&str> = log.lines().filter(|line| !leaks(line).is_empty()).collect();
        assert!(lines.is_empty(), "{lines:#?}");
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Every row of every table of a municipality, as a backup holds it, with bytes as text too.
pub(crate) async fn dump(world: &World) -> String {
    let bin = std::env::var("PULSVAGT_PG_BIN").expect("the PostgreSQL programs");
    let (url, name) = world.url.rsplit_once('/').expect("a database");
    let out = Command::new(format!("{bin}/pg_dump"))
        .args(["--data-only", "--inserts", "-d", &format!("{url}/{name}")])
        .output()
        .expect("pg_dump");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).expect("text");
    // Bytes are printed in hexadecimal, in which any few digits stand somewhere.
    let mut dump = String::with_capacity(text.len());
    let mut parts = text.split("'\\x");
    dump.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(part.len());
        let bytes = data_encoding::HEXLOWER.decode(&part.as_bytes()[..end]).expect("bytes");
        dump.push_str(&String::from_utf8_lossy(&bytes));
        let mut inflated = String::new();
        if DeflateDecoder::new(&*bytes).read_to_string(&mut inflated).is_ok() {
            dump.push_str(&inflated);
        }
        dump.push_str(&part[end..]);
    }
    dump
}

/// Which secrets are in a text, whatever the case; short ones as words of their own.
pub(crate) fn leaks(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let is_there = |secret: &&str| {
        let secret = secret.to_lowercase();
        text.match_indices(&secret).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + secret.len()..]);
            secret.len() > 5
                || !(before.ends_with(char::is_alphanumeric)
                    || after.starts_with(char::is_alphanumeric))
        })
    };
    SECRETS.iter().copied().filter(is_there).collect()
}

async fn refusals(gateway: &Client, admin: &Client) -> BTreeMap<&'static str, String> {
    let mut answers = BTreeMap::new();
    let mut keep = |name, answer: crate::world::Answer| {
        assert!(answer.status.is_client_error(), "{name}: {} {}", answer.status, answer.text);
        answers.insert(name, answer.text);
    };
    let mut wrong = gunhild();
    wrong["identifier"][0]["value"] = json!("3102521236");
    keep("a date that is none", admin.put("Patient/g-17", &wrong.to_string()).await);
    wrong["identifier"][0]["value"] = json!("120352-1236");
    keep("a hyphen", admin.put("Patient/g-17", &wrong.to_string()).await);
    let mut named = gunhild();
    named["id"] = json!("1203521236");
    keep("as an id", admin.put("Patient/1203521236", &named.to_string()).await);
    keep("not there", gateway.get("Patient/120352-1236").await);
    keep("no such type", gateway.get("Zwickenberg?identifier=1203521236").await);
    keep("a bad date", gateway.get("Observation?patient=g-17&date=1203521236").await);
    keep(
        "a bad parameter",
        gateway.with("prefer", "handling=strict").get("Patient?Gunhild=1203521236").await,
    );
    let mut reading = continua(70, 1);
    reading["code"]["coding"][0]["display"] = json!("Puls 120352-1236");
    keep("in a code", gateway.post("Observation", &reading.to_string()).await);
    let mut reading = continua(70, 1);
    reading["device"] = json!({"identifier":{"system":CPR,"value":"1203521236"}});
    keep("as a device", gateway.post("Observation", &reading.to_string()).await);
    let mut reading = continua(70, 1);
    reading["subject"] = json!({"identifier":{"system":CPR,"value":"3102521236"}});
    keep("as a stranger", gateway.post("Observation", &reading.to_string()).await);
    let mut reading = continua(70, 1);
    reading["status"] = json!("Gunhild");
    reading["1203521236"] = json!("Zwickenberg");
    keep("in wrong members", gateway.post("Observation", &reading.to_string()).await);
    keep("no json", gateway.post("Observation", "{\"Gunhild\" 1203521236").await);
    answers
}

async fn day(world: &World) {
    let (admin, gateway, nurse) = (world.admin("0330"), world.gateway(), world.nurse());
    admin.put("Patient/g-17", &gunhild().to_string()).await.expect(201);
    let mut moved = gunhild();
    moved["address"][0]["line"] = json!(["Kvædevej 90"]);
    admin.put("Patient/g-17", &moved.to_string()).await.expect(200);
    for (value, second) in [(70, 1), (71, 2)] {
        gateway.post("Observation", &continua(value, second).to_string()).await.expect(201);
        gateway.post("Observation", &continua(value, second).to_string()).await.expect(200);
    }
    let mut by_number: Value =
        serde_json::from_str(&heart_rate("x", "2025-12-31T11:00:00Z", "72")).expect("json");
    by_number["subject"] =
        json!({"identifier":{"system":CPR,"value":"1203521236"},"display":"Gunhild"});
    by_number["performer"] = json!([{"display":"Torsten Zwickenberg"}]);
    by_number["extension"] = json!([{"url":"http://example.org/who","valueHumanName":{"family":"Zwickenberg","given":["Gunhild"]}},
        {"url":"http://example.org/where","valueAddress":{"line":["Kvædevej 88"],"postalCode":"2791"}},
        {"url":"http://example.org/call","valueContactPoint":{"system":"phone","value":"20457788"}}]);
    let stored = gateway.post("Observation", &by_number.to_string()).await.expect(201);
    let mut corrected = by_number.clone();
    corrected["id"] = json!(stored.id());
    corrected["valueQuantity"]["value"] = json!(73);
    gateway.put(&format!("Observation/{}", stored.id()), &corrected.to_string()).await.expect(200);
    let back = gateway.get(&format!("Observation/{}", stored.id())).await.expect(200).json();
    assert_eq!(back["subject"], by_number["subject"]);
    assert_eq!(back["extension"], by_number["extension"]);
    let answer = json!({"resourceType":"Observation","status":"final","subject":{"reference":"Patient/g-17"},
        "code":{"coding":[{"system":"http://loinc.org","code":"72514-3"}]},
        "effectiveDateTime":"2025-12-31T12:00:00Z","valueString":"kvalmeZ, ring til Torsten"});
    gateway.post("Observation", &answer.to_string()).await.expect(201);
    for body in [
        json!({"resourceType":"Device","patient":{"reference":"Patient/g-17","display":"Gunhild Zwickenberg"},
            "identifier":[{"value":"1203521236-scale"}],"deviceName":[{"name":"Gunhilds vægt","type":"user-friendly-name"}]}),
        json!({"resourceType":"Condition","subject":{"identifier":{"system":CPR,"value":"1203521236"}},
            "code":{"text":"KOL"},"note":[{"text":"Gunhild bor Kvædevej 88"}]}),
    ] {
        let path = body["resourceType"].as_str().expect("a type").to_owned();
        let client = if path == "Device" { &gateway } else { &nurse };
        let answer = client.post(&path, &body.to_string()).await;
        assert!(answer.status.is_success(), "{path} {}", answer.text);
    }
    for found in [
        "Patient?identifier=urn:oid:1.2.208.176.1.2|1203521236",
        "Patient?identifier=1203521236",
        "Patient?family=zwick",
        "Patient?given=Gunhild",
        "Patient?name=gun",
        "Patient?birthdate=1952-03-12",
        "Observation?patient.identifier=urn:oid:1.2.208.176.1.2|1203521236",
        "Observation?subject:Patient.identifier=1203521236",
    ] {
        let answer = nurse.get(found).await;
        if answer.status.is_client_error()
            && found.contains("identifier=")
            && found.starts_with("Obs")
        {
            // Chained searches are not offered in every form.
            assert!(leaks(&answer.text).is_empty(), "{}", answer.text);
            continue;
        }
        assert_ne!(answer.expect(200).json()["total"], json!(0), "{found}");
    }
    for nobody in ["Patient?identifier=1203521237", "Patient?family=wick", "Patient?name=zwx"] {
        assert_eq!(nurse.get(nobody).await.expect(200).json()["total"], json!(0), "{nobody}");
    }
    admin
        .with("if-none-exist", "identifier=urn:oid:1.2.208.176.1.2|1203521236")
        .post("Patient", &gunhild().to_string())
        .await
        .expect(200);
    for (name, text) in refusals(&gateway, &admin).await {
        assert_eq!(leaks(&text), Vec::<&str>::new(), "{name}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_day_leaves_no_trace_of_who_somebody_is() {
    let log = Log::listen();
    let world = World::new().await;
    let watch = statements::Watch::begin(&world).await;
    watch.during(&world, day(&world)).await;

    let metrics = world.nobody().get("/metrics").await;
    assert!(metrics.text.contains("pulsvagt_"), "{}", metrics.text);
    assert_eq!(leaks(&metrics.text), Vec::<&str>::new());

    watch.end(&world).await;

    let stored = dump(&world).await;
    assert!(stored.contains("m0330.resource") && stored.contains("g-17"), "{stored}");
    let lines: Vec<&str> = stored.lines().filter(|line| !leaks(line).is_empty()).collect();
    assert!(lines.is_empty(), "{lines:#?}");

    world.end().await;
    log.is_clean();
}

/// The search above finds what is there: each place on its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_field_in_clear_is_found() {
    let world = World::new().await;
    day(&world).await;
    assert_eq!(leaks(&dump(&world).await), Vec::<&str>::new());
    for (statement, secret) in [
        (
            "update m0330.resource set body = '{\"x\":\"Zwickenberg\"}' where id = 'g-17'",
            "Zwickenberg",
        ),
        (
            "insert into m0330.resource_token values ('Patient', 'identifier', '1203521236', '', 'g-17')",
            "1203521236",
        ),
        (
            "insert into m0330.observation_history select effective, received, value, citizen, code, source, fingerprint, shape, span, 99::int2, quarantine, holes, 'Gunhild'::bytea, now() from m0330.observation limit 1",
            "Gunhild",
        ),
        ("update m0330.source set reference = '61229933' where id = 0", "61229933"),
    ] {
        let mut connection = world.database().await;
        let done = sqlx::query(AssertSqlSafe(statement.to_owned()))
            .execute(&mut connection)
            .await
            .expect("done");
        assert_eq!(done.rows_affected(), 1, "{statement}");
        assert!(leaks(&dump(&world).await).contains(&secret), "{statement}");
    }
    world.end().await;
}
