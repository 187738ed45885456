//! Controls who are like those who were treated.

use serde::Serialize;

use crate::evaluation::length;
use crate::statistics::glm::{self, Design, Errors, Family};
use crate::statistics::{Refusal, logit};

/// Somebody who was treated, or might be a control.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Who.
    pub id: u64,
    /// Whether they had what is tried.
    pub treated: bool,
    /// What is known of them before the start, in the order of the names.
    pub covariates: Vec<f64>,
}

/// How alike the groups are in one covariate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Balance {
    /// Which.
    pub covariate: String,
    /// Standardised difference of all treated and all candidates.
    pub before: f64,
    /// The same of those who were matched, by the same deviation; 0.1 at most is balanced (Austin 2009).
    pub after: f64,
}

/// Pairs, and how alike they made the groups.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match {
    /// Treated and control.
    pub pairs: Vec<(u64, u64)>,
    /// Treated for whom there was nobody alike; the effect is not theirs.
    pub unmatched: Vec<u64>,
    /// Of each covariate.
    pub balance: Vec<Balance>,
    /// Whether all are within 0.1.
    pub balanced: bool,
}

/// The caliper: so many standard deviations of the log-odds (Austin 2011).
const CALIPER: f64 = 0.2;
/// A standardised difference up to here is balanced.
pub const BALANCED: f64 = 0.1;

/// Matches each treated with the control nearest by the log-odds of being treated (a logistic model
/// of the covariates), within a caliper of 0.2 standard deviations, each control once (Rosenbaum and
/// Rubin 1985). Those whose log-odds are highest choose first, for they have the fewest to choose from;
/// ties go to the lower id.
///
/// # Errors
/// Without treated or candidates; if covariates tell every treated from every candidate, for then
/// nobody is alike; if nobody lies within the caliper.
pub fn match_controls(names: &[&str], all: &[Candidate]) -> Result<Match, Refusal> {
    let design = Design {
        names: std::iter::once("constant")
            .chain(names.iter().copied())
            .map(str::to_owned)
            .collect(),
        rows: all
            .iter()
            .map(|it| std::iter::once(1.0).chain(it.covariates.iter().copied()).collect())
            .collect(),
        outcome: all.iter().map(|it| f64::from(u8::from(it.treated))).collect(),
        ..Design::default()
    };
    match all.iter().filter(|it| it.treated).count() {
        _ if all.is_empty() => return Err(Refusal::Empty),
        0 => return Err(Refusal::TooFew { what: "treated", found: 0, needed: 1 }),
        treated if treated == all.len() => {
            return Err(Refusal::TooFew { what: "controls", found: 0, needed: 1 });
        }
        _ => {}
    }
    let fit = glm::fit(&design, Family::Binomial, Errors::Model)?;
    let scores: Vec<f64> = fit.fitted.iter().map(|probability| logit(*probability)).collect();
    let caliper = CALIPER * deviation(&scores);

    let order =
        |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]).then(all[*a].id.cmp(&all[*b].id));
    let mut treated: Vec<usize> = (0..all.len()).filter(|at| all[*at].treated).collect();
    treated.sort_by(order);
    let mut free: Vec<usize> = (0..all.len()).filter(|at| !all[*at].treated).collect();
    let (mut pairs, mut unmatched) = (Vec::new(), Vec::new());
    for at in &treated {
        let distance = |other: usize| (scores[other] - scores[*at]).abs();
        let nearest = (0..free.len()).min_by(|a, b| {
            let (a, b) = (free[*a], free[*b]);
            distance(a).total_cmp(&distance(b)).then(all[a].id.cmp(&all[b].id))
        });
        match nearest.filter(|place| distance(free[*place]) <= caliper) {
            Some(place) => pairs.push((*at, free.swap_remove(place))),
            None => unmatched.push(all[*at].id),
        }
    }
    if pairs.is_empty() {
        return Err(Refusal::TooFew { what: "matched pairs", found: 0, needed: 1 });
    }
    let balance: Vec<Balance> = names
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let of = |rows: &[usize]| -> Vec<f64> {
                rows.iter().map(|at| all[*at].covariates[column]).collect()
            };
            let controls: Vec<usize> = (0..all.len()).filter(|at| !all[*at].treated).collect();
            let (own, others) = (of(&treated), of(&controls));
            let spread = f64::midpoint(deviation(&own).powi(2), deviation(&others).powi(2)).sqrt();
            let difference = |a: &[f64], b: &[f64]| {
                let off = mean(a) - mean(b);
                if spread > 0.0 { off / spread } else { 0.0 }
            };
            let (first, second): (Vec<usize>, Vec<usize>) = pairs.iter().copied().unzip();
            Balance {
                covariate: (*name).to_owned(),
                before: difference(&own, &others),
                after: difference(&of(&first), &of(&second)),
            }
        })
        .collect();
    Ok(Match {
        pairs: pairs.into_iter().map(|(a, b)| (all[a].id, all[b].id)).collect(),
        unmatched,
        balanced: balance.iter().all(|it| it.after.abs() <= BALANCED),
        balance,
    })
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / length(of.len().max(1))
}

fn deviation(of: &[f64]) -> f64 {
    let mean = mean(of);
    let squares: f64 = of.iter().map(|it| (it - mean) * (it - mean)).sum();
    (squares / length(of.len().saturating_sub(1).max(1))).sqrt()
}
