use std::collections::{BTreeMap, BTreeSet};

use pulsvagt_analytics::Pack;
use pulsvagt_analytics::plan::Programme;

use super::*;
use crate::backtest::ward::{Case, Manual};
use crate::backtest::watch::RuleDays;
use crate::triage::Level;

fn case(rule: &str, level: Level, day: i64) -> Case {
    let at = Micros(MONDAY + day * DAY);
    Case {
        problem: Arc::from("copd"),
        opened: at,
        worst: level,
        manual: (level >= Level::Yellow).then(|| Manual { at, level, rule: rule.to_owned() }),
        red: (level == Level::Red).then_some(at),
        closed: None,
    }
}

fn watched(index: u32, cases: Vec<Case>, truths: Vec<Truth>) -> Watched {
    let days = RuleDays { applicable: 28, evaluable: 21, red: 1, yellow: 2, blue: 4 };
    let findings = cases.iter().map(|case| (Arc::clone(&case.problem), 20_458)).collect();
    Watched {
        index,
        programmes: [Programme::Copd].into(),
        watched: (Micros(MONDAY), Micros(MONDAY + 28 * DAY)),
        rules: BTreeMap::from([(Arc::from("COPD-SYMPT"), days)]),
        findings,
        suppressed: BTreeMap::new(),
        cases,
        truths,
    }
}

fn truth(onset: i64, peak: i64, end: i64) -> Truth {
    let at = |day: i64| Micros(MONDAY + day * DAY);
    let kind = "copd-exacerbation".to_owned();
    Truth { kind, onset: at(onset), reference: at(peak), end: at(end) }
}

fn everybody() -> Vec<Watched> {
    vec![
        watched(
            1,
            vec![
                case("COPD-SYMPT", Level::Red, 3),
                case("COPD-SYMPT", Level::Yellow, 20),
                case("SILENCE", Level::Blue, 9),
            ],
            vec![truth(2, 5, 8), truth(24, 26, 27)],
        ),
        watched(2, vec![case("COPD-SPO2-ABS", Level::Yellow, 15)], vec![]),
    ]
}

fn span() -> Span {
    Span::every(24, Micros(MONDAY), Micros(MONDAY + 28 * DAY), &copenhagen())
}

fn report(everybody: &[Watched], days_before: u32) -> Report {
    let target = Target { of: "episodes".to_owned(), days_before };
    let source = Source::Stored { tenant: "0330".to_owned(), received_when_taken: false };
    measure(everybody, Pack::default_pack(), &span(), 24, source, &target)
}

#[test]
fn a_report_counts_what_happened() {
    let report = report(&everybody(), 0);
    assert_eq!(report.citizens, 2);
    // 3 manual alerts in 2 × 4 weeks.
    assert_eq!((report.manual.events, report.manual.rate), (3, Some(0.375)));
    assert!(report.within_budget);
    assert_eq!(report.automatic, 1);
    let levels: Vec<(&str, u64)> =
        report.levels.iter().map(|it| (it.level, it.alerts.events)).collect();
    assert_eq!(levels, [("red", 1), ("yellow", 2), ("blue", 1), ("green", 0)]);
    assert_eq!(report.weeks, [0.5, 0.0, 1.0, 0.0]);
    let rule = &report.rules[0];
    assert_eq!((rule.rule.as_str(), rule.manual.events, rule.red), ("COPD-SYMPT", 2, 1));
    assert_eq!((rule.firing_days.part, rule.firing_days.whole), (14, 56));
    assert_eq!(rule.not_evaluable.share, Some(0.25));
    let [copd] = &report.programmes[..] else { panic!("{:?}", report.programmes) };
    assert_eq!((copd.name.as_str(), copd.citizens, copd.red.events), ("copd", 2, 1));
}

#[test]
fn detection_looks_into_the_windows_of_episodes() {
    let at_onset = report(&everybody(), 0).detection;
    assert_eq!((at_onset.sensitivity.part, at_onset.sensitivity.whole), (1, 2));
    assert_eq!((at_onset.ppv.part, at_onset.ppv.whole), (1, 3));
    assert_eq!(at_onset.lead_days.unwrap().median.to_string(), "2");
    // The alert of day 20 lies four days before the second onset.
    let before = report(&everybody(), 4).detection;
    assert_eq!((before.sensitivity.part, before.ppv.part), (2, 2));
    assert_eq!(before.kinds[0].lead_days.unwrap().max.to_string(), "6");
    assert!(before.by_chance.unwrap() < 1.0);
}

#[test]
fn two_packs_are_compared_by_citizen_problem_and_day() {
    let (a, mut b) = (everybody(), everybody());
    b[0].cases.remove(0);
    b[1].cases.push(case("COPD-SPO2-ABS", Level::Red, 16));
    b[1].findings = BTreeSet::new();
    let reports = (report(&a, 0), report(&b, 0));
    let both = compare((reports.0, &a), (reports.1, &b), &span());
    assert_eq!((both.alerts.both, both.alerts.only_a, both.alerts.only_b), (2, 1, 1));
    assert_eq!(both.alerts.jaccard, Some(0.5));
    assert_eq!((both.findings.both, both.findings.only_a), (1, 1));
}

#[test]
fn the_page_needs_nothing_else_and_says_what_it_does_not_prove() {
    let mut simulated = report(&everybody(), 0);
    simulated.pack.name = "a <pack> & more".to_owned();
    let source = Source::Simulated { seed: 1, received: 9, duplicate: 1, quarantined: 1 };
    simulated.source = source;
    let page = html(&simulated, None);
    assert!(page.contains("a &lt;pack&gt; &amp; more") && !page.contains("<pack>"));
    assert!(page.contains("They say nothing of the medicine"));
    assert!(text(&simulated).contains("They say nothing of the medicine"));
    let mut imported = simulated.clone();
    imported.source = Source::Stored { tenant: "0330".to_owned(), received_when_taken: true };
    assert!(html(&imported, None).contains("than it would have"));
    for foreign in ["<script", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert_eq!(page.matches("http").count(), page.matches("http://www.w3.org/2000/svg").count());
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert!(page.matches("<svg").count() >= 4);
    assert!(!page.contains("NaN") && !page.contains("inf"));
}

#[test]
fn nobody_and_nothing_make_a_page_too() {
    let report = report(&[], 0);
    assert_eq!((report.citizens, report.manual.rate), (0, None));
    let page = html(&report, None);
    assert!(!page.contains("NaN"));
    assert_eq!(report.detection.sensitivity.share, None);
}
