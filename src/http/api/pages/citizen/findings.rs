//! What the scores and the rules say.

use pulsvagt_analytics::screening::EarlyWarning;
use pulsvagt_analytics::{Language, Outcome, Pack, Screening, Signal};

use crate::clock::Micros;
use crate::http::api::alerts::Evidence;
use crate::http::api::language::Lang;
use crate::http::api::pages::signal_name;
use crate::http::api::view::missing;
use crate::http::web::model::{Finding, Number, Rule, Score};
use crate::projection::words;

/// The scores that could be computed.
pub(super) fn scores(screening: &Screening, language: Language) -> Vec<Score> {
    let score = |name, warning: &EarlyWarning| Score {
        name,
        score: warning.score,
        parameters: warning.parameters,
        single_three: warning.single_three,
        missing: warning.missing.iter().map(|name| parameter(name, language)).collect(),
        hours: warning.max_age_hours,
    };
    let scores = [("NEWS2", &screening.scores.news2), ("TOBS", &screening.scores.tobs)];
    scores.into_iter().filter_map(|(name, of)| Some(score(name, of.as_ref()?))).collect()
}

/// What a parameter of a score is called.
fn parameter(name: &str, language: Language) -> String {
    Signal::from_name(name).map_or_else(|| name.to_owned(), |it| signal_name(it, language))
}

/// Every rule but those that are not for the citizen, the most serious first.
pub(super) fn findings(screening: &Screening, pack: &Pack, language: Language) -> Vec<Finding> {
    let lang = Lang(language);
    let mut findings: Vec<Finding> = screening
        .verdicts
        .iter()
        .filter(|verdict| verdict.outcome != Outcome::NotApplicable)
        .map(|verdict| {
            let evidence = Evidence::new(verdict, pack, lang);
            let known = pack.rule(&verdict.rule);
            let number = |number: crate::http::api::alerts::EvidenceNumber| Number {
                text: number.text,
                value: number.value,
                unit: number.unit.unwrap_or_default(),
            };
            Finding {
                rule: Rule {
                    id: verdict.rule.to_string(),
                    title: pack.title(&verdict.rule, language),
                    pack: Some(format!("{} {}", pack.name(), pack.version())),
                    unsigned: known.map(|rule| rule.needs_sign_off),
                },
                problem: lang.pick(words::problem(&verdict.problem)).to_owned(),
                outcome: verdict.outcome,
                why: pack.explain(verdict, language),
                at: verdict.evidence_at.map(Micros),
                numbers: evidence.features.into_iter().map(number).collect(),
                limits: evidence.limits.into_iter().map(number).collect(),
                missing: missing(pack, &verdict.missing, lang)
                    .into_iter()
                    .map(|named| named.text)
                    .collect(),
            }
        })
        .collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.outcome));
    findings
}
