//! Broken Observations of the kinds that validators in use let through, one fault each. The good
//! readings come first.

use super::check;

/// A heart rate; each case changes one thing.
const GOOD: &str = r#"{"resourceType":"Observation","id":"hr-1","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/1"},"effectiveDateTime":"2026-01-02T08:00:00+01:00","issued":"2026-01-02T07:00:01.5Z","valueQuantity":{"value":72,"unit":"slag/min","system":"http://unitsofmeasure.org","code":"/min"}}"#;

const GOOD_PRESSURE: &str = r#"{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/1"},"effectiveDateTime":"2026-01-02","component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":128,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"dataAbsentReason":{"text":"cuff slipped"}}]}"#;

#[test]
fn good_readings_have_no_issue() {
    check(&[(GOOD, &[]), (GOOD_PRESSURE, &[])]);
}

/// What to replace in a good reading, with what, and the issues.
type Change = (&'static str, &'static str, &'static [&'static str]);

fn changed(good: &str, changes: &[Change]) {
    for (old, new, expected) in changes {
        assert_eq!(good.matches(old).count(), 1, "{old} is in the good reading once");
        check(&[(&good.replace(old, new), expected)]);
    }
}

#[test]
fn each_fault_of_a_heart_rate_is_found() {
    changed(
        GOOD,
        &[
            // wrong status code, status missing, code missing
            (r#""final""#, r#""finished""#, &["code-invalid Observation.status"]),
            (r#""status":"final","#, "", &["missing-element Observation.status"]),
            (
                r#""code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"#,
                "",
                &["missing-element Observation.code"],
            ),
            // bad date, dateTime without zone, bad instant
            (
                "2026-01-02T08:00:00+01:00",
                "2020-13-45",
                &["bad-datetime Observation.effectiveDateTime"],
            ),
            (
                "2026-01-02T08:00:00+01:00",
                "2026-02-29",
                &["bad-datetime Observation.effectiveDateTime"],
            ),
            (
                "2026-01-02T08:00:00+01:00",
                "2026-01-02T08:00:00",
                &["bad-datetime Observation.effectiveDateTime"],
            ),
            ("2026-01-02T07:00:01.5Z", "2026-01-02", &["bad-instant Observation.issued"]),
            // unknown element, bad UCUM code
            (r#""id":"hr-1""#, r#""pulse":72"#, &["unknown-element Observation.pulse"]),
            (
                r#""code":"/min""#,
                r#""code":"bogus""#,
                &[
                    "~ucum-invalid Observation.valueQuantity.code",
                    "~vital-unit-unusual Observation.valueQuantity.code",
                ],
            ),
            (
                r#""unit":"slag/min","system":"http://unitsofmeasure.org","code":"/min""#,
                r#""system":"http://unitsofmeasure.org","code":"bogus""#,
                &[
                    "ucum-invalid Observation.valueQuantity.code",
                    "vital-unit Observation.valueQuantity.code",
                ],
            ),
            // obs-6, two value[x], obs-3, qty-3, obs-7
            (r#""id":"hr-1""#, r#""dataAbsentReason":{"text":"unknown"}"#, &["obs-6 Observation"]),
            (
                r#""id":"hr-1""#,
                r#""valueString":"72""#,
                &["choice-twice Observation.valueQuantity"],
            ),
            (
                r#""id":"hr-1""#,
                r#""referenceRange":[{"age":{"low":{"value":18}}}]"#,
                &["obs-3 Observation.referenceRange[0]"],
            ),
            (
                r#""system":"http://unitsofmeasure.org","#,
                "",
                &[
                    "qty-3 Observation.valueQuantity",
                    "~vital-unit-unusual Observation.valueQuantity.code",
                ],
            ),
            (
                r#""id":"hr-1""#,
                r#""component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"valueInteger":1}]"#,
                &["obs-7 Observation", "vital-value Observation.component[0]"],
            ),
            // per-1, told and accepted
            (
                r#""effectiveDateTime":"2026-01-02T08:00:00+01:00""#,
                r#""effectivePeriod":{"start":"2026-01-02T08:00:00Z","end":"2026-01-02T07:59:59Z"}"#,
                &["~per-1 Observation.effectivePeriod"],
            ),
            // decimal as string, empty array, null element
            (
                r#""value":72"#,
                r#""value":"72""#,
                &["wrong-json-type Observation.valueQuantity.value"],
            ),
            (r#""id":"hr-1""#, r#""note":[]"#, &["empty-array Observation.note"]),
            (r#""id":"hr-1""#, r#""method":null"#, &["null-element Observation.method"]),
            // wrong reference type, array and object mixed up, boolean as string, wrong type
            ("Patient/1", "Practitioner/1", &["reference-type Observation.subject.reference"]),
            (
                r#""id":"hr-1""#,
                r#""note":{"text":"after stairs"}"#,
                &["wrong-json-type Observation.note"],
            ),
            (
                r#""subject":{"reference":"Patient/1"}"#,
                r#""subject":[{"reference":"Patient/1"}]"#,
                &["wrong-json-type Observation.subject"],
            ),
            (
                r#""code":"8867-4""#,
                r#""code":"8867-4","userSelected":"true""#,
                &["wrong-json-type Observation.code.coding[0].userSelected"],
            ),
            (
                r#""subject":{"reference":"Patient/1"}"#,
                r#""subject":"Patient/1""#,
                &["wrong-json-type Observation.subject"],
            ),
            (
                r#""id":"hr-1""#,
                r#""component":[{"valueInteger":1}]"#,
                &["missing-element Observation.component[0].code"],
            ),
            // bad id, ext-1
            ("hr-1", "hr_1", &["bad-id Observation.id"]),
            (
                r#""id":"hr-1""#,
                r#""extension":[{"url":"http://example.org/x"}]"#,
                &["ext-1 Observation.extension[0]"],
            ),
            // what no validator catches: dom-3, kilograms
            (
                r#""id":"hr-1""#,
                r#""contained":[{"resourceType":"Device","id":"d"}]"#,
                &["dom-3 Observation.contained[0]"],
            ),
            (r#""code":"/min""#, r#""code":"kg""#, &["vital-unit Observation.valueQuantity.code"]),
        ],
    );
}

#[test]
fn a_vital_sign_without_subject_is_found_when_nobody_knows_whose_it_is() {
    let text = GOOD.replace(r#""subject":{"reference":"Patient/1"},"#, "");
    let issues = |subject_known| super::issues_of(&text, super::Context { subject_known });
    assert_eq!(issues(false), ["vital-subject Observation.subject"]);
    assert!(issues(true).is_empty());
}

#[test]
fn each_fault_of_a_blood_pressure_is_found() {
    changed(
        GOOD_PRESSURE,
        &[
            (
                r#""code":"mm[Hg]""#,
                r#""code":"kg""#,
                &["vital-unit Observation.component[0].valueQuantity.code"],
            ),
            (
                r#","dataAbsentReason":{"text":"cuff slipped"}"#,
                "",
                &["vs-3 Observation.component[1]"],
            ),
            ("8462-4", "8478-0", &["~vital-component Observation"]),
        ],
    );
}
