//! Readings by code. Concepts that share a coding are one code: an app that sends a second coding
//! beside the first does not thereby measure something else.

use std::collections::HashMap;
use std::sync::Arc;

use pulsvagt_fhir::facts::Coding;

use super::StoredObservation;
use crate::clock::Micros;
use crate::ids::{ConceptNo, ShapeNo};
use crate::store::Shape;

/// Statistics of the main values of one code in one unit.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    /// The codings.
    pub codings: Vec<Coding>,
    /// The UCUM code of the unit, if the readings have one.
    pub unit: Option<String>,
    /// How many readings have a value.
    pub count: u64,
    /// The mean.
    pub average: Option<f64>,
    /// The least.
    pub minimum: Option<f64>,
    /// The greatest.
    pub maximum: Option<f64>,
    /// The standard deviation of the sample; `None` for a single reading.
    pub deviation: Option<f64>,
    /// The sum.
    pub sum: Option<f64>,
    /// The median.
    pub median: Option<f64>,
    /// The first effective time.
    pub first: Option<Micros>,
    /// The last effective time.
    pub last: Option<Micros>,
    pub(super) shapes: Vec<ShapeNo>,
}

/// A statistic that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// The mean.
    Average,
    /// The greatest.
    Maximum,
    /// The least.
    Minimum,
    /// How many.
    Count,
    /// The standard deviation.
    Deviation,
    /// The sum.
    Sum,
    /// The median.
    Median,
}

impl Statistic {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Average,
        Self::Maximum,
        Self::Minimum,
        Self::Count,
        Self::Deviation,
        Self::Sum,
        Self::Median,
    ];

    /// The code in `http://terminology.hl7.org/CodeSystem/observation-statistics`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::Maximum => "maximum",
            Self::Minimum => "minimum",
            Self::Count => "count",
            Self::Deviation => "std-dev",
            Self::Sum => "sum",
            Self::Median => "median",
        }
    }

    /// The statistic of a code, or of the short form that clients also send.
    pub fn from_code(code: &str) -> Option<Self> {
        let code = match code {
            "max" => "maximum",
            "min" => "minimum",
            other => other,
        };
        Self::ALL.into_iter().find(|statistic| statistic.code() == code)
    }
}

/// The number of the group of each concept.
pub(super) fn groups(shapes: &[Arc<Shape>]) -> HashMap<ConceptNo, usize> {
    let mut of_coding: HashMap<&Coding, usize> = HashMap::new();
    let mut of_concept: HashMap<ConceptNo, usize> = HashMap::new();
    // Each group's number leads to that of the group it was joined to.
    let mut joined: Vec<usize> = Vec::new();
    for shape in shapes {
        let group = *of_concept.entry(shape.concept.no).or_insert_with(|| {
            joined.push(joined.len());
            joined.len() - 1
        });
        for coding in &shape.facts.codings {
            let other = *of_coding.entry(coding).or_insert(group);
            let (a, b) = (root(&joined, group), root(&joined, other));
            joined[a.max(b)] = a.min(b);
        }
    }
    of_concept.into_iter().map(|(concept, group)| (concept, root(&joined, group))).collect()
}

fn root(joined: &[usize], mut group: usize) -> usize {
    while joined[group] != group {
        group = joined[group];
    }
    group
}

/// The newest `max` of every group, the group with the newest reading first.
pub(super) fn newest(
    mut rows: Vec<StoredObservation>,
    shapes: &[Arc<Shape>],
    max: u32,
) -> Vec<StoredObservation> {
    let groups = groups(shapes);
    rows.sort_by_key(|row| std::cmp::Reverse(row.key));
    rows.sort_by_key(|row| std::cmp::Reverse(row.key.effective));
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let mut order: Vec<usize> = Vec::new();
    let mut of_group: HashMap<usize, Vec<StoredObservation>> = HashMap::new();
    for row in rows {
        let Some(&group) = groups.get(&row.key.code) else { continue };
        let listed = of_group.entry(group).or_insert_with(|| {
            order.push(group);
            Vec::new()
        });
        if listed.len() < max {
            listed.push(row);
        }
    }
    order.into_iter().flat_map(|group| of_group.remove(&group).unwrap_or_default()).collect()
}

/// One empty statistic per group and unit, with the shapes that take part.
pub(super) fn buckets(shapes: &[Arc<Shape>]) -> Vec<Statistics> {
    let groups = groups(shapes);
    let mut place: HashMap<(usize, Option<&str>), usize> = HashMap::new();
    let mut buckets: Vec<Statistics> = Vec::new();
    for shape in shapes {
        let Some(number) = shape.facts.numbers.iter().find(|number| number.main) else { continue };
        let Some(&group) = groups.get(&shape.concept.no) else { continue };
        let unit = number.measure.map_or(shape.facts.unit.as_deref(), |known| Some(known.unit()));
        let at = *place.entry((group, unit)).or_insert_with(|| {
            let unit = unit.map(str::to_owned);
            buckets.push(Statistics { unit, ..Statistics::default() });
            buckets.len() - 1
        });
        let Some(bucket) = buckets.get_mut(at) else { continue };
        bucket.shapes.push(shape.no);
        for coding in &shape.facts.codings {
            if !bucket.codings.contains(coding) {
                bucket.codings.push(coding.clone());
            }
        }
    }
    buckets
}
