use jiff::tz::TimeZone;
use pulsvagt_analytics::cohort::{Date, Sex};

use super::read::{Admission, Condition, Encounter, Patient, day};

fn zone() -> TimeZone {
    TimeZone::get("Europe/Copenhagen").unwrap()
}

fn of(text: &str) -> i32 {
    text.parse::<Date>().unwrap().day()
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap()
}

#[test]
fn days_are_those_of_the_wall_clock() {
    assert_eq!(day("2026-01-31", &zone()), Some(of("2026-01-31")));
    assert_eq!(day("2026-01-31T23:30:00Z", &zone()), Some(of("2026-02-01")));
    assert_eq!(day("2026-01-31T23:30:00+01:00", &zone()), Some(of("2026-01-31")));
    assert_eq!(day("2026-01", &zone()), None);
    assert_eq!(day("2026", &zone()), None);
    assert_eq!(day("yesterday", &zone()), None);
}

#[test]
fn patients() {
    let patient: Patient = read(
        r#"{"gender":"female","birthDate":"1950-02-03","deceasedDateTime":"2026-01-01T12:00:00+01:00",
            "name":[{"family":"x"}]}"#,
    );
    assert_eq!(patient.sex(), Some(Sex::Female));
    assert_eq!(patient.born(&zone()), Some(of("1950-02-03")));
    assert_eq!(patient.died(&zone()), Some(of("2026-01-01")));
    let patient: Patient = read(r#"{"gender":"unknown","birthDate":"1950"}"#);
    assert_eq!((patient.sex(), patient.born(&zone())), (None, None));
}

#[test]
fn diagnoses_are_sks_codes() {
    let condition = |code: &str, rest: &str| -> Option<(i32, String)> {
        let json =
            format!(r#"{{"onsetDateTime":"2026-01-01","code":{{"coding":[{code}]}}{rest}}}"#);
        read::<Condition>(&json).diagnosis(&zone())
    };
    let sks = r#"{"system":"urn:oid:1.2.208.176.2.4","code":"DJ441"}"#;
    let icd = r#"{"system":"http://hl7.org/fhir/sid/icd-10","code":"j44.1"}"#;
    let snomed = r#"{"system":"http://snomed.info/sct","code":"13645005"}"#;
    let expected = Some((of("2026-01-01"), "DJ441".to_owned()));
    assert_eq!(condition(sks, ""), expected);
    assert_eq!(condition(icd, ""), expected);
    assert_eq!(condition(&format!("{snomed},{sks}"), ""), expected);
    assert_eq!(condition(snomed, ""), None);
    let refuted = r#","verificationStatus":{"coding":[{"code":"refuted"}]}"#;
    assert_eq!(condition(sks, refuted), None);
}

#[test]
fn admissions() {
    let encounter = |rest: &str| -> Option<Admission> {
        let json = format!(r#"{{"period":{{"start":"2026-01-01T10:00:00Z"}},{rest}}}"#);
        read::<Encounter>(&json).admission(&zone())
    };
    let plain =
        Admission { from: of("2026-01-01"), to: None, acute: None, code: None, condition: None };
    assert_eq!(encounter(r#""class":{"code":"IMP"}"#), Some(plain.clone()));
    let acute = Some(Admission { acute: Some(true), ..plain.clone() });
    assert_eq!(encounter(r#""class":{"code":"ACUTE"}"#), acute);
    assert_eq!(encounter(r#""class":{"code":"IMP"},"priority":{"coding":[{"code":"EM"}]}"#), acute);
    let planned = Some(Admission { acute: Some(false), ..plain.clone() });
    assert_eq!(
        encounter(r#""class":{"code":"IMP"},"priority":{"coding":[{"code":"EL"}]}"#),
        planned
    );
    assert_eq!(encounter(r#""class":{"code":"EMER"}"#), None);
    assert_eq!(encounter(r#""class":{"code":"IMP"},"status":"cancelled""#), None);
    let coded = encounter(
        r#""class":{"code":"IMP"},"reasonCode":[{"coding":[{"system":"urn:oid:1.2.208.176.2.4","code":"DI509"}]}],
           "diagnosis":[{"condition":{"reference":"Condition/b"},"rank":2},{"condition":{"reference":"Condition/a"},"rank":1}]"#,
    );
    let expected =
        Admission { code: Some("DI509".to_owned()), condition: Some("a".to_owned()), ..plain };
    assert_eq!(coded, Some(expected));
}
