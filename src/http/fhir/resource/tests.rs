use jiff::tz::TimeZone;

use super::query::{Setting, Understood, understand};
use crate::clock::Micros;
use crate::http::fhir::Outcome;
use crate::http::fhir::params::pairs;
use crate::store::Sight;
use crate::store::resources::{Comparison, Criterion, Prefix, Reach};

/// 2026-11-21T00:00:00Z
const NOW: Micros = Micros(1_795_219_200_000_000);

fn search(kind: &'static str, query: &str, strict: bool) -> Result<Understood, Outcome> {
    let zone = TimeZone::get("Europe/Copenhagen").unwrap();
    let setting = Setting { base: "https://example.org/fhir", zone: &zone, now: NOW, strict };
    understand(kind, pairs(query), Reach::Seen(Sight::everybody()), None, setting)
}

fn only(kind: &'static str, query: &str) -> Vec<Criterion> {
    let mut filters = search(kind, query, true).unwrap().query.filters;
    assert_eq!(filters.len(), 1, "{query}");
    filters.remove(0).any
}

fn token(system: Option<&str>, code: Option<&str>) -> Criterion {
    Criterion::Token { system: system.map(str::to_owned), code: code.map(str::to_owned) }
}

fn date(prefix: Prefix, lower: &str, upper: &str) -> Criterion {
    let at = |text: &str| Micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
    Criterion::Date(Comparison { prefix, lower: at(lower), upper: at(upper) })
}

#[test]
fn tokens_in_all_four_forms() {
    assert_eq!(only("Patient", "identifier=s|v"), [token(Some("s"), Some("v"))]);
    assert_eq!(only("Patient", "identifier=|v"), [token(Some(""), Some("v"))]);
    assert_eq!(only("Patient", "identifier=v"), [token(None, Some("v"))]);
    assert_eq!(only("Patient", "identifier=s|"), [token(Some("s"), None)]);
    assert_eq!(
        only("Condition", r"code=s|1,t|a\,b,x\|y"),
        [token(Some("s"), Some("1")), token(Some("t"), Some("a,b")), token(None, Some("x|y"))]
    );
    assert_eq!(only("Encounter", "status=http://x|finished"), [token(None, Some("finished"))]);
    assert!(search("Patient", "identifier=|", false).is_err());
}

#[test]
fn citizens_and_references_in_all_forms() {
    let citizen = |id: &str| [Criterion::Citizen(id.to_owned())];
    for value in ["p-1", "Patient/p-1", "https://example.org/fhir/Patient/p-1"] {
        assert_eq!(only("Condition", &format!("patient={value}")), citizen("p-1"));
    }
    assert_eq!(only("Condition", "subject:Patient=p-1"), citizen("p-1"));
    assert_eq!(only("Condition", "subject=Group/1"), citizen(""));
    assert_eq!(only("Provenance", "target=o.1"), [Criterion::ReferenceId("o.1".to_owned())]);
    assert_eq!(
        only("Provenance", "target=Observation/o/_history/2"),
        [token(None, Some("Observation/o"))]
    );
    assert_eq!(
        only("QuestionnaireResponse", "questionnaire=http://q|2"),
        [token(Some("2"), Some("http://q"))]
    );
}

#[test]
fn dates_are_ranges_in_the_time_of_the_municipality() {
    assert_eq!(
        only("Encounter", "date=2026-07"),
        [date(Prefix::Eq, "2026-06-30T22:00:00Z", "2026-07-31T22:00:00Z")]
    );
    assert_eq!(
        only("Encounter", "date=ge2026-01-01T10:00:00+01:00"),
        [date(Prefix::Ge, "2026-01-01T09:00:00Z", "2026-01-01T09:00:01Z")]
    );
    assert_eq!(
        only("Encounter", "date=sa2026-01-01T10:00"),
        [date(Prefix::Sa, "2026-01-01T09:00:00Z", "2026-01-01T09:01:00Z")]
    );
    // Ten days ago: a day of slack on either side.
    assert_eq!(
        only("CarePlan", "date=ap2026-11-11T00:00:00Z"),
        [date(Prefix::Ap, "2026-11-10T00:00:00Z", "2026-11-12T00:00:01Z")]
    );
    for broken in ["2026-13", "soon", "ge", "", "2026-01-01T25:00"] {
        let refused = search("CarePlan", &format!("date=lt{broken}"), false);
        assert!(refused.is_err(), "{broken}");
    }
}

#[test]
fn what_shapes_the_answer() {
    let understood = search("Device", "_sort=_lastUpdated&_count=9&_total=accurate", true).unwrap();
    assert!(!understood.query.newest_first && understood.query.count);
    assert_eq!(understood.query.limit, 9);
    for counted in ["_count=0", "_summary=count", "_summary=count&_count=5"] {
        let understood = search("Device", counted, true).unwrap();
        assert_eq!((understood.query.limit, understood.query.count), (0, true));
    }
    assert_eq!(search("Device", "_count=100000", true).unwrap().query.limit, 1_000);
    assert!(search("Device", "_count=-1", false).is_err());
}

#[test]
fn unknown_parameters_are_errors_only_when_strict() {
    for query in ["colour=red", "_sort=date", "_elements=id"] {
        let understood = search("Device", query, false).unwrap();
        assert!(understood.used.is_empty() && understood.query.filters.is_empty());
        assert!(search("Device", query, true).is_err());
    }
    assert!(search("Device", "_format=json&_pretty=true", true).unwrap().used.is_empty());
    assert!(search("Device", "status:not=active", false).is_err());
}

#[test]
fn what_is_personal_is_known() {
    assert!(search("Patient", "gender=male", false).unwrap().personal);
    assert!(search("Device", "identifier=1", false).unwrap().personal);
    assert!(!search("Condition", "patient=p&code=1", false).unwrap().personal);
}

#[test]
fn a_nul_is_refused_before_the_database_is_asked() {
    assert!(search("Device", "manufacturer=a%00", false).is_err());
}
