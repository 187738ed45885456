//! One alert at one version, with what is told of it.

use std::collections::{BTreeMap, BTreeSet};

use pulsvagt_analytics::{Pack, Screening};

use crate::triage::{Alert, AlertFinding, Event, Level, Verb};

/// An alert, how it came to be so, and the screening that made this version, if one did.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// Everything that happened to it, oldest first.
    pub events: &'a [Event],
    /// The version of it that was told of last; 0 = none.
    pub told: u32,
    /// The citizen's logical id.
    pub citizen: &'a str,
    /// The screening that made this version; `None` where a person or the clock did.
    pub screening: Option<&'a Screening>,
    /// The readings that each rule rests on: `Observation/…`, newest first.
    pub readings: &'a BTreeMap<String, Vec<String>>,
    /// The rules in force.
    pub pack: &'a PackFacts,
}

/// What is told of a rule pack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Hash of its content.
    pub hash: String,
    /// The rules that a clinician has still to sign.
    pub unsigned: BTreeSet<String>,
}

impl From<&Pack> for PackFacts {
    fn from(pack: &Pack) -> Self {
        let unsigned = pack.rules().iter().filter(|rule| rule.needs_sign_off);
        Self {
            name: pack.name().to_owned(),
            version: pack.version().to_owned(),
            hash: pack.hash().to_owned(),
            unsigned: unsigned.map(|rule| rule.id.to_string()).collect(),
        }
    }
}

impl<'a> Case<'a> {
    /// The alert's id.
    pub(super) fn id(&self) -> String {
        self.alert.id.to_string()
    }

    /// The last change of level.
    pub(super) fn level_change(&self) -> Option<&'a Event> {
        self.events.iter().rev().find(|event| is_level_change(event))
    }

    /// The last change of level that was told of.
    pub(super) fn told_level_change(&self) -> Option<&'a Event> {
        let told = |event: &&Event| event.version <= self.told;
        self.events.iter().rev().filter(told).find(|event| is_level_change(event))
    }

    /// The id of the impression of the last change of level.
    pub(super) fn impression(&self) -> Option<String> {
        let change = self.level_change()?;
        Some(super::clinical_impression::id(&self.id(), change.version))
    }

    /// The findings that are not over, the most serious first, then as they came.
    pub(super) fn findings(&self) -> Vec<&'a AlertFinding> {
        let mut findings: Vec<_> =
            self.alert.findings.iter().filter(|finding| finding.level > Level::Green).collect();
        findings.sort_by_key(|finding| finding.level.rank());
        findings
    }

    /// What is to be told first: the most serious finding, or the last one that is over.
    pub(super) fn leading(&self) -> Option<&'a AlertFinding> {
        let over = self.alert.findings.iter().max_by_key(|finding| finding.last_at);
        self.findings().first().copied().or(over)
    }

    /// Whether a clinician has still to sign one of its rules.
    pub(super) fn is_unsigned(&self) -> bool {
        self.alert.findings.iter().any(|finding| self.pack.unsigned.contains(&finding.rule))
    }

    /// The readings behind a rule.
    pub(super) fn readings_of(&self, rule: &str) -> &'a [String] {
        self.readings.get(rule).map_or(&[], Vec::as_slice)
    }

    /// Whether the trouble is that measurements stay away or cannot be used.
    pub(super) fn is_technical(&self) -> bool {
        super::words::is_technical(&self.alert.problem)
            || (!self.alert.findings.is_empty()
                && self.alert.findings.iter().all(|finding| finding.worst == Level::Blue))
    }

    /// Whether the trouble is that nothing comes in.
    pub(super) fn is_silence(&self) -> bool {
        !self.alert.findings.is_empty()
            && self.alert.findings.iter().all(|finding| finding.from_silence)
    }
}

fn is_level_change(event: &Event) -> bool {
    matches!(event.verb, Verb::Raise | Verb::Reopen) || event.level != event.level_before
}
