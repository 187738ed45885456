//! The default rule pack, rule by rule: below, at and above each limit, too little data, personal
//! limits, margins and the sentences in both languages, from readings to verdicts.

#![expect(clippy::unwrap_used, reason = "tests panic on what must not be")]

#[path = "default_pack/blood_pressure.rs"]
mod blood_pressure;
#[path = "default_pack/case.rs"]
mod case;
#[path = "default_pack/copd.rs"]
mod copd;
#[path = "default_pack/diabetes.rs"]
mod diabetes;
#[path = "default_pack/everybody.rs"]
mod everybody;
#[path = "default_pack/heart_failure.rs"]
mod heart_failure;
#[path = "default_pack/programmes.rs"]
mod programmes;

use std::collections::BTreeSet;

use case::Case;
use pulsvagt_analytics::pack::Evidence;
use pulsvagt_analytics::{Outcome, Pack};

/// The rules of the clinical rule table, and those that were added to it.
const TABLE: [&str; 22] = [
    "COPD-SPO2-ABS",
    "COPD-SPO2-DROP",
    "COPD-SYMPT",
    "COPD-FEV1",
    "HF-WT-FAST",
    "HF-WT-DRIFT",
    "HF-WT-MACD",
    "HF-HR",
    "BP-HOME",
    "BP-SEVERE",
    "BP-LOW",
    "DM-HYPO",
    "DM-HYPER",
    "DM-CGM",
    "AF-HR",
    "INF-ELD",
    "RHR-NIGHT",
    "RHR-Z28",
    "WATCH-SICK",
    "PSY-CHANGE",
    "FALL-DECLINE",
    "SILENCE",
];
const ADDED: [&str; 4] = ["NEWS2", "COMPOSITE", "DM-CGM-OLDER", "ALARM-SYMPTOM"];

fn all_cases() -> Vec<Case> {
    let cases = [
        blood_pressure::cases(),
        copd::cases(),
        diabetes::cases(),
        everybody::cases(),
        heart_failure::cases(),
        programmes::cases(),
    ];
    cases.into_iter().flatten().collect()
}

#[test]
fn no_rule_of_the_table_is_missing() {
    let rules: BTreeSet<&str> = Pack::default_pack().rules().iter().map(|rule| &*rule.id).collect();
    assert_eq!(rules, TABLE.into_iter().chain(ADDED).collect());
}

#[test]
fn every_level_of_every_rule_is_tested() {
    let cases = all_cases();
    let mut untested = Vec::new();
    for rule in Pack::default_pack().rules().iter().filter(|rule| rule.active) {
        let of_rule: Vec<&Case> = cases.iter().filter(|case| *case.rule == *rule.id).collect();
        let has = |outcome| of_rule.iter().any(|case| case.outcome == outcome);
        let said =
            |outcome| of_rule.iter().any(|case| case.outcome == outcome && case.words.is_some());
        let mut ask = |what: &str, is_tested: bool| {
            if !is_tested {
                untested.push(format!("{}: {what}", rule.id));
            }
        };
        ask("clear", has(Outcome::Clear));
        ask("not evaluable", has(Outcome::NotEvaluable));
        ask("holding", has(Outcome::Holding) || rule.clear.is_none());
        ask("red in words", said(Outcome::Red) || rule.red.is_none());
        ask("yellow in words", said(Outcome::Yellow) || rule.yellow.is_none());
        ask("blue in words", said(Outcome::Blue) || rule.blue.is_none());
        let is_personal = |name| Pack::default_pack().threshold(name).is_some_and(|it| it.personal);
        let personal = rule.thresholds.iter().any(|name| is_personal(name));
        let of_citizen = of_rule.iter().any(|case| !case.plan.limits.is_empty());
        ask("personal limits", of_citizen || !personal);
    }
    assert!(untested.is_empty(), "not tested:\n{}", untested.join("\n"));
}

#[test]
fn every_number_has_a_source_or_needs_sign_off() {
    let pack = Pack::default_pack();
    for rule in pack.rules() {
        assert!(rule.needs_sign_off, "{}: windows and margins are proposals", rule.id);
        assert!(!rule.sources.is_empty() && rule.false_alarms.is_some(), "{}", rule.id);
    }
    for threshold in pack.thresholds() {
        let name = &threshold.name;
        let is_published = threshold.evidence == Evidence::Published;
        assert!(threshold.source.is_some() || !is_published, "{name} is tagged S without a source");
        let is_used = pack.rules().iter().any(|rule| rule.thresholds.contains(name));
        assert!(is_used, "{name} is used by no rule");
    }
}

#[test]
fn disabled_rules_say_why() {
    let pack = Pack::default_pack();
    let disabled: Vec<&str> =
        pack.rules().iter().filter(|rule| !rule.active).map(|rule| &*rule.id).collect();
    assert_eq!(disabled, ["HF-WT-MACD", "WATCH-SICK"]);
    for rule in pack.rules() {
        assert_eq!(rule.active, rule.reason.is_none(), "{}", rule.id);
    }
}

#[test]
fn several_signals_rank_above_one_alone() {
    // The same fall in saturation: alone it is no finding of COMPOSITE, with others it is.
    let cases = everybody::cases();
    let outcome = |what| {
        let of = cases.iter().find(|case| case.rule == "COMPOSITE" && case.what == what);
        case::verdicts(std::slice::from_ref(of.unwrap()))[0].outcome
    };
    assert!(outcome("one signal") < outcome("two signals"));
    assert!(outcome("two signals") < outcome("four signals"));
}

/// A tag as documents write it.
const fn tag(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Published => "S",
        Evidence::Computed => "C",
        Evidence::Remembered => "M",
        Evidence::Proposal => "P",
    }
}

/// The rows of docs/CLINICAL.md, made from the pack.
fn rows() -> Vec<String> {
    let pack = Pack::default_pack();
    let programme = |programme| serde_json::to_value(programme).unwrap();
    let rules = pack.rules().iter().map(|rule| {
        let programmes: Vec<_> = rule.programmes.iter().map(programme).collect();
        let names: Vec<&str> = programmes.iter().filter_map(|it| it.as_str()).collect();
        let names = if names.is_empty() { "everybody".to_owned() } else { names.join(", ") };
        let status = if rule.active { "active" } else { "disabled" };
        let (title, tag) = (&rule.title.en, tag(rule.evidence));
        format!("| `{}` | {names} | {title} | {tag} | {status} |", rule.id)
    });
    let thresholds = pack.thresholds().iter().map(|it| {
        let (least, greatest) = it.allowed;
        let personal =
            if it.personal { format!("{least} to {greatest}") } else { "nothing".to_owned() };
        let (name, text, value, unit) = (&it.name, &it.text.en, it.value, &it.unit);
        format!("| `{name}` | {text} | {value} `{unit}` | {personal} | {} |", tag(it.evidence))
    });
    rules.chain(thresholds).collect()
}

#[test]
fn the_clinical_page_tells_what_the_pack_says() {
    let page = include_str!("../../docs/CLINICAL.md");
    let missing: Vec<_> = rows().into_iter().filter(|row| !page.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "not in docs/CLINICAL.md:\n{}", missing.join("\n"));
    let told = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(told, rows().len(), "a row that the pack does not have");
}
