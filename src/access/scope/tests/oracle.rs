//! The same question answered from the text, the plainest way: no sets, no order, no bits.

use pulsvagt_fhir::facts::Coding;

use crate::access::Interaction;
use crate::access::scope::Facts;

fn letter(interaction: Interaction) -> &'static str {
    match interaction {
        Interaction::Create => "c",
        Interaction::Read => "r",
        Interaction::Update => "u",
        Interaction::Search => "s",
    }
}

fn rights(written: &str, has_query: bool) -> &str {
    match (written, has_query) {
        ("read", false) => "rs",
        ("write", false) => "cud",
        ("*", false) => "cruds",
        (letters, _) => {
            let valid = [
                "c", "r", "u", "d", "s", "cr", "cu", "cd", "cs", "ru", "rd", "rs", "ud", "us",
                "ds", "cru", "crd", "crs", "cud", "cus", "cds", "rud", "rus", "rds", "uds", "crud",
                "crus", "crds", "cuds", "ruds", "cruds",
            ];
            if valid.contains(&letters) { letters } else { "" }
        }
    }
}

fn has(codings: &[Coding], wanted: &str) -> bool {
    codings.iter().any(|coding| match wanted.find('|') {
        None => coding.code == wanted,
        Some(at) => {
            let (system, code) = (&wanted[..at], &wanted[at + 1..]);
            coding.system == system && (code.is_empty() || coding.code == code)
        }
    })
}

/// Level and verdict of one scope.
fn one(scope: &str, interaction: Interaction, facts: Facts<'_>) -> Option<String> {
    let slash = scope.find('/')?;
    let level = &scope[..slash];
    let (path, query) = match scope[slash + 1..].find('?') {
        Some(at) => (&scope[slash + 1..slash + 1 + at], Some(&scope[slash + 2 + at..])),
        None => (&scope[slash + 1..], None),
    };
    let dot = path.find('.')?;
    let (kind, written) = (&path[..dot], &path[dot + 1..]);
    if !["patient", "user", "system"].contains(&level) {
        return None;
    }
    if kind != "*" && kind != facts.kind {
        return None;
    }
    if !rights(written, query.is_some()).contains(letter(interaction)) {
        return None;
    }
    if level == "patient" && !facts.own {
        return None;
    }
    if let Some(query) = query {
        for parameter in query.split('&') {
            let fits = match parameter.split_once('=') {
                Some(("category", values)) => {
                    ["Observation", "Goal"].contains(&facts.kind)
                        && values.split(',').any(|value| has(facts.categories, value))
                }
                Some(("code", values)) => {
                    facts.kind == "Observation"
                        && values.split(',').any(|value| has(facts.codes, value))
                }
                _ => false,
            };
            if !fits {
                return None;
            }
        }
    }
    Some(level.to_owned())
}

fn levels(set: &str, interaction: Interaction, facts: Facts<'_>) -> Vec<String> {
    set.split(' ').filter_map(|scope| one(scope, interaction, facts)).collect()
}

pub(super) fn may(set: &str, interaction: Interaction, facts: Facts<'_>) -> bool {
    !levels(set, interaction, facts).is_empty()
}

pub(super) fn may_restricted(
    asked: &str,
    registered: &str,
    interaction: Interaction,
    facts: Facts<'_>,
) -> bool {
    let registered = levels(registered, interaction, facts);
    levels(asked, interaction, facts).iter().any(|level| registered.contains(level))
}
