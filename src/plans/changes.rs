//! What is different between two versions of a plan.

use std::collections::{BTreeMap, BTreeSet};

use pulsvagt_analytics::plan::{Cadence, Programme, Spo2Scale};
use pulsvagt_analytics::{Plan, Signal};

/// One thing that is different.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The citizen has joined a programme, or left it.
    Programme {
        /// Which.
        programme: Programme,
        /// Whether it is a programme of the plan after.
        joined: bool,
    },
    /// How often something is measured.
    Cadence {
        /// What.
        signal: Signal,
        /// Before; `None` = it was not to be measured.
        before: Option<Cadence>,
        /// After.
        after: Option<Cadence>,
    },
    /// A personal limit.
    Limit {
        /// The name of the rule pack's threshold.
        name: String,
        /// Before; `None` = the pack's.
        before: Option<f64>,
        /// After.
        after: Option<f64>,
    },
    /// A baseline that a clinician has set.
    Baseline {
        /// Of what.
        signal: Signal,
        /// Before; `None` = the citizen's own.
        before: Option<f64>,
        /// After.
        after: Option<f64>,
    },
    /// The NEWS2 scale of oxygen saturation.
    Spo2Scale {
        /// The one after.
        after: Spo2Scale,
    },
    /// Supplemental oxygen.
    Oxygen {
        /// Whether the citizen has it after.
        after: bool,
    },
}

/// Everything that is different, in the order of a plan's parts.
pub fn changes(before: &Plan, after: &Plan) -> Vec<Change> {
    let mut found = Vec::new();
    for programme in before.programmes.symmetric_difference(&after.programmes) {
        let joined = after.programmes.contains(programme);
        found.push(Change::Programme { programme: *programme, joined });
    }
    let cadence = |plan: &Plan| -> BTreeMap<Signal, Cadence> {
        plan.cadence.iter().map(|it| (it.signal, *it)).collect()
    };
    found.extend(
        differences(&cadence(before), &cadence(after))
            .into_iter()
            .map(|(signal, before, after)| Change::Cadence { signal, before, after }),
    );
    found.extend(
        differences(&before.limits, &after.limits)
            .into_iter()
            .map(|(name, before, after)| Change::Limit { name, before, after }),
    );
    if before.spo2_scale != after.spo2_scale {
        found.push(Change::Spo2Scale { after: after.spo2_scale });
    }
    if before.oxygen != after.oxygen {
        found.push(Change::Oxygen { after: after.oxygen });
    }
    found.extend(
        differences(&before.baselines, &after.baselines)
            .into_iter()
            .map(|(signal, before, after)| Change::Baseline { signal, before, after }),
    );
    found
}

fn differences<K: Ord + Clone, V: PartialEq + Clone>(
    before: &BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
) -> Vec<(K, Option<V>, Option<V>)> {
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    let differs = |key: &K| {
        let (old, new) = (before.get(key), after.get(key));
        (old != new).then(|| (key.clone(), old.cloned(), new.cloned()))
    };
    keys.into_iter().filter_map(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_plan_is_compared() {
        let cadence = |every_hours| Cadence {
            signal: Signal::BodyWeight,
            every_hours,
            from: None,
            safety_critical: false,
        };
        let before = Plan {
            programmes: [Programme::Copd, Programme::Diabetes].into(),
            cadence: vec![cadence(24)],
            limits: [("heavy".to_owned(), 90.0), ("stout".to_owned(), 80.0)].into(),
            baselines: [(Signal::BodyWeight, 78.0)].into(),
            ..Plan::default()
        };
        let after = Plan {
            programmes: [Programme::Copd, Programme::HeartFailure].into(),
            cadence: vec![cadence(48)],
            limits: [("heavy".to_owned(), 85.5), ("stout".to_owned(), 80.0)].into(),
            spo2_scale: Spo2Scale::Two,
            oxygen: true,
            baselines: BTreeMap::new(),
        };
        let (heavy, signal) = ("heavy".to_owned(), Signal::BodyWeight);
        assert_eq!(
            changes(&before, &after),
            [
                Change::Programme { programme: Programme::HeartFailure, joined: true },
                Change::Programme { programme: Programme::Diabetes, joined: false },
                Change::Cadence { signal, before: Some(cadence(24)), after: Some(cadence(48)) },
                Change::Limit { name: heavy, before: Some(90.0), after: Some(85.5) },
                Change::Spo2Scale { after: Spo2Scale::Two },
                Change::Oxygen { after: true },
                Change::Baseline { signal, before: Some(78.0), after: None },
            ]
        );
        assert!(changes(&after, &after).is_empty());
        let none = changes(&Plan::default(), &before);
        assert!(none.contains(&Change::Cadence { signal, before: None, after: Some(cadence(24)) }));
    }
}
