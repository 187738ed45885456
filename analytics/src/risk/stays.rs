//! Stays in hospital as rows: what was known of somebody so many hours after a stay began, and whether
//! the stay ended with death.
//!
//! What is looked at stands in a [`Setup`]. A model carries it, so that it is applied to the stays of
//! another municipality unchanged.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::home::{After, Features, Person};
use super::series::{STATISTICS, statistics};
use crate::features::UnknownFeature;

/// What is looked at of stays, and what is predicted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// As of so many hours after a stay began; one that ended on an earlier day has no row.
    pub hours: u32,
    /// What is predicted.
    pub event: Event,
    /// Features of screening, and of citizens at home (see [`Features`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// Numbers of what was measured from the beginning of the stay on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Asked>,
    /// Whether anything of these codes was recorded from the beginning of the stay on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recorded: Vec<Named>,
    /// Whether the stay is of a kind that one of these codes stands for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Named>,
}

/// How a stay may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// With death, before the citizen was discharged.
    Death,
}

/// Statistics of measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Names of measures; features are called after measure and statistic, such as `creatinine_last`.
    pub measures: Vec<String>,
    /// Of [`STATISTICS`]; all for want of any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statistics: Vec<String>,
}

/// A feature that is 1 or 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// What the feature is called.
    pub name: String,
    /// Codes as `system|code`; any of them will do.
    pub codes: Vec<String>,
}

/// Why a set-up cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// There is no such feature.
    #[error(transparent)]
    Feature(#[from] UnknownFeature),
    /// There is no such statistic.
    #[error("there is no statistic {0}; there are first, last, min, max, mean, trend and count")]
    Statistic(String),
    /// Two features of one name.
    #[error("two features are called {0}")]
    Twice(String),
    /// Nothing is looked at.
    #[error("nothing is looked at, or no hours after the beginning of the stay")]
    Nothing,
}

impl Setup {
    /// What is predicted, in words.
    pub fn text(&self) -> String {
        let Event::Death = self.event;
        format!("death in hospital, as of {} hours after the stay began", self.hours)
    }

    /// The measures of all series, each once.
    pub fn measures(&self) -> BTreeSet<&str> {
        self.series.iter().flat_map(|it| &it.measures).map(String::as_str).collect()
    }
}

/// A stay as known at its moment.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Readings, plan and earlier stays as of the moment.
    pub person: Person<'a>,
    /// Readings since the stay began by measure: microseconds and number, in any order.
    pub readings: &'a BTreeMap<&'a str, Vec<(i64, f64)>>,
    /// Whether something was recorded, in the order of [`Setup::recorded`].
    pub recorded: &'a [bool],
    /// Whether it is of a kind, in the order of [`Setup::kinds`].
    pub kinds: &'a [bool],
}

/// The columns of a set-up.
#[derive(Debug, Clone)]
pub struct Columns {
    names: Vec<String>,
    features: Features,
    /// Measure and places among the statistics.
    series: Vec<(String, Vec<usize>)>,
}

impl Columns {
    /// Of a set-up.
    ///
    /// # Errors
    /// If it names what there is none of, or one feature twice, or looks at nothing.
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let features = Features::new(setup.features.iter().map(String::as_str))?;
        let mut names = features.names().to_vec();
        let mut series = Vec::new();
        for asked in &setup.series {
            let place = |name: &String| {
                let place = STATISTICS.iter().position(|it| it == name);
                place.ok_or_else(|| SetupError::Statistic(name.clone()))
            };
            let mut places: Vec<usize> =
                asked.statistics.iter().map(place).collect::<Result<_, _>>()?;
            if places.is_empty() {
                places = (0..STATISTICS.len()).collect();
            }
            for measure in &asked.measures {
                names.extend(places.iter().map(|at| format!("{measure}_{}", STATISTICS[*at])));
                series.push((measure.clone(), places.clone()));
            }
        }
        names.extend(setup.recorded.iter().chain(&setup.kinds).map(|it| it.name.clone()));
        let mut known = BTreeSet::new();
        if let Some(twice) = names.iter().find(|name| !known.insert(*name)) {
            return Err(SetupError::Twice(twice.clone()));
        }
        if names.is_empty() || setup.hours == 0 {
            return Err(SetupError::Nothing);
        }
        Ok(Self { names, features, series })
    }

    /// The names of the features, in the order of the values.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The values of a stay; `None` is missing.
    pub fn row(&self, seen: &Seen<'_>) -> Vec<Option<f64>> {
        let mut values = self.features.row(&seen.person);
        for (measure, places) in &self.series {
            let readings = seen.readings.get(measure.as_str()).map_or(&[][..], Vec::as_slice);
            let all = statistics(readings);
            values.extend(places.iter().map(|at| all[*at]));
        }
        let flags = seen.recorded.iter().chain(seen.kinds);
        values.extend(flags.map(|holds| Some(f64::from(u8::from(*holds)))));
        values
    }
}

/// How a stay ended, as known in the end. Local days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// The last day.
    pub to: Option<i32>,
    /// Whether the hospital said how: with death or not.
    pub died: Option<bool>,
    /// The day on which the citizen died.
    pub death: Option<i32>,
}

impl Ending {
    /// What came after a day. What the hospital said of the stay counts before the day of death; a stay
    /// of which neither an end nor an outcome is known is [`After::Censored`].
    pub fn after(&self, day: i32) -> After {
        let within = |death: &i32| self.to.is_some_and(|to| *death <= to);
        let died = match (self.died, self.to) {
            (Some(died), _) => died,
            (None, Some(_)) => self.death.as_ref().is_some_and(within),
            (None, None) => return After::Censored,
        };
        let last = self.death.filter(|_| died).or(self.to).unwrap_or(day);
        if died { After::Case((last - day).max(0)) } else { After::Free }
    }
}
