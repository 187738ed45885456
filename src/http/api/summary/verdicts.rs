//! What each rule says, also that it cannot tell; and the scores.

use pulsvagt_analytics::screening::EarlyWarning;
use pulsvagt_analytics::{Outcome, Pack, Screening};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Micros;
use crate::http::api::alerts::Evidence;
use crate::http::api::language::Lang;
use crate::http::api::view::Named;
use crate::projection::words;
use crate::projection::words::Text;

/// What a rule says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct VerdictView {
    rule: String,
    /// What the rule is called.
    title: String,
    problem: Named,
    /// red, yellow, blue, holding, clear, not-evaluable or not-applicable. Not evaluable is never
    /// to be shown as well.
    outcome: &'static str,
    /// Why, in a sentence.
    why: String,
    /// When the newest reading behind it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    evidence_at: Option<String>,
    evidence: Evidence,
    /// Whether a clinician has still to sign the rule; left out where it is not in the pack in
    /// force.
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_sign_off: Option<bool>,
}

/// An early warning score.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct ScoreView {
    /// news2 or tobs.
    name: &'static str,
    score: u8,
    /// Parameters that are there.
    parameters: u8,
    /// Whether any is missing. A partial score is not the score: it can only become higher.
    partial: bool,
    /// In words, with what makes it partial.
    label: String,
    /// Whether any single parameter scores 3.
    single_three: bool,
    /// Parameters that are missing or too old.
    missing: Vec<String>,
    /// Age of the oldest parameter that is there, hours.
    max_age_hours: f64,
}

/// Every rule but those that are not for the citizen, in the pack's order.
pub(super) fn of(screening: &Screening, pack: &Pack, lang: Lang) -> Vec<VerdictView> {
    screening
        .verdicts
        .iter()
        .filter(|verdict| verdict.outcome != Outcome::NotApplicable)
        .map(|verdict| VerdictView {
            rule: verdict.rule.to_string(),
            title: pack.title(&verdict.rule, lang.0),
            problem: Named::new(&*verdict.problem, lang.pick(words::problem(&verdict.problem))),
            outcome: word(verdict.outcome),
            why: pack.explain(verdict, lang.0),
            evidence_at: verdict.evidence_at.map(|at| Micros(at).to_string()),
            evidence: Evidence::new(verdict, pack, lang),
            needs_sign_off: pack.rule(&verdict.rule).map(|rule| rule.needs_sign_off),
        })
        .collect()
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotApplicable => "not-applicable",
        Outcome::NotEvaluable => "not-evaluable",
        Outcome::Clear => "clear",
        Outcome::Holding => "holding",
        Outcome::Blue => "blue",
        Outcome::Yellow => "yellow",
        Outcome::Red => "red",
    }
}

/// The scores that could be computed.
pub(super) fn scores(screening: &Screening, lang: Lang) -> Vec<ScoreView> {
    let scores = [("news2", &screening.scores.news2), ("tobs", &screening.scores.tobs)];
    scores.into_iter().filter_map(|(name, score)| Some(view(name, score.as_ref()?, lang))).collect()
}

fn view(name: &'static str, score: &EarlyWarning, lang: Lang) -> ScoreView {
    let partial = !score.missing.is_empty();
    let upper = name.to_uppercase();
    let label = if partial {
        let all = usize::from(score.parameters) + score.missing.len();
        let da = format!("Delvis {upper}: {} af {all} parametre", score.parameters);
        let en = format!("Partial {upper}: {} of {all} parameters", score.parameters);
        lang.pick(Text { da: &da, en: &en }).to_owned()
    } else {
        upper
    };
    ScoreView {
        name,
        score: score.score,
        parameters: score.parameters,
        partial,
        label,
        single_three: score.single_three,
        missing: score.missing.iter().map(ToString::to_string).collect(),
        max_age_hours: score.max_age_hours,
    }
}
