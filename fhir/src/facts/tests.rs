use super::Facts;
use crate::json::Document;
use crate::measure::{Measure, UnitFit};
use crate::shape::{Detail, Splitter};

fn facts(text: &str) -> Facts {
    let document = Document::parse(text.as_bytes()).expect("parses");
    let mut splitter = Splitter::default();
    let split = splitter.split(document.root(), Detail::Fine);
    Facts::of_template(split.template).expect("a template")
}

#[test]
fn a_blood_pressure_panel_has_two_measures() {
    let facts = facts(
        r#"{"resourceType":"Observation","status":"final","issued":"2026-01-01T00:00:00Z",
        "category":[{"coding":[{"system":"http://c","code":"vital-signs"}]}],
        "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},
        "component":[
         {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},
          "valueQuantity":{"value":120,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
         {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},
          "valueQuantity":{"value":10.7,"system":"http://unitsofmeasure.org","code":"kPa"}}]}"#,
    );
    let measures: Vec<_> = facts.numbers.iter().map(|n| (n.place, n.measure, n.main)).collect();
    assert_eq!(
        measures,
        [
            (1, Some(Measure::SystolicBloodPressure), false),
            (2, Some(Measure::DiastolicBloodPressure), false)
        ]
    );
    let dia = facts.numbers[1].fit.conversion().expect("kPa converts").apply(10.7);
    assert!((dia - 80.25).abs() < 0.1, "{dia}");
    assert_eq!(facts.component_codings.len(), 2);
    assert_eq!(facts.categories[0].code, "vital-signs");
}

#[test]
fn a_danish_code_is_enough_and_the_order_of_codings_does_not_matter() {
    let one = facts(
        r#"{"resourceType":"Observation","status":"amended","code":{"coding":[
        {"system":"urn:oid:1.2.208.176.2.1","code":"NPU03804"},{"system":"http://x","code":"w"}]},
        "valueQuantity":{"value":80.5,"unit":"kg"}}"#,
    );
    let other = facts(
        r#"{"resourceType":"Observation","status":"final","code":{"text":"Vægt","coding":[
        {"system":"http://x","code":"w"},{"system":"urn:oid:1.2.208.176.2.1","code":"NPU03804"}]},
        "valueQuantity":{"value":80.5,"unit":"kg"}}"#,
    );
    assert_eq!(one.numbers[0].measure, Some(Measure::BodyWeight));
    assert!(matches!(one.numbers[0].fit, UnitFit::Unusual(_)), "{:?}", one.numbers[0].fit);
    assert!(one.is_final());
    assert_eq!(one.concept, other.concept);
}

#[test]
fn an_unknown_code_is_only_a_number() {
    let facts = facts(
        r#"{"resourceType":"Observation","status":"entered-in-error","code":{"text":"mood"},
        "valueQuantity":{"value":3}}"#,
    );
    assert_eq!(facts.concept, "text:mood");
    assert_eq!(facts.numbers[0].measure, None);
    assert!(!facts.is_final());
}

#[test]
fn an_answer_from_home_is_a_number_only_as_a_quantity() {
    let answer = |value: &str| {
        facts(&format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"coding":[{{
            "system":"http://pulsvagt.dk/fhir/CodeSystem/home-report","code":"dyspnoea-change"}}]}},
            {value}}}"#
        ))
    };
    let quantity = answer(r#""valueQuantity":{"value":1}"#);
    assert_eq!(quantity.numbers[0].measure, Some(Measure::DyspnoeaChange));
    assert!(quantity.numbers[0].fit.conversion().is_some() && quantity.numbers[0].main);
    for other in [r#""valueInteger":1"#, r#""valueBoolean":true"#, r#""valueString":"1""#] {
        assert!(answer(other).numbers.is_empty(), "{other}");
    }
}
