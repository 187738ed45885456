//! What acting on a score would bring: benefit, alerts, and how many have to be looked at.

use serde::Serialize;

use super::discrimination::{descending, ties};
use super::{Refusal, both};
use crate::evaluation::{Proportion, Scored, length};

/// Net benefit of acting from a threshold on (Vickers and Elkin 2006).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NetBenefit {
    /// The probability from which on one acts: how many false alarms a found case is worth.
    pub threshold: f64,
    /// TP/n − FP/n · t/(1 − t).
    pub model: f64,
    /// The same if one acts on everybody. Acting on nobody has 0.
    pub everybody: f64,
}

/// Net benefit at a threshold.
///
/// # Errors
/// Without cases or controls, or for a threshold that is not between 0 and 1.
pub fn net_benefit(units: &[Scored], threshold: f64) -> Result<NetBenefit, Refusal> {
    let (cases, controls) = both(units)?;
    if !(threshold > 0.0 && threshold < 1.0) {
        return Err(Refusal::Range("the threshold of net benefit lies between 0 and 1"));
    }
    let acted = |case: bool| {
        let of = units.iter().filter(|unit| unit.score >= threshold && unit.case == case);
        length(of.count())
    };
    let (all, odds) = (length(units.len()), threshold / (1.0 - threshold));
    Ok(NetBenefit {
        threshold,
        model: acted(true) / all - acted(false) / all * odds,
        everybody: length(cases) / all - length(controls) / all * odds,
    })
}

/// What a team would see that looks at so many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtBudget {
    /// The share that may be flagged.
    pub budget: f64,
    /// The lowest score that is flagged; `None` where the highest scores tie beyond the budget.
    pub threshold: Option<f64>,
    /// Who is flagged; never more than the budget allows.
    pub flagged: Proportion,
    /// Cases that are flagged.
    pub sensitivity: Proportion,
    /// Flagged who are cases: the positive predictive value.
    pub ppv: Proportion,
    /// How many are looked at for each case found: 1 / PPV.
    pub nne: Option<f64>,
}

/// Flags the highest scores, as many as the budget (a share of the units) allows. Those who tie are
/// flagged together or not at all.
///
/// # Errors
/// Without cases or controls, or for a budget that is not a share.
pub fn at_budget(units: &[Scored], budget: f64) -> Result<AtBudget, Refusal> {
    let (cases, _) = both(units)?;
    if !(0.0..=1.0).contains(&budget) {
        return Err(Refusal::Range("the budget is a share from 0 to 1"));
    }
    let (mut flagged, mut found, mut threshold) = (0, 0, None);
    for tied in ties(&descending(units)) {
        if length(flagged + tied.len()) > budget * length(units.len()) + 1e-9 {
            break;
        }
        flagged += tied.len();
        found += tied.iter().filter(|unit| unit.case).count();
        threshold = tied.first().map(|unit| unit.score);
    }
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let ppv = Proportion::new(count(found), count(flagged));
    Ok(AtBudget {
        budget,
        threshold,
        flagged: Proportion::new(count(flagged), count(units.len())),
        sensitivity: Proportion::new(count(found), count(cases)),
        ppv,
        nne: ppv.share.filter(|share| *share > 0.0).map(|share| 1.0 / share),
    })
}
