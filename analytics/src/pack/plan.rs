//! Whether a citizen's plan goes with a pack.

use std::collections::BTreeSet;

use super::{Pack, check};
use crate::Signal;
use crate::plan::Plan;

/// Something in a plan that cannot be, or that the pack does not allow.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{path}: {fault}")]
pub struct PlanProblem {
    /// Where in the plan's JSON: `limits.weight_gain_red`, `cadence[1].everyHours`.
    pub path: String,
    /// What is wrong.
    pub fault: PlanFault,
}

/// Kinds of problems.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanFault {
    /// The pack has no threshold of this name.
    #[error("no such limit{}", .hint.as_deref().map_or_else(String::new, |it| format!("; did you mean `{it}`?")))]
    UnknownLimit {
        /// A known name that is much like it.
        hint: Option<String>,
    },
    /// The pack does not let plans set this threshold.
    #[error("this limit is the same for everybody")]
    NotPersonal,
    /// Outside what the pack allows.
    #[error("{value} {unit} lies outside {least} to {greatest} {unit}")]
    OutOfRange {
        /// The value.
        value: f64,
        /// The least that is allowed.
        least: f64,
        /// The greatest that is allowed.
        greatest: f64,
        /// UCUM code of the unit.
        unit: String,
    },
    /// Red would be met before yellow.
    #[error("red at {red} is less far out than yellow at {yellow} (`{pair}`)")]
    Contradiction {
        /// The red limit.
        red: f64,
        /// The yellow one.
        yellow: f64,
        /// Name of the yellow one.
        pair: String,
    },
    /// Not a number of hours between measurements.
    #[error("{hours} hours; allowed are 1 to 744")]
    Cadence {
        /// The hours.
        hours: u16,
    },
    /// Twice a cadence for one signal.
    #[error("`{}` has a cadence already", .signal.name())]
    CadenceTwice {
        /// The signal.
        signal: Signal,
    },
    /// No plausible value of the signal.
    #[error("{value} {} is not plausible (from {least} to {greatest})", .signal.unit())]
    Baseline {
        /// The signal.
        signal: Signal,
        /// The value.
        value: f64,
        /// The least plausible.
        least: f64,
        /// The greatest plausible.
        greatest: f64,
    },
}

/// Hours between two measurements, at most: 31 days.
const MAX_HOURS: u16 = 744;

impl Pack {
    /// What is wrong with a plan; empty if nothing is.
    pub fn check_plan(&self, plan: &Plan) -> Vec<PlanProblem> {
        let mut problems = Vec::new();
        let mut tell = |path: String, fault| problems.push(PlanProblem { path, fault });
        for (name, value) in &plan.limits {
            let path = format!("limits.{name}");
            if let Some(fault) = self.limit(name, *value) {
                tell(path, fault);
            }
        }
        for red in self.thresholds() {
            let Some(pair) = red.pair.as_deref() else { continue };
            let Some(yellow) = self.threshold(pair) else { continue };
            let value = |name: &str, default| plan.limits.get(name).copied().unwrap_or(default);
            let (red_at, yellow_at) = (value(&red.name, red.value), value(pair, yellow.value));
            if check::is_less_far(red.worse, red_at, yellow_at) {
                // Told of the one that was set; of the red one if both were.
                let set = if plan.limits.contains_key(&*red.name) { &*red.name } else { pair };
                let fault = PlanFault::Contradiction {
                    red: red_at,
                    yellow: yellow_at,
                    pair: pair.to_owned(),
                };
                tell(format!("limits.{set}"), fault);
            }
        }
        let mut signals = BTreeSet::new();
        for (index, cadence) in plan.cadence.iter().enumerate() {
            let (hours, signal) = (cadence.every_hours, cadence.signal);
            if !(1..=MAX_HOURS).contains(&hours) {
                tell(format!("cadence[{index}].everyHours"), PlanFault::Cadence { hours });
            }
            if !signals.insert(signal) {
                tell(format!("cadence[{index}].signal"), PlanFault::CadenceTwice { signal });
            }
        }
        for (signal, value) in &plan.baselines {
            let (least, greatest) = plausible(*signal);
            if !(least..=greatest).contains(value) {
                let (signal, value) = (*signal, *value);
                let fault = PlanFault::Baseline { signal, value, least, greatest };
                tell(format!("baselines.{}", signal.name()), fault);
            }
        }
        problems
    }

    fn limit(&self, name: &str, value: f64) -> Option<PlanFault> {
        let Some(threshold) = self.threshold(name) else {
            let known = self.thresholds().iter().filter(|it| it.personal).map(|it| &*it.name);
            return Some(PlanFault::UnknownLimit { hint: super::hint::nearest(name, known) });
        };
        let (least, greatest) = threshold.allowed;
        if !threshold.personal {
            return Some(PlanFault::NotPersonal);
        }
        let unit = threshold.unit.clone();
        let is_allowed = (least..=greatest).contains(&value);
        (!is_allowed).then_some(PlanFault::OutOfRange { value, least, greatest, unit })
    }
}

/// What a baseline can be, in the signal's unit: the ranges outside of which readings are refused
/// \[P\].
const fn plausible(signal: Signal) -> (f64, f64) {
    match signal {
        Signal::HeartRate | Signal::RestingHeartRate => (20.0, 250.0),
        Signal::RespiratoryRate => (4.0, 60.0),
        Signal::OxygenSaturation => (50.0, 100.0),
        Signal::BodyTemperature => (30.0, 43.0),
        Signal::BodyWeight => (25.0, 300.0),
        Signal::SystolicBloodPressure => (50.0, 280.0),
        Signal::DiastolicBloodPressure => (20.0, 180.0),
        Signal::Steps => (0.0, 100_000.0),
        Signal::SleepDuration => (0.0, 24.0),
        Signal::Fev1 => (0.1, 10.0),
        Signal::Glucose => (0.6, 33.3),
        Signal::Ketones => (0.0, 10.0),
        Signal::CReactiveProtein => (0.0, 500.0),
        Signal::Consciousness => (0.0, 3.0),
        Signal::DyspnoeaChange
        | Signal::CoughChange
        | Signal::SputumChange
        | Signal::SelfReportedChange => (0.0, 2.0),
        Signal::SputumColour
        | Signal::IrregularRhythmNotice
        | Signal::Fall
        | Signal::NewConfusion
        | Signal::AlarmSymptom => (0.0, 1.0),
    }
}
