//! Early warning scores, exact on every boundary.
//!
//! Each score has one table of bands. The scalar functions (`points`) and the column expressions
//! (`parameter_points`) are both made from it, so they cannot differ.
//!
//! ```
//! use pulsvagt_analytics::plan::Spo2Scale;
//! use pulsvagt_analytics::scores::{Reading, news2};
//!
//! let now = |value| Some(Reading { value, age_hours: 0.5 });
//! let inputs = news2::Inputs {
//!     respiratory_rate: now(22.0),
//!     oxygen_saturation: now(93.0),
//!     scale: Spo2Scale::One,
//!     ..news2::Inputs::default()
//! };
//! let partial = news2::score(&inputs).unwrap();
//! assert_eq!((partial.score, partial.parameters), (4, 2));
//! assert!(partial.missing.iter().any(|name| &**name == "consciousness"));
//! ```

pub(crate) mod bands;
pub mod news2;
#[cfg(test)]
mod tests;
pub mod tobs;

use std::sync::Arc;

use polars::prelude::{DataType, Expr, lit, when};

use crate::screening::EarlyWarning;

/// A parameter older than this is missing, hours \[P\].
pub const MAX_AGE_HOURS: f64 = 24.0;

/// A reading as a score takes it in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The number, in the signal's unit.
    pub value: f64,
    /// How long ago it was taken, hours.
    pub age_hours: f64,
}

impl Reading {
    /// Itself if it is recent enough to be scored.
    fn recent(self) -> Option<Self> {
        (self.age_hours <= MAX_AGE_HOURS).then_some(self)
    }
}

/// The sum of the points that are there, as `Int32`; null where none are.
pub fn total(points: &[Expr]) -> Expr {
    let sum = points
        .iter()
        .fold(bands::points(0), |sum, points| sum + points.clone().fill_null(bands::points(0)));
    when(parameters(points).gt(lit(0))).then(sum).otherwise(bands::null())
}

/// How many parameters have points, as `Int32`.
pub fn parameters(points: &[Expr]) -> Expr {
    points.iter().fold(bands::points(0), |count, points| {
        count + points.clone().is_not_null().cast(DataType::Int32)
    })
}

/// Whether any single parameter has 3 points; null where none has any.
pub fn single_three(points: &[Expr]) -> Expr {
    let three = points.iter().fold(lit(false), |any, points| {
        any.or(points.clone().fill_null(bands::points(0)).gt_eq(bands::points(3)))
    });
    when(parameters(points).gt(lit(0))).then(three).otherwise(bands::null().cast(DataType::Boolean))
}

/// Sums up parameters by name, with points and age where they are there, and `extra` points that
/// belong to no measurement. `None` where nothing was measured.
fn early_warning(
    parameters: &[(&'static str, Option<(u8, f64)>)],
    extra: u8,
) -> Option<EarlyWarning> {
    let mut sum = EarlyWarning {
        score: extra,
        parameters: 0,
        single_three: false,
        missing: Vec::new(),
        max_age_hours: f64::NEG_INFINITY,
    };
    for (name, scored) in parameters {
        match scored {
            Some((points, age_hours)) => {
                sum.score += points;
                sum.parameters += 1;
                sum.single_three |= *points >= 3;
                sum.max_age_hours = sum.max_age_hours.max(*age_hours);
            }
            None => sum.missing.push(Arc::from(*name)),
        }
    }
    (sum.parameters > 0).then_some(sum)
}
