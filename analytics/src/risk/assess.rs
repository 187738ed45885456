//! How good probabilities are, beside the baselines that they have to beat.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::model::{ModelError, Penalty};
use super::split::{Split, validate};
use super::table::{Row, Table};
use crate::evaluation::{Area, Interval, Proportion, Quantiles, area, length};
use crate::statistics::bootstrap::{Estimate, clustered};
use crate::statistics::{
    AtBudget, Bin, NetBenefit, Refusal, Scored, at_budget, auprc, auroc, brier, brier_skill,
    calibration, net_benefit,
};

/// Groups with fewer cases or controls than this are named, and nothing is told of them.
const LEAST_OF_A_GROUP: usize = 5;

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    /// Draws of the bootstrap.
    pub draws: usize,
    /// What everything random follows from.
    pub seed: u64,
    /// Shares of rows that a team could look at; groups are compared at the first.
    pub budgets: Vec<f64>,
    /// Probabilities from which on one might act.
    pub thresholds: Vec<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            draws: 500,
            seed: 1,
            budgets: vec![0.05, 0.1, 0.2],
            thresholds: vec![0.05, 0.1, 0.2, 0.3],
        }
    }
}

/// The measures of one set of probabilities. What could not be had stands in `refused` instead.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measures {
    /// Area under the ROC curve.
    pub auroc: Option<Estimate>,
    /// Average precision.
    pub auprc: Option<Estimate>,
    /// Brier's score.
    pub brier: Option<Estimate>,
    /// The same as a share of that of the mean risk.
    pub brier_skill: Option<Estimate>,
    /// Calibration slope.
    pub slope: Option<Estimate>,
    /// Calibration in the large, log-odds.
    pub in_the_large: Option<Estimate>,
    /// Cases for each that was expected.
    pub observed_over_expected: Option<Estimate>,
    /// Why a number is missing.
    pub refused: BTreeMap<&'static str, String>,
}

/// What looking at the highest scores would bring.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alerts {
    /// Counts, with intervals that take rows for independent.
    pub at: AtBudget,
    /// Sensitivity with its interval by citizen.
    pub sensitivity: Option<Estimate>,
    /// PPV with its interval by citizen.
    pub ppv: Option<Estimate>,
    /// Flagged rows for each found case, with its interval by citizen.
    pub nne: Option<Estimate>,
    /// Flagged rows per citizen-week; `None` where rows stand for no time.
    pub per_citizen_week: Option<Estimate>,
    /// Days from a flag to the outcome, of those that were found.
    pub lead_days: Option<Quantiles>,
    /// Their median with its interval by citizen.
    pub lead_median: Option<Estimate>,
}

/// Net benefit with its interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Benefit {
    /// The numbers.
    pub at: NetBenefit,
    /// By citizen.
    pub interval: Option<Interval>,
    /// The greater of the model's and 0 (nobody) and everybody's: what is best.
    pub best: &'static str,
}

/// A baseline, and how much better the model is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Baseline {
    /// Which.
    pub name: String,
    /// Its measures, from a model of it alone, fitted on the same sides of the same split.
    pub measures: Measures,
    /// AUROC of the model less that of the baseline, by the same draws of citizens.
    pub gain: Option<Estimate>,
}

/// A group of citizens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// By what.
    pub of: String,
    /// Which.
    pub is: String,
    /// Rows, as far as they may be told.
    pub rows: Option<usize>,
    /// Its own measures; `None` with too few cases or controls to tell of.
    pub measures: Option<Measures>,
    /// Cases flagged at the first budget's threshold. This interval and the next two are those of
    /// Wilson, or by citizen where that is wider.
    pub sensitivity: Option<Proportion>,
    /// Flagged at that threshold who are cases.
    pub ppv: Option<Proportion>,
    /// Flagged at that threshold.
    pub flagged: Option<Proportion>,
}

/// How good a model is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assessment {
    /// Rows that were scored.
    pub rows: usize,
    /// Citizens.
    pub citizens: usize,
    /// Rows with the outcome.
    pub cases: usize,
    /// Citizen-weeks.
    pub weeks: f64,
    /// How it was done.
    pub settings: Settings,
    /// The model's.
    pub measures: Measures,
    /// AUROC with the interval of `DeLong` and Obuchowski.
    pub area: Option<Area>,
    /// Predicted and observed, by tenths.
    pub calibration: Vec<Bin>,
    /// At each budget.
    pub alerts: Vec<Alerts>,
    /// At each threshold.
    pub benefit: Vec<Benefit>,
    /// The obligatory baselines.
    pub baselines: Vec<Baseline>,
    /// Baselines that could not be had, and why.
    pub no_baseline: BTreeMap<String, String>,
    /// Groups.
    pub groups: Vec<Group>,
}

/// Why a model cannot be assessed.
#[derive(Debug, thiserror::Error)]
pub enum AssessError {
    /// These are the rows that the model was fitted on.
    #[error("the model was fitted on these very rows: they cannot say how good it is")]
    OwnRows,
    /// The numbers.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// A weak penalty: a baseline is one weight.
const OF_BASELINE: Penalty = Penalty { lambda: 1e-6, alpha: 0.0 };

/// Probabilities of each row from one feature alone, by models that had not seen the row.
fn alone(table: &Table, feature: &str, split: Split) -> Result<Vec<(usize, f64)>, AssessError> {
    let column = table.column(feature);
    let column = column.ok_or_else(|| ModelError::Feature(feature.to_owned()))?;
    let rows = table.rows.iter().zip(column);
    let rows = rows.map(|(row, value)| Row { values: vec![value], ..row.clone() });
    let table = Table { features: vec![feature.to_owned()], rows: rows.collect() };
    Ok(validate(&table, split, &[OF_BASELINE], 0)?.predictions)
}

/// A scored row, its baselines, and what it stands for.
#[derive(Debug, Clone)]
struct Unit {
    scored: Scored,
    baseline: f64,
    weeks: f64,
    lead: Option<f64>,
}

const NAMES: [&str; 7] =
    ["auroc", "auprc", "brier", "brier_skill", "slope", "in_the_large", "observed_over_expected"];

fn seven(units: &[Scored]) -> [Result<f64, Refusal>; 7] {
    let line = calibration(units);
    let of = |pick: fn(&crate::statistics::Calibration) -> f64| line.as_ref().map(pick);
    [
        auroc(units),
        auprc(units),
        brier(units),
        brier_skill(units),
        of(|line| line.slope).map_err(Clone::clone),
        of(|line| line.in_the_large).map_err(Clone::clone),
        of(|line| line.observed_over_expected).map_err(Clone::clone),
    ]
}

fn measures(units: &[Scored], settings: &Settings) -> Measures {
    let refused = NAMES.into_iter().zip(seven(units));
    let refused = refused.filter_map(|(name, it)| Some((name, it.err()?.to_string()))).collect();
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let [auroc, auprc, brier, brier_skill, slope, in_the_large, observed_over_expected] = clustered(
        units,
        |unit| unit.cluster,
        settings.draws,
        &mut random,
        |units| seven(units).map(Result::ok),
    );
    Measures {
        auroc,
        auprc,
        brier,
        brier_skill,
        slope,
        in_the_large,
        observed_over_expected,
        refused,
    }
}

fn scored(units: &[Unit]) -> Vec<Scored> {
    units.iter().map(|unit| unit.scored).collect()
}

fn alerts(units: &[Unit], budget: f64, settings: &Settings) -> Result<Alerts, Refusal> {
    let at = at_budget(&scored(units), budget)?;
    let has_time = units.iter().any(|unit| unit.weeks > 0.0);
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let statistics = |units: &[Unit]| {
        let at = at_budget(&scored(units), budget).ok();
        let weeks: f64 = units.iter().map(|unit| unit.weeks).sum();
        let of = |pick: fn(&AtBudget) -> Option<f64>| at.as_ref().and_then(pick);
        let flagged = at.as_ref().and_then(|at| at.flagged.share);
        let per_week = flagged.map(|share| share * length(units.len()) / weeks);
        [
            of(|at| at.sensitivity.share),
            of(|at| at.ppv.share),
            of(|at| at.nne),
            per_week.filter(|_| has_time),
            leads(units, at.as_ref().and_then(|at| at.threshold)).map(|leads| leads.median),
        ]
    };
    let [sensitivity, ppv, nne, per_citizen_week, lead_median] =
        clustered(units, |unit| unit.scored.cluster, settings.draws, &mut random, statistics);
    let lead_days = leads(units, at.threshold);
    Ok(Alerts { at, sensitivity, ppv, nne, per_citizen_week, lead_days, lead_median })
}

/// Days from a flag to the outcome, of cases that were flagged.
fn leads(units: &[Unit], threshold: Option<f64>) -> Option<Quantiles> {
    let threshold = threshold?;
    let found = units.iter().filter(|unit| unit.scored.case && unit.scored.score >= threshold);
    Quantiles::of(found.filter_map(|unit| unit.lead))
}

fn benefit(units: &[Scored], threshold: f64, settings: &Settings) -> Result<Benefit, Refusal> {
    let at = net_benefit(units, threshold)?;
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let [model] = clustered(
        units,
        |unit| unit.cluster,
        settings.draws,
        &mut random,
        |units| [net_benefit(units, threshold).ok().map(|at| at.model)],
    );
    let best = if at.model > at.everybody.max(0.0) {
        "model"
    } else if at.everybody > 0.0 {
        "everybody"
    } else {
        "nobody"
    };
    Ok(Benefit { at, interval: model.and_then(|model| model.interval), best })
}

/// Measures probabilities of rows (by place) that their model was not fitted on, with intervals by
/// drawing citizens anew, by group, and beside baselines (name and feature), each of which is fitted
/// alone on the sides of `split`.
///
/// # Errors
/// Without cases or controls among the rows.
pub fn assess(
    table: &Table,
    predictions: &[(usize, f64)],
    baselines: &[(&str, &str)],
    split: Split,
    settings: &Settings,
) -> Result<Assessment, AssessError> {
    let unit = |(place, score): &(usize, f64)| {
        let row = &table.rows[*place];
        Unit {
            scored: Scored { score: *score, case: row.case, cluster: row.cluster },
            baseline: f64::NAN,
            weeks: row.weeks,
            lead: row.lead_days,
        }
    };
    let units: Vec<Unit> = predictions.iter().map(unit).collect();
    let all = scored(&units);
    crate::statistics::both(&all)?;
    let (mut compared, mut no_baseline) = (Vec::new(), BTreeMap::new());
    for (name, feature) in baselines {
        match baseline(table, (name, feature), predictions, &units, split, settings) {
            Ok(baseline) => compared.push(baseline),
            Err(error) => drop(no_baseline.insert((*name).to_owned(), error.to_string())),
        }
    }
    let budget = settings.budgets.first().copied().unwrap_or(0.1);
    let threshold = at_budget(&all, budget)?.threshold;
    let rows: Vec<&Row> = predictions.iter().map(|(place, _)| &table.rows[*place]).collect();
    let alerts = settings.budgets.iter().map(|budget| alerts(&units, *budget, settings));
    let benefit = settings.thresholds.iter().map(|at| benefit(&all, *at, settings));
    Ok(Assessment {
        rows: units.len(),
        citizens: all.iter().map(|unit| unit.cluster).collect::<BTreeSet<_>>().len(),
        cases: all.iter().filter(|unit| unit.case).count(),
        weeks: units.iter().map(|unit| unit.weeks).sum(),
        settings: settings.clone(),
        measures: measures(&all, settings),
        area: area(&all),
        calibration: crate::statistics::calibration::bins(&all, 10)?,
        alerts: alerts.collect::<Result<_, _>>()?,
        benefit: benefit.collect::<Result<_, _>>()?,
        baselines: compared,
        no_baseline,
        groups: groups(&rows, &all, threshold, settings),
    })
}

fn baseline(
    table: &Table,
    (name, feature): (&str, &str),
    predictions: &[(usize, f64)],
    units: &[Unit],
    split: Split,
    settings: &Settings,
) -> Result<Baseline, AssessError> {
    let own: BTreeMap<usize, f64> = alone(table, feature, split)?.into_iter().collect();
    let with: Vec<Unit> = predictions
        .iter()
        .zip(units)
        .filter_map(|((place, _), unit)| Some(Unit { baseline: *own.get(place)?, ..unit.clone() }))
        .collect();
    let other = |units: &[Unit]| -> Vec<Scored> {
        units.iter().map(|unit| Scored { score: unit.baseline, ..unit.scored }).collect()
    };
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let [gain] = clustered(
        &with,
        |unit| unit.scored.cluster,
        settings.draws,
        &mut random,
        |units| {
            let model = auroc(&scored(units)).ok();
            [model.and_then(|model| Some(model - auroc(&other(units)).ok()?))]
        },
    );
    Ok(Baseline { name: name.to_owned(), measures: measures(&other(&with), settings), gain })
}

fn groups(
    rows: &[&Row],
    units: &[Scored],
    threshold: Option<f64>,
    settings: &Settings,
) -> Vec<Group> {
    let mut members: BTreeMap<(&String, &String), Vec<Scored>> = BTreeMap::new();
    for (row, unit) in rows.iter().zip(units) {
        for group in &row.groups {
            members.entry(group).or_default().push(*unit);
        }
    }
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let group = |((of, is), units): ((&String, &String), Vec<Scored>)| {
        let cases = units.iter().filter(|unit| unit.case).count();
        let may_tell = cases.min(units.len() - cases) >= LEAST_OF_A_GROUP;
        let flagged = |unit: &Scored| threshold.is_some_and(|threshold| unit.score >= threshold);
        // How many are cases and flagged, cases, flagged, and all.
        let counts = |units: &[Scored]| {
            let all = units.iter().filter(|unit| flagged(unit)).count();
            let found = units.iter().filter(|unit| unit.case && flagged(unit)).count();
            [found, units.iter().filter(|unit| unit.case).count(), all, units.len()]
        };
        let share = |part, whole| Proportion::new(count(part), count(whole)).share;
        let [found, _, all, _] = counts(&units);
        let shares = |units: &[Scored]| {
            let [found, cases, all, length] = counts(units);
            [share(found, cases), share(found, all), share(all, length)]
        };
        let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
        let by_citizen = if may_tell {
            clustered(&units, |unit| unit.cluster, settings.draws, &mut random, shares)
        } else {
            [None; 3]
        };
        let [sensitivity, ppv, marked] = by_citizen.map(|it| it.and_then(|it| it.interval));
        let tell = |part, whole, by_citizen| {
            let told = || Proportion::new(count(part), count(whole)).at_least(by_citizen);
            may_tell.then(told)
        };
        Group {
            of: of.clone(),
            is: is.clone(),
            rows: may_tell.then_some(units.len()),
            measures: may_tell.then(|| measures(&units, settings)),
            sensitivity: tell(found, cases, sensitivity),
            ppv: tell(found, all, ppv),
            flagged: tell(all, units.len(), marked),
        }
    };
    members.into_iter().map(group).collect()
}
