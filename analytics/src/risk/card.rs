//! What is written down of a model: how it was validated when it was fitted, and how it does on a
//! deployer's own rows.

use serde::{Deserialize, Serialize};

use super::assess::{AssessError, Assessment, Settings, assess};
use super::home::Target;
use super::model::{Fitted, Model, Penalty, fit};
use super::split::{Part, Split, choose, validate};
use super::stays::Setup;
use super::table::Table;

/// The baselines that a model always stands beside: name and feature.
pub const OBLIGATORY: [(&str, &str); 3] = [
    ("prior admissions", "admissions_12m"),
    ("age", "age_years"),
    ("clock (days since enrolment)", "days_since_enrolment"),
];

/// What is asked of a fit.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// What the model is called.
    pub name: &'a str,
    /// The probability of what, within what time.
    pub outcome: &'a str,
    /// The same exactly, if the rows are of citizens at home.
    pub target: Option<Target>,
    /// What is looked at, if the rows are of stays in hospital.
    pub stays: Option<&'a Setup>,
    /// Penalties to choose from.
    pub penalties: &'a [Penalty],
    /// How rows are parted for the validation.
    pub split: Split,
    /// Features of the table that are not the model's, but stand there to compare with.
    pub left_out: &'a [&'a str],
    /// Baselines beside the obligatory ones.
    pub baselines: &'a [(&'a str, &'a str)],
    /// How it is assessed.
    pub settings: &'a Settings,
}

/// A model card.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Card {
    /// What the model is called.
    pub name: String,
    /// The probability of what, within what time.
    pub outcome: String,
    /// Which model, by its hash.
    pub model: String,
    /// On what it was fitted.
    pub fitted: Fitted,
    /// Its penalty.
    pub penalty: Penalty,
    /// Features in it.
    pub features: usize,
    /// The greatest weights: feature and log-odds for one standard deviation.
    pub strongest: Vec<(String, f64)>,
    /// How rows were parted.
    pub split: Split,
    /// The parts.
    pub parts: Vec<Part>,
    /// How models that had not seen the rows did.
    pub assessment: Assessment,
    /// What it is not for.
    pub caveats: Vec<String>,
    /// Probabilities of models that had not seen the row, by its place. They are about citizens, and
    /// not part of what is written of the model.
    #[serde(skip)]
    pub predictions: Vec<(usize, f64)>,
}

/// How a model did on a deployer's own rows, which it was not fitted on. It is what an approval rests
/// on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Which model, by its hash.
    pub model: String,
    /// Whose rows.
    pub municipality: String,
    /// Hash of the rows.
    pub data: String,
    /// How it did.
    pub assessment: Assessment,
    /// Hash of all of the above.
    pub hash: String,
    /// Probabilities by the row's place. They are about citizens, and not part of what is written.
    #[serde(skip)]
    pub predictions: Vec<(usize, f64)>,
}

/// What an approval needs to know of an evaluation, read back from its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationRef {
    /// Which model, by its hash.
    pub model: String,
    /// Whose rows.
    pub municipality: String,
    /// Which evaluation, by its hash.
    pub hash: String,
}

const CAVEATS: [&str; 3] = [
    "A probability supports a person's decision. It is never a reason to refuse care.",
    "Fitted and validated on the rows named here. Elsewhere nothing is known until it has been \
     evaluated there; without that, and a named approval, it does not score.",
    "Associations, not causes: changing a feature need not change the risk.",
];

/// Validates by the split, then fits on all rows with the penalty that is best there.
///
/// # Errors
/// As of [`validate`], [`fit`] and [`assess`].
pub fn build(table: &Table, request: &Request<'_>) -> Result<(Model, Card), AssessError> {
    let own = table.without(request.left_out);
    let seed = request.settings.seed;
    let validation = validate(&own, request.split, request.penalties, seed)?;
    let baselines: Vec<(&str, &str)> =
        OBLIGATORY.into_iter().chain(request.baselines.iter().copied()).collect();
    let assessment =
        assess(table, &validation.predictions, &baselines, request.split, request.settings)?;
    let penalty = choose(&own, request.penalties, seed)?;
    let mut model = fit(&own, request.name, request.outcome, penalty)?;
    if let Some(target) = request.target {
        model = model.at_home(target);
    }
    if let Some(setup) = request.stays {
        model = model.of_stays(setup.clone());
    }
    let mut strongest: Vec<(String, f64)> =
        model.terms.iter().map(|term| (term.feature.clone(), term.weight)).collect();
    strongest.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    strongest.truncate(20);
    let card = Card {
        name: model.name.clone(),
        outcome: model.outcome.clone(),
        model: model.hash.clone(),
        fitted: model.fitted.clone(),
        penalty,
        features: model.terms.len(),
        strongest,
        split: request.split,
        parts: validation.parts,
        assessment,
        caveats: CAVEATS.map(str::to_owned).into(),
        predictions: validation.predictions,
    };
    Ok((model, card))
}

/// Applies a model unchanged to rows that it was not fitted on. Baselines are fitted on these rows
/// themselves, in five folds, which favours them.
///
/// # Errors
/// If the table lacks a feature, or has no cases or no controls; if it is the very table that the
/// model was fitted on.
pub fn evaluate(
    model: &Model,
    table: &Table,
    municipality: &str,
    baselines: &[(&str, &str)],
    settings: &Settings,
) -> Result<Evaluation, AssessError> {
    table.check()?;
    let of_model: Vec<&str> = table
        .features
        .iter()
        .map(String::as_str)
        .filter(|name| {
            let has = |term: &super::model::Term| term.feature == *name;
            !model.terms.iter().any(has) && !model.constant.iter().any(|own| own == name)
        })
        .collect();
    if table.without(&of_model).hash() == model.fitted.data {
        return Err(AssessError::OwnRows);
    }
    let predictions: Vec<(usize, f64)> = model.score(table)?.into_iter().enumerate().collect();
    let all: Vec<(&str, &str)> = OBLIGATORY.into_iter().chain(baselines.iter().copied()).collect();
    let split = Split::Folds { count: 5, seed: settings.seed };
    let mut evaluation = Evaluation {
        model: model.hash.clone(),
        municipality: municipality.to_owned(),
        data: table.hash(),
        assessment: assess(table, &predictions, &all, split, settings)?,
        hash: String::new(),
        predictions,
    };
    let text = serde_json::to_string(&evaluation).unwrap_or_default();
    evaluation.hash = format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()));
    Ok(evaluation)
}

impl Evaluation {
    /// What an approval needs to know.
    pub fn reference(&self) -> EvaluationRef {
        EvaluationRef {
            model: self.model.clone(),
            municipality: self.municipality.clone(),
            hash: self.hash.clone(),
        }
    }
}
