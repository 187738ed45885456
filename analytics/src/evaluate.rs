//! Rules over columns: from a batch to what each rule says of each citizen.
//!
//! | what holds | outcome |
//! |---|---|
//! | none of the rule's programmes is the citizen's | not applicable |
//! | `needs` is false or unknown | not evaluable |
//! | `red`, else `yellow`, else `blue` is true | that level |
//! | all levels are unknown | not evaluable |
//! | `clear` is there and not true | holding |
//! | otherwise | clear |
//!
//! A level that is unknown while another is known to be false counts as not met.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use polars::prelude::{
    ChunkedArray, Column as PolarsColumn, DataFrame, DataType, Expr, Float64Type, IntoLazy,
    IntoSeries, NewChunkedArray, PolarsError, Scalar, col,
};

use crate::frame::Batch;
use crate::pack::{Compiled, Made, Pack, RulePlan};
use crate::screening::{ENGINE, Outcome, Screening, Verdict};

/// Why a batch cannot be screened.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// The batch was filled for another pack.
    #[error("the batch was made for another rule pack")]
    OtherPack,
    /// The columns cannot be computed.
    #[error("evaluate the rule pack")]
    Columns(#[from] PolarsError),
}

/// What each rule of the pack says of each citizen, in the order in which they were pushed. Only
/// active rules have verdicts.
///
/// The same citizen as of the same moment gives the same bytes of JSON, whoever else is in the batch.
///
/// # Errors
/// If the batch is for another pack, or polars fails; never because of one citizen's numbers.
pub fn screen(mut batch: Batch, pack: &Pack) -> Result<Vec<Screening>, ScreenError> {
    if batch.pack.hash() != pack.hash() {
        return Err(ScreenError::OtherPack);
    }
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let compiled = &*pack.compiled;
    let made = Table::compute(&batch, compiled)?;
    let (engine, hash): (Arc<str>, _) = (Arc::from(ENGINE), &compiled.hash);
    let scores = std::mem::take(&mut batch.scores);
    let screenings = scores.into_iter().enumerate().map(|(row, scores)| Screening {
        as_of: batch.as_of[row],
        engine: Arc::clone(&engine),
        pack: Arc::clone(hash),
        plan_version: batch.plan_version[row],
        verdicts: compiled
            .plans
            .iter()
            .zip(&made.rules)
            .map(|(plan, levels)| verdict(&batch, compiled, &made, plan, levels, row))
            .collect(),
        scores,
        deterioration: made.number(compiled.deterioration, row),
    });
    Ok(screenings.collect())
}

/// Column of what holds of each citizen: `None` is unknown.
type Truth = Vec<Option<bool>>;

/// What a rule's expressions come to.
struct Levels {
    needs: Option<Truth>,
    levels: [Option<Truth>; 3],
    clear: Option<Truth>,
}

/// All columns that verdicts are made from.
struct Table {
    /// By node; empty where no rule shows it.
    numbers: Vec<Vec<Option<f64>>>,
    rules: Vec<Levels>,
}

impl Table {
    fn compute(batch: &Batch, compiled: &Compiled) -> Result<Self, PolarsError> {
        // Expressions of one row each leave nothing to optimise, and planning a micro-batch would
        // take longer than running it.
        let mut lazy = leaves(batch, compiled)?.lazy().without_optimizations();
        let last = compiled.nodes.iter().map(|node| node.stage).max().unwrap_or_default();
        for stage in 1..=last {
            let expressions: Vec<Expr> = compiled
                .nodes
                .iter()
                .filter(|node| node.stage == stage)
                .filter_map(|node| match &node.made {
                    Made::Expression(expression) => Some(expression.clone()),
                    Made::Leaf(_) => None,
                })
                .collect();
            lazy = lazy.with_columns(expressions);
        }
        let mut shown: Vec<usize> =
            compiled.plans.iter().flat_map(|plan| plan.features.iter().copied()).collect();
        shown.push(compiled.deterioration);
        shown.sort_unstable();
        shown.dedup();
        let numbers = shown.iter().map(|node| col(&*compiled.nodes[*node].name));
        let rules = compiled.plans.iter().enumerate().flat_map(|(rule, plan)| {
            parts(plan)
                .into_iter()
                .enumerate()
                .filter_map(move |(part, it)| Some(it?.clone().alias(part_name(rule, part))))
        });
        let made = lazy.select(numbers.chain(rules).collect::<Vec<_>>()).collect()?;

        let mut numbers = vec![Vec::new(); compiled.nodes.len()];
        for node in shown {
            let column = made.column(&compiled.nodes[node].name)?.as_materialized_series();
            numbers[node] = column.f64()?.iter().collect();
        }
        let truth = |rule, part, it: Option<&Expr>| -> Result<Option<Truth>, PolarsError> {
            if it.is_none() {
                return Ok(None);
            }
            let column = made.column(&part_name(rule, part))?.as_materialized_series();
            Ok(Some(column.bool()?.iter().collect()))
        };
        let mut rules = Vec::new();
        for (rule, plan) in compiled.plans.iter().enumerate() {
            let [needs, red, yellow, blue, clear] = parts(plan);
            rules.push(Levels {
                needs: truth(rule, 0, needs)?,
                levels: [truth(rule, 1, red)?, truth(rule, 2, yellow)?, truth(rule, 3, blue)?],
                clear: truth(rule, 4, clear)?,
            });
        }
        Ok(Self { numbers, rules })
    }

    fn number(&self, node: usize, row: usize) -> Option<f64> {
        self.numbers[node].get(row).copied().flatten()
    }
}

fn parts(plan: &RulePlan) -> [Option<&Expr>; 5] {
    let [red, yellow, blue] = &plan.levels;
    [&plan.needs, red, yellow, blue, &plan.clear].map(Option::as_ref)
}

/// The colon keeps it apart from whatever a pack names.
fn part_name(rule: usize, part: usize) -> String {
    format!("rule:{rule}:{part}")
}

/// The features that were computed citizen by citizen, and the thresholds.
fn leaves(batch: &Batch, compiled: &Compiled) -> Result<DataFrame, PolarsError> {
    let height = batch.len();
    let leaves = compiled.leaves().zip(&batch.leaves).map(|((node, _), (_, column))| {
        let name = (*compiled.nodes[node].name).into();
        match column.values() {
            Some(values) => {
                let column: ChunkedArray<Float64Type> =
                    ChunkedArray::from_slice_options(name, values);
                PolarsColumn::from(column.into_series())
            }
            None => PolarsColumn::full_null(name, height, &DataType::Float64),
        }
    });
    let thresholds = compiled.thresholds.iter().zip(&batch.thresholds);
    let thresholds = thresholds.map(|(threshold, personal)| {
        let name = (*threshold.name).into();
        match personal {
            Some(values) => PolarsColumn::new(name, values),
            None => PolarsColumn::new_scalar(name, Scalar::from(threshold.value), height),
        }
    });
    DataFrame::new(height, leaves.chain(thresholds).collect())
}

fn verdict(
    batch: &Batch,
    compiled: &Compiled,
    table: &Table,
    plan: &RulePlan,
    levels: &Levels,
    row: usize,
) -> Verdict {
    let rule = &compiled.rules[plan.rule];
    let mut verdict = Verdict {
        rule: Arc::clone(&rule.id),
        problem: Arc::clone(&rule.problem),
        outcome: Outcome::NotApplicable,
        evidence_at: None,
        features: Vec::new(),
        thresholds: Vec::new(),
        missing: Vec::new(),
        inputs: Vec::new(),
    };
    if plan.programmes != 0 && plan.programmes & batch.programmes[row] == 0 {
        return verdict;
    }
    verdict.outcome = outcome(levels, row);
    for node in &plan.features {
        let name = Arc::clone(&compiled.nodes[*node].name);
        match table.number(*node, row) {
            Some(value) => verdict.features.push((name, value)),
            None => verdict.missing.push(name),
        }
    }
    for index in &plan.thresholds {
        let threshold = &compiled.thresholds[*index];
        let personal = batch.thresholds[*index].as_ref().map(|values| values[row]);
        let value = personal.unwrap_or(threshold.value);
        verdict.thresholds.push((Arc::clone(&threshold.name), value));
    }
    verdict.evidence_at =
        plan.evidence.iter().filter_map(|index| batch.evidence[*index][row]).max();
    for index in &plan.inputs {
        verdict.inputs.extend_from_slice(batch.inputs[*index].row(row));
    }
    verdict
}

/// The outcome of a rule for a citizen that it applies to.
fn outcome(levels: &Levels, row: usize) -> Outcome {
    let holds = |truth: &Truth| truth.get(row).copied().flatten();
    if levels.needs.as_ref().is_some_and(|needs| holds(needs) != Some(true)) {
        return Outcome::NotEvaluable;
    }
    let known = [Outcome::Red, Outcome::Yellow, Outcome::Blue].into_iter().zip(&levels.levels);
    let known: Vec<(Outcome, Option<bool>)> = known
        .filter_map(|(outcome, truth)| truth.as_ref().map(|truth| (outcome, holds(truth))))
        .collect();
    if let Some((outcome, _)) = known.iter().find(|(_, holds)| *holds == Some(true)) {
        return *outcome;
    }
    if known.iter().all(|(_, holds)| holds.is_none()) {
        return Outcome::NotEvaluable;
    }
    match &levels.clear {
        Some(clear) if holds(clear) != Some(true) => Outcome::Holding,
        _ => Outcome::Clear,
    }
}
