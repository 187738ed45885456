//! What is told first of an alert: the finding, and the number with its limit.

use pulsvagt_analytics::pack::Worse;
use pulsvagt_analytics::{Pack, Signal, Verdict};
use serde::Serialize;
use utoipa::ToSchema;

use super::Named;
use crate::clock::Micros;
use crate::http::api::language::Lang;
use crate::triage::{Alert, AlertFinding, Level};

/// A number with the limit that it was compared with.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct Measured {
    /// What it is.
    pub(in crate::http::api) feature: Named,
    /// The number.
    pub(in crate::http::api) value: f64,
    /// UCUM code of its unit.
    #[schema(example = "kg")]
    pub(in crate::http::api) unit: String,
    /// The limit, in the same unit.
    pub(in crate::http::api) limit: f64,
    /// Which limit that is, as plans name it.
    pub(in crate::http::api) limit_name: String,
    /// Whether the citizen has a limit of their own.
    pub(in crate::http::api) personal: bool,
    /// When the newest reading behind the number was taken; it may be newer than the sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub(in crate::http::api) at: Option<String>,
}

/// The most serious finding that counts, the newest of them; where none counts, the newest of those
/// that may yet be confirmed, or that are over.
pub(super) fn finding(alert: &Alert) -> Option<&AlertFinding> {
    alert
        .findings
        .iter()
        .max_by_key(|finding| (finding.counts_as(), finding.level, finding.last_at))
}

/// The number that says most about a verdict: one that is beyond its limit, of the alert's level if
/// there is one.
pub(in crate::http::api) fn measured(
    pack: &Pack,
    verdict: &Verdict,
    level: Level,
    lang: Lang,
) -> Option<Measured> {
    let candidates = verdict.thresholds.iter().filter_map(|(name, limit)| {
        let threshold = pack.threshold(name)?;
        let (_, value) =
            verdict.features.iter().find(|(feature, _)| **feature == *threshold.feature)?;
        let beyond = match threshold.worse {
            Worse::High => value >= limit,
            Worse::Low => value <= limit,
        };
        let is_yellow =
            pack.thresholds().iter().any(|other| other.pair.as_deref() == Some(&**name));
        let fits = is_yellow == (level == Level::Yellow);
        Some(((beyond, fits), threshold, *value, *limit))
    });
    // The first of those that say most.
    let (_, threshold, value, limit) =
        candidates.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    let feature = pack.features().iter().find(|feature| *feature.name == *threshold.feature);
    let text = feature.map_or_else(|| threshold.feature.clone(), |it| lang.of_pack(&it.text));
    Some(Measured {
        feature: Named::new(threshold.feature.as_str(), text),
        value,
        unit: threshold.unit.clone(),
        limit,
        limit_name: threshold.name.to_string(),
        personal: limit.total_cmp(&threshold.value).is_ne(),
        at: verdict.evidence_at.map(|at| Micros(at).to_string()),
    })
}

/// The signal that a feature is of, by its name.
pub(in crate::http::api) fn signal_of(feature: &str) -> Option<Signal> {
    if feature.starts_with("night_heart_rate_") {
        return Some(Signal::HeartRate);
    }
    let of = |signal: &&Signal| {
        feature.strip_prefix(signal.name()).is_some_and(|rest| rest.starts_with('_'))
    };
    Signal::ALL.iter().filter(of).max_by_key(|signal| signal.name().len()).copied()
}
