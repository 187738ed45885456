//! What `pulsvagt screen` prints.

use std::collections::BTreeMap;

use pulsvagt_analytics::{Language, Outcome, Pack, Screening};
use serde_json::json;

use crate::cli::output;
use crate::screening::Done;

/// How many citizens and findings there are at each level.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// Citizens.
    pub(super) citizens: usize,
    /// Those whose worst finding is red.
    pub(super) red: usize,
    /// Yellow.
    pub(super) yellow: usize,
    /// Blue.
    pub(super) blue: usize,
    /// Citizens of whom a row could not be read.
    pub(super) broken: usize,
    /// Red, yellow and blue findings of each rule that fired.
    pub(super) rules: BTreeMap<String, [usize; 3]>,
}

impl Levels {
    pub(super) fn count(&mut self, screening: &Screening) {
        self.citizens += 1;
        match screening.verdicts.iter().map(|verdict| verdict.outcome).max() {
            Some(Outcome::Red) => self.red += 1,
            Some(Outcome::Yellow) => self.yellow += 1,
            Some(Outcome::Blue) => self.blue += 1,
            _ => {}
        }
        for verdict in &screening.verdicts {
            let place = match verdict.outcome {
                Outcome::Red => 0,
                Outcome::Yellow => 1,
                Outcome::Blue => 2,
                _ => continue,
            };
            self.rules.entry(verdict.rule.to_string()).or_default()[place] += 1;
        }
    }
}

/// What each rule says of a citizen.
pub(super) fn citizen(screening: &Screening, pack: &Pack, json: bool) {
    if json {
        let explained: BTreeMap<&str, String> = screening
            .verdicts
            .iter()
            .filter(|verdict| verdict.outcome != Outcome::NotApplicable)
            .map(|verdict| (&*verdict.rule, pack.explain(verdict, Language::English)))
            .collect();
        output::json(&json!({"screening": screening, "explained": explained}));
        return;
    }
    let mut rows = vec![["rule", "says", "why"].map(str::to_owned).to_vec()];
    for verdict in &screening.verdicts {
        if verdict.outcome != Outcome::NotApplicable {
            let why = pack.explain(verdict, Language::English);
            rows.push(vec![verdict.rule.to_string(), word(verdict.outcome).to_owned(), why]);
        }
    }
    output::table(&rows);
    output::line(format!(
        "as of {}, rule pack {} {} ({}), plan version {}",
        crate::clock::Micros(screening.as_of),
        pack.name(),
        pack.version(),
        screening.pack,
        screening.plan_version
    ));
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotApplicable => "not applicable",
        Outcome::NotEvaluable => "not evaluable",
        Outcome::Clear => "clear",
        Outcome::Holding => "holding",
        Outcome::Blue => "BLUE",
        Outcome::Yellow => "YELLOW",
        Outcome::Red => "RED",
    }
}

/// What screening of everybody who was due has come to.
pub(in crate::cli) fn done(tenant: &str, done: Done) {
    output::line(format!(
        "{tenant}: {} citizens screened: {} red, {} yellow, {} blue; {} findings, {} alerts",
        done.screened, done.red, done.yellow, done.blue, done.findings, done.alerts
    ));
    if done.failed > 0 {
        output::line(format!("{} citizens could not be screened; the log says why", done.failed));
    }
}

/// The same for machines.
pub(in crate::cli) fn counts(done: Done) -> serde_json::Value {
    json!({
        "screened": done.screened,
        "red": done.red,
        "yellow": done.yellow,
        "blue": done.blue,
        "summaries": done.summaries,
        "findings": done.findings,
        "alerts": done.alerts,
        "failed": done.failed,
    })
}
