//! What was agreed before the pilot, and what the store does not know.

use std::collections::BTreeMap;

use pulsvagt_analytics::pilot::stays::Lengths;
use serde::Deserialize;

/// A pilot, as a TOML file says it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Setup {
    /// What it is called.
    pub title: String,
    /// From when to when, as text.
    pub period: String,
    /// Days of the stretches before and after each citizen's start.
    pub lengths: Lengths,
    /// The greatest rate ratio that is worth the effort.
    pub worthwhile: f64,
    /// What was agreed of indicators, by their names in the documentation.
    #[serde(default)]
    pub targets: BTreeMap<String, f64>,
    /// Diagnoses that members are matched by: SKS codes or how they begin, such as DJ44.
    #[serde(default)]
    pub diagnoses: Vec<Coded>,
    /// Numbers that members are matched by, such as minutes of home care a week: codes as
    /// `system|code`. The last one in the 90 days before the start counts; nobody's is 0.
    #[serde(default)]
    pub numbers: Vec<Coded>,
    /// What the store does not know.
    #[serde(default)]
    pub known: Known,
}

/// What members are matched by.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coded {
    /// What it is called in the report.
    pub name: String,
    /// Any of these codes.
    pub codes: Vec<String>,
}

/// A number that somebody has said, and where it is from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The number.
    pub value: f64,
    /// Where it is from.
    pub source: String,
}

/// What the store does not know. What is left out was not measured, and the report says so.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Known {
    /// Minutes that a nurse spends on an alert.
    pub minutes_per_alert: Option<Said>,
    /// Kilometres there and back of a visit.
    pub kilometres_per_visit: Option<Said>,
    /// CO₂ of the cars, g/km; Aarhus University has 141 for petrol and diesel in mixed driving (193 in
    /// towns, 125 in the country, 134 on motorways), and 27 for electric cars.
    pub co2_per_kilometre: Option<Said>,
    /// Citizens who are satisfied, %.
    pub satisfaction: Option<Said>,
    /// Employees who would go on, %.
    pub staff_survey: Option<Said>,
    /// Kroner that the pilot has cost more than it saved.
    pub net_cost: Option<Said>,
    /// Municipalities that use it.
    pub municipalities: Option<Said>,
    /// Systems that it is connected to.
    pub integrations: Option<Said>,
}
