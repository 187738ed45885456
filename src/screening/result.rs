//! Screenings as they are stored.

use pulsvagt_analytics::{Outcome, Screening, Verdict};
use xxhash_rust::xxh3::xxh3_64;

use super::ScreeningError;
use super::evaluate::Evaluated;
use crate::clock::Micros;
use crate::store::screenings::{NewFinding, NewScreened};

/// The row of a citizen.
pub(super) fn screened(evaluated: &Evaluated) -> Result<NewScreened, ScreeningError> {
    let screening = &evaluated.screening;
    Ok(NewScreened {
        citizen: evaluated.citizen,
        as_of: Micros(screening.as_of),
        next: evaluated.next,
        pack: screening.pack.to_string(),
        plan_version: screening.plan_version,
        engine: screening.engine.to_string(),
        body: serde_json::to_string(screening)?,
    })
}

/// The rules that fired, of the active pack and of those in its shadow.
pub(super) fn findings(evaluated: &Evaluated) -> Result<Vec<NewFinding>, ScreeningError> {
    let mut findings = Vec::new();
    let shadows = evaluated.shadows.iter().map(|shadow| (shadow, true));
    for (screening, shadow) in std::iter::once((&evaluated.screening, false)).chain(shadows) {
        for verdict in &screening.verdicts {
            if let Some(level) = level(verdict.outcome) {
                findings.push(finding(evaluated, screening, verdict, level, shadow)?);
            }
        }
    }
    Ok(findings)
}

fn finding(
    evaluated: &Evaluated,
    screening: &Screening,
    verdict: &Verdict,
    level: i16,
    shadow: bool,
) -> Result<NewFinding, ScreeningError> {
    Ok(NewFinding {
        citizen: evaluated.citizen,
        rule: verdict.rule.to_string(),
        problem: verdict.problem.to_string(),
        pack: screening.pack.to_string(),
        shadow,
        level,
        as_of: Micros(screening.as_of),
        evidence_at: verdict.evidence_at.map(Micros),
        plan_version: screening.plan_version,
        engine: screening.engine.to_string(),
        digest: digest(verdict),
        body: serde_json::to_string(verdict)?,
    })
}

/// How serious an outcome is, if it is a finding at all.
pub(super) fn level(outcome: Outcome) -> Option<i16> {
    match outcome {
        Outcome::Blue => Some(1),
        Outcome::Yellow => Some(2),
        Outcome::Red => Some(3),
        Outcome::NotApplicable | Outcome::NotEvaluable | Outcome::Clear | Outcome::Holding => None,
    }
}

/// Of what a verdict says and rests on: not of numbers that only time has changed.
fn digest(verdict: &Verdict) -> i64 {
    let mut bytes = Vec::with_capacity(16 + verdict.inputs.len() * 13);
    bytes.extend(level(verdict.outcome).unwrap_or(0).to_le_bytes());
    bytes.extend(verdict.evidence_at.unwrap_or(i64::MIN).to_le_bytes());
    for input in &verdict.inputs {
        bytes.push(input.signal.number());
        bytes.extend(input.day.to_le_bytes());
        bytes.extend(input.digest.to_le_bytes());
    }
    xxh3_64(&bytes).cast_signed()
}
