use pulsvagt_analytics::screening::{ENGINE, Scores};
use pulsvagt_analytics::{Screening, Verdict};

use super::*;
use crate::triage::{RuleBook, RuleFacts, by_problem};

struct Book;

impl RuleBook for Book {
    fn facts(&self, rule: &str) -> RuleFacts {
        if rule == "b" {
            RuleFacts { persist: 2, confirm_minutes: 30, shadow: true }
        } else {
            RuleFacts::default()
        }
    }

    fn explain(&self, verdict: &Verdict) -> Texts {
        Texts { da: format!("{} da", verdict.rule), en: format!("{} en", verdict.rule) }
    }
}

fn verdict(rule: &str, problem: &str, outcome: Outcome, feature: &str) -> Verdict {
    Verdict {
        rule: Arc::from(rule),
        problem: Arc::from(problem),
        outcome,
        evidence_at: Some(7),
        features: vec![(Arc::from(feature), 1.0)],
        thresholds: Vec::new(),
        missing: Vec::new(),
        inputs: Vec::new(),
    }
}

#[test]
fn a_screening_is_taken_apart_by_problem() {
    let mut unknown = verdict("s2", "silence", Outcome::Clear, "x");
    unknown.features.clear();
    unknown.missing.push(Arc::from("silence_critical"));
    let screening = Screening {
        as_of: 9,
        engine: Arc::from(ENGINE),
        pack: Arc::from("abc"),
        plan_version: 1,
        verdicts: vec![
            verdict("a", "copd", Outcome::Red, "oxygen_saturation_last"),
            verdict("n", "copd", Outcome::NotEvaluable, "oxygen_saturation_last"),
            verdict("s", "silence", Outcome::Blue, "silence_overdue_hours"),
            verdict("b", "copd", Outcome::Clear, "fev1_last"),
            verdict("m", "mood", Outcome::NotApplicable, "sleep_duration_last"),
            unknown,
        ],
        scores: Scores::default(),
        deterioration: None,
    };
    let problems = by_problem(&screening, &Book);
    let names: Vec<_> = problems.keys().map(AsRef::as_ref).collect();
    assert_eq!(names, ["copd", "silence"]);
    let rules: Vec<_> = problems["copd"].iter().map(|one| one.rule.as_ref()).collect();
    assert_eq!(rules, ["a", "b"]);
    let [a, b] = problems["copd"].as_slice() else { panic!("two rules") };
    assert_eq!((a.evidence_at, a.text.da.as_str(), a.persist), (Some(Micros(7)), "a da", 1));
    assert_eq!((b.text.da.as_str(), b.persist, b.confirm_minutes, b.shadow), ("", 2, 30, true));
    // Silence does not rest on the last reading there was.
    assert!(problems["silence"].iter().all(|one| one.evidence_at.is_none()));
}
