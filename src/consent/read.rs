//! From a FHIR Consent to rules. What is not understood refuses the Consent: one that is kept and
//! not carried out would be worse than none.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use pulsvagt_fhir::datetime::parse_datetime;
use pulsvagt_fhir::{Issue, IssueCode, Value};

use super::{CATEGORY_SYSTEM, OBSERVATION_CATEGORY, READINGS, RESOURCES, Rule, categories};
use crate::clock::Micros;

const SCOPE: &str = "http://terminology.hl7.org/CodeSystem/consentscope";
const TYPES: &str = "http://hl7.org/fhir/resource-types";
const BEGINNING: Micros = Micros(0);
/// The end of the year 9999.
const NEVER: Micros = Micros(253_402_300_799_000_000);
/// Elements of a provision that narrow it in ways that are not carried out here.
const NOT_DONE: [&str; 4] = ["action", "securityLabel", "dataPeriod", "data"];

/// The rules of a Consent found at `at`: none unless it is active and about privacy. Dates without an
/// offset are taken in `zone`.
///
/// # Errors
/// What of it is not understood, with its FHIRPath.
pub fn read(consent: Value<'_>, at: &str, zone: &TimeZone) -> Result<Vec<Rule>, Vec<Issue>> {
    let privacy =
        consent.get("scope").into_iter().flat_map(|scope| scope.each("coding")).any(|coding| {
            coding.str_at("system").as_deref() == Some(SCOPE)
                && coding.str_at("code").as_deref() == Some("patient-privacy")
        });
    if !privacy || consent.str_at("status").as_deref() != Some("active") {
        return Ok(Vec::new());
    }
    let Some(root) = consent.get("provision") else { return Ok(Vec::new()) };
    let mut issues = Vec::new();
    let place = format!("{at}.provision");
    let base = provision(root, &place, zone, &mut issues);
    let mut named = base.named.clone();
    let mut exceptions = Vec::new();
    for (position, nested) in root.each("provision").enumerate() {
        let place = format!("{place}.provision[{position}]");
        let exception = provision(nested, &place, zone, &mut issues);
        let narrower = nested.get("provision").is_some()
            || exception.actors != [None]
            || exception.purposes != [None]
            || exception.period != (BEGINNING, NEVER);
        if narrower || exception.permit == base.permit || exception.named.is_empty() {
            let text = "an exception names categories, and says the opposite of the provision it \
                        is in; nothing else";
            issues.push(not_understood(&place, text));
        }
        exceptions.push(exception);
    }
    if named.is_empty() {
        named = if base.permit { ordinary() } else { categories().collect() };
    } else if !base.permit {
        broaden(&mut named);
    }
    for exception in &exceptions {
        named.retain(|category| !exception.named.contains(category));
    }
    if base.permit && base.actors == [None] && !exceptions.is_empty() {
        // "All may see all but this" is a denial of this.
        named = exceptions.iter().flat_map(|exception| exception.named.iter().copied()).collect();
        broaden(&mut named);
        return finish(issues, rules(&named, false, &base));
    }
    finish(issues, rules(&named, base.permit, &base))
}

fn finish(issues: Vec<Issue>, rules: Vec<Rule>) -> Result<Vec<Rule>, Vec<Issue>> {
    if issues.is_empty() { Ok(rules) } else { Err(issues) }
}

/// What one provision says.
struct Provision {
    permit: bool,
    named: BTreeSet<&'static str>,
    actors: Vec<Option<String>>,
    purposes: Vec<Option<String>>,
    period: (Micros, Micros),
}

fn rules(named: &BTreeSet<&'static str>, permit: bool, base: &Provision) -> Vec<Rule> {
    let mut rules = Vec::new();
    for category in named {
        for actor in &base.actors {
            for purpose in &base.purposes {
                rules.push(Rule {
                    category,
                    permit,
                    actor: actor.clone(),
                    purpose: purpose.clone(),
                    begins: base.period.0,
                    ends: base.period.1,
                });
            }
        }
    }
    rules
}

/// What "everything" means where something is permitted: what is said about somebody's mind has to
/// be named.
fn ordinary() -> BTreeSet<&'static str> {
    categories().filter(|category| *category != "mental-health").collect()
}

/// A denial of questionnaires is one of those about mental health too, and one of activity one of
/// sleep, which apps send as activity.
fn broaden(named: &mut BTreeSet<&'static str>) {
    for (broad, narrow) in [("survey", "mental-health"), ("activity", "sleep")] {
        if named.contains(broad) {
            named.insert(narrow);
        }
    }
}

fn provision(
    provision: Value<'_>,
    at: &str,
    zone: &TimeZone,
    issues: &mut Vec<Issue>,
) -> Provision {
    for name in NOT_DONE {
        if provision.get(name).is_some() {
            issues.push(not_understood(&format!("{at}.{name}"), "this is not carried out here"));
        }
    }
    let permit = match provision.str_at("type").as_deref() {
        Some("permit") => true,
        Some("deny") => false,
        _ => {
            issues.push(not_understood(&format!("{at}.type"), "expected permit or deny"));
            false
        }
    };
    let mut named = BTreeSet::new();
    for (position, class) in provision.each("class").enumerate() {
        category(class, &format!("{at}.class[{position}]"), &mut named, issues);
    }
    for (position, code) in provision.each("code").enumerate() {
        for coding in code.each("coding") {
            category(coding, &format!("{at}.code[{position}]"), &mut named, issues);
        }
        if code.get("coding").is_none() {
            let text = "a category is named by a code";
            issues.push(not_understood(&format!("{at}.code[{position}]"), text));
        }
    }
    let mut actors = Vec::new();
    for (position, actor) in provision.each("actor").enumerate() {
        let reference = actor.get("reference");
        let identifier = reference.and_then(|reference| reference.get("identifier"));
        match identifier.and_then(|identifier| identifier.str_at("value")) {
            Some(value) => actors.push(Some(value.into_owned())),
            None => {
                let text = "who it is about is told by reference.identifier.value: the name in \
                            their tokens";
                issues.push(not_understood(&format!("{at}.actor[{position}]"), text));
            }
        }
    }
    let purposes = provision.each("purpose").filter_map(|purpose| purpose.str_at("code"));
    let mut purposes: Vec<Option<String>> = purposes.map(|code| Some(code.into_owned())).collect();
    if purposes.is_empty() {
        purposes.push(None);
    }
    if actors.is_empty() {
        actors.push(None);
    }
    let end = |name: &str, otherwise: Micros, issues: &mut Vec<Issue>| {
        let Some(text) = provision.get("period").and_then(|period| period.str_at(name)) else {
            return otherwise;
        };
        match parse_datetime(&text) {
            Some(moment) => {
                let (start, end) = moment.range_us(zone);
                Micros(if name == "start" { start } else { end })
            }
            None => {
                issues.push(not_understood(&format!("{at}.period.{name}"), "expected a dateTime"));
                otherwise
            }
        }
    };
    let period = (end("start", BEGINNING, issues), end("end", NEVER, issues));
    Provision { permit, named, actors, purposes, period }
}

fn category(
    coding: Value<'_>,
    at: &str,
    named: &mut BTreeSet<&'static str>,
    issues: &mut Vec<Issue>,
) {
    let (system, code) = (coding.str_at("system"), coding.str_at("code"));
    let code = code.unwrap_or_default();
    let find = |list: &[&'static str]| list.iter().copied().find(|known| *known == &*code);
    match system.as_deref() {
        Some(TYPES) if code == "Observation" => named.extend(READINGS),
        Some(TYPES) if find(&RESOURCES).is_some() => named.extend(find(&RESOURCES)),
        Some(CATEGORY_SYSTEM | OBSERVATION_CATEGORY) if find(&READINGS).is_some() => {
            named.extend(find(&READINGS));
        }
        _ => {
            let known: Vec<&str> = categories().collect();
            let text = format!("not a category that is kept apart; those are {}", known.join(", "));
            issues.push(not_understood(at, &text));
        }
    }
}

fn not_understood(at: &str, text: &str) -> Issue {
    Issue::error(IssueCode::BusinessRule, "consent-not-understood", at, text.to_owned())
}
