//! What a model is fitted and evaluated on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::evaluation::length;
use crate::statistics::Refusal;

/// Units, what was known of them as of a moment, and what became of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// Names of the features, in the order of the values.
    pub features: Vec<String>,
    /// One for each unit.
    pub rows: Vec<Row>,
}

/// One unit: a citizen as of a moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Whose; rows of the same citizen are drawn together, and lie in the same fold.
    pub cluster: u64,
    /// Where; models are tried on municipalities that they have not seen.
    #[serde(default)]
    pub municipality: String,
    /// When, as a number that grows (such as days since 1970); models are tried on later rows.
    #[serde(default)]
    pub period: i64,
    /// Citizen-weeks that the row stands for.
    #[serde(default)]
    pub weeks: f64,
    /// Whether the outcome came within the horizon.
    pub case: bool,
    /// Days from the moment to the outcome, of cases.
    #[serde(default)]
    pub lead_days: Option<f64>,
    /// Groups to compare, such as sex to woman.
    #[serde(default)]
    pub groups: BTreeMap<String, String>,
    /// The features; `None` is missing.
    pub values: Vec<Option<f64>>,
}

impl Table {
    /// Rows that fit the names, with numbers that are numbers, cases and controls.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.rows.is_empty() {
            return Err(Refusal::Empty);
        }
        for (at, row) in self.rows.iter().enumerate() {
            if row.values.len() != self.features.len() {
                return Err(Refusal::Shape(at));
            }
            let bad = row.values.iter().position(|it| it.is_some_and(|it| !it.is_finite()));
            if let Some(column) = bad {
                return Err(Refusal::NotFinite(self.features[column].clone()));
            }
        }
        let cases = self.cases();
        if cases == 0 {
            return Err(Refusal::NoCases);
        }
        if cases == self.rows.len() {
            return Err(Refusal::NoControls);
        }
        Ok(())
    }

    /// How many had the outcome.
    pub fn cases(&self) -> usize {
        self.rows.iter().filter(|row| row.case).count()
    }

    /// The rows with these places.
    #[must_use]
    pub fn take(&self, places: &[usize]) -> Self {
        let rows = places.iter().map(|place| self.rows[*place].clone()).collect();
        Self { features: self.features.clone(), rows }
    }

    /// Without these features.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let kept: Vec<usize> = (0..self.features.len())
            .filter(|at| !names.contains(&self.features[*at].as_str()))
            .collect();
        let pick = |row: &Row| Row {
            values: kept.iter().map(|at| row.values[*at]).collect(),
            ..row.clone()
        };
        Self {
            features: kept.iter().map(|at| self.features[*at].clone()).collect(),
            rows: self.rows.iter().map(pick).collect(),
        }
    }

    /// One feature of all rows.
    pub fn column(&self, name: &str) -> Option<Vec<Option<f64>>> {
        let at = self.features.iter().position(|known| known == name)?;
        Some(self.rows.iter().map(|row| row.values[at]).collect())
    }

    /// The share of rows with the outcome.
    pub fn prevalence(&self) -> f64 {
        length(self.cases()) / length(self.rows.len().max(1))
    }

    /// A hash over names, values and outcomes: whether two fits saw the same.
    pub fn hash(&self) -> String {
        let mut state = xxhash_rust::xxh3::Xxh3Default::new();
        for name in &self.features {
            state.update(name.as_bytes());
            state.update(&[0]);
        }
        for row in &self.rows {
            state.update(&row.cluster.to_le_bytes());
            state.update(&row.period.to_le_bytes());
            state.update(&[u8::from(row.case)]);
            for value in &row.values {
                // A missing value is not like any number: NaN of a kind that is never computed.
                let bits = value.map_or(u64::MAX, |value| (value + 0.0).to_bits());
                state.update(&bits.to_le_bytes());
            }
        }
        format!("{:032x}", state.digest128())
    }
}
