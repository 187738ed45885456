//! What times and values have to fulfil.
//!
//! A reading covers `[start, end)`: a moment covers one microsecond, an open period has no end.
//! Where all readings of a search are moments, every comparison but [`Prefix::Ne`] is a window on
//! the start, which the primary key serves. Otherwise the window is widened by the longest reach
//! there is, and the comparison is made once more with the reading's own end.

use pulsvagt_fhir::measure::{Unit, UnitFit, conversion};

use super::{DateFilter, Prefix, QuantityFilter, UnitOf};
use crate::clock::Micros;
use crate::store::Shape;

/// How far readings may reach from their start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Span {
    /// Nowhere.
    Moment,
    /// At most so many microseconds.
    Micros(i64),
    /// There may be some without end.
    Open,
}

impl Span {
    pub(super) fn of(seconds: i32) -> Self {
        match seconds {
            0 => Self::Moment,
            i32::MAX => Self::Open,
            seconds => Self::Micros(i64::from(seconds) * 1_000_000),
        }
    }

    /// The earliest start with which a reading can still reach `end`.
    fn before(self, end: i64) -> i64 {
        match self {
            Self::Moment => end,
            Self::Micros(span) => end.saturating_sub(span),
            Self::Open => i64::MIN,
        }
    }
}

/// Where a reading has to start: from the first, before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) lower: Option<i64>,
    pub(super) upper: Option<i64>,
}

impl Window {
    /// The window of comparisons of which all outer and one of each inner list have to hold.
    pub(super) fn of(filters: &[Vec<DateFilter>], span: Span) -> Self {
        let mut window = Self { lower: None, upper: None };
        for one_of in filters {
            let bounds: Vec<(i64, i64)> = one_of.iter().map(|filter| filter.bounds(span)).collect();
            let lower = bounds.iter().map(|(lower, _)| *lower).min().unwrap_or(i64::MIN);
            let upper = bounds.iter().map(|(_, upper)| *upper).max().unwrap_or(i64::MAX);
            // What has no time fulfils nothing.
            let lower = lower.max(Micros::NO_TIME.0 + 1);
            window.lower = Some(window.lower.map_or(lower, |before| before.max(lower)));
            if upper < i64::MAX {
                window.upper = Some(window.upper.map_or(upper, |before| before.min(upper)));
            }
        }
        window
    }
}

impl DateFilter {
    /// The starts that can match: all of them, where readings are moments and it is not `ne`.
    fn bounds(self, span: Span) -> (i64, i64) {
        match self.prefix {
            Prefix::Eq => (self.lower, self.upper),
            Prefix::Ne => (i64::MIN, i64::MAX),
            Prefix::Gt => (span.before(self.upper), i64::MAX),
            Prefix::Lt | Prefix::Eb => (i64::MIN, self.lower),
            Prefix::Ge => (span.before(self.upper).min(self.lower), i64::MAX),
            Prefix::Le => (i64::MIN, self.upper),
            Prefix::Sa => (self.upper, i64::MAX),
            Prefix::Ap => (span.before(self.lower), self.upper),
        }
    }

    /// Whether a reading that covers `[start, end)` matches. [`super::statement`] says the same
    /// in SQL.
    #[cfg(test)]
    pub(super) fn matches(self, start: i64, end: i64) -> bool {
        let (lower, upper) = (self.lower, self.upper);
        let contained = start >= lower && end <= upper;
        match self.prefix {
            Prefix::Eq => contained,
            Prefix::Ne => !contained,
            Prefix::Gt => end > upper,
            Prefix::Lt => start < lower,
            Prefix::Ge => end > upper || contained,
            Prefix::Le => start < lower || contained,
            Prefix::Sa => start >= upper,
            Prefix::Eb => end <= lower,
            Prefix::Ap => start < upper && end > lower,
        }
    }
}

/// Whether the window says it all, or every reading has to be compared with its own end.
pub(super) fn needs_exact(filters: &[Vec<DateFilter>], span: Span) -> bool {
    span != Span::Moment
        || filters.iter().any(|one_of| {
            one_of.len() != 1 || one_of.iter().any(|filter| filter.prefix == Prefix::Ne)
        })
}

/// A value in a stored unit, with the range it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// Whether values outside the range are asked for.
    pub(super) outside: bool,
}

/// Conversions are exact to more digits than this.
const TOLERANCE: f64 = 1e-9;

impl QuantityFilter {
    /// What the stored values of a shape have to be; `None` if it has none in this unit.
    pub(super) fn bounds_for(&self, shape: &Shape) -> Option<Bounds> {
        let number = shape.facts.numbers.iter().find(|number| number.main)?;
        let Some(unit) = &self.unit else { return Some(self.bounds(|value| value)) };
        let Some(measure) = number.measure else {
            let same = shape.facts.unit.as_deref() == Some(unit.code.as_str());
            return same.then(|| self.bounds(|value| value));
        };
        match conversion(measure, as_unit(unit)) {
            UnitFit::Canonical(conversion) | UnitFit::Unusual(conversion) => {
                // A share is told from a percentage by the number itself, not by its range.
                let share = conversion.fraction_if_le_1 && self.number <= 1.0;
                let factor = conversion.factor * if share { 100.0 } else { 1.0 };
                Some(self.bounds(|value| value * factor + conversion.offset))
            }
            UnitFit::Unknown | UnitFit::Impossible => None,
        }
    }

    /// With `convert` growing, as all conversions of units are.
    pub(super) fn bounds(&self, convert: impl Fn(f64) -> f64) -> Bounds {
        let at = convert(self.number);
        let slack = at.abs().max(1.0) * TOLERANCE;
        let range = (convert(self.lower) - slack, convert(self.upper) - slack);
        let (lower, upper) = match self.prefix {
            Prefix::Eq | Prefix::Ne => range,
            Prefix::Gt | Prefix::Sa => (at + slack, f64::INFINITY),
            Prefix::Ge => (at - slack, f64::INFINITY),
            Prefix::Lt | Prefix::Eb => (f64::NEG_INFINITY, at - slack),
            Prefix::Le => (f64::NEG_INFINITY, at + slack),
            Prefix::Ap => {
                let tenth = (self.number * 0.1).abs();
                let ends = (convert(self.number - tenth), convert(self.number + tenth));
                (ends.0.min(range.0), ends.1.max(range.1) + slack)
            }
        };
        Bounds { lower, upper, outside: self.prefix == Prefix::Ne }
    }
}

fn as_unit(unit: &UnitOf) -> Unit<'_> {
    Unit { system: unit.system.as_deref(), code: Some(&unit.code), unit: None }
}
