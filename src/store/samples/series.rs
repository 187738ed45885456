//! Which numbers of a template are readings of a signal.

use pulsvagt_analytics::Signal;
use pulsvagt_fhir::facts::Facts;
use pulsvagt_fhir::measure::{Conversion, Measure};

/// A number, or a word, of a template that is a reading of a signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Series {
    /// Its place among the holes.
    pub place: usize,
    /// What it is a reading of.
    pub signal: Signal,
    /// Whether it is the device's own total of the local day.
    pub is_day_total: bool,
    /// How to read it.
    pub reading: Reading,
}

/// How a hole becomes a number in the signal's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// The row's own value is it.
    Main,
    /// A number in another unit.
    Component(Conversion),
    /// A word that a glucose meter shows beyond the ends of its range.
    Word,
}

impl Series {
    /// All of a template.
    pub fn of(facts: &Facts) -> Box<[Self]> {
        if !facts.is_final() {
            return Box::default();
        }
        let numbers = facts.numbers.iter().filter_map(|number| {
            let (signal, is_day_total) = signal(number.measure?)?;
            let conversion = number.fit.conversion()?;
            let reading = if number.main { Reading::Main } else { Reading::Component(conversion) };
            Some(Self { place: number.place, signal, is_day_total, reading })
        });
        let word = facts.word.filter(|(_, measure)| *measure == Measure::Glucose);
        let word = word.map(|(place, _)| Self {
            place,
            signal: Signal::Glucose,
            is_day_total: false,
            reading: Reading::Word,
        });
        numbers.chain(word).collect()
    }
}

/// The signal of a measure, and whether its readings are totals of a day.
fn signal(measure: Measure) -> Option<(Signal, bool)> {
    match measure {
        Measure::StepsInterval => Some((Signal::Steps, false)),
        Measure::StepsPerDay => Some((Signal::Steps, true)),
        _ => Signal::from_name(measure.name()).map(|signal| (signal, false)),
    }
}

/// What `LO` and `HI` of a glucose meter stand for, mmol/L: the ends of what is plausible, which
/// lie beyond the range of any meter. Proposal, needs clinical sign-off.
pub fn glucose_word(word: &str) -> Option<f64> {
    let limits = Measure::Glucose.plausible().hard;
    match word.trim().to_ascii_lowercase().as_str() {
        "lo" | "low" => Some(*limits.start()),
        "hi" | "high" => Some(*limits.end()),
        _ => None,
    }
}
