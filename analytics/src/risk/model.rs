//! The model: a line for each feature, and a dot product.

use serde::{Deserialize, Serialize};

use super::home::Target;
use super::solve::Problem;
use super::stays::Setup;
use super::table::Table;
use crate::evaluation::length;
use crate::screening::ENGINE;
use crate::statistics::Scored;
use crate::statistics::{Refusal, auroc, expit};

/// What a model file begins with.
pub const FORMAT: &str = "pulsvagt-risk/1";

/// From this share of missing rows on, up to the same share of known ones, missing is a term of its
/// own.
const SHARE_WITH_INDICATOR: f64 = 0.01;

/// How much weights are held back; see the formula of the solver.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Penalty {
    /// λ, how much.
    pub lambda: f64,
    /// α: 0 is ridge, 1 is lasso.
    pub alpha: f64,
}

/// One feature of a model.
///
/// A value is held within `low` and `high` (the 1st and the 99th percentile of what the model was
/// fitted on, so that an artefact cannot decide), less `centre`, by `scale`, times `weight`. A missing
/// one adds `weight_missing`, and counts as the centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The feature's name.
    pub feature: String,
    /// Values below count as this.
    pub low: f64,
    /// Values above count as this.
    pub high: f64,
    /// The mean.
    pub centre: f64,
    /// The standard deviation.
    pub scale: f64,
    /// Log-odds for each standard deviation.
    pub weight: f64,
    /// Log-odds if it is missing.
    pub weight_missing: f64,
    /// Share of the rows that had it.
    pub known: f64,
    /// Its tenths: values up to (and with) so much, and which share of the known ones lay there. The
    /// last has no end. Drift is told from them.
    pub tenths: Vec<Tenth>,
}

/// A part of the values of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenth {
    /// The greatest value in it; `None` has no end.
    pub up_to: Option<f64>,
    /// Share of the known values.
    pub share: f64,
}

/// What a model was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fitted {
    /// Rows.
    pub rows: usize,
    /// Rows with the outcome.
    pub cases: usize,
    /// Hash of the rows.
    pub data: String,
    /// Engine that computed features and weights.
    pub engine: String,
}

/// A risk model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// [`FORMAT`].
    pub format: String,
    /// What it is called.
    pub name: String,
    /// The probability of what, within what time.
    pub outcome: String,
    /// The same exactly, of a model of citizens at home: such a one can be evaluated on another
    /// municipality and may score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// What is looked at, of a model of stays in hospital: such a one can be evaluated on another
    /// municipality as well, and scores nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays: Option<Setup>,
    /// How weights were held back.
    pub penalty: Penalty,
    /// On what it was fitted.
    pub fitted: Fitted,
    /// Log-odds of somebody with the mean of everything.
    pub intercept: f64,
    /// One for each feature that varies.
    pub terms: Vec<Term>,
    /// Features that were the same in all rows and tell nothing.
    pub constant: Vec<String>,
    /// Hash of all of the above.
    pub hash: String,
}

/// Why a model file is not used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It is no model.
    #[error("not a risk model")]
    Json(#[from] serde_json::Error),
    /// It is of another kind or version.
    #[error("the format is {0}, and {FORMAT} is read here")]
    Format(String),
    /// It was changed after it was fitted.
    #[error("the content has hash {found}, the file says {said}: it was changed after fitting")]
    Hash {
        /// Of the content.
        found: String,
        /// What stands in the file.
        said: String,
    },
    /// A number in it cannot be.
    #[error("term {0} has limits or a scale that cannot be")]
    Term(String),
    /// The data lack features.
    #[error("the data have no {0}, which the model needs")]
    Feature(String),
}

/// A probability and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The probability.
    pub probability: f64,
    /// The log-odds of somebody with the mean of everything.
    pub intercept: f64,
    /// The greatest part first. Together with the intercept they are the log-odds.
    pub parts: Vec<Part>,
}

/// What a feature adds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// The feature.
    pub feature: String,
    /// Its value; `None` is missing.
    pub value: Option<f64>,
    /// What is usual.
    pub usual: f64,
    /// What it adds to the log-odds.
    pub log_odds: f64,
}

impl Term {
    /// What a value, or its absence, adds to the log-odds.
    pub fn adds(&self, value: Option<f64>) -> f64 {
        let value = value.filter(|value| !value.is_nan());
        value.map_or(self.weight_missing, |value| {
            self.weight * ((value.clamp(self.low, self.high) - self.centre) / self.scale)
        })
    }
}

impl Model {
    /// Reads a model, and checks that it is as it was fitted.
    ///
    /// # Errors
    /// If it is none, of another format, or its hash is wrong.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let model: Self = serde_json::from_str(text)?;
        if model.format != FORMAT {
            return Err(ModelError::Format(model.format));
        }
        let found = model.content_hash();
        if found != model.hash {
            return Err(ModelError::Hash { found, said: model.hash });
        }
        // `clamp` would panic on limits the wrong way round.
        let bad = model.terms.iter().find(|term| !(term.low <= term.high && term.scale > 0.0));
        match bad {
            Some(term) => Err(ModelError::Term(term.feature.clone())),
            None => Ok(model),
        }
    }

    /// The same model, said to be of citizens at home.
    #[must_use]
    pub fn at_home(mut self, target: Target) -> Self {
        self.target = Some(target);
        self.hash = self.content_hash();
        self
    }

    /// The same model, said to be of stays in hospital.
    #[must_use]
    pub fn of_stays(mut self, setup: Setup) -> Self {
        self.stays = Some(setup);
        self.hash = self.content_hash();
        self
    }

    /// As JSON for people.
    ///
    /// # Errors
    /// Never: all its parts are JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    fn content_hash(&self) -> String {
        let content = Self { hash: String::new(), ..self.clone() };
        let text = serde_json::to_string(&content).unwrap_or_default();
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
    }

    /// Where the features of the model stand in a table.
    ///
    /// # Errors
    /// If one is not there.
    pub fn places(&self, features: &[String]) -> Result<Vec<usize>, ModelError> {
        let place = |term: &Term| {
            let found = features.iter().position(|name| *name == term.feature);
            found.ok_or_else(|| ModelError::Feature(term.feature.clone()))
        };
        self.terms.iter().map(place).collect()
    }

    /// The probability of a row, with [`Self::places`] of its table.
    pub fn probability(&self, places: &[usize], values: &[Option<f64>]) -> f64 {
        let parts = self.terms.iter().zip(places);
        expit(parts.fold(self.intercept, |sum, (term, place)| sum + term.adds(values[*place])))
    }

    /// The probabilities of all rows.
    ///
    /// # Errors
    /// If the table lacks a feature.
    pub fn score(&self, table: &Table) -> Result<Vec<f64>, ModelError> {
        let places = self.places(&table.features)?;
        Ok(table.rows.iter().map(|row| self.probability(&places, &row.values)).collect())
    }

    /// The probability of a row term by term.
    pub fn explain(&self, places: &[usize], values: &[Option<f64>]) -> Explanation {
        let parts = self.terms.iter().zip(places).map(|(term, place)| Part {
            feature: term.feature.clone(),
            value: values[*place],
            usual: term.centre,
            log_odds: term.adds(values[*place]),
        });
        let mut parts: Vec<Part> = parts.collect();
        parts.sort_by(|a, b| b.log_odds.abs().total_cmp(&a.log_odds.abs()));
        Explanation {
            probability: self.probability(places, values),
            intercept: self.intercept,
            parts,
        }
    }
}

/// A feature before it has weights; `None` if it is the same everywhere.
fn term(name: &str, column: &[Option<f64>]) -> Result<Option<Term>, Refusal> {
    let mut known: Vec<f64> = column.iter().flatten().copied().collect();
    if known.is_empty() {
        return Err(Refusal::AllMissing(name.to_owned()));
    }
    known.sort_by(f64::total_cmp);
    let rank = |percent: usize| known[(known.len() - 1) * percent / 100];
    let (low, high) = match (rank(1), rank(99)) {
        // What is rare, such as a yes of one in two hundred, is no artefact.
        (low, high) if low.total_cmp(&high).is_eq() => (known[0], known[known.len() - 1]),
        limits => limits,
    };
    let count = length(known.len());
    let held = || known.iter().map(|value| value.clamp(low, high));
    let centre = held().sum::<f64>() / count;
    let variance = held().map(|value| (value - centre) * (value - centre)).sum::<f64>() / count;
    let share = count / length(column.len());
    let indicates = share < 1.0 - SHARE_WITH_INDICATOR && share > SHARE_WITH_INDICATOR;
    let scale = variance.sqrt();
    let varies = scale > 1e-12 * centre.abs().max(1e-12);
    Ok((varies || indicates).then(|| Term {
        feature: name.to_owned(),
        low,
        high,
        centre,
        scale: if varies { scale } else { 1.0 },
        weight: 0.0,
        // Marks whether it gets a weight of its own.
        weight_missing: if indicates { 1.0 } else { 0.0 },
        known: share,
        tenths: tenths(&known),
    }))
}

/// Tenths of sorted values; fewer where values tie.
fn tenths(sorted: &[f64]) -> Vec<Tenth> {
    let mut ends: Vec<f64> = (1..10).map(|at| sorted[(sorted.len() - 1) * at / 10]).collect();
    ends.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let mut before = 0;
    let mut tenth = |up_to: Option<f64>| {
        let until = up_to.map_or(sorted.len(), |end| sorted.partition_point(|it| *it <= end));
        let share = length(until - before) / length(sorted.len());
        before = until;
        Tenth { up_to, share }
    };
    ends.into_iter().map(Some).chain([None]).map(&mut tenth).collect()
}

/// Whether one known value alone tells every case from every control.
fn separates(column: &[Option<f64>], cases: &[bool]) -> bool {
    let ends = |case: bool| {
        let mut own = column.iter().zip(cases).filter(move |(_, own)| **own == case);
        own.try_fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (value, _)| {
            value.map(|value| (value.min(low), value.max(high)))
        })
    };
    match (ends(true), ends(false)) {
        (Some((case_low, case_high)), Some((low, high))) => case_low > high || case_high < low,
        _ => false,
    }
}

/// Fits a model.
///
/// Missing values are handled inside the model (see [`Term`]), and the penalty is the same for all
/// features, which are standardised.
///
/// # Errors
/// Without cases or controls; if a feature is missing everywhere; if a feature, or all of them
/// together, tell every case from every control, for then the size of a weight says nothing but the
/// penalty; if λ is not above 0.
pub fn fit(table: &Table, name: &str, outcome: &str, penalty: Penalty) -> Result<Model, Refusal> {
    fit_from(table, name, outcome, penalty, None).map(|(model, _)| model)
}

/// The same, from weights near by; returns those of the solver as well.
pub(super) fn fit_from(
    table: &Table,
    name: &str,
    outcome: &str,
    penalty: Penalty,
    start: Option<&[f64]>,
) -> Result<(Model, Vec<f64>), Refusal> {
    table.check()?;
    if !(penalty.lambda > 0.0 && penalty.lambda.is_finite() && (0.0..=1.0).contains(&penalty.alpha))
    {
        return Err(Refusal::Range("lambda is above 0, and alpha from 0 to 1"));
    }
    let cases: Vec<bool> = table.rows.iter().map(|row| row.case).collect();
    let (mut terms, mut places, mut constant) = (Vec::new(), Vec::new(), Vec::new());
    for (place, feature) in table.features.iter().enumerate() {
        let column: Vec<Option<f64>> = table.rows.iter().map(|row| row.values[place]).collect();
        match term(feature, &column)? {
            Some(_) if separates(&column, &cases) => {
                return Err(Refusal::Separation(feature.clone()));
            }
            Some(term) => {
                terms.push(term);
                places.push(place);
            }
            None => constant.push(feature.clone()),
        }
    }
    let rows: Vec<Vec<f64>> = table.rows.iter().map(|row| design(&terms, &places, row)).collect();
    let problem =
        Problem { rows: &rows, cases: &cases, lambda: penalty.lambda, alpha: penalty.alpha };
    let columns = rows.first().map_or(0, Vec::len);
    let weights = problem.solve(start.filter(|start| start.len() == columns))?;

    let mut next = weights.iter().skip(1).copied();
    for term in &mut terms {
        term.weight = next.next().unwrap_or_default();
        if term.weight_missing > 0.0 {
            term.weight_missing = next.next().unwrap_or_default();
        }
    }
    let mut model = Model {
        format: FORMAT.to_owned(),
        name: name.to_owned(),
        outcome: outcome.to_owned(),
        target: None,
        stays: None,
        penalty,
        fitted: Fitted {
            rows: table.rows.len(),
            cases: table.cases(),
            data: table.hash(),
            engine: ENGINE.to_owned(),
        },
        intercept: weights[0],
        terms,
        constant,
        hash: String::new(),
    };
    model.hash = model.content_hash();
    let units: Vec<Scored> = (0..)
        .zip(&table.rows)
        .map(|(cluster, row)| {
            let score = model.probability(&places, &row.values);
            Scored { score, case: row.case, cluster }
        })
        .collect();
    if auroc(&units)? >= 1.0 {
        return Err(Refusal::JointSeparation);
    }
    Ok((model, weights))
}

/// A row of the solver: one, and for each term the standardised value and, where it counts, whether
/// it is missing.
fn design(terms: &[Term], places: &[usize], row: &super::Row) -> Vec<f64> {
    let mut out = vec![1.0];
    for (term, place) in terms.iter().zip(places) {
        let value = row.values[*place];
        out.push(
            value
                .map_or(0.0, |value| (value.clamp(term.low, term.high) - term.centre) / term.scale),
        );
        if term.weight_missing > 0.0 {
            out.push(f64::from(u8::from(value.is_none())));
        }
    }
    out
}
