use jiff::tz::TimeZone;
use pulsvagt_fhir::Document;
use pulsvagt_fhir::facts::Facts;
use pulsvagt_fhir::shape::{Detail, Splitter};

use super::{Denials, READINGS, Rule, categories, of_reading, read};
use crate::clock::Micros;
use crate::ids::CitizenNo;

fn consent(provision: &str) -> String {
    format!(
        r#"{{"resourceType":"Consent","status":"active","scope":{{"coding":[{{"system":
        "http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}}]}},
        "provision":{provision}}}"#
    )
}

fn rules(json: &str) -> Result<Vec<Rule>, Vec<String>> {
    let document = Document::parse(json.as_bytes()).expect("json");
    read(document.root(), "Consent", &TimeZone::UTC)
        .map_err(|issues| issues.into_iter().map(|issue| issue.expression).collect())
}

fn named(json: &str) -> Vec<&'static str> {
    let mut named: Vec<_> =
        rules(json).expect("understood").into_iter().map(|rule| rule.category).collect();
    named.sort_unstable();
    named
}

const VITAL: &str = r#"{"system":"http://terminology.hl7.org/CodeSystem/observation-category",
    "code":"vital-signs"}"#;
const SURVEY: &str = r#"{"system":"http://terminology.hl7.org/CodeSystem/observation-category",
    "code":"survey"}"#;

#[test]
fn a_denial_is_read_as_broad_and_a_permission_as_narrow() {
    assert_eq!(named(&consent(r#"{"type":"deny"}"#)).len(), categories().count());
    let all = named(&consent(r#"{"type":"permit"}"#));
    assert_eq!(all.len(), categories().count() - 1);
    assert!(!all.contains(&"mental-health"));
    let json = consent(&format!(r#"{{"type":"deny","class":[{SURVEY}]}}"#));
    assert_eq!(named(&json), ["mental-health", "survey"]);
    let json = consent(&format!(r#"{{"type":"permit","class":[{SURVEY}]}}"#));
    assert_eq!(named(&json), ["survey"]);
    let json = consent(
        r#"{"type":"deny","class":[{"system":"http://hl7.org/fhir/resource-types",
           "code":"Observation"}]}"#,
    );
    assert_eq!(named(&json).len(), READINGS.len());
}

#[test]
fn exceptions_are_taken_out() {
    let json = consent(&format!(
        r#"{{"type":"deny","provision":[{{"type":"permit","class":[{VITAL}]}}]}}"#
    ));
    let found = rules(&json).expect("understood");
    assert!(found.iter().all(|rule| !rule.permit && rule.category != "vital-signs"));
    assert_eq!(found.len(), categories().count() - 1);
    // Who permits all but something denies that.
    let json = consent(&format!(
        r#"{{"type":"permit","provision":[{{"type":"deny","class":[{SURVEY}]}}]}}"#
    ));
    let found = rules(&json).expect("understood");
    assert!(found.iter().all(|rule| !rule.permit));
    assert_eq!(named(&json), ["mental-health", "survey"]);
}

#[test]
fn who_why_and_when_are_kept() {
    let json = consent(&format!(
        r#"{{"type":"permit","class":[{VITAL}],"purpose":[{{"code":"PATRQT"}}],
            "period":{{"start":"2026-01-01","end":"2026-01-31"}},
            "actor":[{{"role":{{"text":"x"}},"reference":{{"identifier":{{"value":"datter"}}}}}}]}}"#
    ));
    let found = rules(&json).expect("understood");
    let [rule] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((rule.permit, rule.actor.as_deref()), (true, Some("datter")));
    assert_eq!(rule.purpose.as_deref(), Some("PATRQT"));
    assert_eq!(rule.begins, Micros(1_767_225_600_000_000));
    assert_eq!(rule.ends, Micros(1_769_904_000_000_000), "the last day counts");
}

#[test]
fn what_is_not_in_force_has_no_rules() {
    let denial = consent(r#"{"type":"deny"}"#);
    for json in [
        denial.replace("active", "inactive"),
        denial.replace("patient-privacy", "research"),
        denial.replace(r#""provision""#, r#""verification""#),
    ] {
        assert_eq!(rules(&json).expect("understood"), []);
    }
}

#[test]
fn what_cannot_be_carried_out_is_refused_by_its_place() {
    for (provision, place) in [
        (r#"{"class":[]}"#.to_owned(), "Consent.provision.type"),
        (
            r#"{"type":"deny","class":[{"system":"urn:x","code":"y"}]}"#.to_owned(),
            "Consent.provision.class[0]",
        ),
        (
            r#"{"type":"deny","code":[{"text":"all of it"}]}"#.to_owned(),
            "Consent.provision.code[0]",
        ),
        (r#"{"type":"deny","data":[{"meaning":"instance"}]}"#.to_owned(), "Consent.provision.data"),
        (
            r#"{"type":"deny","actor":[{"reference":{"reference":"Practitioner/1"}}]}"#.to_owned(),
            "Consent.provision.actor[0]",
        ),
        (
            format!(r#"{{"type":"deny","provision":[{{"type":"deny","class":[{VITAL}]}}]}}"#),
            "Consent.provision.provision[0]",
        ),
        (
            r#"{"type":"deny","provision":[{"type":"permit"}]}"#.to_owned(),
            "Consent.provision.provision[0]",
        ),
    ] {
        assert_eq!(rules(&consent(&provision)).expect_err("refused"), [place], "{provision}");
    }
}

fn facts(category: Option<&str>, code: &str) -> Facts {
    let category = category.map_or(String::new(), |category| {
        format!(
            r#""category":[{{"coding":[{{"system":
            "http://terminology.hl7.org/CodeSystem/observation-category","code":"{category}"}}]}}],"#
        )
    });
    let json = format!(
        r#"{{"resourceType":"Observation","status":"final",{category}
        "code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}},
        "valueQuantity":{{"value":1}}}}"#
    );
    let document = Document::parse(json.as_bytes()).expect("json");
    let mut splitter = Splitter::default();
    let split = splitter.split(document.root(), Detail::Fine);
    Facts::of_template(split.template).expect("facts")
}

#[test]
fn readings_are_what_they_are_called_and_what_they_measure() {
    assert_eq!(of_reading(&facts(Some("vital-signs"), "8867-4")), ["vital-signs"]);
    assert_eq!(of_reading(&facts(None, "8867-4")), ["vital-signs"]);
    assert_eq!(of_reading(&facts(Some("vital-signs"), "15074-8")), ["vital-signs", "laboratory"]);
    assert_eq!(of_reading(&facts(Some("survey"), "44261-6")), ["mental-health"]);
    assert_eq!(of_reading(&facts(Some("survey"), "0-0")), ["survey"]);
    assert_eq!(of_reading(&facts(None, "0-0")), READINGS);
}

#[test]
fn one_denied_category_hides_a_reading_until_it_is_lifted() {
    let (ane, bo) = (CitizenNo(1), CitizenNo(2));
    let mut denials = Denials::default();
    denials.deny("laboratory", ane, Micros(7));
    let both = facts(Some("vital-signs"), "15074-8");
    assert!(!denials.allows_reading(&both, ane));
    assert!(denials.allows_reading(&both, bo));
    assert!(denials.allows_reading(&facts(Some("vital-signs"), "8867-4"), ane));
    assert!(!denials.allows_reading(&facts(None, "0-0"), ane), "it may be anything");
    assert!(denials.is_older(ane, Micros(6)) && !denials.is_older(ane, Micros(7)));
    assert!(!denials.is_older(bo, Micros(6)));
    denials.lift([ane]);
    assert!(!denials.is_older(ane, Micros(6)) && !denials.denies_readings(ane));
    assert!(denials.is_empty());
    assert!(!Denials::all_of(ane).allows_reading(&both, ane));
}
