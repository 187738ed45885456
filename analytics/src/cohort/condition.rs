//! From conditions to a lazy plan over one row for each candidate.
//!
//! What looks at a citizen's own rows (events, enrolments, days of measures) is folded in Rust, one
//! citizen at a time, into a column for each; conditions are expressions over these columns.

use std::collections::BTreeMap;

use polars::prelude::{
    BooleanChunked, Column, DataFrame, Expr, IntoColumn, IntoLazy, NULL, NamedFrom,
    NewChunkedArray, PolarsResult, Series, col, lit, when,
};

use super::definition::Condition;
use super::event;
use super::feature;
use super::world::{Citizen, Known};
use crate::features::track::{Moment, Track};
use crate::features::{MAX_AGE, Source, Stat, stats};

/// A citizen with an index day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    /// In [`Known::citizens`].
    pub(super) place: usize,
    pub(super) index: i32,
}

/// The plan of several conditions.
#[derive(Default)]
pub(super) struct Plan<'d> {
    leaves: Vec<&'d Condition>,
    features: BTreeMap<String, (Source, Stat)>,
    conditions: Vec<Expr>,
}

impl<'d> Plan<'d> {
    /// Takes a condition in, after those before.
    pub(super) fn add(&mut self, condition: &'d Condition) {
        let condition = self.expr(condition);
        self.conditions.push(condition);
    }

    fn expr(&mut self, condition: &'d Condition) -> Expr {
        match condition {
            Condition::All(of) => self.reduce(of, Expr::and),
            Condition::Any(of) => self.reduce(of, Expr::or),
            Condition::Not(of) => self.expr(of).not(),
            Condition::AtLeast(at_least) => {
                let of: Vec<Expr> = at_least.of.iter().map(|it| self.expr(it)).collect();
                let count = |is: &dyn Fn(Expr) -> Expr| {
                    let ones =
                        of.iter().map(|it| when(is(it.clone())).then(lit(1)).otherwise(lit(0)));
                    ones.reduce(|sum, one| sum + one).unwrap_or(lit(0))
                };
                let (needed, all) = (i64::from(at_least.n), at_least.of.len());
                let spare = i64::try_from(all).unwrap_or(i64::MAX).saturating_sub(needed);
                when(count(&|it| it).gt_eq(lit(needed)))
                    .then(lit(true))
                    .when(count(&Expr::not).gt(lit(spare)))
                    .then(lit(false))
                    .otherwise(lit(NULL))
            }
            // A feature is checked when it is read: what cannot be read is never true.
            Condition::Feature(text) => match feature::parse(text) {
                Ok(parsed) => {
                    self.features.extend(
                        parsed
                            .features
                            .into_iter()
                            .map(|(name, source, stat)| (name, (source, stat))),
                    );
                    parsed.expr
                }
                Err(_) => lit(false),
            },
            leaf => {
                let known = self.leaves.iter().position(|it| *it == leaf);
                let place = known.unwrap_or_else(|| {
                    self.leaves.push(leaf);
                    self.leaves.len() - 1
                });
                col(leaf_name(place))
            }
        }
    }

    fn reduce(&mut self, of: &'d [Condition], join: impl Fn(Expr, Expr) -> Expr) -> Expr {
        let of: Vec<Expr> = of.iter().map(|it| self.expr(it)).collect();
        of.into_iter().reduce(join).unwrap_or(lit(false))
    }

    /// What each condition says of each candidate; `None` is unknown.
    pub(super) fn evaluate(
        &self,
        known: &Known,
        candidates: &[Candidate],
    ) -> PolarsResult<Vec<Vec<Option<bool>>>> {
        let mut columns: Vec<Column> = Vec::new();
        for (place, leaf) in self.leaves.iter().enumerate() {
            let values = candidates.iter().map(|candidate| {
                let citizen = &known.citizens[candidate.place];
                self::leaf(leaf, known, citizen, candidate.index)
            });
            let name = leaf_name(place).as_str().into();
            columns.push(BooleanChunked::from_iter_options(name, values).into_column());
        }
        columns.extend(self.feature_columns(known, candidates));
        let frame = DataFrame::new(candidates.len(), columns)?;
        let named = self.conditions.iter().enumerate();
        let named = named.map(|(place, expr)| expr.clone().alias(step_name(place).as_str()));
        // Beside the columns, so that a condition without any has as many rows.
        let made = frame.lazy().with_columns(named.collect::<Vec<_>>()).collect()?;
        let mut all = Vec::with_capacity(self.conditions.len());
        for place in 0..self.conditions.len() {
            let column = made.column(&step_name(place))?;
            let column = column.cast(&polars::prelude::DataType::Boolean)?;
            all.push(column.bool()?.iter().collect());
        }
        Ok(all)
    }

    fn feature_columns(&self, known: &Known, candidates: &[Candidate]) -> Vec<Column> {
        let mut by_source: BTreeMap<Source, Vec<(&str, Stat)>> = BTreeMap::new();
        for (name, (source, stat)) in &self.features {
            by_source.entry(*source).or_default().push((name, *stat));
        }
        let mut columns = Vec::with_capacity(self.features.len());
        for (source, stats) in by_source {
            let mut values = vec![Vec::with_capacity(candidates.len()); stats.len()];
            let days = known.days.get(source.name());
            for candidate in candidates {
                let citizen = &known.citizens[candidate.place];
                let track = days.map_or_else(Track::default, |days| {
                    let places = days.of(citizen.citizen);
                    let rows = places.rev().map(|place| {
                        let age = candidate.index.saturating_sub(days.day[place]);
                        (age, days.value[place], days.count[place])
                    });
                    let rows = rows.skip_while(|(age, ..)| *age < 0);
                    Track::of_values(rows.take_while(|(age, ..)| *age < MAX_AGE))
                });
                let moment = Moment { as_of: 0, offset: 0, today: candidate.index };
                for ((_, stat), values) in stats.iter().zip(&mut values) {
                    values.push(stats::compute(*stat, &track, &moment, None));
                }
            }
            for ((name, _), values) in stats.iter().zip(values) {
                columns.push(Series::new((*name).into(), values).into_column());
            }
        }
        columns
    }
}

fn leaf_name(place: usize) -> String {
    format!("condition {place}")
}

fn step_name(place: usize) -> String {
    format!("step {place}")
}

fn leaf(leaf: &Condition, known: &Known, citizen: &Citizen, index: i32) -> Option<bool> {
    match leaf {
        Condition::Age(range) => {
            let years = event::age(citizen, index)?;
            Some(
                range.from.is_none_or(|from| years >= i32::from(from))
                    && range.to.is_none_or(|to| years <= i32::from(to)),
            )
        }
        Condition::Sex(of) => {
            let sex = citizen.sex.as_deref()?;
            Some(of.iter().any(|it| it.name() == sex))
        }
        Condition::Municipality(of) => Some(of.contains(&citizen.municipality)),
        Condition::Programme(of) => {
            Some(event::enrolled(known, citizen.citizen, of, index).is_some())
        }
        Condition::Enrolled(enrolled) => {
            let around = event::enrolled(known, citizen.citizen, &enrolled.programme, index);
            let days = around.map_or(0, |(from, _)| index.abs_diff(from).saturating_add(1));
            Some(enrolled.days.holds(days))
        }
        Condition::Had(had) => {
            let days = event::days(&had.what, known, citizen);
            Some(had.times.holds(event::count(&days, had.within.around(index))))
        }
        Condition::Sequence(sequence) => Some(event::in_order(sequence, known, citizen, index)),
        // These are no leaves.
        Condition::All(_)
        | Condition::Any(_)
        | Condition::Not(_)
        | Condition::AtLeast(_)
        | Condition::Feature(_) => None,
    }
}
