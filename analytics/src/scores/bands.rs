//! One table per parameter, and the two ways to look a value up in it.

use polars::prelude::{DataType, Expr, LiteralValue, lit, when};

/// What is done to a value before it is looked up, so that none falls between two bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    /// To whole numbers, halves up.
    Whole,
    /// To one decimal, halves up.
    Tenth,
    /// A code from 0 on. There is nothing between two codes, so a fraction counts as the worse one,
    /// and nothing below 0.
    Code,
}

/// Added with the half before rounding down, in units of the last digit kept.
///
/// A decimal half such as 36.05 is not a binary number: what is stored is a little less, and a unit
/// conversion may take off a little more. This is far more than such errors (below 1e-12) and
/// far less than any device resolves, so 36.05 is 36.1 and 35.049999 is 35.0.
const SLACK: f64 = 1e-9;

impl Rounding {
    /// How many of the last digit kept make one.
    const fn scale(self) -> f64 {
        match self {
            Self::Whole | Self::Code => 1.0,
            Self::Tenth => 10.0,
        }
    }

    /// The rounded value in units of its last digit: 36.05 is 361 tenths.
    fn round(self, value: f64) -> f64 {
        match self {
            Self::Whole | Self::Tenth => (value * self.scale() + (0.5 + SLACK)).floor(),
            Self::Code => value.ceil(),
        }
    }

    /// [`Self::round`] with the same operations in the same order, hence the same bits.
    fn round_expression(self, value: Expr) -> Expr {
        match self {
            Self::Whole | Self::Tenth => (value * lit(self.scale()) + lit(0.5 + SLACK)).floor(),
            Self::Code => value.ceil(),
        }
    }
}

/// A glucose or temperature rounded to one decimal, halves up, in tenths.
pub(crate) fn tenths(value: f64) -> f64 {
    Rounding::Tenth.round(value)
}

/// The points of one parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bands {
    /// What is done to a value first.
    pub(super) rounding: Rounding,
    /// The upper ends of the bands, rising, in units of the last digit (tenths of a degree), with
    /// their points. The end belongs to the band.
    pub(super) up_to: &'static [(i32, u8)],
    /// The points above the last end.
    pub(super) above: u8,
}

impl Bands {
    /// The points of a value; `None` for what is no value.
    pub(super) fn points(&self, value: f64) -> Option<u8> {
        if !self.is_value(value) {
            return None;
        }
        let rounded = self.rounding.round(value);
        let band = self.up_to.iter().find(|(end, _)| rounded <= f64::from(*end));
        Some(band.map_or(self.above, |(_, points)| *points))
    }

    /// The points of a column, as `Int32`; null for null and for what is no value.
    pub(super) fn expression(&self, value: Expr) -> Expr {
        let value = value.cast(DataType::Float64);
        let rounded = self.rounding.round_expression(value.clone());
        let points = self.up_to.iter().rev().fold(points(self.above), |above, (end, here)| {
            when(rounded.clone().lt_eq(lit(f64::from(*end)))).then(points(*here)).otherwise(above)
        });
        let is_value = match self.rounding {
            Rounding::Whole | Rounding::Tenth => value.is_finite(),
            Rounding::Code => value.clone().is_finite().and(value.gt_eq(lit(0.0))),
        };
        when(is_value).then(points).otherwise(null())
    }

    fn is_value(&self, value: f64) -> bool {
        value.is_finite() && (self.rounding != Rounding::Code || value >= 0.0)
    }
}

/// Points as a column.
pub(super) fn points(points: u8) -> Expr {
    lit(i32::from(points))
}

/// No points, which is not 0 points.
pub(super) fn null() -> Expr {
    lit(LiteralValue::untyped_null()).cast(DataType::Int32)
}
