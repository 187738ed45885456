//! Readings that are kept but never scored, and why.

use pulsvagt_fhir::facts::Facts;
use pulsvagt_fhir::measure::{Plausibility, UnitFit};

/// Why a reading is never scored. The numbers are stored; a new reason gets a new number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum Quarantine {
    /// The value is outside the hard limits of its measure.
    Implausible = 1,
    /// The device's clock is more than five minutes ahead.
    ClockAhead = 2,
    /// The device's clock is before 1970.
    ClockBehind = 3,
    /// The measure is known but not the unit.
    UnitUnknown = 4,
    /// The status says that the reading does not stand (yet, or any more).
    NotFinal = 5,
    /// The period ends before it starts.
    EndBeforeStart = 6,
}

impl Quarantine {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::Implausible,
        Self::ClockAhead,
        Self::ClockBehind,
        Self::UnitUnknown,
        Self::NotFinal,
        Self::EndBeforeStart,
    ];

    /// The stored number.
    pub fn number(self) -> i16 {
        self as i16
    }

    /// The reason of a stored number; `None` for 0.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }

    /// The word in receipts, metrics and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Implausible => "implausible",
            Self::ClockAhead => "clock-ahead",
            Self::ClockBehind => "clock-behind",
            Self::UnitUnknown => "unit-unknown",
            Self::NotFinal => "not-final",
            Self::EndBeforeStart => "end-before-start",
        }
    }

    /// The reason of that word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == code)
    }

    /// Whether somebody may say that the reading counts as it is. Without a unit, or with an end
    /// before its start, there is nothing that could be counted.
    pub fn can_be_accepted(self) -> bool {
        matches!(self, Self::Implausible | Self::ClockAhead)
    }

    /// Whether another value or unit can take the reason away.
    pub fn can_be_fixed(self) -> bool {
        matches!(self, Self::Implausible | Self::UnitUnknown)
    }

    /// A sentence for the receipt.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Implausible => {
                "the value is outside the limits that are possible for its measure"
            }
            Self::ClockAhead => "the effective time is more than 5 minutes in the future",
            Self::ClockBehind => "the effective time is before 1970",
            Self::UnitUnknown => "the unit is not known for this measure",
            Self::NotFinal => "the status says that the reading does not stand",
            Self::EndBeforeStart => "the period ends before it starts",
        }
    }
}

/// What the values of a reading come to: the main one in its canonical unit, and what is wrong
/// with the worst of all.
pub(super) fn judge<'a>(
    facts: &Facts,
    digits: impl Fn(usize) -> Option<&'a str>,
) -> (Option<f64>, Option<Quarantine>) {
    let mut main = None;
    let mut worst = None;
    for number in &facts.numbers {
        let Some(sent) = digits(number.place).and_then(|text| text.parse::<f64>().ok()) else {
            continue;
        };
        let reason = match (number.measure, number.fit) {
            (None, _) => {
                main = if number.main { Some(sent) } else { main };
                None
            }
            (Some(measure), UnitFit::Canonical(conversion) | UnitFit::Unusual(conversion)) => {
                let value = conversion.apply(sent);
                main = if number.main { Some(value) } else { main };
                match measure.plausible().judge(value) {
                    Plausibility::Impossible => Some(Quarantine::Implausible),
                    Plausibility::Plausible | Plausibility::Suspect => None,
                }
            }
            (Some(_), UnitFit::Unknown | UnitFit::Impossible) => Some(Quarantine::UnitUnknown),
        };
        worst = worst.or(reason);
    }
    // A sender's infinity is text to us, but 1e999 is a number that does not fit.
    (main.filter(|value| value.is_finite()), worst)
}
