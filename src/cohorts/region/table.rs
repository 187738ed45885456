//! A comparison as one table.

use std::fmt::Write as _;

use pulsvagt_analytics::cohort::compare::{Comparison, Estimate, OutcomeLine};

const HEAD: &str = "group,municipality,name,outcome,members,at_risk,citizens,person_years,events,\
    rate,rate_low,rate_high,first,first_low,first_high,standardised,standardised_low,\
    standardised_high,note\r\n";

/// The comparison as CSV (RFC 4180): a row for each line of members and of each outcome, and one for
/// each municipality that takes no part. Codes of municipalities whose numbers are told together have
/// a space between them. What is left out is empty.
pub fn csv(comparison: &Comparison) -> String {
    let mut text = HEAD.to_owned();
    for group in &comparison.groups {
        for line in &group.members {
            let of = (line.of.join(" "), name(comparison, &line.of));
            let counts = [number(line.members), number(line.at_risk)];
            let note = line.refused.clone().unwrap_or_default();
            row(&mut text, &group.name, of, "", counts, &OutcomeLine::default(), note);
        }
        for outcome in &group.outcomes {
            for line in &outcome.lines {
                let of = (line.of.join(" "), name(comparison, &line.of));
                let left_out = line.citizens.is_none().then(|| "left out".to_owned());
                let note = left_out.or_else(|| line.crude.clone()).unwrap_or_default();
                row(&mut text, &group.name, of, &outcome.outcome, Default::default(), line, note);
            }
        }
    }
    for it in &comparison.municipalities {
        if let Some(reason) = &it.absent {
            let of = (it.code.clone(), it.name.clone());
            let nothing = OutcomeLine::default();
            row(&mut text, "", of, "", Default::default(), &nothing, reason.clone());
        }
    }
    text
}

/// The name of a municipality; none of several.
pub(super) fn name(comparison: &Comparison, of: &[String]) -> String {
    let [code] = of else { return String::new() };
    let known = comparison.municipalities.iter().find(|it| it.code == *code);
    known.map(|it| it.name.clone()).unwrap_or_default()
}

fn row(
    text: &mut String,
    group: &str,
    (code, name): (String, String),
    outcome: &str,
    [members, at_risk]: [String; 2],
    numbers: &OutcomeLine,
    note: String,
) {
    let (group, outcome) = (group.to_owned(), outcome.to_owned());
    let mut cells = vec![group, code, name, outcome, members, at_risk];
    cells.extend([number(numbers.citizens), tenth(numbers.person_years), number(numbers.events)]);
    for rate in [numbers.rate, numbers.first, numbers.standardised] {
        cells.extend(estimate(rate));
    }
    cells.push(note);
    for (place, cell) in cells.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        // What begins like a formula would be computed by spreadsheets.
        let mark = if cell.starts_with(['=', '+', '-', '@', '\t']) { "'" } else { "" };
        let _ = if cell.contains(['"', ',', '\n', '\r']) {
            write!(text, "{comma}\"{mark}{}\"", cell.replace('"', "\"\""))
        } else {
            write!(text, "{comma}{mark}{cell}")
        };
    }
    text.push_str("\r\n");
}

fn number(count: Option<u64>) -> String {
    count.map_or_else(String::new, |it| it.to_string())
}

fn tenth(value: Option<f64>) -> String {
    value.map_or_else(String::new, |it| format!("{it:.1}"))
}

fn estimate(of: Option<Estimate>) -> [String; 3] {
    [of.map(|it| it.value), of.map(|it| it.low), of.map(|it| it.high)].map(tenth)
}
