//! Personal numbers where they cannot be kept secret.

use pulsvagt_fhir::cpr::names_somebody;
use pulsvagt_fhir::shape::numbered;
use pulsvagt_fhir::{Document, Issue, IssueCode, Value};

/// A personal number in a template, which all readings that look alike share and which stands in
/// clear: in the name of what was measured, a unit, a system. Numbers in identifiers, references,
/// names and words are in the holes and may be there. Codes are not looked at: those of SNOMED CT
/// can look like one.
pub(super) fn misplaced(template: &str, at: &str) -> Option<Issue> {
    // What cannot be read is refused by whoever reads it for its facts.
    let json = numbered(template).ok()?;
    let document = Document::parse(json.as_bytes()).ok()?;
    find(document.root(), at).map(personal_number)
}

/// The issue, which does not repeat the number.
pub(super) fn personal_number(at: String) -> Issue {
    Issue::error(
        IssueCode::BusinessRule,
        "personal-number-misplaced",
        at,
        "a personal number (CPR) stands where it cannot be kept secret; send it in \
         subject.identifier or another identifier",
    )
}

fn find(value: Value<'_>, at: &str) -> Option<String> {
    if value.is_array() {
        let mut items = value.items().enumerate();
        return items.find_map(|(place, item)| find(item, &format!("{at}[{place}]")));
    }
    if let Some(text) = value.as_str() {
        return names_somebody(&text).then(|| at.to_owned());
    }
    value
        .members()
        .filter(|(name, value)| {
            let of_a_coding = at.ends_with(']') && value.as_str().is_some();
            !(of_a_coding && matches!(*name, "code" | "version"))
        })
        .find_map(|(name, value)| find(value, &format!("{at}.{name}")))
}
