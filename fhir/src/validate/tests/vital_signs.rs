use super::{Context, check, issues_of};

const CATEGORY: &str = r#""category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]"#;

/// A vital sign with that LOINC code and those further members.
fn vital(code: &str, extra: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","status":"final",{CATEGORY},"code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}},{extra}}}"#
    )
}

/// The same with a value of 1 in a UCUM unit.
fn measured(code: &str, unit: &str) -> String {
    vital(
        code,
        &format!(
            r#""effectiveDateTime":"2026-01-02","valueQuantity":{{"value":1,"system":"http://unitsofmeasure.org","code":"{unit}"}}"#
        ),
    )
}

const WRONG: &[&str] = &["vital-unit Observation.valueQuantity.code"];
const UNUSUAL: &[&str] = &["~vital-unit-unusual Observation.valueQuantity.code"];

#[test]
fn units_are_those_of_the_profile() {
    let legal = [
        ("9279-1", "/min"),
        ("8867-4", "/min"),
        ("2708-6", "%"),
        ("59408-5", "%"),
        ("8310-5", "Cel"),
        ("8310-5", "[degF]"),
        ("8302-2", "cm"),
        ("8302-2", "[in_i]"),
        ("9843-4", "cm"),
        ("29463-7", "kg"),
        ("29463-7", "g"),
        ("29463-7", "[lb_av]"),
        ("39156-5", "kg/m2"),
        ("8480-6", "mm[Hg]"),
    ];
    let unusual = [
        ("8867-4", "1/min"),
        ("8867-4", "{beat}/min"),
        ("8867-4", "{beats}/min"),
        ("9279-1", "{breaths}/min"),
        ("2708-6", "1"),
        ("2708-6", "{fraction}"),
        ("2708-6", "{saturation}"),
        ("8302-2", "m"),
        ("8867-4", "/s"),
        ("8480-6", "kPa"),
    ];
    let wrong = [
        ("8867-4", "kg"),
        ("8867-4", "{beats}"),
        ("29463-7", "cm"),
        ("29463-7", "{kg}"),
        ("8310-5", "%"),
        ("8462-4", "/min"),
        ("39156-5", "kg"),
    ];
    for (code, unit) in legal {
        check(&[(&measured(code, unit), &[])]);
    }
    for (code, unit) in unusual {
        check(&[(&measured(code, unit), UNUSUAL)]);
    }
    for (code, unit) in wrong {
        check(&[(&measured(code, unit), WRONG)]);
    }
}

#[test]
fn danish_codes_have_danish_units() {
    let text = |system: &str, code: &str, unit: &str| {
        measured(code, unit).replace("http://loinc.org", system)
    };
    for npu in ["urn:oid:1.2.208.176.2.1", "http://npu-terminology.org"] {
        check(&[
            (&text(npu, "NPU21692", "1/min"), &[]),
            (&text(npu, "NPU03794", "m"), &[]),
            (&text(npu, "NPU27280", "1"), &[]),
            (&text(npu, "NPU21692", "kg"), WRONG),
            (&text(npu, "NPU03804", "kg"), &[]),
            (&text(npu, "NPU27281", "kg"), WRONG),
        ]);
    }
    check(&[
        (&text("urn:oid:1.2.208.184.100.8", "MCS88019", "mm[Hg]"), &[]),
        (&text("urn:oid:1.2.208.184.100.8", "MCS88122", "%"), WRONG),
        (&text("http://example.org", "NPU21692", "kg"), &[]),
    ]);
}

#[test]
fn a_unit_in_words_is_understood_or_refused() {
    let text = |unit: &str| {
        vital(
            "8867-4",
            &format!(r#""effectiveDateTime":"2026-01-02","valueQuantity":{{"value":72{unit}}}"#),
        )
    };
    let unusual: &[&str] = &["~vital-unit-unusual Observation.valueQuantity.unit"];
    let wrong: &[&str] = &["vital-unit Observation.valueQuantity.unit"];
    check(&[
        (&text(r#","unit":"slag/minut""#), unusual),
        (&text(r#","unit":"count/min""#), unusual),
        (&text(r#","unit":"sl""#), wrong),
        (&text(r#","unit":"kg""#), wrong),
        (&text(r#","unit":"°C""#), wrong),
        (&text(""), wrong),
        (&text(r#","unit":"bpm","system":"urn:iso:std:iso:11073:10101","code":"264864""#), unusual),
    ]);
}

#[test]
fn a_vital_sign_says_when_and_what() {
    let value =
        r#""valueQuantity":{"value":72,"system":"http://unitsofmeasure.org","code":"/min"}"#;
    let at = r#""effectiveDateTime":"2026-01-02""#;
    check(&[
        (&vital("8867-4", value), &["vital-effective Observation"]),
        (
            &vital("8867-4", &format!(r#"{value},"effectiveDateTime":"2026-01""#)),
            &["vs-1 Observation.effectiveDateTime"],
        ),
        (&vital("8867-4", &format!(r#"{value},"effectivePeriod":{{"start":"2026-01"}}"#)), &[]),
        (&vital("8867-4", at), &["vs-2 Observation"]),
        (&vital("8867-4", &format!(r#"{at},"dataAbsentReason":{{"text":"a"}}"#)), &[]),
        (&vital("85353-1", &format!(r#"{at},"hasMember":[{{"reference":"Observation/1"}}]"#)), &[]),
        (
            &vital("8867-4", &format!(r#"{at},"component":[{{"code":{{"text":"a"}}}}]"#)),
            &["vs-3 Observation.component[0]"],
        ),
        (&vital("8867-4", &format!(r#"{at},"valueString":"72""#)), &["vital-value Observation"]),
        (
            &vital("8867-4", &format!("{at},{}", value.replace(r#""value":72,"#, ""))),
            &["vital-value Observation.valueQuantity.value"],
        ),
        (
            &vital("8867-4", &format!("{at},{value}")).replace(CATEGORY, r#""language":"da""#),
            &["~vital-category Observation.category"],
        ),
    ]);
}

#[test]
fn the_subject_may_be_known_from_elsewhere() {
    let text = measured("8867-4", "/min");
    assert_eq!(issues_of(&text, Context::default()), ["vital-subject Observation.subject"]);
    assert!(issues_of(&text, Context { subject_known: true }).is_empty());
    let in_bundle = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{text}}}]}}"#
    );
    assert_eq!(
        issues_of(&in_bundle, Context::default()),
        ["vital-subject Bundle.entry[0].resource.subject"]
    );
}
