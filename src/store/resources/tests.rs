use jiff::tz::TimeZone;
use pulsvagt_fhir::Document;

use super::compartment::local;
use super::extract::{OPEN_END, OPEN_START, SearchValues, extract, folded, short};
use super::*;

const BASE: &str = "https://example.org/fhir";

fn values(kind: &str, json: &str) -> SearchValues {
    let document = Document::parse(json.as_bytes()).unwrap();
    extract(kind, document.root(), &TimeZone::get("Europe/Copenhagen").unwrap(), BASE)
}

fn tokens(values: &SearchValues, param: &str) -> Vec<(String, String)> {
    let of = values.tokens.iter().filter(|(name, ..)| *name == param);
    of.map(|(_, code, system)| (system.clone(), code.clone())).collect()
}

fn at(text: &str) -> Micros {
    Micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

fn stored(kind: &'static str, json: &str) -> StoredResource {
    let document = Document::parse(json.as_bytes()).unwrap();
    let new = NewResource::new(kind, "a-1".to_owned(), None, document.root(), &TimeZone::UTC, BASE);
    StoredResource {
        kind: kind.to_owned(),
        id: new.id,
        version: 3,
        updated: at("2026-11-21T09:30:00.000001Z"),
        citizen: None,
        body: new.body,
    }
}

#[test]
fn what_was_sent_comes_back_with_the_servers_meta() {
    let sent = r#"{ "id": "mine", "resourceType": "Device",
        "meta": {"versionId": "9", "profile": ["http://p"], "lastUpdated": "2001-01-01T00:00:00Z",
                 "tag": [{"code": "t"}]},
        "property": [{"type": {"text": "x"}, "valueQuantity": [{"value": 36.50}, {"value": 1.0E2}]}],
        "note": [{"text": "a\u00e6 \"q\""}], "_status": {"extension": []} }"#;
    assert_eq!(
        stored("Device", sent).json(),
        concat!(
            r#"{"resourceType":"Device","id":"a-1","meta":{"versionId":"3","#,
            r#""lastUpdated":"2026-11-21T09:30:00.000001Z","profile":["http://p"],"#,
            r#""tag":[{"code":"t"}]},"property":[{"type":{"text":"x"},"#,
            r#""valueQuantity":[{"value":36.50},{"value":1.0E2}]}],"#,
            r#""note":[{"text":"a\u00e6 \"q\""}],"_status":{"extension":[]}}"#
        )
    );
}

#[test]
fn a_resource_without_anything_gets_its_meta() {
    assert_eq!(
        stored("Patient", r#"{"resourceType":"Patient"}"#).json(),
        concat!(
            r#"{"resourceType":"Patient","id":"a-1","meta":{"versionId":"3","#,
            r#""lastUpdated":"2026-11-21T09:30:00.000001Z"}}"#
        )
    );
}

#[test]
fn sending_back_what_was_read_is_no_change() {
    let first =
        stored("Patient", r#"{"resourceType":"Patient","meta":{"tag":[]},"gender":"female"}"#);
    let again = stored("Patient", &first.json());
    assert_eq!(first.body, again.body);
    assert_eq!(first.json(), again.json());
}

#[test]
fn a_damaged_body_is_told() {
    let row = Row {
        kind: "Patient".to_owned(),
        id: "a".to_owned(),
        version: 1,
        updated: Micros(0),
        citizen: None,
        body: "{}".to_owned(),
    };
    assert!(matches!(
        row.stored(&crate::store::vault::Keys::for_tests("0330")),
        Err(StoreError::Damaged { table: "resource", .. })
    ));
}

#[test]
fn a_patient_is_found_by_identifier_name_and_birthdate() {
    let values = values(
        "Patient",
        r#"{"resourceType":"Patient","active":true,"gender":"female","birthDate":"1943-06-07",
            "identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"0706430000"},{"value":"x|1"}],
            "name":[{"family":"ÆRØ","given":["Anna","Bo"],"text":"Anna Bo Ærø"}]}"#,
    );
    assert_eq!(
        tokens(&values, "identifier"),
        [
            ("urn:oid:1.2.208.176.1.2".to_owned(), "0706430000".to_owned()),
            (String::new(), "x|1".to_owned())
        ]
    );
    assert_eq!(tokens(&values, "family"), [(String::new(), "ærø".to_owned())]);
    assert_eq!(tokens(&values, "given").len(), 2);
    let names: Vec<String> = tokens(&values, "name").into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["anna", "anna bo ærø", "bo", "ærø"]);
    assert_eq!(tokens(&values, "gender"), [(String::new(), "female".to_owned())]);
    assert_eq!(tokens(&values, "active"), [(String::new(), "true".to_owned())]);
    // A day of the municipality, not of Greenwich.
    let day = ("birthdate", at("1943-06-06T22:00:00Z"), at("1943-06-07T22:00:00Z"));
    assert_eq!(values.dates, [day]);
}

#[test]
fn every_coding_is_indexed_once() {
    let values = values(
        "Condition",
        r#"{"resourceType":"Condition","subject":{"reference":"Patient/p"},
            "code":{"coding":[{"system":"s","code":"1"},{"system":"s","code":"1"},{"code":"2"}],
                    "text":"COPD"},
            "category":[{"coding":[{"system":"c","code":"problem-list-item"}]}],
            "clinicalStatus":{"coding":[{"system":"k","code":"active"}]},
            "onsetPeriod":{"start":"2026-01-01"},"recordedDate":"2026-02"}"#,
    );
    assert_eq!(
        tokens(&values, "code"),
        [("s".to_owned(), "1".to_owned()), (String::new(), "2".to_owned())]
    );
    assert_eq!(tokens(&values, "category").len(), 1);
    assert_eq!(tokens(&values, "clinical-status"), [("k".to_owned(), "active".to_owned())]);
    assert_eq!(
        values.dates,
        [
            ("onset-date", at("2025-12-31T23:00:00Z"), OPEN_END),
            ("recorded-date", at("2026-01-31T23:00:00Z"), at("2026-02-28T23:00:00Z")),
        ]
    );
}

#[test]
fn periods_may_be_open_or_the_wrong_way_round() {
    let period = |period: &str| {
        let json =
            format!(r#"{{"resourceType":"Encounter","class":{{"code":"HH"}},"period":{period}}}"#);
        values("Encounter", &json).dates
    };
    let (ten, eleven) = (at("2026-01-01T10:00:00Z"), at("2026-01-01T11:00:00Z"));
    let second = |moment: Micros| Micros(moment.0 + 1_000_000);
    let ten_to_eleven = [("date", ten, second(eleven))];
    assert_eq!(
        period(r#"{"start":"2026-01-01T10:00:00Z","end":"2026-01-01T11:00:00Z"}"#),
        ten_to_eleven
    );
    assert_eq!(
        period(r#"{"start":"2026-01-01T11:00:00Z","end":"2026-01-01T10:00:00Z"}"#),
        ten_to_eleven
    );
    assert_eq!(period(r#"{"end":"2026-01-01T10:00:00Z"}"#), [("date", OPEN_START, second(ten))]);
    assert_eq!(period("{}"), []);
}

#[test]
fn a_coding_and_a_canonical_are_tokens() {
    let values = values(
        "QuestionnaireResponse",
        r#"{"resourceType":"QuestionnaireResponse","questionnaire":"http://q/cat|1.2",
            "identifier":{"system":"s","value":"v"},"status":"completed"}"#,
    );
    assert_eq!(tokens(&values, "questionnaire"), [("1.2".to_owned(), "http://q/cat".to_owned())]);
    assert_eq!(tokens(&values, "identifier"), [("s".to_owned(), "v".to_owned())]);
    let values = self::values("Encounter", r#"{"class":{"system":"a","code":"HH"}}"#);
    assert_eq!(tokens(&values, "class"), [("a".to_owned(), "HH".to_owned())]);
}

#[test]
fn targets_of_a_provenance_are_local_references() {
    let json = r#"{"resourceType":"Provenance","recorded":"2026-01-01T10:00:00.5Z","target":[
        {"reference":"https://example.org/fhir/Observation/o-1/_history/2"},
        {"reference":"Patient/p"},{"reference":"https://elsewhere.org/fhir/Patient/p"},
        {"reference":"CarePlan/c"},{"display":"?"}]}"#;
    let found = tokens(&values("Provenance", json), "target");
    let codes: Vec<String> = found.into_iter().map(|(_, code)| code).collect();
    assert_eq!(
        codes,
        ["CarePlan/c", "Observation/o-1", "Patient/p", "https://elsewhere.org/fhir/Patient/p"]
    );
    let document = Document::parse(json.as_bytes()).unwrap();
    let who: Vec<Who> =
        claims("Provenance", document.root(), BASE).into_iter().map(|claim| claim.who).collect();
    assert_eq!(
        who,
        [
            Who::Observation("o-1".to_owned()),
            Who::Patient("p".to_owned()),
            Who::Elsewhere,
            Who::Resource("CarePlan", "c".to_owned()),
            Who::Elsewhere,
        ]
    );
}

#[test]
fn a_claim_says_where_it_stands() {
    let of = |kind: &str, json: &str| {
        claims(kind, Document::parse(json.as_bytes()).unwrap().root(), BASE)
    };
    let by_reference = of("Condition", r#"{"subject":{"reference":"Patient/p"}}"#);
    assert_eq!(by_reference[0].place, "subject.reference");
    let by_identifier = of("Device", r#"{"patient":{"identifier":{"system":"s","value":"v"}}}"#);
    assert_eq!(by_identifier[0].place, "patient.identifier");
    let identifier = Identifier { system: Some("s".to_owned()), value: "v".to_owned() };
    assert_eq!(by_identifier[0].who, Who::Identifier(identifier));
    assert_eq!(
        of("Communication", r#"{"subject":{"reference":"Group/g"}}"#)[0].who,
        Who::Elsewhere
    );
    assert_eq!(of("Encounter", "{}"), []);
    assert_eq!(of("Patient", r#"{"subject":{"reference":"Patient/p"}}"#), []);
}

#[test]
fn references_are_compared_without_base_and_version() {
    assert_eq!(local("https://example.org/fhir/Patient/1", BASE), "Patient/1");
    assert_eq!(local("Patient/1/_history/7", BASE), "Patient/1");
    assert_eq!(
        local("https://example.org/fhirother/Patient/1", BASE),
        "https://example.org/fhirother/Patient/1"
    );
    assert_eq!(local("/Patient/1", ""), "/Patient/1");
}

#[test]
fn what_is_too_long_for_an_index_is_cut() {
    assert_eq!(short("abc"), "abc");
    assert_eq!(short(&"a".repeat(300)).len(), "sha256:".len() + 64);
    assert_ne!(short(&"a".repeat(300)), short(&"a".repeat(301)));
    assert_eq!(folded(&"Æ".repeat(300)), "æ".repeat(128));
    assert_eq!(folded(&format!("a{}", "æ".repeat(300))).len(), 255);
}

#[test]
fn the_documented_parameters_are_those_that_are_searched() {
    for (kind, documented) in SEARCH_PARAMS {
        let names: Vec<&str> = documented.iter().map(|(name, ..)| *name).collect();
        let searched: Vec<&str> = parameters(kind).iter().map(|parameter| parameter.name).collect();
        assert_eq!(names, searched);
        assert_eq!(known_kind(kind), Some(*kind));
    }
    assert_eq!(kinds().count(), 17);
    assert_eq!(known_kind("Observation"), None);
}
