//! A pack as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{Evidence, Texts, Worse};
use crate::plan::Programme;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) pack: Head,
    #[serde(default)]
    pub(super) thresholds: BTreeMap<Spanned<String>, ThresholdEntry>,
    #[serde(default)]
    pub(super) features: BTreeMap<Spanned<String>, FeatureEntry>,
    #[serde(default)]
    pub(super) worsening: BTreeMap<Spanned<String>, WorseningEntry>,
    #[serde(default)]
    pub(super) rules: Vec<Spanned<RuleEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) intended_use: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThresholdEntry {
    pub(super) value: Spanned<f64>,
    pub(super) unit: Spanned<String>,
    pub(super) allowed: Spanned<(f64, f64)>,
    pub(super) feature: Spanned<String>,
    pub(super) pair: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) worse: Worse,
    #[serde(default)]
    pub(super) personal: bool,
    pub(super) evidence: Evidence,
    pub(super) source: Option<String>,
    pub(super) en: String,
    pub(super) da: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeatureEntry {
    pub(super) expression: Spanned<String>,
    pub(super) unit: Spanned<String>,
    pub(super) en: String,
    pub(super) da: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorseningEntry {
    pub(super) expression: Spanned<String>,
    pub(super) weight: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleEntry {
    pub(super) id: Spanned<String>,
    pub(super) problem: String,
    #[serde(default)]
    pub(super) programmes: Vec<Programme>,
    pub(super) needs: Option<Spanned<String>>,
    pub(super) red: Option<Spanned<String>>,
    pub(super) yellow: Option<Spanned<String>>,
    pub(super) blue: Option<Spanned<String>>,
    pub(super) clear: Option<Spanned<String>>,
    pub(super) confirm_minutes: Option<u32>,
    pub(super) persist: Option<Spanned<u8>>,
    #[serde(default)]
    pub(super) status: Status,
    pub(super) reason: Option<String>,
    pub(super) sign_off: SignOff,
    pub(super) evidence: Evidence,
    #[serde(default)]
    pub(super) sources: Vec<String>,
    pub(super) false_alarms: Option<String>,
    pub(super) title: Texts,
    pub(super) explain: Explanations,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Status {
    #[default]
    Active,
    Disabled,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SignOff {
    Needed,
    NoneNeeded,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explanations {
    pub(super) en: Explanation,
    pub(super) da: Explanation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explanation {
    pub(super) red: Option<Spanned<String>>,
    pub(super) yellow: Option<Spanned<String>>,
    pub(super) blue: Option<Spanned<String>>,
    pub(super) not_evaluable: Option<Spanned<String>>,
}
