//! Whatever code and unit a reading comes with, its measure ends in one column and one unit.

use sqlx::PgConnection;

use crate::world::{Answer, World};

const LOINC: &str = "http://loinc.org";
const NPU: &str = "urn:oid:1.2.208.176.2.1";
const NPU_NEW: &str = "http://npu-terminology.org";
const MCS: &str = "urn:oid:1.2.208.184.100.8";
const MEDCOM: &str = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-observation-codes";
const SKS: &str = "urn:oid:1.2.208.176.2.4";
const SNOMED: &str = "http://snomed.info/sct";
const MDC: &str = "urn:iso:std:iso:11073:10101";
const MDC_OLD: &str = "urn:oid:2.16.840.1.113883.6.24";

/// The unit part of a Quantity in UCUM.
fn ucum(code: &str) -> String {
    format!(r#""system":"http://unitsofmeasure.org","code":"{code}""#)
}

/// The unit part of a Quantity as mere text.
fn text(unit: &str) -> String {
    format!(r#""unit":"{unit}""#)
}

fn reading(system: &str, code: &str, at: &str, value: &str, unit: &str) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(",{unit}") };
    format!(
        r#"{{"resourceType":"Observation","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}}]}}],"code":{{"coding":[{{"system":"{system}","code":"{code}"}}]}},"subject":{{"reference":"Patient/ane"}},"effectiveDateTime":"{at}","valueQuantity":{{"value":{value}{unit}}}}}"#
    )
}

/// Value and quarantine of the one reading of a moment.
async fn column(database: &mut PgConnection, at: &str) -> (Option<f64>, i16) {
    sqlx::query_as(
        "select value, quarantine from m0330.observation where effective = $1::text::timestamptz",
    )
    .bind(at)
    .fetch_one(database)
    .await
    .expect("a reading")
}

fn keys(answer: &Answer) -> Vec<&str> {
    let mut keys: Vec<&str> =
        answer.header("x-pulsvagt-warnings").split(", ").filter(|key| !key.is_empty()).collect();
    keys.sort_unstable();
    keys
}

fn moment(minute: usize) -> String {
    format!("2025-12-{:02}T{:02}:{:02}:00Z", 1 + minute / 1440, minute / 60 % 24, minute % 60)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_system_and_unit_ends_in_the_canonical_unit() {
    let world = World::new().await;
    let mut database = world.database().await;
    let cases: Vec<(&str, &str, &str, String, f64)> = vec![
        (LOINC, "8867-4", "72", ucum("/min"), 72.0),
        (LOINC, "8867-4", "72", ucum("1/min"), 72.0),
        (LOINC, "8867-4", "72", ucum("{beat}/min"), 72.0),
        (LOINC, "8867-4", "72", ucum("{beats}/min"), 72.0),
        (LOINC, "8867-4", "72", text("slag/min"), 72.0),
        (LOINC, "8867-4", "72", text("slag/minut"), 72.0),
        (LOINC, "8867-4", "72", text("count/min"), 72.0),
        (LOINC, "8867-4", "1.2", ucum("Hz"), 72.0),
        (NPU, "NPU21692", "72", ucum("1/min"), 72.0),
        (NPU_NEW, "NPU21692", "72", ucum("1/min"), 72.0),
        (SKS, "ZZ3140", "72", ucum("/min"), 72.0),
        (SNOMED, "364075005", "72", ucum("/min"), 72.0),
        (SNOMED, "78564009", "72", ucum("/min"), 72.0),
        (SNOMED, "444981005", "58", ucum("/min"), 58.0),
        (MDC, "149546", "72", ucum("{beat}/min"), 72.0),
        (MDC_OLD, "149530", "72", ucum("/min"), 72.0),
        (LOINC, "9279-1", "16", ucum("/min"), 16.0),
        (MCS, "MCS88122", "16", ucum("/min"), 16.0),
        (MEDCOM, "MCS88122", "16", ucum("/min"), 16.0),
        (MDC, "151562", "16", ucum("/min"), 16.0),
        (LOINC, "2708-6", "97", ucum("%"), 97.0),
        (LOINC, "59408-5", "97", ucum("%"), 97.0),
        (NPU, "NPU27280", "0.97", ucum("1"), 97.0),
        (NPU_NEW, "NPU27280", "0.97", ucum("{fraction}"), 97.0),
        (NPU, "NPU03011", "97", ucum("%"), 97.0),
        (NPU, "NPU10197", "0.97", ucum("1"), 97.0),
        (MDC, "150456", "97", ucum("%"), 97.0),
        (SNOMED, "431314004", "97", ucum("%"), 97.0),
        (LOINC, "8310-5", "37.5", ucum("Cel"), 37.5),
        (LOINC, "8310-5", "99.5", ucum("[degF]"), 37.5),
        (NPU, "NPU08676", "37.5", text("°C"), 37.5),
        (SKS, "ZZ0253", "37.5", ucum("Cel"), 37.5),
        (MDC, "188424", "37.5", ucum("Cel"), 37.5),
        (SNOMED, "276885007", "310.65", ucum("K"), 37.5),
        (LOINC, "29463-7", "80", ucum("kg"), 80.0),
        (LOINC, "29463-7", "80000", ucum("g"), 80.0),
        (LOINC, "29463-7", "176.369809747", ucum("[lb_av]"), 80.0),
        (NPU, "NPU03804", "80", ucum("kg"), 80.0),
        (MDC, "188736", "80", ucum("kg"), 80.0),
        (SNOMED, "27113001", "80", text("kg"), 80.0),
        (LOINC, "8302-2", "180", ucum("cm"), 180.0),
        (LOINC, "8302-2", "70", ucum("[in_i]"), 177.8),
        (LOINC, "8302-2", "1.80", ucum("m"), 180.0),
        (NPU, "NPU03794", "1.80", ucum("m"), 180.0),
        (MDC, "188740", "180", ucum("cm"), 180.0),
        (NPU, "NPU27281", "24.7", ucum("kg/m2"), 24.7),
        (NPU, "DNK05472", "128", text("mmHg"), 128.0),
        (MCS, "MCS88019", "128", ucum("mm[Hg]"), 128.0),
        (MDC, "150022", "80", ucum("mm[Hg]"), 80.0),
        (SNOMED, "271649006", "17.065216", ucum("kPa"), 128.0),
        (LOINC, "14743-9", "5.5", ucum("mmol/L"), 5.5),
        (LOINC, "41653-7", "99.088", ucum("mg/dL"), 5.5),
        (LOINC, "99504-3", "99.088", ucum("mg/dL"), 5.5),
        (NPU, "NPU22089", "5.5", text("mmol/L"), 5.5),
        (NPU, "NPU19748", "12", text("mg/L"), 12.0),
        (LOINC, "1988-5", "1.2", ucum("mg/dL"), 12.0),
        (NPU, "NPU02593", "7.1", text("10^9/L"), 7.1),
        (NPU, "NPU01685", "2.4", ucum("1"), 2.4),
        (LOINC, "4548-4", "6.5", ucum("%"), 47.541_15),
        (LOINC, "59261-8", "48", ucum("mmol/mol"), 48.0),
        (MCS, "MCS88015", "1.8", ucum("L"), 1.8),
        (LOINC, "20150-9", "1800", ucum("mL"), 1.8),
        (MCS, "MCS88017", "0.65", ucum("{ratio}"), 0.65),
        (LOINC, "19926-5", "65", ucum("%"), 0.65),
        (LOINC, "19935-6", "7", ucum("L/s"), 420.0),
        (MCS, "MCS88102", "420", ucum("L/min"), 420.0),
        (MDC, "152584", "420", ucum("L/min"), 420.0),
        (LOINC, "55423-8", "512", text("steps"), 512.0),
        (LOINC, "55423-8", "512", String::new(), 512.0),
        (MCS, "MCS88194", "512", ucum("{Number}"), 512.0),
        (LOINC, "93832-4", "450", ucum("min"), 7.5),
        (MCS, "MCS88137", "14", ucum("{Number}"), 14.0),
        (MCS, "MCS88125", "3", ucum("1"), 3.0),
        (LOINC, "72514-3", "4", ucum("{score}"), 4.0),
    ];
    let mut wrong = Vec::new();
    for (minute, (system, code, value, unit, expected)) in cases.iter().enumerate() {
        let at = moment(minute);
        let sent = reading(system, code, &at, value, unit);
        let answer = world.gateway().post("Observation", &sent).await;
        if answer.status.as_u16() != 201 {
            wrong.push(format!("{code} {value} {unit}: {}", answer.text));
            continue;
        }
        let (kept, quarantine) = column(&mut database, &at).await;
        let close = kept.is_some_and(|kept| (kept - expected).abs() <= 1e-6 * expected.abs());
        if !close || quarantine != 0 {
            wrong.push(format!("{code} {value} {unit}: {kept:?}, not {expected} ({quarantine})"));
        }
        // What was sent is served as it was sent.
        assert!(answer.text.contains(&format!(r#""value":{value}"#)), "{}", answer.text);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_stored_and_never_scored() {
    let world = World::new().await;
    let mut database = world.database().await;
    let cases = [
        ("8867-4", "19.9", "/min", Some("implausible")),
        ("8867-4", "20", "/min", None),
        ("8867-4", "250", "/min", None),
        ("8867-4", "250.1", "/min", Some("implausible")),
        ("8867-4", "0", "/min", Some("implausible")),
        ("2708-6", "49", "%", Some("implausible")),
        ("2708-6", "101", "%", Some("implausible")),
        ("2708-6", "100", "%", None),
        ("8310-5", "29.9", "Cel", Some("implausible")),
        ("8310-5", "110", "[degF]", Some("implausible")),
        ("29463-7", "24000", "g", Some("implausible")),
        ("29463-7", "301", "kg", Some("implausible")),
        ("41653-7", "700", "mg/dL", Some("implausible")),
        ("15074-8", "0.5", "mmol/L", Some("implausible")),
    ];
    for (minute, (code, value, unit, reason)) in cases.into_iter().enumerate() {
        let at = moment(minute);
        let sent = reading(LOINC, code, &at, value, &ucum(unit));
        let answer = world.gateway().post("Observation", &sent).await.expect(201);
        let told: Vec<&str> = reason.into_iter().collect();
        assert_eq!(keys(&answer), told, "{code} {value} {unit}");
        let (kept, quarantine) = column(&mut database, &at).await;
        assert!(kept.is_some(), "{code} {value} {unit}");
        assert_eq!(quarantine != 0, reason.is_some(), "{code} {value} {unit}");
        world.nurse().get(&format!("Observation/{}", answer.id())).await.expect(200);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_cannot_be_takes_its_reading_out() {
    let world = World::new().await;
    let mut database = world.database().await;
    let pressure = |at: &str, systolic: &str, diastolic: &str| {
        let part = |code: &str, value: &str| {
            format!(
                r#"{{"code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}},"valueQuantity":{{"value":{value},"unit":"mmHg",{}}}}}"#,
                ucum("mm[Hg]")
            )
        };
        let whole = reading(LOINC, "85354-9", at, "1", "");
        let (head, _) = whole.rsplit_once(",\"valueQuantity\"").expect("a value");
        format!(
            r#"{head},"component":[{},{}]}}"#,
            part("8480-6", systolic),
            part("8462-4", diastolic)
        )
    };
    for (minute, (systolic, diastolic, is_kept_out)) in
        [("128", "80", false), ("300", "80", true), ("128", "8", true)].into_iter().enumerate()
    {
        let at = moment(minute);
        let sent = pressure(&at, systolic, diastolic);
        let answer = world.gateway().post("Observation", &sent).await.expect(201);
        let (_, quarantine) = column(&mut database, &at).await;
        assert_eq!(quarantine != 0, is_kept_out, "{systolic}/{diastolic}");
        assert_eq!(keys(&answer).contains(&"implausible"), is_kept_out, "{systolic}/{diastolic}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_clock_that_is_wrong_is_told_and_its_readings_are_not_scored() {
    let world = World::new().await;
    let telling = world.gateway().with("prefer", "return=OperationOutcome");
    for (at, reason) in [
        ("2026-01-01T00:04:59Z", None),
        ("2026-01-01T01:05:00+01:00", None),
        ("2026-01-01T00:05:01Z", Some("clock-ahead")),
        ("2027-06-01T00:00:00Z", Some("clock-ahead")),
        ("1969-12-31T23:59:59Z", Some("clock-behind")),
        ("1900-01-01", Some("clock-behind")),
        ("1970-01-01T00:00:00Z", None),
    ] {
        let sent = reading(LOINC, "8867-4", at, "72", &ucum("/min"));
        let quiet = world.gateway().post("Observation", &sent).await.expect(201);
        assert_eq!(keys(&quiet).contains(&"clock-ahead"), reason == Some("clock-ahead"), "{at}");
        let read = world.nurse().get(&format!("Observation/{}", quiet.id())).await.expect(200);
        assert!(read.text.contains(&format!("\"effectiveDateTime\":\"{at}\"")), "{}", read.text);
        let told = telling.post("Observation", &sent).await.expect(200).json();
        let keys: Vec<&str> = told["issue"]
            .as_array()
            .expect("issues")
            .iter()
            .filter_map(|issue| issue["details"]["coding"][0]["code"].as_str())
            .filter(|key| key.starts_with("clock"))
            .collect();
        assert_eq!(keys, reason.into_iter().collect::<Vec<_>>(), "{at}");
    }
    let scored = "select count(*) from observation where quarantine = 0";
    assert_eq!(world.count("0330", scored).await, 3);
    assert_eq!(world.count("0330", "select count(*) from observation").await, 7);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_and_units_that_nobody_knows_are_stored_and_served() {
    let world = World::new().await;
    let mut database = world.database().await;
    for (minute, (system, code, value, unit)) in [
        (LOINC, "99999-9", "7.50", ucum("mg")),
        ("http://developer.apple.com/documentation/healthkit", "Stairs", "12", text("stairs")),
        (NPU, "NPU99999", "1e2", String::new()),
    ]
    .into_iter()
    .enumerate()
    {
        let at = moment(minute);
        let sent = reading(system, code, &at, value, &unit);
        let id = world.gateway().post("Observation", &sent).await.expect(201).id();
        let read = world.nurse().get(&format!("Observation/{id}")).await.expect(200);
        assert!(read.text.contains(&format!(r#""value":{value}"#)), "{}", read.text);
        let (kept, quarantine) = column(&mut database, &at).await;
        assert_eq!((kept, quarantine), (value.parse().ok(), 0), "{code}");
    }
    // A measure that is known in a unit that is not.
    let at = moment(10);
    let sent = reading(LOINC, "1988-5", &at, "12", &text("blobs"));
    let answer = world.gateway().post("Observation", &sent).await.expect(201);
    assert!(keys(&answer).contains(&"unit-unknown"), "{:?}", keys(&answer));
    assert_ne!(column(&mut database, &at).await.1, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_stand_is_never_scored() {
    let world = World::new().await;
    let mut database = world.database().await;
    let statuses = [
        ("final", true),
        ("amended", true),
        ("corrected", true),
        ("entered-in-error", false),
        ("cancelled", false),
        ("registered", false),
        ("preliminary", false),
        ("unknown", false),
    ];
    for (minute, (status, is_scored)) in statuses.into_iter().enumerate() {
        let at = moment(minute);
        let sent = reading(LOINC, "8867-4", &at, "72", &ucum("/min"))
            .replace("\"final\"", &format!("\"{status}\""));
        world.gateway().post("Observation", &sent).await.expect(201);
        assert_eq!(column(&mut database, &at).await.1 == 0, is_scored, "{status}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_day_on_the_senders_clock_is_marked_once() {
    let world = World::new().await;
    let gateway = world.gateway();
    let days = async || -> Vec<String> {
        let mut database = world.database().await;
        sqlx::query_scalar(
            "select c.logical_id || ' ' || t.day from m0330.touched_day t
             join m0330.citizen c on c.id = t.citizen order by 1",
        )
        .fetch_all(&mut database)
        .await
        .expect("days")
    };
    for at in [
        "2025-12-30T23:30:00-08:00", // the 31st in Denmark
        "2025-12-30T00:10:00+01:00", // the 29th in UTC
        "2025-12-30T12:00:00Z",
        "2025-12-30",
    ] {
        gateway.post("Observation", &reading(LOINC, "8867-4", at, "72", &ucum("/min"))).await;
    }
    assert_eq!(days().await, ["ane 2025-12-30"]);
    let bos = reading(LOINC, "8867-4", "2025-12-31T12:00:00Z", "72", &ucum("/min"))
        .replace("Patient/ane", "Patient/bo");
    gateway.post("Observation", &bos).await.expect(201);
    assert_eq!(days().await, ["ane 2025-12-30", "bo 2025-12-31"]);

    // What is never scored makes nobody due, and neither does what is there already.
    let mut database = world.database().await;
    sqlx::query("delete from m0330.touched_day").execute(&mut database).await.expect("deleted");
    gateway.post("Observation", &bos).await.expect(200);
    for (at, value, status) in [
        ("2025-12-28T12:00:00Z", "900", "final"),
        ("2026-01-01T00:06:00Z", "72", "final"),
        ("1960-01-01T00:00:00Z", "72", "final"),
        ("2025-12-27T12:00:00Z", "72", "entered-in-error"),
    ] {
        let sent = reading(LOINC, "8867-4", at, value, &ucum("/min")).replace("final", status);
        gateway.post("Observation", &sent).await.expect(201);
    }
    assert_eq!(days().await, [""; 0]);

    // A correction marks the day of what it corrects.
    let id = gateway.post("Observation", &bos).await.expect(200).id();
    let wrong = bos.replace("\"final\"", &format!("\"entered-in-error\",\"id\":\"{id}\""));
    gateway.put(&format!("Observation/{id}"), &wrong).await.expect(200);
    assert_eq!(days().await, ["bo 2025-12-31"]);
    world.end().await;
}
