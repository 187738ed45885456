//! What is told of an alert beside its head: the rules' parts, its log, what was kept out of it.

use pulsvagt_analytics::{Pack, Verdict};
use serde::Serialize;
use utoipa::ToSchema;

use super::MOST;
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::http::api::view::{Named, RuleView, Shown, handed_to, iso_day, missing};
use crate::projection::words;
use crate::store::alerts::{Suppression, SuppressionFilter};
use crate::store::screenings::StoredFinding;
use crate::store::{Sight, Store, StoreError};
use crate::triage::{Alert, Event};

/// A rule's part in an alert.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct FindingView {
    rule: RuleView,
    /// What it says now; green when it is over.
    level: &'static str,
    /// The worst it has said in this alert.
    worst: &'static str,
    /// Why, in a sentence.
    why: String,
    /// When its first evidence was taken.
    #[schema(format = DateTime)]
    first_at: String,
    /// When its newest evidence was taken, for or against it.
    #[schema(format = DateTime)]
    last_at: String,
    /// How often it fired on newer evidence or at another level.
    count: u32,
    /// Whether it rests on there being no reading.
    from_silence: bool,
    /// Until when a second reading is awaited; left out where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    unconfirmed_until: Option<String>,
    /// What it rested on when it last fired; left out where that is not kept any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
}

/// What a verdict rests on.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct Evidence {
    /// The numbers that were looked at.
    pub(in crate::http::api) features: Vec<Number>,
    /// The limits, the citizen's own in place of the pack's.
    pub(in crate::http::api) limits: Vec<Number>,
    /// What there was no value for.
    pub(in crate::http::api) missing: Vec<Named>,
    /// The daily summaries behind it.
    pub(in crate::http::api) inputs: Vec<Input>,
}

/// A number with its name and unit.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::http::api) struct Number {
    /// Its name in the rule pack.
    pub(in crate::http::api) name: String,
    /// What it is.
    pub(in crate::http::api) text: String,
    pub(in crate::http::api) value: f64,
    /// UCUM code of its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http::api) unit: Option<String>,
}

/// A day of a signal.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::http::api) struct Input {
    pub(in crate::http::api) signal: &'static str,
    /// The local day.
    #[schema(format = Date)]
    pub(in crate::http::api) day: String,
    /// Tells whether the same readings in the same versions were summarised; hexadecimal.
    pub(in crate::http::api) digest: String,
}

impl Evidence {
    /// What a verdict rests on.
    pub(in crate::http::api) fn new(verdict: &Verdict, pack: &Pack, lang: Lang) -> Self {
        let feature = |name: &str| pack.features().iter().find(|known| &*known.name == name);
        let features = verdict.features.iter().map(|(name, value)| {
            let known = feature(name);
            Number {
                name: name.to_string(),
                text: known.map_or_else(|| name.to_string(), |known| lang.of_pack(&known.text)),
                value: *value,
                unit: known.map(|known| known.unit.clone()),
            }
        });
        let limits = verdict.thresholds.iter().map(|(name, value)| {
            let known = pack.threshold(name);
            Number {
                name: name.to_string(),
                text: known.map_or_else(|| name.to_string(), |known| lang.of_pack(&known.text)),
                value: *value,
                unit: known.map(|known| known.unit.clone()),
            }
        });
        let inputs = verdict.inputs.iter().map(|input| Input {
            signal: input.signal.name(),
            day: iso_day(input.day),
            digest: format!("{:016x}", input.digest),
        });
        Self {
            features: features.collect(),
            limits: limits.collect(),
            missing: missing(pack, &verdict.missing, lang),
            inputs: inputs.collect(),
        }
    }
}

/// The rules' parts with what each rested on.
pub(super) fn findings(
    shown: &Shown<'_>,
    evidence: &[StoredFinding],
) -> Result<Vec<FindingView>, Problem> {
    shown
        .alert
        .findings
        .iter()
        .map(|finding| {
            // Newest first; what came later than the alert's part belongs to a later version.
            let verdict = evidence
                .iter()
                .find(|stored| {
                    !stored.shadow && stored.rule == finding.rule && stored.as_of <= finding.as_of
                })
                .map(|stored| serde_json::from_str::<Verdict>(&stored.body))
                .transpose()
                .map_err(|error| Problem::from(StoreError::damaged("finding", error)))?;
            Ok(FindingView {
                rule: shown.rule(&finding.rule, &finding.pack),
                level: finding.level.as_str(),
                worst: finding.worst.as_str(),
                why: shown.why(finding),
                first_at: finding.first_at.to_string(),
                last_at: finding.last_at.to_string(),
                count: finding.count,
                from_silence: finding.from_silence,
                unconfirmed_until: finding.unconfirmed.map(|waits| waits.until.to_string()),
                evidence: verdict
                    .filter(|_| !shown.withholds(finding))
                    .map(|verdict| Evidence::new(&verdict, shown.pack, shown.lang)),
            })
        })
        .collect()
}

/// Something that happened to an alert.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct EventView {
    /// The alert's version after it.
    version: u32,
    #[schema(format = DateTime)]
    at: String,
    /// Who; left out where the machine did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// What.
    #[schema(example = "claim")]
    verb: &'static str,
    /// The state before.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'static str>,
    /// The state after.
    to: &'static str,
    /// The level before.
    level_before: &'static str,
    /// The level after.
    level: &'static str,
    /// What somebody wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// To whom it was handed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    handed_to: Option<String>,
    /// Until when it was claimed or put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    until: Option<String>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// The rules that said something.
    rules: Vec<String>,
}

impl EventView {
    pub(super) fn new(event: &Event) -> Self {
        Self {
            version: event.version,
            at: event.at.to_string(),
            by: event.by.as_ref().map(|by| by.id.clone()),
            verb: event.verb.as_str(),
            from: event.from.map(crate::triage::State::as_str),
            to: event.to.as_str(),
            level_before: event.level_before.as_str(),
            level: event.level.as_str(),
            text: event.text.clone(),
            handed_to: event.to_whom.as_ref().map(|to| handed_to(to).to_owned()),
            until: event.until.map(|until| until.to_string()),
            outcome: event.outcome.map(crate::triage::CloseOutcome::as_str),
            rules: event.seen.iter().map(|seen| seen.rule.clone()).collect(),
        }
    }
}

/// A finding that raised nothing, and why.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Suppression)]
pub(in crate::http::api) struct SuppressionView {
    /// Its number; the newest has the greatest.
    id: i64,
    /// Logical id of the citizen.
    citizen: String,
    problem: Named,
    rule: String,
    level: &'static str,
    /// Why it raised nothing.
    #[schema(example = "quiet-after-closing")]
    reason: &'static str,
    #[schema(format = DateTime)]
    evidence_at: String,
    /// Until when the reason holds, where time alone ends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    until: Option<String>,
    /// The open alert that it would have gone into, or the closed one it was measured against.
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<String>,
    #[schema(format = DateTime)]
    first_at: String,
    #[schema(format = DateTime)]
    last_at: String,
    times: u32,
}

impl SuppressionView {
    /// What is shown of it.
    pub(in crate::http::api) fn new(kept: &Suppression, lang: Lang) -> Self {
        Self {
            id: kept.id,
            citizen: kept.citizen_id.clone(),
            problem: Named::new(kept.problem.as_str(), lang.pick(words::problem(&kept.problem))),
            rule: kept.rule.clone(),
            level: kept.level.as_str(),
            reason: kept.reason.as_str(),
            evidence_at: kept.evidence_at.to_string(),
            until: kept.until.map(|until| until.to_string()),
            alert: kept.alert.map(|alert| alert.to_string()),
            first_at: kept.first_at.to_string(),
            last_at: kept.last_at.to_string(),
            times: kept.times,
        }
    }
}

/// What was kept out of an alert, or measured against it.
pub(super) async fn suppressions(
    store: &Store,
    alert: &Alert,
) -> Result<Vec<Suppression>, StoreError> {
    let filter = SuppressionFilter { citizen: Some(alert.citizen), ..SuppressionFilter::default() };
    // Whoever may see the alert may see what was measured against it.
    let all = Sight::everybody();
    let mut kept = store.suppressions(&all, &filter, None, MOST).await?.suppressions;
    kept.retain(|kept| kept.alert == Some(alert.id));
    Ok(kept)
}
