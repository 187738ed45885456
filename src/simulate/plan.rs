//! The plan of a simulated citizen: what the devices of each programme are to measure, and how
//! often.

use pulsvagt_analytics::plan::{self, Cadence};
use pulsvagt_analytics::{Plan, Signal};

use super::{Citizen, Programme};

/// What is agreed with a simulated citizen: the programmes, the cadence at which the simulation
/// measures, and no personal limits.
pub fn plan(citizen: &Citizen) -> Plan {
    let mut plan = Plan::default();
    for programme in &citizen.programmes {
        let (programme, measured) = agreed(*programme);
        plan.programmes.insert(programme);
        for (signal, every_hours) in measured {
            if plan.cadence.iter().all(|cadence| cadence.signal != *signal) {
                let (signal, every_hours) = (*signal, *every_hours);
                let cadence = Cadence { signal, every_hours, from: None, safety_critical: false };
                plan.cadence.push(cadence);
            }
        }
    }
    plan
}

/// The watch is worn as people like, so nothing is expected of it.
fn agreed(programme: Programme) -> (plan::Programme, &'static [(Signal, u16)]) {
    const DAY: u16 = 24;
    match programme {
        Programme::Copd => (plan::Programme::Copd, &[(Signal::OxygenSaturation, DAY)]),
        Programme::HeartFailure => (plan::Programme::HeartFailure, &[(Signal::BodyWeight, DAY)]),
        Programme::Diabetes => (plan::Programme::Diabetes, &[(Signal::Glucose, DAY)]),
        // One week in four.
        Programme::Hypertension => {
            (plan::Programme::Hypertension, &[(Signal::SystolicBloodPressure, 28 * DAY)])
        }
        Programme::ElderlyInfection => {
            (plan::Programme::ElderlyInfection, &[(Signal::BodyTemperature, DAY)])
        }
        Programme::Psychiatry => (plan::Programme::Psychiatry, &[]),
    }
}
