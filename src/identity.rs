//! Who somebody is, as clients send it: what is refused before it is stored.

pub mod protected;

use pulsvagt_fhir::cpr::{Register, names_somebody};
use pulsvagt_fhir::{Issue, IssueCode, Value};

pub use pulsvagt_fhir::cpr::{BadCpr, Cpr};

/// What is wrong with the personal numbers of a resource found at `at`. Says where, never what.
pub fn check(kind: &str, resource: Value<'_>, at: &str) -> Vec<Issue> {
    if kind != "Patient" {
        return Vec::new();
    }
    let mut issues = Vec::new();
    for (place, identifier) in resource.each("identifier").enumerate() {
        let system = identifier.str_at("system").unwrap_or_default();
        let (Some(register), Some(value)) =
            (Register::of_system(&system), identifier.str_at("value"))
        else {
            continue;
        };
        if Cpr::parse(register, &value).is_err() {
            issues.push(Issue::error(
                IssueCode::Value,
                "personal-number-malformed",
                format!("{at}.identifier[{place}].value"),
                wanted(register),
            ));
        }
    }
    issues
}

fn wanted(register: Register) -> &'static str {
    match register {
        Register::Cpr => {
            "a CPR number is ten digits without a hyphen: a date as DDMMYY, in the century that \
             the seventh digit tells, and four more"
        }
        Register::XeCpr => {
            "an X-eCPR is DDMMYY, 1 or 7, two capital letters and a digit, without a hyphen"
        }
        Register::DeCpr => {
            "a D-eCPR is DDMMYY, 0, 5 or 6, two capital letters and a digit, without a hyphen"
        }
    }
}

/// Refuses a logical id that is a personal number: ids stand in addresses and in clear.
pub fn check_id(id: &str, at: &str) -> Option<Issue> {
    names_somebody(id).then(|| {
        Issue::error(
            IssueCode::BusinessRule,
            "personal-number-misplaced",
            format!("{at}.id"),
            "an id must not be a personal number (CPR): it stands in addresses; send the number \
             in identifier, and any other id",
        )
    })
}

#[cfg(test)]
mod tests {
    use pulsvagt_fhir::Document;

    use super::{check, check_id};

    fn places(kind: &str, identifiers: &str) -> Vec<String> {
        let json = format!(r#"{{"resourceType":"{kind}","identifier":[{identifiers}]}}"#);
        let document = Document::parse(json.as_bytes()).expect("json");
        let issues = check(kind, document.root(), "Bundle.entry[2].resource");
        for issue in &issues {
            assert!(!format!("{issue:?}").contains("300174"), "{issue:?}");
        }
        issues.into_iter().map(|issue| issue.expression).collect()
    }

    #[test]
    fn a_malformed_number_is_told_by_its_place() {
        let listed = r#"{"system":"urn:oid:1.2.208.176.1.2","value":"3001749995"},
            {"system":"urn:oid:1.2.208.176.1.2","value":"300174-9995"},
            {"system":"urn:oid:1.2.208.176.1.6.1.1","value":"3001749995"},
            {"system":"urn:oid:1.2.208.176.1.6.1.3.177","value":"3001740AB5"},
            {"system":"http://rn.dk","value":"300174-whatever"},
            {"system":"urn:oid:1.2.208.176.1.2"}"#;
        let place = |at: usize| format!("Bundle.entry[2].resource.identifier[{at}].value");
        assert_eq!(places("Patient", listed), [place(1), place(2)]);
        assert!(places("Device", listed).is_empty());
    }

    #[test]
    fn an_id_is_not_a_number() {
        assert!(check_id("3001749995", "Patient").is_some());
        assert!(check_id("300174-9995", "Patient").is_some());
        assert!(check_id("c-0330-17", "Patient").is_none());
    }
}
