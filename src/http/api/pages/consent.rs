//! What a citizen consents to, and changing it: FHIR Consents, read and written as over FHIR.

use std::collections::BTreeMap;

use pulsvagt_fhir::Document;
use serde_json::{Value, json};

use crate::access::Interaction;
use crate::app::App;
use crate::clock::Micros;
use crate::consent::{CATEGORY_SYSTEM, RESOURCES, Rule, read};
use crate::http::api::extract::{ApiCaller, needs};
use crate::http::api::problem::{Code, Problem};
use crate::http::fhir::{find, write};
use crate::http::web::model::{Consented, NewConsent, Said};
use crate::store::StoreError;
use crate::store::resources::StoredResource;

const TYPES: &str = "http://hl7.org/fhir/resource-types";
const SCOPE: &str = "http://terminology.hl7.org/CodeSystem/consentscope";
/// A consent document, LOINC.
const DOCUMENT: (&str, &str) = ("http://loinc.org", "59284-0");
/// A century from now is for ever.
const FOR_EVER: i64 = 100 * 366 * 86_400_000_000;

/// The consents in force of the citizen whose app or session this is, newest first.
pub(in crate::http) async fn consents(
    app: &App,
    caller: &ApiCaller<needs::SummaryRead>,
) -> Result<Vec<Consented>, Problem> {
    let found = active(app, caller).await?;
    found.iter().map(|stored| told(stored, caller, app.clock().now())).collect()
}

async fn active(
    app: &App,
    caller: &ApiCaller<needs::SummaryRead>,
) -> Result<Vec<StoredResource>, Problem> {
    let own = caller.principal().citizen().ok_or_else(Problem::not_found)?;
    if !caller.principal().may(Interaction::Search, "Consent") {
        return Ok(Vec::new());
    }
    let parameters = [("patient", own), ("status", "active"), ("_count", "200")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (_, found) = find(app, caller.caller(), "Consent", parameters.to_vec(), true).await?;
    Ok(found.resources)
}

fn told(
    stored: &StoredResource,
    caller: &ApiCaller<needs::SummaryRead>,
    now: Micros,
) -> Result<Consented, Problem> {
    let json = stored.json();
    let document =
        Document::parse(json.as_bytes()).map_err(|error| StoreError::damaged("resource", error))?;
    // One that was stored is understood.
    let rules = read(document.root(), "Consent", caller.store().zone()).unwrap_or_default();
    Ok(Consented { id: stored.id.clone(), version: stored.version, says: said(rules, now) })
}

/// The rules by what they have in common.
fn said(rules: Vec<Rule>, now: Micros) -> Vec<Said> {
    let mut groups: BTreeMap<_, Vec<&'static str>> = BTreeMap::new();
    for rule in rules {
        let key = (rule.permit, rule.actor, rule.begins, rule.ends);
        groups.entry(key).or_default().push(rule.category);
    }
    let said = groups.into_iter().map(|((permit, relative, begins, ends), mut categories)| {
        categories.dedup();
        Said {
            permit,
            relative,
            categories,
            from: (begins.0 > 0).then_some(begins),
            to: (ends.0 < now.0 + FOR_EVER).then_some(ends),
        }
    });
    said.collect()
}

/// Gives a consent in the name of the citizen whose session this is.
///
/// # Errors
/// 422 where it is not understood.
pub(in crate::http) async fn give_consent(
    app: &App,
    caller: &ApiCaller<needs::SummaryRead>,
    new: &NewConsent,
) -> Result<(), Problem> {
    let own = caller.principal().citizen().ok_or_else(Problem::not_found)?.to_owned();
    caller.citizen(&own).await?;
    if new.categories.is_empty() {
        return Err(Problem::new(Code::Invalid, "a consent names what it is about"));
    }
    let json = document(&own, new, app.clock().now()).to_string();
    Ok(write(app, caller.caller(), "Consent", &json, None).await?)
}

fn document(own: &str, new: &NewConsent, now: Micros) -> Value {
    let class: Vec<Value> = new
        .categories
        .iter()
        .map(|category| {
            let system = if RESOURCES.contains(category) { TYPES } else { CATEGORY_SYSTEM };
            json!({"system": system, "code": category})
        })
        .collect();
    let kind = if new.relative.is_some() { "permit" } else { "deny" };
    let mut provision = json!({"type": kind, "class": class});
    let ends = [("start", &new.from), ("end", &new.to)].into_iter();
    for (name, day) in ends.filter(|(_, day)| !day.is_empty()) {
        provision["period"][name] = json!(day);
    }
    if let Some(relative) = &new.relative {
        provision["actor"] = json!([{"role": {"text": "relative"},
            "reference": {"identifier": {"value": relative}}}]);
    }
    json!({
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": DOCUMENT.0, "code": DOCUMENT.1}]}],
        "policyRule": {"text": "sundhedsloven"},
        "patient": {"reference": format!("Patient/{own}")},
        "dateTime": now.to_string(),
        "provision": provision,
    })
}

/// Withdraws a consent of the citizen whose session this is, in the version that was looked at.
///
/// # Errors
/// 404 where the citizen has no such consent in force; 412 where it is of another version.
pub(in crate::http) async fn withdraw_consent(
    app: &App,
    caller: &ApiCaller<needs::SummaryRead>,
    id: &str,
    version: u32,
) -> Result<(), Problem> {
    let found = active(app, caller).await?;
    let stored = found.iter().find(|it| it.id == id).ok_or_else(Problem::not_found)?;
    let mut json: Value = serde_json::from_str(&stored.json())
        .map_err(|_| StoreError::damaged("resource", "a Consent cannot be read"))?;
    json["status"] = json!("inactive");
    let instead_of = Some((id, version));
    Ok(write(app, caller.caller(), "Consent", &json.to_string(), instead_of).await?)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    const NOW: Micros = Micros(1_767_225_600_000_000);

    fn rules(new: &NewConsent) -> Vec<Said> {
        let json = document("ane", new, NOW).to_string();
        let document = Document::parse(json.as_bytes()).expect("JSON");
        said(read(document.root(), "Consent", &TimeZone::UTC).expect("understood"), NOW)
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let deny = NewConsent {
            categories: vec!["Encounter", "sleep"],
            to: "2026-03-31".to_owned(),
            ..NewConsent::default()
        };
        let [said] = rules(&deny).try_into().expect("one");
        assert_eq!((said.permit, &said.relative), (false, &None));
        assert_eq!(said.categories, ["Encounter", "sleep"]);
        assert_eq!((said.from, said.to), (None, Some(Micros(1_775_001_600_000_000))));
        let permit = NewConsent {
            relative: Some("datter".to_owned()),
            categories: vec!["vital-signs"],
            from: "2026-01-01".to_owned(),
            ..NewConsent::default()
        };
        let [said] = rules(&permit).try_into().expect("one");
        assert!(said.permit && said.relative.as_deref() == Some("datter"));
        assert_eq!((said.from, said.to), (Some(NOW), None));
    }
}
