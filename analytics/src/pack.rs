//! Rule packs: versioned files of rules and thresholds over features.
//!
//! A pack is TOML. Its expressions are SQL over [features](crate::features) and thresholds:
//!
//! ```toml
//! [pack]
//! name = "example"
//! version = "1"
//! intended_use = { en = "An example.", da = "Et eksempel." }
//!
//! [thresholds.weight_gain_red]
//! value = 2.0
//! unit = "kg"                       # of the feature it is compared with
//! feature = "weight_rise"
//! allowed = [0.5, 5.0]              # of personal values; the default lies inside
//! pair = "weight_gain_yellow"       # its yellow partner, which must be less far out
//! worse = "high"                    # or "low"
//! personal = true                   # a plan may set it
//! evidence = "S"                    # S published, C computed, M remembered, P proposal
//! source = "ESC 2021"
//! en = "weight gain in 3 days"
//! da = "vægtøgning på 3 dage"
//!
//! [features.weight_rise]            # made of other features
//! expression = "body_weight_value - body_weight_min_prev_3d"
//! unit = "kg"
//! en = "weight gain in 3 days"
//! da = "vægtøgning på 3 dage"
//!
//! [[rules]]
//! id = "HF-WT-FAST"
//! problem = "heart-failure"
//! programmes = ["heart-failure"]    # empty: everybody
//! needs = "body_weight_days_prev_3d >= 2"
//! red = "weight_rise > weight_gain_red"
//! yellow = "weight_rise > weight_gain_yellow"
//! clear = "weight_rise <= weight_gain_yellow - 0.3"
//! confirm_minutes = 30              # these two are carried out by triage,
//! persist = 1                       # see Rule
//! sign_off = "needed"
//! evidence = "S"
//! title = { en = "Weight gain", da = "Vægtøgning" }
//! [rules.explain.en]
//! red = "Weight up {weight_rise:.1} kg; the limit is {weight_gain_red:g} kg"
//! yellow = "Weight up {weight_rise:.1} kg"
//! [rules.explain.da]
//! red = "Vægten er steget {weight_rise:.1} kg; grænsen er {weight_gain_red:g} kg"
//! yellow = "Vægten er steget {weight_rise:.1} kg"
//! ```
//!
//! A part of a sentence in square brackets is left out where a number in it is missing:
//! `Glucose {glucose_last_24h:.1} mmol/L[, ketones {ketones_last_24h:.1} mmol/L]`.
//!
//! Logic is three-valued (Kleene): a comparison with a feature that has no value is unknown, and
//! `unknown OR true` is true. Where `needs` is not true, or no level is known, a rule is not
//! evaluable. See [`Outcome`](crate::Outcome) and [`screen`](crate::screen).
//!
//! A pack is checked as a whole, and every fault is told with its line.

mod build;
mod check;
mod error;
pub(crate) mod expression;
mod file;
mod graph;
pub(crate) mod hint;
mod plan;
pub(crate) mod template;
#[cfg(test)]
mod tests;
pub(crate) mod units;

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

pub use error::{Fault, PackError, PackErrors};
pub use plan::{PlanFault, PlanProblem};

pub(crate) use build::{Compiled, RulePlan, bit, on_deep_stack};
pub(crate) use graph::{Evidence as EvidenceOf, InputWindow, Made};

use crate::plan::Programme;

/// A checked rule pack, ready to be evaluated. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pack {
    pub(crate) compiled: Arc<Compiled>,
}

/// The same text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// English.
    pub en: String,
    /// Danish.
    pub da: String,
}

/// Where a number or rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// Read in a published source.
    #[serde(rename = "S")]
    Published,
    /// Computed on open data.
    #[serde(rename = "C")]
    Computed,
    /// Remembered, not confirmed.
    #[serde(rename = "M")]
    Remembered,
    /// A proposal of engineers.
    #[serde(rename = "P")]
    Proposal,
}

impl Evidence {
    /// Whether a clinician has to agree before it is used for real.
    pub const fn needs_sign_off(self) -> bool {
        matches!(self, Self::Remembered | Self::Proposal)
    }
}

/// Which way is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Worse {
    /// Higher is worse.
    #[default]
    High,
    /// Lower is worse.
    Low,
}

/// A limit, with what a plan may make of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Threshold {
    /// Its name in expressions and in plans.
    pub name: Arc<str>,
    /// The default.
    pub value: f64,
    /// UCUM code of its unit.
    pub unit: String,
    /// The least and the greatest personal value.
    pub allowed: (f64, f64),
    /// The feature it is compared with.
    pub feature: String,
    /// Its yellow partner, if it is red.
    pub pair: Option<String>,
    /// Which way is worse.
    pub worse: Worse,
    /// Whether a plan may set it.
    pub personal: bool,
    /// Where it comes from.
    pub evidence: Evidence,
    /// The source, in words.
    pub source: Option<String>,
    /// What it limits.
    pub text: Texts,
}

impl Threshold {
    /// The value to use: the personal one where there is one that is allowed.
    pub(crate) fn personal(&self, limit: Option<f64>) -> Option<f64> {
        let (least, greatest) = self.allowed;
        limit.filter(|limit| self.personal && (least..=greatest).contains(limit))
    }
}

/// A rule, as far as others than the engine have to know it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    /// Its id, such as `HF-WT-FAST`.
    pub id: Arc<str>,
    /// What kind of problem it points at.
    pub problem: Arc<str>,
    /// For whom; empty for everybody.
    pub programmes: Vec<Programme>,
    /// Whether it is evaluated.
    pub active: bool,
    /// Why not, if not.
    pub reason: Option<String>,
    /// A first sight on one unconfirmed reading waits so many minutes for a re-measure. Carried out
    /// by triage: the engine has no memory.
    pub confirm_minutes: Option<u32>,
    /// On so many different local days in a row a yellow has to be seen before it counts. Carried
    /// out by triage.
    pub persist: u8,
    /// Whether a clinician has to agree before it is used for real.
    pub needs_sign_off: bool,
    /// Where it comes from.
    pub evidence: Evidence,
    /// The sources, in words.
    pub sources: Vec<String>,
    /// What is known of its false alarms.
    pub false_alarms: Option<String>,
    /// Its name for people.
    pub title: Texts,
    /// What must hold for it to be evaluable.
    pub needs: Option<String>,
    /// When it is red.
    pub red: Option<String>,
    /// When it is yellow.
    pub yellow: Option<String>,
    /// When it is blue.
    pub blue: Option<String>,
    /// When it is over; else holding.
    pub clear: Option<String>,
    /// The features it looks at, by name.
    pub features: Vec<Arc<str>>,
    /// The thresholds it uses, by name.
    pub thresholds: Vec<Arc<str>>,
}

/// A feature that a pack uses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureInfo {
    /// Its name.
    pub name: Arc<str>,
    /// UCUM code of its unit.
    pub unit: String,
    /// What it is.
    pub text: Texts,
    /// What it is made of, if the pack defines it.
    pub expression: Option<String>,
}

impl Pack {
    /// Reads and checks a pack.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its line.
    pub fn parse(text: &str) -> Result<Self, PackErrors> {
        build::build(text).map(|compiled| Self { compiled: Arc::new(compiled) })
    }

    /// The pack that comes with Pulsvagt.
    ///
    /// # Panics
    /// Never: a test parses it.
    #[expect(clippy::panic, reason = "the file is part of the program, and a test parses it")]
    pub fn default_pack() -> &'static Self {
        static PACK: LazyLock<Pack> = LazyLock::new(|| {
            Pack::parse(include_str!("../packs/default.toml"))
                .unwrap_or_else(|errors| panic!("the default pack: {errors}"))
        });
        &PACK
    }

    /// Hash of its text (XXH3, 128 bits), hexadecimal.
    pub fn hash(&self) -> &str {
        &self.compiled.hash
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.compiled.name
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.compiled.version
    }

    /// What it is meant for, and what not.
    pub fn intended_use(&self) -> &Texts {
        &self.compiled.intended_use
    }

    /// All rules in their order, disabled ones too.
    pub fn rules(&self) -> &[Rule] {
        &self.compiled.rules
    }

    /// The rule with this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.compiled.rules.iter().find(|rule| &*rule.id == id)
    }

    /// All thresholds by name.
    pub fn thresholds(&self) -> &[Threshold] {
        &self.compiled.thresholds
    }

    /// The threshold of this name.
    pub fn threshold(&self, name: &str) -> Option<&Threshold> {
        self.compiled.thresholds.iter().find(|threshold| &*threshold.name == name)
    }

    /// The features that its rules use, directly or through others, by name.
    pub fn features(&self) -> &[FeatureInfo] {
        &self.compiled.features
    }
}
