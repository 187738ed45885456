//! The plan that a citizen of a simulation gets: what the simulated home kit really measures.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use pulsvagt_analytics::plan::{Cadence, Programme};
use pulsvagt_analytics::{Plan, Signal};

use crate::simulate;

/// Hours of a day and a week.
const DAY: u16 = 24;
const WEEK: u16 = 7 * DAY;

impl From<simulate::Programme> for Programme {
    fn from(programme: simulate::Programme) -> Self {
        match programme {
            simulate::Programme::Copd => Self::Copd,
            simulate::Programme::HeartFailure => Self::HeartFailure,
            simulate::Programme::Diabetes => Self::Diabetes,
            simulate::Programme::Hypertension => Self::Hypertension,
            simulate::Programme::ElderlyInfection => Self::ElderlyInfection,
            simulate::Programme::Psychiatry => Self::Psychiatry,
        }
    }
}

/// A plan with the measurements that go with the programmes, as often as [`simulate`] makes them.
/// No personal limits: those of the rule pack hold.
pub fn standard(programmes: &BTreeSet<Programme>) -> Plan {
    let has = |programme| programmes.contains(&programme);
    let mut cadence: Vec<Cadence> = Vec::new();
    let mut ask = |signals: &[Signal], every_hours, safety_critical| {
        for &signal in signals {
            match cadence.iter_mut().find(|listed| listed.signal == signal) {
                Some(listed) => {
                    listed.every_hours = listed.every_hours.min(every_hours);
                    listed.safety_critical |= safety_critical;
                }
                None => cadence.push(Cadence { signal, every_hours, from: None, safety_critical }),
            }
        }
    };
    let chest = [Signal::OxygenSaturation, Signal::RespiratoryRate];
    let pressure = [Signal::SystolicBloodPressure, Signal::DiastolicBloodPressure];
    if has(Programme::Copd) {
        ask(&chest, DAY, false);
        ask(&[Signal::Fev1], WEEK, false);
        let answers = [
            Signal::DyspnoeaChange,
            Signal::CoughChange,
            Signal::SputumChange,
            Signal::SputumColour,
        ];
        ask(&answers, DAY, false);
    }
    if has(Programme::HeartFailure) {
        ask(&chest, DAY, false);
        ask(&[Signal::BodyWeight], DAY, true);
        ask(&pressure, DAY, false);
    }
    if has(Programme::Hypertension) {
        // A week of measuring in every four, and 21 days and a night without.
        ask(&pressure, 22 * DAY, false);
    }
    if has(Programme::Diabetes) {
        // Before meals and at bedtime; the longest pause is the night. A sensor measures all the time.
        ask(&[Signal::Glucose], DAY / 2, false);
    }
    if has(Programme::ElderlyInfection) {
        ask(&chest, 3 * DAY, false);
        ask(&[Signal::BodyTemperature], DAY, false);
        ask(&[Signal::CReactiveProtein], 15 * DAY, false);
    }
    if has(Programme::Psychiatry) {
        ask(&[Signal::SelfReportedChange], DAY, false);
        ask(&[Signal::SleepDuration], DAY, false);
    }
    Plan { programmes: programmes.clone(), cadence, ..Plan::default() }
}
